// A row of words: a list of buttons of which one takes part in the tab order, and arrows move between them.

import { UNSURE, nameOf, probabilityOf, visible } from "./doc.js";
import { el } from "./dom.js";

/** Which way an arrow key moves in a row: 1 on, -1 back, null: it does not. */
export function moveFor(key, direction) {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  return (key === "ArrowRight") === (direction !== "rtl") ? 1 : -1;
}

export class Row {
  /**
   * @param side "source" or "target"
   * @param units of this side
   * @param text {direction, language, label} of this side
   * @param host told by point(active), pin(active), unpin(), jump(active) and unlock(active)
   * @param options {differs, offers}: for each word whether it is to be marked as different (null marks none),
   *   and whether other words are offered for it
   */
  constructor(side, units, text, host, { differs = null, offers = false } = {}) {
    this.side = side;
    this.direction = text.direction;
    this.host = host;
    this.offers = offers;
    this.buttons = units.map((unit, index) => this.#button(unit, index, differs?.[unit.word] ?? false));
    if (this.buttons.length) this.buttons[0].tabIndex = 0;
    const items = this.buttons.map((button, index) =>
      el("li", { class: units[index].continues ? "continues" : null }, button),
    );
    const list = el("ol", { class: "tokens", dir: text.direction, lang: text.language || null, "aria-label": text.label }, ...items);
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && host.point(null));
    this.element = el("div", { class: `row ${side}` }, el("span", { class: "row-label", "aria-hidden": "true" }, text.label), list);
  }

  /** Put the focus on a word. */
  focus(index) {
    this.#enter(index);
    this.buttons[index].focus();
  }

  /** Show what is pointed at: `shares` maps partners in this row to weights; `active` is a word of it, or null. */
  light(active, shares, pinned) {
    this.buttons.forEach((button, index) => {
      const share = shares?.get(index) ?? 0;
      button.classList.toggle("active", index === active);
      button.classList.toggle("partner", share > 0);
      button.style.setProperty("--share", share.toFixed(3));
      button.setAttribute("aria-pressed", String(index === pinned));
    });
  }

  #button(unit, index, differs) {
    const probability = probabilityOf(unit);
    const isUnsure = probability !== null && probability < UNSURE && !unit.isEnd;
    const notes = [unit.isLocked && "locked", isUnsure && "less sure", differs && "differs"].filter(Boolean);
    const label = [nameOf(unit), ...notes].join(", ");
    const shown = el("bdi", {}, unit.isEnd ? "⏎" : visible(unit.text));
    const button = el(
      "button",
      {
        type: "button",
        class: classes("token", unit.isEnd && "end", unit.isLocked && "locked", isUnsure && "unsure", differs && "differs"),
        tabindex: "-1",
        "aria-pressed": "false",
        "aria-haspopup": this.offers && "dialog",
        "aria-label": notes.length || unit.isEnd ? label : null,
        "data-index": String(index),
      },
      shown,
    );
    const active = { side: this.side, index };
    button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.host.point(active));
    button.addEventListener("focus", () => {
      this.#enter(index);
      if (button.matches(":focus-visible")) this.host.point(active);
    });
    button.addEventListener("blur", () => this.host.point(null));
    button.addEventListener("click", () => this.host.pin(active));
    return button;
  }

  #enter(index) {
    for (const button of this.buttons) button.tabIndex = -1;
    this.buttons[index].tabIndex = 0;
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const here = this.buttons.indexOf(event.target.closest("button"));
    if (here < 0) return;
    const move = moveFor(event.key, this.direction);
    const last = this.buttons.length - 1;
    if (move !== null) this.focus(Math.min(last, Math.max(0, here + move)));
    else if (event.key === "Home") this.focus(0);
    else if (event.key === "End") this.focus(last);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.host.jump({ side: this.side, index: here });
    else if (event.key === "Escape") this.host.unpin();
    else if (event.key === "Backspace" && this.side === "target") this.host.unlock({ side: this.side, index: here });
    else return;
    event.preventDefault();
  }
}

function classes(...names) {
  return names.filter(Boolean).join(" ");
}
