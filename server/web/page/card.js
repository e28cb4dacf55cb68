// What came of one sentence: its translation, those that came after it, its twin's, and what can be saved.

import { differences, problemOf, wordsIn } from "./doc.js";
import { el } from "./dom.js";
import { save, savings } from "./export.js";
import { Panel } from "./panel.js";
import { isPlain, shortName } from "./state.js";

export class Card {
  /**
   * @param results [{doc, model}], one or two; the first is drawn with its source
   * @param place {number, total} of the sentence
   * @param ask translates another sentence by a model: ask(text, model)
   */
  constructor(results, place, ask) {
    this.results = results;
    this.ask = ask;
    this.choice = 0;
    this.isOpen = place.total === 1; // whether the other translations are shown
    this.panels = [];
    this.body = el("div", { class: "card-body" });
    const heading = place.total > 1 ? `Sentence ${place.number} of ${place.total}` : "Translation";
    const hidden = place.total > 1 ? null : "unseen";
    this.element = el("article", { class: "card", "aria-label": heading }, el("h2", { class: hidden }, heading), this.body);
  }

  /** Draw it anew. */
  render(options) {
    this.options = options;
    this.dispose();
    const [first, second] = this.results;
    const blocks = [this.#block(first, null)];
    if (second) blocks.push(this.#block(second, first));
    const parts = [...blocks, this.#others(first), this.#savings(first)];
    this.body.replaceChildren(...parts.filter(Boolean));
    for (const { view } of this.panels) view.draw?.();
  }

  dispose() {
    for (const panel of this.panels) panel.dispose();
    this.panels = [];
  }

  #block(result, leader) {
    const { doc, model, error } = result;
    const title = this.results.length > 1 ? el("h3", {}, isPlain(model) ? "Plain" : "With attention") : null;
    const wrong = error?.message ?? problemOf(doc) ?? "";
    if (wrong) return el("section", { class: "block" }, title, refused(wrong, error?.mend));
    if (!doc.hypotheses.length) return el("section", { class: "block" }, title, el("p", { class: "hint" }, "There is nothing to translate."));
    const hypothesis = doc.hypotheses[leader ? 0 : this.choice] ?? doc.hypotheses[0];
    const other = leader?.doc?.hypotheses[this.choice]?.text;
    const options = {
      ...this.options,
      isCompanion: leader !== null && this.options.view === "ribbons",
      differs: other === undefined ? null : differences(hypothesis.text, other),
    };
    const panel = new Panel(doc, hypothesis, model, options, (text) => this.ask(text, model));
    this.panels.push(panel);
    const head = el("header", { class: "block-head" }, title, el("p", { class: "facts" }, ...facts(doc, hypothesis, options.differs)));
    return el("section", { class: "block" }, head, panel.element);
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
          { type: "button", class: "other", "aria-pressed": String(index === this.choice), click: () => this.#choose(index) },
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

  #choose(index) {
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
