// What happens when somebody stops typing for a moment.

export const PAUSE_MS = 400; // between the last key and what follows from it

export class Typing {
  /**
   * @param box a text field
   * @param host told of each change, typed(), and of each pause, paused(); of neither while a word is still being
   *   put together from several keys
   */
  constructor(box, host) {
    this.host = host;
    this.timer = null;
    box.addEventListener("input", (event) => event.isComposing || this.#typed());
    box.addEventListener("compositionstart", () => this.settle());
    box.addEventListener("compositionend", () => this.#typed());
  }

  /** What was typed is seen to already. */
  settle() {
    clearTimeout(this.timer);
  }

  #typed() {
    this.settle();
    this.host.typed();
    this.timer = setTimeout(() => this.host.paused(), PAUSE_MS);
  }
}
