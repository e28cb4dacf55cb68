// What the page says about itself: what it is doing, and what went wrong.

import { byId, el } from "./dom.js";

/** What is to be known of all that is shown. */
export function caveat() {
  return ["Attention shows where the decoder looked, not why it chose. ", el("span", { class: "sign" }, "Dotted"), " words are less sure: below a probability of 0.5."];
}

/** Say what is being done, or was done. */
export function say(text) {
  byId("status").textContent = text;
}

/** Say what went wrong, and offer to try again; what is wrong with the text is said beside it. */
export function showTrouble(trouble, retry) {
  if (trouble.kind === "input") {
    showInputTrouble(trouble);
    return;
  }
  const code = trouble.code ? el("small", {}, ` ${trouble.code}`) : null;
  const again = el("button", { type: "button", click: () => retry() }, "Try again");
  byId("trouble").replaceChildren(
    el("p", {}, el("strong", {}, trouble.message), trouble.mend ? ` ${trouble.mend}` : "", code),
    again,
  );
  byId("trouble").hidden = false;
  say("");
}

/** Say what is wrong with the text, under its box. */
export function showInputTrouble(trouble) {
  byId("text-trouble").textContent = [trouble.message, trouble.mend].filter(Boolean).join(" ");
  byId("text-trouble").hidden = false;
  byId("text").setAttribute("aria-invalid", "true");
  if (!byId("results").contains(document.activeElement)) byId("text").focus(); // somebody may be there already
}

/** It is mended, or something else is tried. */
export function clearTrouble() {
  byId("trouble").hidden = true;
  byId("text-trouble").hidden = true;
  byId("text").removeAttribute("aria-invalid");
}
