// The matrix: a row for each word of the translation, a column for each of the source. A grid that arrows walk in.

import { nameOf, percent, visible } from "./doc.js";
import { el } from "./dom.js";
import { moveFor } from "./rows.js";

const MANY = 18; // columns that have room for large cells
const MOST_CELLS = 6400; // a table of more takes a second to make

export class Heat {
  /** As Stage; the host is told of cells by point({side: "target", index, cell}). */
  constructor(grid, sides, options, host) {
    this.grid = grid;
    this.host = host;
    this.direction = sides.source.direction;
    const count = grid.source.length * grid.target.length;
    this.cells = [];
    if (count > MOST_CELLS) {
      this.element = el("p", { class: "hint" }, `The heat map would have ${count.toLocaleString("en")} cells. The list shows them all.`);
      return;
    }
    const table = this.#table(sides);
    this.element = el("div", { class: `heat${grid.source.length > MANY ? " dense" : ""}`, tabindex: "-1" }, table, legend());
    this.cells[0][0].tabIndex = 0;
  }

  light(active) {
    this.cells.forEach((row, t) =>
      row.forEach((cell, s) => {
        const isIn = active && (active.side === "target" ? active.index === t : active.index === s);
        cell.classList.toggle("in", Boolean(isIn) && active.cell === undefined);
        cell.classList.toggle("cross", active?.cell !== undefined && (active.index === t || active.cell === s));
      }),
    );
  }

  focus() {
    this.cells[0]?.[0].focus();
  }

  dispose() {}

  #table(sides) {
    const { source, target, weights } = this.grid;
    const head = source.map((unit) => el("th", { scope: "col" }, el("span", { lang: sides.source.language || null, class: unit.isEnd ? "upright" : null }, label(unit))));
    const rows = target.map((unit, t) => {
      const cells = source.map((_, s) => this.#cell(weights[t][s], t, s));
      this.cells.push(cells);
      const attributes = { scope: "row", lang: sides.target.language || null, class: unit.isLocked ? "locked" : null };
      const locked = unit.isLocked ? el("span", { class: "unseen" }, ", locked") : null;
      return el("tr", {}, el("th", attributes, label(unit), locked), ...cells);
    });
    const corner = el("th", { scope: "col" }, el("span", { class: "unseen" }, sides.target.label));
    const table = el(
      "table",
      { role: "grid", dir: sides.source.direction, "aria-label": `Attention: rows ${sides.target.label}, columns ${sides.source.label}` },
      el("thead", {}, el("tr", {}, corner, ...head)),
      el("tbody", {}, ...rows),
    );
    table.addEventListener("keydown", (event) => this.#key(event));
    table.addEventListener("pointerleave", () => this.host.point(null));
    return table;
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
    const t = this.cells.findIndex((row) => row.includes(event.target));
    if (t < 0) return;
    const s = this.cells[t].indexOf(event.target);
    const last = this.cells[t].length - 1;
    const move = moveFor(event.key, this.direction);
    const to = {
      ArrowDown: [t + 1, s],
      ArrowUp: [t - 1, s],
      Home: [t, 0],
      End: [t, last],
    }[event.key] ?? (move === null ? null : [t, s + move]);
    if (!to) return;
    event.preventDefault();
    const next = this.cells[to[0]]?.[to[1]];
    if (!next) return;
    event.target.tabIndex = -1;
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
