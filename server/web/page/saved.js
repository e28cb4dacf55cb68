// The page of what was saved: the same pictures without the server that they came from.

import { Card } from "./card.js";
import { byId, el } from "./dom.js";
import { caveat } from "./notices.js";
import { shortName } from "./state.js";
import { Tools, chooseViewByKey } from "./tools.js";

const { state, cards: saved } = JSON.parse(byId("saved").textContent);
const tools = new Tools(state, change);
const cards = saved.map(({ results, sentence, choice }) => {
  const card = new Card(results, sentence, null);
  card.choice = choice;
  return card;
});
const list = el("div", { id: "cards" }, ...cards.map((card) => card.element));
const results = el("section", { id: "results", "aria-label": "Translations" }, tools.element, list, el("p", { class: "caveat" }, ...caveat()));
const models = saved[0].results.map(({ model }) => shortName(model.name)).join(" and ");
byId("work").append(
  el("header", { class: "top saved" }, el("h1", {}, el("span", { class: "brand" }, "seq2seq"), " Attention preview")),
  el("section", { class: "card ask", "aria-label": "Text" }, el("p", { lang: saved[0].results[0].model.source_language || null, dir: "auto", class: "text" }, state.text), el("p", { class: "hint" }, `Translated by ${models}.`)),
  results,
);
chooseViewByKey(results, change);
draw();

function change(wanted) {
  Object.assign(state, wanted);
  tools.show(state);
  draw();
}

function draw() {
  for (const card of cards) card.render(state);
}
