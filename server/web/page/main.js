// Puts the page together: the box, the models, one translation at a time, and what is shown meanwhile.

import { Trouble, fetchAlternatives, fetchFile, fetchModels } from "./api.js";
import { ask, modelsFor } from "./asking.js";
import { Card } from "./card.js";
import { byId, download, el } from "./dom.js";
import { fileName } from "./export.js";
import { modelLabel } from "./languages.js";
import { caveat, clearTrouble, say, showInputTrouble, showTrouble } from "./notices.js";
import { oneFile } from "./onefile.js";
import { MOST, examplesIn, lengthened, split } from "./sentences.js";
import { fromQuery, isPlain, listed, modelCalled, shortName, toQuery, twinOf } from "./state.js";
import { followTheme } from "./theme.js";
import { Tools, chooseViewByKey } from "./tools.js";
import { Turns } from "./turns.js";
import { Typing } from "./typing.js";

const WORKING = "Translating…";
const LOADING_MS = 1000; // between two looks at a model that is being loaded

const state = fromQuery(location.search);
const page = { models: [], limits: null, cards: [], translated: null, isOwed: false };
const box = byId("text");
const tools = new Tools(state, (wanted) => change(wanted, draw));
const turns = new Turns(showWorking);
const typing = new Typing(box, { typed, paused });
const host = {
  alone: (work) => turns.take(work),
  ask: async (text, prefix, models, signal) => (await ask([text], [prefix], models, listed(state.keep), signal))[0],
  alternatives: (text, prefix, model, signal) => fetchAlternatives(text, model, { keep: listed(state.keep), prefix }, signal),
  changed: rememberLocks,
};

async function start() {
  box.value = state.text;
  byId("tools").replaceChildren(tools.element);
  byId("caveat").replaceChildren(...caveat());
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
  typing.settle();
  page.isOwed = false;
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
    const results = await turns.take((signal) => ask(sentences, state.prefixes, models, listed(state.keep), signal));
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
    byId("cards").inert = turns.running !== null;
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
  tools.show(state);
  for (const key of ["compare", "typing", "whole"]) byId(key).checked = state[key];
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
  byId("longer").addEventListener("click", makeLonger);
  byId("stop").addEventListener("click", () => {
    turns.stop();
    say("Stopped.");
  });
  byId("model").addEventListener("change", () => change({ model: byId("model").value }, again));
  byId("compare").addEventListener("change", () => change({ compare: byId("compare").checked }, again));
  byId("whole").addEventListener("change", () => change({ whole: byId("whole").checked }, again));
  byId("keep").addEventListener("change", () => change({ keep: byId("keep").value.trim() }, again));
  byId("typing").addEventListener("change", () => change({ typing: byId("typing").checked }, () => state.typing && paused()));
  chooseViewByKey(byId("results"), (wanted) => change(wanted, draw));
  byId("save-page").addEventListener("click", savePage);
  byId("help").addEventListener("click", () => byId("keys").showModal());
}

/** The text is another one: what is on its way is not of it. */
function typed() {
  if (state.typing && turns.stop()) page.isOwed = true;
  clearTrouble();
  showCount();
  showStaleness();
}

function paused() {
  if (state.typing && box.value.trim() && (page.isOwed || box.value !== page.translated)) translate();
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

/** What is shown, as it is shown. */
async function savePage() {
  const cards = page.cards.map((card) => card.saved());
  const text = cards.map(({ sentence }) => sentence.text).join(" ");
  const { view, mass, subwords } = state;
  try {
    const file = await oneFile({ state: { text, view, mass, subwords }, cards }, text, fetchFile);
    download(`${fileName(text)}.html`, "text/html", file);
  } catch (error) {
    showTrouble(error, savePage);
  }
}

function remember() {
  history.replaceState(null, "", location.pathname + toQuery(state));
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

start();
