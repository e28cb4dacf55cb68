// One translation by one model, drawn one way, with the line of text that says what is pointed at.

import { Alternatives } from "./alternatives.js";
import { areWords, gridOf, sentenceFor } from "./doc.js";
import { el } from "./dom.js";
import { Heat } from "./heat.js";
import { languageName } from "./languages.js";
import { List } from "./list.js";
import { lockedIn, prefixBefore } from "./prefix.js";
import { Stage } from "./stage.js";
import { Without } from "./without.js";

const HINT = "Point at a word, or tap it, to see where the decoder looked.";
const PLAIN_HINT = "A plain model has no attention: every word is made from the same one vector.";

export class Panel {
  /**
   * @param doc a preview document
   * @param hypothesis the one of its translations that is drawn
   * @param model as the server described it
   * @param options {view, mass, subwords, prefix, differs, isCompanion}
   * @param host asked for another sentence, ask(text), and for words, alternatives(prefix, signal); told which of
   *   them was chosen, choose(choice), and what the translation is to begin with, begin(prefix, index)
   */
  constructor(doc, hypothesis, model, options, host) {
    Object.assign(this, { hypothesis, model, host });
    this.grid = gridOf(doc, hypothesis, options.subwords);
    this.offers = areWords(hypothesis, options.subwords);
    const locked = lockedIn(hypothesis.text, options.prefix);
    for (const unit of this.grid.target) unit.isLocked = unit.word < locked;
    this.pinned = null;
    this.hint = this.grid.weights ? HINT : PLAIN_HINT;
    this.says = el("p", { class: "says idle", role: "status" }, this.hint);
    const sides = {
      source: sideOf(doc.source, model.source_language, "Source"),
      target: sideOf(hypothesis, model.target_language, "Translation"),
    };
    const told = {
      point: (active) => this.#show(active ?? this.pinned),
      pin: (active) => this.#pin(active),
      unpin: () => this.#pin(null),
      unlock: (active) => this.#unlock(active),
    };
    const drawn = { ...options, memorySize: model.memory_size, offers: this.offers };
    const View = options.view === "list" ? List : options.view === "heat" && this.grid.weights ? Heat : Stage;
    this.view = new View(this.grid, sides, drawn, told);
    this.without = new Without(doc, hypothesis, model.target_language, host.ask);
    const below = View === List ? [] : [this.says, this.without.element];
    this.element = el("div", { class: "panel" }, this.view.element, ...below);
  }

  dispose() {
    this.popover?.close();
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
    if (this.pinned?.side === "target" && this.offers) this.#offer(this.pinned);
  }

  /** Offer other words in the place of one; where it is glued to the word before, there are none. */
  #offer(active) {
    const unit = this.grid.target[active.index];
    const prefix = prefixBefore(this.hypothesis, unit);
    if (prefix === null) return;
    const word = { unit, prefix, direction: this.hypothesis.direction, language: this.model.target_language };
    this.popover = new Alternatives(this.view.buttonOf(active), word, {
      find: (signal) => this.host.alternatives(prefix, signal),
      choose: this.host.choose,
      begin: (wanted) => this.host.begin(wanted, active.index),
      unlock: () => this.#unlock(active),
    });
    this.element.append(this.popover.element);
    this.popover.open();
  }

  #unlock({ side, index }) {
    const unit = this.grid[side][index];
    if (!unit.isLocked) return;
    const first = this.grid[side].find(({ word }) => word === unit.word);
    this.host.unlock(prefixBefore(this.hypothesis, first) ?? "", this.grid[side].indexOf(first));
  }
}

function sideOf(side, language, role) {
  const name = languageName(language);
  return { direction: side.direction, language, label: name ? `${role}, ${name}` : role };
}
