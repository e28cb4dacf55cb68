// Source above translation, and between them what the decoder got: ribbons of attention, or one vector.

import { kept, partnersOf } from "./doc.js";
import { el, svg } from "./dom.js";
import { firstLine, isWrapped, lastLine, middle, ribbons, threads } from "./geometry.js";
import { Row } from "./rows.js";

const MANY = 15; // words of a row that stand side by side in their full size

export class Stage {
  /**
   * @param grid units and weights
   * @param sides {source, target}: {direction, language, label} of each
   * @param options {mass, memorySize, differs, offers, isCompanion}: a companion shows no source of its own
   * @param host told by point, pin, unpin, unlock
   */
  constructor(grid, sides, options, host) {
    this.grid = grid;
    this.options = options;
    const told = { ...host, jump: (active) => this.#jump(active) };
    this.rows = { target: new Row("target", grid.target, sides.target, told, options) };
    if (!options.isCompanion) this.rows.source = new Row("source", grid.source, sides.source, told);
    this.picture = svg("svg", { class: "ribbons", "aria-hidden": "true" });
    this.vector = grid.weights ? null : bottleneck(options.memorySize);
    const kinds = [
      "stage",
      grid.weights ? null : "plain",
      options.isCompanion ? "companion" : null,
      Math.max(grid.source.length, grid.target.length) > MANY ? "long" : null,
    ];
    this.element = el(
      "div",
      { class: kinds.filter(Boolean).join(" ") },
      this.picture,
      this.rows.source?.element,
      el("div", { class: "gap" }, this.vector),
      this.rows.target.element,
    );
    this.active = null;
    this.reached = Infinity; // the last word of the translation that is drawn
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  /** Draw between the words where they stand now. */
  draw() {
    const frame = this.element.getBoundingClientRect();
    if (!frame.width) return;
    this.picture.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    const target = boxesOf(this.rows.target, frame);
    const source = this.rows.source ? boxesOf(this.rows.source, frame) : [];
    if (this.grid.weights) {
      const isCrowded = isWrapped(source) || isWrapped(target);
      this.element.classList.toggle("crowded", isCrowded);
      const drawn = ribbons(source, target, this.#cells());
      this.paths = drawn.map(({ s, t, weight, d }) => {
        const path = svg("path", { d });
        path.style.setProperty("--share", weight.toFixed(3));
        return { s, t, path };
      });
    } else {
      const box = boxOf(this.vector, frame);
      const [top, bottom] = [
        { x: middle(box), y: box.top },
        { x: middle(box), y: box.bottom },
      ];
      const drawn = [...threads(lastLine(source), top, true), ...threads(firstLine(target), bottom, false)];
      this.paths = drawn.map((d) => ({ path: svg("path", { d, class: "thread" }) }));
    }
    this.picture.replaceChildren(...this.paths.map(({ path }) => path));
    this.light(this.active, this.pinned);
  }

  /** Show what is pointed at, {side, index} or null, and what is pinned. */
  light(active, pinned) {
    this.active = active;
    this.pinned = pinned;
    for (const [side, row] of Object.entries(this.rows)) {
      const here = active?.side === side ? active.index : null;
      const shares = active && active.side !== side && this.grid.weights ? this.#shares(active) : null;
      row.light(here, shares, pinned?.side === side ? pinned.index : null);
    }
    this.picture.classList.toggle("lit", active !== null);
    for (const { s, t, path } of this.paths ?? []) {
      path.classList.toggle("future", t > this.reached);
      const isOn = active !== null && (active.side === "source" ? s : t) === active.index;
      path.classList.toggle("on", isOn);
    }
  }

  /** Draw nothing of words after this one. */
  reach(index) {
    this.reached = index;
  }

  /** Put the focus on a word. */
  focus({ side, index }) {
    this.rows[side]?.focus(index);
  }

  /** The button of a word; null where it is not shown. */
  buttonOf({ side, index }) {
    return this.rows[side]?.buttons[index] ?? null;
  }

  /** Let go of what watches the size. */
  dispose() {
    this.observer.disconnect();
  }

  #cells() {
    return this.grid.weights.flatMap((row, t) => kept(row, this.options.mass).map((s) => ({ s, t, weight: row[s] })));
  }

  #shares(active) {
    const cells = this.#cells().filter((cell) => (active.side === "source" ? cell.s : cell.t) === active.index);
    return new Map(cells.map((cell) => [active.side === "source" ? cell.t : cell.s, cell.weight]));
  }

  #jump({ side, index }) {
    const other = side === "source" ? "target" : "source";
    if (!this.rows[other]) return;
    const best = this.grid.weights ? partnersOf(this.grid.weights, side, index, 1)[0].index : 0;
    this.rows[other].focus(best);
  }
}

/** The one thing that a plain decoder gets. */
function bottleneck(size) {
  return el("p", { class: "vector" }, el("b", {}, `one vector of ${size} numbers`), ", however long the source is");
}

function boxesOf(row, frame) {
  return row.buttons.map((button) => boxOf(button, frame));
}

function boxOf(element, frame) {
  const box = element.getBoundingClientRect();
  return {
    left: box.left - frame.left,
    right: box.right - frame.left,
    top: box.top - frame.top,
    bottom: box.bottom - frame.top,
  };
}
