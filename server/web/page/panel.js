// One translation by one model, drawn one way, with the line of text that says what is pointed at.

import { Alternatives } from "./alternatives.js";
import { areWords, gridOf, sentenceFor, unitsOf } from "./doc.js";
import { el } from "./dom.js";
import { Heat } from "./heat.js";
import { languageName } from "./languages.js";
import { List } from "./list.js";
import { lockedIn, prefixBefore, prefixUpTo } from "./prefix.js";
import { Stage } from "./stage.js";
import { Steps } from "./steps.js";
import { Without } from "./without.js";

const HINT = "Point at a word, or tap it, to see where the decoder looked.";
const PLAIN_HINT = "A plain model has no attention: every word is made from the same one vector.";

export class Panel {
  /**
   * @param doc a preview document
   * @param hypothesis the one of its translations that is drawn
   * @param model as the server described it
   * @param options {view, mass, subwords, prefix, differs, isCompanion, walk}
   * @param host null where nobody can be asked; or asked for another sentence, ask(text), and for words, alternatives(prefix, signal); told which of
   *   them was chosen, choose(choice), and what the translation is to begin with, begin(prefix, word)
   */
  constructor(doc, hypothesis, model, options, host) {
    Object.assign(this, { hypothesis, model, host });
    this.grid = gridOf(doc, hypothesis, options.subwords);
    this.offers = host !== null && areWords(hypothesis, false);
    const locked = lockedIn(hypothesis.text, options.prefix);
    for (const unit of this.grid.target) unit.isLocked = unit.word < locked;
    this.pinned = null;
    this.stepped = null; // the word that the walk has come to
    this.hint = this.grid.weights ? HINT : PLAIN_HINT;
    this.says = el("p", { class: "says idle", role: "status" }, this.hint);
    const sides = {
      source: sideOf(doc.source, model.source_language, "Source"),
      target: sideOf(hypothesis, model.target_language, "Translation"),
    };
    const told = {
      point: (active) => this.#show(active ?? this.pinned ?? this.stepped),
      pin: (active) => this.#pin(active),
      unpin: () => this.#pin(null),
      unlock: (active) => this.#unlock(active),
    };
    const drawn = { ...options, memorySize: model.memory_size, offers: this.offers };
    const View = options.view === "list" ? List : options.view === "heat" && this.grid.weights ? Heat : Stage;
    this.view = new View(this.grid, sides, drawn, told);
    this.without = new Without(doc, hypothesis, model.target_language, host?.ask);
    const says = View === List ? null : this.says; // it says so itself
    const walked = { sides, memorySize: model.memory_size, walk: options.walk };
    this.steps = new Steps(doc, hypothesis, walked, { reach: (step) => this.#reach(step) });
    this.element = el("div", { class: "panel" }, this.view.element, says, this.without.element, this.steps.element);
  }

  /** Draw what has to be drawn where it stands. */
  draw() {
    this.view.draw?.();
    this.steps.start();
  }

  /** Put the focus on a word of the translation; whether there is anything to put it on. */
  focus(word) {
    const found = this.grid.target.findIndex((unit) => unit.word >= word);
    const index = found < 0 ? this.grid.target.length - 1 : found;
    if (!this.view.buttonOf({ side: "target", index })) return false;
    this.view.focus({ side: "target", index });
    return true;
  }

  /** The word of the translation that has the focus; null when none has. */
  focused() {
    const index = this.grid.target.findIndex((_, at) => this.view.buttonOf({ side: "target", index: at }) === document.activeElement);
    return this.grid.target[index]?.word ?? null;
  }

  dispose() {
    this.popover?.close();
    this.view.dispose();
  }

  #show(active) {
    this.view.light(active, this.pinned);
    this.says.classList.toggle("idle", active === null);
    const text = active === null ? this.hint : active === this.stepped ? this.steps.sentence : sentenceFor(this.grid, active.side, active.index);
    if (this.says.textContent !== text) this.says.textContent = text;
  }

  #pin(active) {
    const isSame = active && this.pinned?.side === active.side && this.pinned.index === active.index;
    this.pinned = isSame ? null : active;
    this.#show(this.pinned ?? this.stepped);
    this.without.offer(this.grid, this.pinned);
    if (this.pinned?.side === "target" && this.offers) this.#offer(this.pinned);
  }

  /** Show the translation as far as a step has come; null shows all of it. */
  #reach(step) {
    const index = this.grid.target.findIndex((unit) => unit.tokens.includes(step));
    this.stepped = step === null ? null : { side: "target", index };
    this.grid.target.forEach((_, at) => {
      const item = this.view.buttonOf({ side: "target", index: at })?.closest("li, tr");
      item?.classList.toggle("future", step !== null && at > index);
    });
    this.view.reach?.(step === null ? Infinity : index);
    this.#show(this.stepped ?? this.pinned);
  }

  /** Offer other words in the place of one, or other ends of it in the place of a piece. */
  #offer(active) {
    const unit = this.grid.target[active.index];
    const prefix = prefixUpTo(this.hypothesis, unit);
    if (prefix === null) return;
    const word = {
      unit,
      prefix,
      whole: unitsOf(this.hypothesis, false).find(({ word }) => word === unit.word),
      looks: sentenceFor(this.grid, active.side, active.index),
      direction: this.hypothesis.direction,
      language: this.model.target_language,
    };
    this.popover = new Alternatives(this.view.buttonOf(active), word, {
      find: (signal) => this.host.alternatives(prefix, signal),
      choose: this.host.choose,
      begin: (wanted) => this.host.begin(wanted, unit.word),
      unlock: () => this.#unlock(active),
    });
    this.element.append(this.popover.element);
    this.popover.open();
  }

  #unlock({ side, index }) {
    const unit = this.grid[side][index];
    if (!unit.isLocked || !this.host) return;
    const first = this.grid[side].find(({ word }) => word === unit.word);
    this.host.unlock(prefixBefore(this.hypothesis, first) ?? "", unit.word);
  }
}

function sideOf(side, language, role) {
  const name = languageName(language);
  return { direction: side.direction, language, label: name ? `${role}, ${name}` : role };
}
