// One translation by one model, drawn one way, with the line of text that says what is pointed at.

import { gridOf, sentenceFor } from "./doc.js";
import { el } from "./dom.js";
import { Heat } from "./heat.js";
import { languageName } from "./languages.js";
import { List } from "./list.js";
import { Stage } from "./stage.js";
import { Without } from "./without.js";

const HINT = "Point at a word, or tap it, to see where the decoder looked.";
const PLAIN_HINT = "A plain model has no attention: every word is made from the same one vector.";

export class Panel {
  /**
   * @param doc a preview document
   * @param hypothesis the one of its translations that is drawn
   * @param model as the server described it
   * @param options {view, mass, subwords, differs, isCompanion}
   * @param ask translates another sentence by the same model
   */
  constructor(doc, hypothesis, model, options, ask) {
    this.grid = gridOf(doc, hypothesis, options.subwords);
    this.pinned = null;
    this.hint = this.grid.weights ? HINT : PLAIN_HINT;
    this.says = el("p", { class: "says idle", role: "status" }, this.hint);
    const sides = {
      source: sideOf(doc.source, model.source_language, "Source"),
      target: sideOf(hypothesis, model.target_language, "Translation"),
    };
    const host = {
      point: (active) => this.#show(active ?? this.pinned),
      pin: (active) => this.#pin(active),
      unpin: () => this.#pin(null),
    };
    const drawn = { ...options, memorySize: model.memory_size };
    const View = options.view === "list" ? List : options.view === "heat" && this.grid.weights ? Heat : Stage;
    this.view = new View(this.grid, sides, drawn, host);
    this.without = new Without(doc, hypothesis, model.target_language, ask);
    const below = View === List ? [] : [this.says, this.without.element];
    this.element = el("div", { class: "panel" }, this.view.element, ...below);
  }

  dispose() {
    this.view.dispose();
  }

  #show(active) {
    this.view.light(active, this.pinned);
    this.says.classList.toggle("idle", active === null);
    const text = active ? sentenceFor(this.grid, active.side, active.index) : this.hint;
    if (this.says.textContent !== text) this.says.textContent = text;
  }

  #pin(active) {
    const isSame = active && this.pinned?.side === active.side && this.pinned.index === active.index;
    this.pinned = isSame ? null : active;
    this.#show(this.pinned);
    this.without.offer(this.grid, this.pinned);
  }
}

function sideOf(side, language, role) {
  const name = languageName(language);
  return { direction: side.direction, language, label: name ? `${role}, ${name}` : role };
}
