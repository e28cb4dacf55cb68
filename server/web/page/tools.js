// The switches above the translations: which view, how much of the attention, words or subwords.

import { el } from "./dom.js";
import { VIEWS } from "./state.js";

const NAMES = { ribbons: "Ribbons", heat: "Heat map", list: "List" };

export class Tools {
  /**
   * @param state of which view, mass and subwords are shown here
   * @param change told what is wanted otherwise
   */
  constructor(state, change) {
    this.views = VIEWS.map((view) => el("input", { type: "radio", name: "view", id: `view-${view}`, value: view, change: () => change({ view }) }));
    this.mass = el("input", { type: "range", id: "mass", min: "50", max: "100", step: "5", input: () => change({ mass: Number(this.mass.value) / 100 }) });
    this.percent = el("output", { for: "mass" });
    this.share = el("label", { class: "mass" }, el("span", {}, "show ", this.percent, " of each word’s attention"), " ", this.mass);
    this.subwords = el("input", { type: "checkbox", id: "subwords", change: () => change({ subwords: this.subwords.checked }) });
    this.element = el(
      "div",
      { class: "tools" },
      el("fieldset", { class: "views" }, el("legend", { class: "unseen" }, "View"), ...this.views.map((radio) => el("label", {}, radio, el("span", {}, NAMES[radio.value])))),
      this.share,
      el("label", { class: "switch" }, this.subwords, " subwords"),
    );
    this.show(state);
  }

  show({ view, mass, subwords }) {
    for (const radio of this.views) radio.checked = radio.value === view;
    this.mass.value = String(Math.round(mass * 100));
    this.percent.textContent = `${Math.round(mass * 100)} %`;
    this.share.hidden = view === "heat";
    this.subwords.checked = subwords;
  }
}

/** Let 1, 2 and 3 choose a view while something below an element has the focus. */
export function chooseViewByKey(element, change) {
  element.addEventListener("keydown", (event) => {
    const view = VIEWS[Number(event.key) - 1];
    if (view && !event.ctrlKey && !event.altKey && !event.metaKey) change({ view });
  });
}
