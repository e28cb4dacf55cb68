// Other words in the place of one: a list to choose from, and a field for a word of one's own.

import { nameOf } from "./doc.js";
import { el } from "./dom.js";
import { chance, choicesOf, isOpen, withWords } from "./prefix.js";

const EDGE = 12; // between the popover and the edge of the window
const BELOW = 6; // between a word and its popover

let count = 0; // of popovers so far: options have names of their own

export class Alternatives {
  /**
   * @param button of the word that it belongs to
   * @param word {unit, whole, prefix, looks, direction, language}: the word or a piece of it, all of it, what of
   *   the translation stands before it, and what is said of where it looks
   * @param host find(signal) fetches alternatives; told choose(choice), begin(prefix) and unlock(). Whether
   *   something came of begin is seen by whether it fails
   */
  constructor(button, word, host) {
    Object.assign(this, { button, word, host });
    this.name = `alternatives-${(count += 1)}`;
    this.choices = [];
    this.options = [];
    this.active = 0;
    this.closing = new AbortController();
    this.list = el("div", { class: "choices", role: "listbox", tabindex: "0", "aria-busy": "true", dir: word.direction });
    this.list.setAttribute("aria-label", `${this.#title()}, likeliest first`);
    this.said = el("p", { class: "said", role: "status" });
    this.own = el("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", dir: "auto", lang: word.language || null });
    const looks = el("p", { class: "looks", id: `${this.name}-looks` }, word.looks);
    this.element = el(
      "div",
      { class: "alternatives", popover: "auto", role: "dialog", "aria-label": this.#title(), "aria-describedby": looks.id },
      looks,
      this.list,
      this.said,
      this.#foot(),
    );
    this.#listen();
  }

  /** Show it at its word, and look for what it offers. */
  open() {
    const focused = document.activeElement;
    this.back = this.button.closest(".panel").contains(focused) ? focused : this.button; // a cell of its row, perhaps
    this.element.showPopover();
    this.button.setAttribute("aria-expanded", "true");
    this.#place();
    this.#find();
  }

  /** Close it, whatever it waits for. */
  close() {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.button.setAttribute("aria-expanded", "false");
    this.element.remove();
  }

  async #find() {
    this.list.hidden = false;
    this.list.focus({ preventScroll: true });
    this.#say("Looking for other words…");
    try {
      const found = await this.host.find(this.closing.signal);
      if (this.closing.signal.aborted) return;
      this.#offer(choicesOf(found, this.word.prefix));
    } catch (error) {
      if (!this.closing.signal.aborted) this.#fail(error, () => this.#find());
    }
  }

  #offer(choices) {
    this.choices = choices;
    this.options = choices.map((choice, index) => this.#option(choice, index));
    this.list.replaceChildren(...this.options);
    this.list.setAttribute("aria-busy", "false");
    this.list.hidden = !choices.length;
    this.#say(choices.length ? "" : "The model has no other words here.");
    if (choices.length) this.#move(Math.max(0, choices.findIndex((choice) => this.#isHere(choice))));
    else this.own.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  #option(choice, index) {
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", choice.probability.toFixed(3));
    return el(
      "div",
      {
        id: `${this.name}-${index}`,
        class: "choice",
        role: "option",
        "aria-selected": String(this.#isHere(choice)),
        title: choice.preview.hypotheses[0].text,
        click: () => this.host.choose(choice),
        pointermove: () => this.#move(index),
      },
      this.#way(choice),
      bar,
      el("span", { class: "chance", dir: "ltr" }, chance(choice.probability)),
    );
  }

  #way({ unit, rest }) {
    const word = el("b", {}, unit.isEnd ? el("span", { "aria-hidden": "true" }, "⏎ ") : null, nameOf(unit));
    if (unit.isEnd) return el("span", { class: "way ends", dir: "ltr" }, word);
    const then = rest ? el("span", { class: "unseen" }, ", then ") : null;
    const { direction, language } = this.word;
    return el("bdi", { class: "way", lang: language || null, dir: direction }, word, then, el("span", { class: "rest" }, rest));
  }

  #foot() {
    const form = el(
      "form",
      { class: "own", submit: (event) => this.#useOwn(event) },
      el("label", {}, el("span", {}, isOpen(this.word.prefix) ? "or your own end of it" : "or your own"), this.own),
      el("button", { class: "quiet" }, "Use it"),
    );
    const unlock = el("button", { type: "button", class: "quiet", click: () => this.host.unlock() }, "Unlock from here");
    return el("div", { class: "foot" }, form, this.word.unit.isLocked ? unlock : null);
  }

  #listen() {
    this.element.addEventListener("toggle", (event) => event.newState === "closed" && this.close());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.element.contains(event.relatedTarget)) this.close();
    });
    window.addEventListener("resize", () => this.#place(), { signal: this.closing.signal });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // digits choose no view here
    if (event.key === "Escape") {
      this.close();
      this.back.focus();
    } else if (event.target === this.own) {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      this.list.focus();
    } else if (event.target !== this.list || !this.#keyInList(event.key)) return;
    event.preventDefault();
  }

  #keyInList(key) {
    const last = this.options.length - 1;
    const to = { ArrowDown: Math.min(last, this.active + 1), ArrowUp: Math.max(0, this.active - 1), Home: 0, End: last }[key];
    if (to !== undefined) this.#move(to);
    else if (key === "Enter" || key === " ") this.choices.length && this.host.choose(this.choices[this.active]);
    else if (Array.from(key).length === 1) {
      this.own.focus(); // and the sign is written there
      return false;
    } else return false;
    return true;
  }

  #move(index) {
    if (!this.options.length) return;
    this.active = index;
    this.options.forEach((option, at) => option.classList.toggle("active", at === index));
    this.list.setAttribute("aria-activedescendant", this.options[index].id);
  }

  async #useOwn(event) {
    event.preventDefault();
    if (!this.own.value.trim()) {
      this.own.focus();
      return;
    }
    this.#say("Translating…");
    try {
      await this.host.begin(withWords(this.word.prefix, this.own.value));
      this.#say("");
    } catch (error) {
      this.#fail(error, () => this.#useOwn(event));
    }
  }

  #fail(error, retry) {
    const again = el("button", { type: "button", class: "quiet", click: retry }, "Try again");
    this.said.replaceChildren([error.message, error.mend].filter(Boolean).join(" "), " ", again);
    this.said.classList.add("wrong");
    const isFocused = document.activeElement === this.list;
    this.list.hidden = !this.choices.length;
    if (isFocused && this.list.hidden) again.focus();
  }

  #say(text) {
    this.said.textContent = text;
    this.said.classList.remove("wrong");
  }

  /** Whether a choice is what the translation has already. */
  #isHere({ unit }) {
    return unit.text === this.word.whole.text && unit.isEnd === this.word.whole.isEnd;
  }

  #title() {
    const { unit, whole, prefix } = this.word;
    return isOpen(prefix) ? `Other ways on at “${nameOf(unit)}” in “${nameOf(whole)}”` : `Other words for “${nameOf(whole)}”`;
  }

  /** Below its word, and within the window. */
  #place() {
    const word = this.button.getBoundingClientRect();
    const width = this.element.offsetWidth;
    const room = document.documentElement.clientWidth - width - EDGE;
    const left = Math.max(EDGE, Math.min(room, (word.left + word.right - width) / 2));
    this.element.style.left = `${left + window.scrollX}px`;
    this.element.style.top = `${word.bottom + window.scrollY + BELOW}px`;
  }
}
