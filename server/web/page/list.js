// The same in words: a line for each word of the translation. What a screen reader reads best.

import { coverageOf, kept, nameOf, percent, probabilityOf } from "./doc.js";
import { el } from "./dom.js";

const MOST = 5; // partners of a word

export class List {
  /** As Stage. */
  constructor(grid, sides, options, host) {
    this.host = host;
    this.words = grid.target.map((unit, t) => this.#word(unit, t, sides.target, options));
    if (this.words.length) this.words[0].tabIndex = 0;
    const items = grid.target.map((unit, t) => {
      const columns = grid.weights ? kept(grid.weights[t], options.mass).slice(0, MOST) : [];
      const partners = columns.map((s) => partner(grid.source[s], grid.weights[t][s], sides.source));
      const probability = el("span", { class: "probability" }, `probability ${probabilityOf(unit).toFixed(2)}`);
      return el("li", {}, this.words[t], el("span", { class: "partners" }, columns.length ? "← " : "", ...partners), probability);
    });
    const note = grid.weights
      ? null
      : el("p", { class: "hint" }, `A plain model has no attention: each word is made from the one vector of ${options.memorySize} numbers.`);
    const list = el("ol", {}, ...items);
    list.addEventListener("keydown", (event) => this.#key(event));
    const sums = grid.weights ? looked(grid, sides.source) : [];
    this.element = el("div", { class: "list" }, note, list, ...sums);
  }

  light(active, pinned) {
    this.words.forEach((word, index) => word.setAttribute("aria-pressed", String(pinned?.index === index)));
  }

  focus({ index }) {
    for (const word of this.words) word.tabIndex = -1;
    this.words[index].tabIndex = 0;
    this.words[index].focus();
  }

  buttonOf({ side, index }) {
    return (side === "target" && this.words[index]) || null;
  }

  dispose() {}

  #word(unit, index, side, { offers }) {
    const locked = unit.isLocked ? el("span", { class: "unseen" }, ", locked") : null;
    const name = el("bdi", { lang: side.language || null }, nameOf(unit));
    return el(
      "button",
      {
        type: "button",
        class: unit.isLocked ? "word locked" : "word",
        tabindex: "-1",
        "aria-pressed": "false",
        "aria-haspopup": offers && "dialog",
        click: () => this.host.pin({ side: "target", index }),
      },
      name,
      locked,
    );
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const here = this.words.indexOf(event.target);
    if (here < 0) return;
    const last = this.words.length - 1;
    const to = { ArrowDown: Math.min(last, here + 1), ArrowUp: Math.max(0, here - 1), Home: 0, End: last }[event.key];
    if (to !== undefined) this.focus({ index: to });
    else if (event.key === "Escape") this.host.unpin();
    else if (event.key === "Backspace") this.host.unlock({ side: "target", index: here });
    else return;
    event.preventDefault();
  }
}

/** A unit that is looked at, and with how much of the attention. */
export function partner(unit, weight, side) {
  return el("span", { class: "partner" }, el("bdi", { lang: side.language || null }, nameOf(unit)), ` ${percent(weight)} `, bar(weight));
}

/** The words of the source, and how much each is looked at in all. */
function looked(grid, side) {
  const shares = coverageOf(grid.weights);
  const most = Math.max(1, ...shares);
  const items = grid.source.map((unit, s) =>
    el(
      "li",
      {},
      el("bdi", { class: "name", lang: side.language || null }, nameOf(unit)),
      el("span", { class: "partners" }, bar(shares[s] / most)),
      el("span", { class: "probability" }, `in all ${shares[s].toFixed(2)}`),
    ),
  );
  return [
    el("h3", {}, "How much each word of the source is looked at"),
    el("ol", { class: "sums" }, ...items),
    el("p", { class: "hint" }, "1.00 is the whole attention of one word of the translation."),
  ];
}

function bar(share) {
  const mark = el("span", { class: "bar", "aria-hidden": "true" });
  mark.style.setProperty("--share", share.toFixed(3));
  return mark;
}
