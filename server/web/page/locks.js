// The words of one translation that were chosen, and the ways back: they are locked, what follows them is new.

import { wordsIn } from "./doc.js";
import { el } from "./dom.js";
import { say, showTrouble } from "./notices.js";
import { endsThere, lockedIn, written } from "./prefix.js";

export class Locks {
  /**
   * @param card whose results change: {text, results, choice}, redraw(), complete(results, at) and focus(place);
   *   a place is {at, word}: a word of the translation of one of the results
   * @param prefix what is locked from the start
   * @param host as Card
   */
  constructor(card, prefix, host) {
    Object.assign(this, { card, prefix, host });
    this.past = []; // what was shown before each change
  }

  /** Lock what was chosen: where it leads is known and shown at once, other translations and the twin follow. */
  async choose(choice, at) {
    const results = this.card.results.map((result, index) => (index === at ? { ...result, doc: choice.preview } : result));
    this.#become({ results, choice: 0, prefix: choice.prefix }, { at, word: choice.unit.word });
    await this.#complete(at);
  }

  /** Translate anew, so that the translation begins with a prefix; "" leaves it free. Fails when that does. */
  async begin(prefix, place) {
    const results = await this.host.alone((signal) => this.#ask(prefix, signal));
    if (!results) return;
    if (results[place.at].error) throw results[place.at].error;
    this.#become({ results, choice: 0, prefix }, place);
  }

  /** The same, where there is no better place than the page to say what went wrong. */
  async beginOrTell(prefix, place) {
    try {
      await this.begin(prefix, place);
    } catch (error) {
      showTrouble(error, () => this.beginOrTell(prefix, place));
    }
  }

  /** Take the last change back. */
  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.host.alone(async () => null); // what is on its way is not wanted any more
    this.#show(before, before.place);
  }

  /** What is locked, and the ways out of it; null when nothing is. */
  note() {
    if (!this.prefix) return null;
    const { doc, model } = this.card.results[0];
    const { text = "", direction = null } = doc?.hypotheses?.[this.card.choice] ?? {};
    const words = el("bdi", { lang: model.target_language || null, dir: direction }, written(this.prefix).trim());
    const ends = endsThere(this.prefix) && lockedIn(text, this.prefix) > lockedIn(text, written(this.prefix));
    const free = () => this.beginOrTell("", { at: 0, word: 0 });
    return el(
      "div",
      { class: "locks" },
      el("p", {}, "Locked: “", words, ends ? "” and the end of the sentence." : "”. What follows is new."),
      this.host ? el("button", { type: "button", class: "quiet", click: free }, "Free translation again") : null,
      this.past.length ? el("button", { type: "button", class: "quiet", title: "Ctrl Z", click: () => this.undo() }, "Undo") : null,
    );
  }

  async #complete(at) {
    try {
      const found = await this.host.alone((signal) => this.#ask(this.prefix, signal));
      if (!found) return;
      this.card.complete(found, at);
      this.#say();
    } catch (error) {
      if (this.card.results.length > 1) showTrouble(error, () => this.#complete(at)); // the twin is an old one
    }
  }

  #ask(prefix, signal) {
    const models = this.card.results.map(({ model }) => model);
    return this.host.ask(this.card.text, prefix, models, signal);
  }

  #become(next, place) {
    const { results, choice } = this.card;
    this.past.push({ results, choice, prefix: this.prefix, place });
    this.#show(next, place);
  }

  #show({ results, choice, prefix }, place) {
    Object.assign(this.card, { results, choice });
    this.prefix = prefix;
    this.card.redraw();
    this.card.focus(place);
    this.host.changed();
    this.#say();
  }

  #say() {
    const words = wordsIn(this.prefix).length;
    if (!this.prefix) say("No word is locked: a free translation.");
    else say(`${words} ${words === 1 ? "word is" : "words are"} locked.`);
  }
}
