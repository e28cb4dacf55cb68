// Puts the page together: the box, the models, one translation at a time, and what is shown meanwhile.

import { Trouble, fetchAlternatives, fetchModels } from "./api.js";
import { ask, modelsFor } from "./asking.js";
import { Card } from "./card.js";
import { byId, el } from "./dom.js";
import { modelLabel } from "./languages.js";
import { clearTrouble, say, showInputTrouble, showTrouble } from "./notices.js";
import { MOST, examplesIn, lengthened, split } from "./sentences.js";
import { fromQuery, isPlain, listed, modelCalled, shortName, toQuery, twinOf } from "./state.js";
import { followTheme } from "./theme.js";

const PATIENCE_MS = 150; // what is faster needs no sign that something is being done
const WORKING = "Translating…";
const LOADING_MS = 1000; // between two looks at a model that is being loaded

const state = fromQuery(location.search);
const page = { models: [], limits: null, cards: [], translated: null, running: null };
const box = byId("text");
const host = {
  alone,
  ask: async (text, prefix, models, signal) => (await ask([text], [prefix], models, listed(state.keep), signal))[0],
  alternatives: (text, prefix, model, signal) => fetchAlternatives(text, model, { keep: listed(state.keep), prefix }, signal),
  changed: rememberLocks,
};

async function start() {
  box.value = state.text;
  listen();
  followTheme(byId("theme"));
  showOptions();
  showCount();
  await load();
}

/** Learn which models there are, and go on when the one that is wanted is ready. */
async function load() {
  clearTrouble();
  say("Looking for the models…");
  byId("work").setAttribute("aria-busy", "true");
  try {
    ({ models: page.models, limits: page.limits } = await fetchModels());
  } catch (error) {
    say("");
    showTrouble(error, load);
    return;
  }
  showModels();
  const model = chosen();
  if (model.state === "loading") {
    say(`Loading ${modelLabel(model, page.models)} (${megabytes(model.bytes)})…`);
    setTimeout(load, LOADING_MS);
    return;
  }
  byId("work").removeAttribute("aria-busy");
  for (const control of [byId("go"), byId("model")]) control.disabled = false;
  say("");
  if (model.state === "failed") showTrouble(new Trouble("failed", `This model has failed: ${model.problem}.`, { mend: "Choose another one." }), load);
  else if (box.value.trim()) await translate();
  else await showExample();
}

/** Translate what stands in the box. */
async function translate() {
  if (byId("go").disabled) return; // it will be, when the model is there
  const text = box.value;
  clearTrouble();
  if (!text.trim()) {
    showInputTrouble(new Trouble("input", "Write a sentence first."));
    return;
  }
  if (text !== state.text) state.prefixes = [];
  state.text = text;
  remember();
  const sentences = sentencesOf(text);
  const tooMany = sentences.length - MOST;
  if (await show(sentences.slice(0, MOST))) {
    page.translated = text;
    showStaleness();
    if (tooMany > 0) say(`The first ${MOST} of ${sentences.length} sentences are shown. For more, use “seq2seq translate”.`);
  }
}

/** So that the page is never blank: an example, while the box stays empty. */
async function showExample() {
  const [example] = examplesIn(chosen().source_language);
  if (!example) return;
  if (!(await show([example[1]]))) return;
  page.translated = null;
  showStaleness();
  say(`An example: “${example[1]}” Write your own above.`);
}

/** Fetch and draw; false when something went wrong or something newer has begun. */
async function show(sentences) {
  const began = performance.now();
  byId("cards").inert = true; // what is chosen there now would come too late
  try {
    const models = modelsFor(page.models, chosen(), state.compare);
    const results = await alone((signal) => ask(sentences, state.prefixes, models, listed(state.keep), signal));
    if (!results) return false;
    for (const card of page.cards) card.dispose();
    page.cards = results.map((result, index) => {
      const sentence = { text: sentences[index], prefix: state.prefixes[index] ?? "", number: index + 1, total: results.length };
      return new Card(result, sentence, host);
    });
    byId("cards").replaceChildren(...page.cards.map((card) => card.element));
    byId("results").hidden = false;
    draw();
    say(`Translated in ${((performance.now() - began) / 1000).toFixed(2)} s.`);
    return true;
  } catch (error) {
    showTrouble(error, again);
    return false;
  } finally {
    byId("cards").inert = page.running !== null;
  }
}

/** Do one thing at a time: what is newer ends what is older, of which then nothing comes but null. */
async function alone(work) {
  page.running?.abort();
  const running = new AbortController();
  page.running = running;
  const patience = setTimeout(() => showWorking(true), PATIENCE_MS);
  try {
    const found = await work(running.signal);
    return page.running === running ? found : null;
  } catch (error) {
    if (error.name === "AbortError" || page.running !== running) return null;
    throw error;
  } finally {
    clearTimeout(patience);
    if (page.running === running) {
      page.running = null;
      showWorking(false);
    }
  }
}

function chosen() {
  return modelCalled(page.models, state.model);
}

function sentencesOf(text) {
  return state.whole ? [text.replace(/\s+/g, " ").trim()] : split(text, chosen().source_language);
}

// What is shown

function draw() {
  for (const card of page.cards) card.render({ view: state.view, mass: state.mass, subwords: state.subwords });
}

function showModels() {
  const model = chosen();
  const options = page.models.map((one) =>
    el("option", { value: shortName(one.name), selected: one === model }, modelLabel(one, page.models) + (one.state === "failed" ? " (failed)" : "")),
  );
  byId("model").replaceChildren(...options);
  byId("compare-label").hidden = !twinOf(page.models, model);
  byId("compare-text").textContent = isPlain(model) ? "compare with attention" : "compare with plain";
  const examples = examplesIn(model.source_language);
  const chips = examples.map(([label, sentence]) =>
    el("button", { type: "button", class: "chip", title: sentence, click: () => useExample(sentence) }, label),
  );
  byId("chips").replaceChildren(...(chips.length ? [el("span", { class: "hint" }, "Try"), ...chips] : []));
  byId("longer").hidden = !examples.length;
  byId("keep-label").hidden = !model.keeps;
  box.lang = model.source_language;
}

function showOptions() {
  byId(`view-${state.view}`).checked = true;
  byId("mass").value = String(Math.round(state.mass * 100));
  byId("mass-value").textContent = `${Math.round(state.mass * 100)} %`;
  byId("mass-label").hidden = state.view === "heat";
  byId("subwords").checked = state.subwords;
  byId("compare").checked = state.compare;
  byId("whole").checked = state.whole;
  byId("keep").value = state.keep;
}

function showCount() {
  const limit = page.limits?.text_codepoints ?? 10_000;
  const count = Array.from(box.value).length;
  byId("count").textContent = `${count.toLocaleString("en")} / ${limit.toLocaleString("en")}`;
}

function showWorking(isWorking) {
  document.body.classList.toggle("working", isWorking);
  byId("stop").hidden = !isWorking;
  byId("results").setAttribute("aria-busy", String(isWorking));
  if (isWorking) say(WORKING);
  else if (byId("status").textContent === WORKING) say("");
}

function showStaleness() {
  const isStale = page.translated !== null && box.value !== page.translated;
  byId("results").classList.toggle("stale", isStale);
  byId("stale").hidden = !isStale;
}

// What is done

function listen() {
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    translate();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    translate();
  });
  box.addEventListener("input", () => {
    clearTrouble();
    showCount();
    showStaleness();
  });
  byId("longer").addEventListener("click", makeLonger);
  byId("stop").addEventListener("click", () => {
    page.running?.abort();
    say("Stopped.");
  });
  byId("model").addEventListener("change", () => change({ model: byId("model").value }, again));
  byId("compare").addEventListener("change", () => change({ compare: byId("compare").checked }, again));
  byId("whole").addEventListener("change", () => change({ whole: byId("whole").checked }, again));
  byId("keep").addEventListener("change", () => change({ keep: byId("keep").value.trim() }, again));
  byId("subwords").addEventListener("change", () => change({ subwords: byId("subwords").checked }, draw));
  byId("mass").addEventListener("input", () => change({ mass: Number(byId("mass").value) / 100 }, draw));
  for (const radio of document.querySelectorAll("input[name=view]"))
    radio.addEventListener("change", () => change({ view: radio.value }, draw));
  byId("results").addEventListener("keydown", (event) => {
    const view = { 1: "ribbons", 2: "heat", 3: "list" }[event.key];
    if (view && !event.ctrlKey && !event.altKey && !event.metaKey) change({ view }, draw);
  });
  byId("help").addEventListener("click", () => byId("keys").showModal());
}

/** Change what is wanted, and do what follows from it. */
function change(wanted, then) {
  const before = chosen();
  Object.assign(state, wanted);
  if ("whole" in wanted || chosen()?.target_language !== before?.target_language) state.prefixes = []; // of other sentences
  if ("model" in wanted && modelCalled(page.models, "") === chosen()) state.model = "";
  showOptions();
  showModels();
  remember();
  then();
}

/** The same once more, or otherwise. */
function again() {
  clearTrouble();
  return box.value.trim() ? translate() : showExample();
}

function useExample(sentence) {
  put(sentence, false);
}

function makeLonger() {
  const language = chosen().source_language;
  const before = box.value.trim() || (examplesIn(language)[0]?.[1] ?? "");
  const longer = lengthened(before, language);
  if (!longer) {
    say("There are no more sentences to add.");
    return;
  }
  put(longer, true);
}

/** Translate another text than the one in the box, as one sentence or as several. */
function put(text, whole) {
  box.value = text;
  state.whole = whole;
  showOptions();
  showCount();
  translate();
}

/** Locks belong to the text whose translation is shown, even if another one was tried since. */
function rememberLocks() {
  state.text = page.translated ?? "";
  state.prefixes = page.cards.map((card) => card.locks.prefix);
  remember();
}

function remember() {
  history.replaceState(null, "", location.pathname + toQuery(state));
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

start();
