// The same in words: a line for each word of the translation. What a screen reader reads best.

import { kept, nameOf, percent, probabilityOf } from "./doc.js";
import { el } from "./dom.js";

const MOST = 5; // partners of a word

export class List {
  /** As Stage. */
  constructor(grid, sides, options) {
    const items = grid.target.map((unit, t) => {
      const columns = grid.weights ? kept(grid.weights[t], options.mass).slice(0, MOST) : [];
      const partners = columns.map((s) => bar(grid.source[s], grid.weights[t][s], sides.source));
      const probability = el("span", { class: "probability" }, `probability ${probabilityOf(unit).toFixed(2)}`);
      const locked = unit.isLocked ? el("span", { class: "unseen" }, ", locked") : null;
      const name = el("bdi", { lang: sides.target.language || null }, nameOf(unit));
      const word = el("span", { class: unit.isLocked ? "word locked" : "word" }, name, locked);
      return el("li", {}, word, el("span", { class: "partners" }, columns.length ? "← " : "", ...partners), probability);
    });
    const note = grid.weights
      ? null
      : el("p", { class: "hint" }, `A plain model has no attention: each word is made from the one vector of ${options.memorySize} numbers.`);
    this.element = el("div", { class: "list" }, note, el("ol", {}, ...items));
  }

  light() {}

  focus() {}

  dispose() {}
}

function bar(unit, weight, side) {
  const mark = el("span", { class: "bar", "aria-hidden": "true" });
  mark.style.setProperty("--share", weight.toFixed(3));
  return el("span", { class: "partner" }, el("bdi", { lang: side.language || null }, nameOf(unit)), ` ${percent(weight)} `, mark);
}
