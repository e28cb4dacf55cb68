// One step of the decoder after the other: what it had written, where it looked, and what it wrote then.

import { kept, nameOf, unitsOf, visible } from "./doc.js";
import { el } from "./dom.js";
import { partner } from "./list.js";

const [MOST, MASS] = [6, 0.95]; // source pieces that are named, and the share of the attention that they reach
const PACE = 1000; // milliseconds a step, played

export class Steps {
  /**
   * @param doc a preview document
   * @param hypothesis the one of its translations that is walked through
   * @param options {sides, memorySize, walk}: walk {isOpen, step} is where the walk is, and is kept there
   * @param host told how far it is, reach(step), or that it is over, reach(null)
   */
  constructor(doc, hypothesis, options, host) {
    Object.assign(this, { hypothesis, host }, options);
    this.playing = null; // the timer, while it runs
    this.source = unitsOf(doc.source, true);
    this.target = unitsOf(hypothesis, true);
    this.last = this.target.length - 1;
    this.walk.step = Math.min(this.walk.step, this.last);
    this.slider = el("input", { type: "range", min: "1", max: String(this.last + 1), "aria-label": "Step", input: () => this.#turn(Number(this.slider.value) - 1) });
    this.back = this.#button("◀", "Step back", -1);
    this.on = this.#button("▶", "Next step", 1);
    this.play = el("button", { type: "button", class: "quiet", click: () => (this.playing ? this.#rest() : this.#run()) }, "Play");
    this.count = el("span", { class: "count", "aria-hidden": "true" });
    this.told = el("dl", { class: "told" });
    this.element = el(
      "details",
      { class: "steps", open: this.walk.isOpen, toggle: (event) => this.#toggle(event.target.open) },
      el("summary", {}, "Step by step"),
      el("div", { class: "walk" }, this.back, this.slider, this.on, this.count, this.play),
      this.told,
    );
  }

  /** The step in words. */
  get sentence() {
    const { step } = this.walk;
    return `Step ${step + 1} of ${this.last + 1} wrote ${nameOf(this.target[step])}.`;
  }

  /** Show where the walk is, if it is on. */
  start() {
    if (this.walk.isOpen) this.#go(this.walk.step);
  }

  #toggle(isOpen) {
    if (isOpen === this.walk.isOpen) return; // it was made so
    this.walk.isOpen = isOpen;
    if (isOpen) this.#go(this.walk.step);
    else {
      this.#rest();
      this.host.reach(null);
    }
  }

  /** Step on and on, from the beginning if the walk is at its end. */
  #run() {
    this.play.textContent = "Pause";
    if (this.walk.step === this.last) this.#go(0);
    this.playing = setInterval(() => {
      if (this.element.isConnected) this.#go(this.walk.step + 1);
      if (this.walk.step === this.last || !this.element.isConnected) this.#rest();
    }, PACE);
  }

  #rest() {
    clearInterval(this.playing);
    this.playing = null;
    this.play.textContent = "Play";
  }

  /** Go where somebody wants to be, and stay there. */
  #turn(step) {
    this.#rest();
    this.#go(step);
  }

  #go(step) {
    this.walk.step = Math.max(0, Math.min(this.last, step));
    const unit = this.target[this.walk.step];
    this.slider.value = String(this.walk.step + 1);
    this.slider.setAttribute("aria-valuetext", `${this.walk.step + 1} of ${this.last + 1}: ${nameOf(unit)}`);
    this.count.textContent = `${this.walk.step + 1} / ${this.last + 1}`;
    this.back.disabled = this.walk.step === 0;
    this.on.disabled = this.walk.step === this.last;
    this.told.replaceChildren(...this.#said(unit));
    this.host.reach(this.walk.step);
  }

  #said(unit) {
    const { target } = this.sides;
    const token = this.hypothesis.tokens[this.walk.step];
    const written = Array.from(this.hypothesis.text).slice(0, token.start).join("").trim();
    const before = this.target[this.walk.step - 1];
    const text = (shown) => el("bdi", { lang: target.language || null, dir: target.direction }, shown);
    const chance = unit.logProb === null ? "" : ` probability ${Math.exp(unit.logProb).toFixed(2)}`;
    return [
      el("dt", {}, "had written"),
      el("dd", {}, ...(before ? [text(written), el("span", { class: "hint" }, " and was given its last piece, “", text(visible(before.text)), "”")] : [el("span", { class: "hint" }, "nothing; it was given the sign that a sentence begins")])),
      el("dt", {}, "looked at"),
      el("dd", { class: "partners" }, ...this.#looked(token)),
      el("dt", {}, "wrote"),
      el("dd", {}, el("b", {}, text(unit.isEnd ? "⏎ end of sentence" : visible(unit.text))), el("span", { class: "hint" }, chance)),
    ];
  }

  #looked(token) {
    const row = this.hypothesis.attention?.[this.walk.step];
    if (!row) return [el("span", { class: "hint" }, `nothing anew: its state began as the one vector of ${this.memorySize} numbers`)];
    const named = kept(row, MASS).slice(0, MOST);
    const spread = `like an even look at ${(2 ** (token.entropy ?? 0)).toFixed(1)} pieces`;
    return [...named.map((s) => partner(this.source[s], row[s], this.sides.source)), el("span", { class: "hint" }, spread)];
  }

  #button(sign, name, by) {
    return el("button", { type: "button", class: "round", "aria-label": name, title: name, click: () => this.#turn(this.walk.step + by) }, sign);
  }
}
