// The matrix: a row for each word of the translation, a column for each of the source. A grid that arrows walk in,
// the words of the translation too, which stand before their rows and are buttons.

import { coverageOf, nameOf, percent, visible } from "./doc.js";
import { el } from "./dom.js";
import { moveFor } from "./rows.js";

const MANY = 18; // columns that have room for large cells
const MOST_CELLS = 6400; // a table of more takes a second to make

export class Heat {
  /** As Stage; the host is told of cells by point({side: "target", index, cell}). */
  constructor(grid, sides, options, host) {
    this.grid = grid;
    this.host = host;
    this.offers = options.offers;
    this.direction = sides.source.direction;
    const count = grid.source.length * grid.target.length;
    this.words = []; // buttons
    this.cells = [];
    if (count > MOST_CELLS) {
      this.element = el("p", { class: "hint" }, `The heat map would have ${count.toLocaleString("en")} cells. The list shows them all.`);
      return;
    }
    const table = this.#table(sides);
    this.element = el("div", { class: `heat${grid.source.length > MANY ? " dense" : ""}`, tabindex: "-1" }, table, legend());
    this.cells[0][0].tabIndex = 0;
  }

  light(active, pinned) {
    this.words.forEach((word, t) => word.setAttribute("aria-pressed", String(pinned?.side === "target" && pinned.index === t)));
    this.cells.forEach((row, t) =>
      row.forEach((cell, s) => {
        const isIn = active && (active.side === "target" ? active.index === t : active.index === s);
        cell.classList.toggle("in", Boolean(isIn) && active.cell === undefined);
        cell.classList.toggle("cross", active?.cell !== undefined && (active.index === t || active.cell === s));
      }),
    );
  }

  focus({ index }) {
    this.#enter(this.words[index]);
  }

  buttonOf({ side, index }) {
    return (side === "target" && this.words[index]) || null;
  }

  dispose() {}

  #table(sides) {
    const { source, target, weights } = this.grid;
    const head = source.map((unit) => el("th", { scope: "col" }, el("span", { lang: sides.source.language || null, class: unit.isEnd ? "upright" : null }, label(unit))));
    const rows = target.map((unit, t) => {
      const cells = source.map((_, s) => this.#cell(weights[t][s], t, s));
      this.cells.push(cells);
      const attributes = { scope: "row", lang: sides.target.language || null, class: unit.isLocked ? "locked" : null };
      return el("tr", {}, el("th", attributes, this.#word(unit, t)), ...cells);
    });
    const corner = el("th", { scope: "col" }, el("span", { class: "unseen" }, sides.target.label));
    const table = el(
      "table",
      { role: "grid", dir: sides.source.direction, "aria-label": `Attention: rows ${sides.target.label}, columns ${sides.source.label}` },
      el("thead", {}, el("tr", {}, corner, ...head)),
      el("tbody", {}, ...rows),
      el("tfoot", {}, this.#sums()),
    );
    table.addEventListener("keydown", (event) => this.#key(event));
    table.addEventListener("pointerleave", () => this.host.point(null));
    return table;
  }

  /** How much each word of the source is looked at in all. */
  #sums() {
    const name = "looked at in all; 1 is the whole attention of one word";
    this.sums = coverageOf(this.grid.weights).map((share, s) => {
      const said = `${nameOf(this.grid.source[s])}: ${share.toFixed(1)} in all`;
      const cell = el("td", { role: "gridcell", tabindex: "-1", "aria-label": said, title: said }, share.toFixed(1));
      cell.style.setProperty("--share", Math.min(1, share).toFixed(3));
      cell.addEventListener("pointerenter", () => this.host.point({ side: "source", index: s }));
      cell.addEventListener("focus", () => this.host.point({ side: "source", index: s }));
      cell.addEventListener("blur", () => this.host.point(null));
      return cell;
    });
    return el("tr", {}, el("th", { scope: "row", title: name }, "in all"), ...this.sums);
  }

  #word(unit, t) {
    const locked = unit.isLocked ? el("span", { class: "unseen" }, ", locked") : null;
    const active = { side: "target", index: t };
    const word = el(
      "button",
      { type: "button", class: "word", tabindex: "-1", "aria-pressed": "false", "aria-haspopup": this.offers && "dialog", click: () => this.host.pin(active) },
      label(unit),
      locked,
    );
    word.addEventListener("pointerenter", () => this.host.point(active));
    word.addEventListener("focus", () => word.matches(":focus-visible") && this.host.point(active));
    word.addEventListener("blur", () => this.host.point(null));
    this.words.push(word);
    return word;
  }

  #cell(weight, t, s) {
    const { source, target } = this.grid;
    const name = `${nameOf(target[t])}, ${nameOf(source[s])}: ${percent(weight)}`;
    const cell = el(
      "td",
      { role: "gridcell", tabindex: "-1", "aria-label": name, title: name },
      weight >= 0.095 ? String(Math.round(100 * weight)) : "",
    );
    cell.style.setProperty("--share", weight.toFixed(3));
    const active = { side: "target", index: t, cell: s };
    cell.addEventListener("pointerenter", () => this.host.point(active));
    cell.addEventListener("focus", () => this.host.point(active));
    cell.addEventListener("blur", () => this.host.point(null));
    return cell;
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...this.cells.map((row, t) => [this.words[t], ...row]), [null, ...this.sums]];
    const t = rows.findIndex((row) => row.includes(event.target));
    if (t < 0) return;
    const s = rows[t].indexOf(event.target);
    const last = rows[t].length - 1;
    if (this.#does(event.key, t, s)) {
      event.preventDefault();
      return;
    }
    const move = moveFor(event.key, this.direction);
    const to = {
      ArrowDown: [t + 1, s],
      ArrowUp: [t - 1, s],
      Home: [t, rows[t][0] ? 0 : 1],
      End: [t, last],
    }[event.key] ?? (move === null ? null : [t, s + move]);
    if (!to) return;
    event.preventDefault();
    this.#enter(rows[to[0]]?.[to[1]]);
  }

  /** What a key does with the word of a row, from the word itself or from one of its cells. */
  #does(key, t, s) {
    if (!this.words[t]) return false; // below the words
    const active = { side: "target", index: t };
    if (key === "Enter" && s > 0) this.host.pin(active); // a word is a button, and sees to it itself
    else if (key === "Escape") this.host.unpin();
    else if (key === "Backspace") this.host.unlock(active);
    else return false;
    return true;
  }

  #enter(next) {
    if (!next) return;
    for (const one of this.element.querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

function label(unit) {
  return unit.isEnd ? el("bdi", { class: "end", title: "end of sentence" }, "⏎") : el("bdi", {}, (unit.continues ? "·" : "") + visible(unit.text));
}

function legend() {
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const step = el("span", { class: "step" }, percent(share));
    step.style.setProperty("--share", String(share));
    return step;
  });
  return el("p", { class: "legend" }, "share of a row ", ...steps);
}
