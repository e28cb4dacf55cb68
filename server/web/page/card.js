// What came of one sentence: its translation, those that came after it, its twin's, and what can be saved.

import { differences, problemOf, wordsIn } from "./doc.js";
import { el } from "./dom.js";
import { save, savings } from "./export.js";
import { Locks } from "./locks.js";
import { Panel } from "./panel.js";
import { written } from "./prefix.js";
import { isPlain, shortName } from "./state.js";

export class Card {
  /**
   * @param results [{doc, model}], one or two; the first is drawn with its source
   * @param sentence {text, prefix, number, total}: what was translated, what its translations begin with, its place
   * @param host null where nobody can be asked; or asked for results, ask(text, prefix, models, signal), and for alternatives(text, prefix, model,
   *   signal); does one thing at a time, alone(work); told that what is locked is changed()
   */
  constructor(results, sentence, host) {
    Object.assign(this, { results, text: sentence.text, place: { number: sentence.number, total: sentence.total }, host });
    this.choice = 0; // which of the first result's translations is drawn
    this.locks = new Locks(this, sentence.prefix, host);
    this.isOpen = sentence.total === 1; // whether the other translations are shown
    this.panels = [];
    this.walks = results.map(() => ({ isOpen: false, step: 0 })); // step by step through each translation
    this.body = el("div", { class: "card-body" });
    const heading = sentence.total > 1 ? `Sentence ${sentence.number} of ${sentence.total}` : "Translation";
    const hidden = sentence.total > 1 ? null : "unseen";
    this.element = el("article", { class: "card", tabindex: "-1", "aria-label": heading }, el("h2", { class: hidden }, heading), this.body);
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Draw it anew. */
  render(options) {
    this.options = options;
    this.dispose();
    const [first, second] = this.results;
    const blocks = [this.#block(0, null)];
    if (second) blocks.push(this.#block(1, first));
    this.below = el("div");
    this.body.replaceChildren(...[this.locks.note(), ...blocks, this.below].filter(Boolean));
    this.#renderBelow();
    for (const panel of this.panels) panel?.draw();
  }

  /** The same as before, of other results. */
  redraw() {
    this.render(this.options);
  }

  /** Take in what came after the translation that one of the results shows already, and leave that as it is. */
  complete(results, at) {
    const shown = this.results[at];
    this.results = results.map((result, index) => (index === at ? shown : result));
    if (at === 0 && results[0].doc) {
      const [own] = shown.doc.hypotheses;
      const others = results[0].doc.hypotheses.filter(({ text }) => text !== own.text);
      const hypotheses = [own, ...others].sort((a, b) => b.score - a.score);
      this.results[0] = { ...shown, doc: { ...shown.doc, hypotheses } };
      this.choice = hypotheses.indexOf(own);
    }
    if (results.length === 1) this.#renderBelow();
    else this.#keepingFocus(() => this.redraw());
  }

  /** Put the focus on a word of the translation; on the card itself where it is not drawn. */
  focus({ at, word }) {
    if (!this.panels[at]?.focus(word)) this.element.focus();
  }

  /** What shows the same again. */
  saved() {
    const { locks, text, place, choice } = this;
    const results = this.results.map(({ error, ...rest }) => (error ? { ...rest, error: { message: error.message, mend: error.mend } } : rest));
    return { results, choice, sentence: { ...place, text, prefix: locks.prefix } };
  }

  dispose() {
    for (const panel of this.panels) panel?.dispose();
    this.panels = []; // of each result; a hole where there is nothing to draw
  }

  #renderBelow() {
    const [first] = this.results;
    this.below.replaceChildren(...[this.#others(first), this.#savings(first)].filter(Boolean));
  }

  #keepingFocus(draw) {
    const at = this.panels.findIndex((panel) => panel?.element.contains(document.activeElement));
    const word = this.panels[at]?.focused() ?? null;
    draw();
    if (word !== null) this.focus({ at, word });
  }

  #block(at, leader) {
    const { doc, model, error } = this.results[at];
    const title = this.results.length > 1 ? el("h3", {}, isPlain(model) ? "Plain" : "With attention") : null;
    const wrong = error?.message ?? problemOf(doc) ?? "";
    if (wrong) return el("section", { class: "block" }, title, refused(wrong, error?.mend));
    if (!doc.hypotheses.length) return el("section", { class: "block" }, title, el("p", { class: "hint" }, "There is nothing to translate."));
    const hypothesis = doc.hypotheses[leader ? 0 : this.choice] ?? doc.hypotheses[0];
    const other = leader?.doc?.hypotheses[this.choice]?.text;
    const options = {
      ...this.options,
      prefix: this.locks.prefix,
      walk: this.walks[at],
      isCompanion: leader !== null && this.options.view === "ribbons",
      differs: other === undefined ? null : differences(hypothesis.text, other),
    };
    const panel = new Panel(doc, hypothesis, model, options, this.#hostOf(at));
    this.panels[at] = panel;
    const head = el("header", { class: "block-head" }, title, el("p", { class: "facts" }, ...facts(doc, hypothesis, options.differs)));
    return el("section", { class: "block" }, head, panel.element);
  }

  #hostOf(at) {
    if (!this.host) return null;
    const { model } = this.results[at];
    return {
      ask: (text) => this.#askOtherwise(text, model),
      alternatives: (prefix, signal) => this.host.alternatives(this.text, prefix, model, signal),
      choose: (choice) => this.locks.choose(choice, at),
      begin: (prefix, word) => this.locks.begin(prefix, { at, word }),
      unlock: (prefix, word) => this.locks.beginOrTell(prefix, { at, word }),
    };
  }

  /** Another sentence, whose translation begins like this one's. */
  async #askOtherwise(text, model) {
    const [{ doc, error }] = await this.host.ask(text, written(this.locks.prefix), [model]);
    if (error) throw error;
    return doc;
  }

  #key(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z";
    if (!isUndo || event.target.matches("input")) return;
    event.preventDefault();
    this.locks.undo();
  }

  #others({ doc, model }) {
    if (!doc || doc.hypotheses.length < 2) return null;
    const best = doc.hypotheses[0].text;
    const items = doc.hypotheses.map((hypothesis, index) => {
      const differs = index === 0 ? [] : differences(hypothesis.text, best);
      const words = wordsIn(hypothesis.text).flatMap((word, at) => [at ? " " : "", differs[at] ? el("u", {}, word) : word]);
      return el(
        "li",
        {},
        el(
          "button",
          { type: "button", class: "other", "aria-pressed": String(index === this.choice), click: () => this.#chooseOther(index) },
          el("bdi", { lang: model.target_language || null, dir: hypothesis.direction }, ...words),
          el("span", { class: "score", title: "score: log-probability, normalised by length" }, signed(hypothesis.score)),
        ),
      );
    });
    return el(
      "details",
      { class: "others", open: this.isOpen, toggle: (event) => (this.isOpen = event.target.open) },
      el("summary", {}, "Other translations"),
      el("ol", { "aria-label": "Translations, best first" }, ...items),
      el("p", { class: "hint" }, "Underlined: not in the first. The number is the score, higher is better."),
    );
  }

  #chooseOther(index) {
    this.choice = index;
    this.render(this.options);
    this.body.querySelectorAll(".other")[index]?.focus();
  }

  #savings({ doc, model, error }) {
    if (error || problemOf(doc) || !doc.hypotheses.length) return null;
    const options = { ...this.options, memorySize: model.memory_size };
    const ways = savings(doc, doc.hypotheses[this.choice], options);
    const buttons = ways.map((way) => el("button", { type: "button", class: "quiet", click: () => save(way) }, way[0]));
    return el("p", { class: "save" }, el("span", {}, `Save, as ${shortName(model.name)} made it:`), ...buttons);
  }
}

function facts(doc, hypothesis, differs) {
  const said = [el("span", {}, `log-probability ${signed(hypothesis.log_prob)}`)];
  const count = differs?.filter(Boolean).length ?? 0;
  if (differs) said.push(el("span", { class: "tag" }, count ? `${count} of ${differs.length} words differ` : "the same words"));
  if (!hypothesis.finished) said.push(tag("cut off at the length limit", "The search came to the limit before the end of the sentence."));
  if (hypothesis.repetitive) said.push(tag("goes in circles", "The same words are written again and again."));
  if (hypothesis.repetition_avoided) said.push(tag("kept from going in circles", "The search was kept from writing the same words a third time."));
  if (doc.source.truncated) said.push(tag("source cut off", "The model takes no more of it."));
  return said;
}

function tag(text, title) {
  return el("span", { class: "tag warn", title }, text);
}

function refused(message, mend) {
  return el("p", { class: "refused" }, message, mend ? ` ${mend}` : "");
}

function signed(number) {
  return number.toFixed(2).replace("-", "−");
}
