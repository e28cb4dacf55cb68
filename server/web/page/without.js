// The check beside the picture: the same sentence without a word. Attention alone does not say what a word did.

import { differences, nameOf, partnersOf, withoutWord, wordsIn } from "./doc.js";
import { el } from "./dom.js";

export class Without {
  /**
   * @param doc the document that is drawn
   * @param hypothesis the translation of it
   * @param language of the translation
   * @param ask translates a sentence: a promise of a document; without it nothing is offered
   */
  constructor(doc, hypothesis, language, ask) {
    Object.assign(this, { doc, hypothesis, language, ask });
    this.answer = el("p", { class: "without-answer", role: "status" });
    this.button = el("button", { type: "button", class: "quiet", click: () => this.#compare() });
    this.element = el("div", { class: "without", hidden: true }, this.button, this.answer);
  }

  /** Offer to leave out the word that is pinned, or the one that it looks at most; null offers nothing. */
  offer(grid, pinned) {
    const unit = pinned && suspect(grid, pinned);
    const shorter = unit && !unit.isEnd ? withoutWord(this.doc.source.text, unit.word) : "";
    this.element.hidden = !shorter || !this.ask;
    this.answer.replaceChildren();
    if (!shorter) return;
    this.word = wordsIn(this.doc.source.text)[unit.word];
    this.shorter = shorter;
    this.button.textContent = `Leave “${nameOf({ text: this.word })}” out and compare`;
  }

  async #compare() {
    const word = this.word;
    this.answer.textContent = "Translating…";
    let parts;
    try {
      parts = this.#told(word, await this.ask(this.shorter));
    } catch (error) {
      parts = [error.message];
    }
    if (word === this.word) this.answer.replaceChildren(...parts);
  }

  #told(word, doc) {
    const [best] = doc.hypotheses;
    const differs = differences(best.text, this.hypothesis.text);
    const words = wordsIn(best.text).flatMap((text, at) => [at ? " " : "", differs[at] ? el("u", {}, text) : text]);
    const count = differs.filter(Boolean).length;
    return [
      el("span", { class: "hint" }, `Without “${nameOf({ text: word })}”: `),
      el("bdi", { lang: this.language || null, dir: best.direction }, ...words),
      el("span", { class: "hint" }, count ? ` (${count} of ${differs.length} words are new)` : " (no word is new)"),
    ];
  }
}

/** The source unit that a pin is about: itself, or what the pinned word looks at most, the end left aside. */
function suspect(grid, { side, index }) {
  if (side === "source") return grid.source[index];
  if (!grid.weights) return null;
  const ranked = partnersOf(grid.weights, side, index, grid.source.length, 0);
  const found = ranked.find((partner) => !grid.source[partner.index].isEnd);
  return found ? grid.source[found.index] : null;
}
