// The modules of the page that need no browser. Run by tests/server/web/test_page_modules.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ask } from "./asking.js";
import { coverageOf, differences, kept, partnersOf, problemOf, sentenceFor, unitsOf, visible, withoutWord } from "./doc.js";
import { picture } from "./export.js";
import { firstLine, isWrapped, lastLine, ribbons } from "./geometry.js";
import { chance, choicesOf, endsThere, lockedIn, prefixBefore, prefixThrough, prefixUpTo, withWords, written } from "./prefix.js";
import { moveFor } from "./rows.js";
import { lengthened, split } from "./sentences.js";
import { DEFAULTS, fromQuery, listed, modelCalled, toQuery, twinOf } from "./state.js";

const doc = {
  format: "attention-preview/1",
  source: {
    text: "the Area",
    direction: "ltr",
    tokens: [
      { text: "the", word: 0, start: 0, end: 3, kind: "piece" },
      { text: "Ar", word: 1, start: 4, end: 6, kind: "piece" },
      { text: "ea", word: 1, start: 6, end: 8, kind: "piece" },
      { text: "", word: 2, start: 8, end: 8, kind: "end" },
    ],
  },
  hypotheses: [
    {
      text: "zone <b>",
      direction: "ltr",
      log_prob: -1,
      score: -0.3,
      finished: true,
      tokens: [
        { text: "zone", word: 0, start: 0, end: 4, kind: "piece", log_prob: Math.log(0.71) },
        { text: "<b>", word: 1, start: 5, end: 8, kind: "piece", log_prob: -0.1 },
        { text: "", word: 2, start: 8, end: 8, kind: "end", log_prob: -0.1 },
      ],
      attention: [
        [0.25, 0.5, 0.21, 0.04],
        [0.9, 0.1, 0, 0],
        [0, 0, 0, 1],
      ],
    },
  ],
};
const grid = {
  source: [{ text: "the" }, { text: "Area" }, { text: "", isEnd: true }],
  target: [{ text: "zone", logProb: Math.log(0.71) }],
  weights: [[0.25, 0.71, 0.04]],
};

test("the state of the page goes through its address and back", () => {
  const state = { text: "a & b?\n=#", model: "x", view: "heat", mass: 0.6, subwords: true, compare: true, typing: false, whole: true, keep: "Blue Cat, é", prefixes: ["", "Où se "] };
  assert.deepEqual(fromQuery(toQuery(state)), state);
  assert.equal(toQuery({ ...DEFAULTS, text: "a", prefixes: ["Où ", "", ""] }), "?prefix=O%C3%B9+&text=a");
  assert.equal(toQuery({ ...DEFAULTS, prefixes: ["", ""] }), "");
  assert.equal(toQuery(DEFAULTS), "");
});

test("words to keep are a list with commas between them", () => {
  assert.deepEqual(listed(" Blue Cat, ,C++,"), ["Blue Cat", "C++"]);
  assert.deepEqual(listed(""), []);
});

test("an address that makes no sense is as if it said nothing", () => {
  assert.deepEqual(fromQuery("?view=cube&mass=7&subwords=yes&other=1"), DEFAULTS);
});

test("models are found by name, and twins by their languages", () => {
  const model = (name, attention, target = "fr", state = "ready") =>
    ({ name: `models/${name}`, attention, source_language: "en", target_language: target, state, default: name === "b" });
  const [a, b, c, d] = [model("a-plain", "none"), model("b", "bahdanau"), model("a-attention", "bahdanau"), model("d", "none", "de")];
  assert.equal(modelCalled([a, b, c, d], "a-plain"), a);
  assert.equal(modelCalled([a, b, c, d], "models/d"), d);
  assert.equal(modelCalled([a, b, c, d], "gone"), b);
  assert.equal(twinOf([a, b, c, d], a), c);
  assert.equal(twinOf([a, b, c, d], b), a);
  assert.equal(twinOf([a, b, c, d], d), null);
  assert.equal(twinOf([{ ...a, state: "failed" }, b], b), null);
});

test("sentences are split, and lines are sentences of their own", () => {
  assert.deepEqual(split("Hello. Where is it?\nNo mark\n\n", "en"), ["Hello.", "Where is it?", "No mark"]);
  assert.deepEqual(split("Hello.", "no language at all"), ["Hello."]);
});

test("a text grows by sentences that it has not, until there are none", () => {
  let text = "Hello.";
  const lengths = new Set();
  for (let next = text; next !== null; next = lengthened(text, "en-GB")) {
    text = next;
    lengths.add(split(text, "en").length);
  }
  assert.deepEqual([...lengths], [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(lengthened("Hello.", "xx"), null);
});

test("the fewest cells that reach the share are kept", () => {
  assert.deepEqual(kept([0.25, 0.71, 0.04], 0.5), [1]);
  assert.deepEqual(kept([0.25, 0.71, 0.04], 0.75), [1, 0]);
  assert.deepEqual(kept([0.25, 0.71, 0.04], 1), [1, 0, 2]);
  assert.deepEqual(kept([0, 1, 0], 1), [1]);
});

test("partners are the strongest of a row or a column", () => {
  assert.deepEqual(partnersOf(grid.weights, "target", 0).map(({ index }) => index), [1, 0]);
  assert.deepEqual(partnersOf(grid.weights, "source", 2), [{ index: 0, weight: 0.04 }]);
});

test("what is pointed at is said in a sentence", () => {
  assert.equal(sentenceFor(grid, "target", 0), "zone looks at Area 71 %, the 25 %. Probability 0.71.");
  assert.equal(sentenceFor(grid, "source", 2), "end of sentence is looked at by zone 4 %: in all 0.04 of one word’s attention.");
  assert.match(sentenceFor({ ...grid, weights: null }, "target", 0), /one vector.*Probability 0\.71\./);
});

test("all that the source is looked at is as much as the target looks", () => {
  const { attention } = doc.hypotheses[0];
  assert.deepEqual(coverageOf(attention).map((share) => share.toFixed(2)), ["1.15", "0.60", "0.21", "1.04"]);
  assert.deepEqual(coverageOf([]), []);
});

test("words that are not common to two texts are told", () => {
  assert.deepEqual(differences("a b c", "a c"), [false, true, false]);
  assert.deepEqual(differences("", "a"), []);
  assert.deepEqual(differences("c a", "a c").filter(Boolean).length, 1);
});

test("a word can be left out, by its number", () => {
  assert.equal(withoutWord("the  old\u00a0town ", 1), "the town");
  assert.equal(withoutWord("town", 0), "");
});

test("what could move or hide text is not shown", () => {
  assert.equal(visible("a\u202eb\u0007"), "ab\ufffd");
  assert.equal(visible(" "), "∅");
});

test("arrows go the way that the text goes", () => {
  assert.deepEqual(["ArrowRight", "ArrowLeft", "x"].map((key) => moveFor(key, "ltr")), [1, -1, null]);
  assert.deepEqual(["ArrowRight", "ArrowLeft"].map((key) => moveFor(key, "rtl")), [-1, 1]);
});

test("ribbons begin and end within their words", () => {
  const box = (left, top) => ({ left, right: left + 40, top, bottom: top + 20 });
  const drawn = ribbons([box(0, 0), box(50, 0)], [box(10, 100)], [{ s: 0, t: 0, weight: 0.6 }, { s: 1, t: 0, weight: 0.4 }]);
  for (const { s, d } of drawn) {
    const [top, bottom] = [...d.matchAll(/(-?[\d.]+) (20|100)(?![\d.])/g)].map((match) => Number(match[1]));
    assert.ok(top >= 50 * s && top <= 50 * s + 40, `${d} begins at ${top}`);
    assert.ok(bottom >= 10 && bottom <= 50, d);
  }
  assert.ok(!drawn.some(({ d }) => d.includes("NaN")));
});

test("a row that is wrapped has a first and a last line", () => {
  const boxes = [0, 0, 30, 30, 60].map((top) => ({ top }));
  assert.ok(isWrapped(boxes));
  assert.deepEqual([firstLine(boxes).length, lastLine(boxes).length], [2, 1]);
  assert.ok(!isWrapped(boxes.slice(0, 2)));
  assert.ok(!isWrapped([]));
});

test("documents that do not fit are refused", () => {
  assert.equal(problemOf(doc), "");
  assert.match(problemOf({ ...doc, format: "attention-preview/2" }), /reads attention-preview\/1/);
  assert.match(problemOf({}), /format/);
  const [hypothesis] = doc.hypotheses;
  const changed = (attention) => problemOf({ ...doc, hypotheses: [{ ...hypothesis, attention }] });
  assert.match(changed([[1]]), /not a row for each/);
  assert.match(changed([[1], [1], [1]]), /not a weight for each/);
  assert.match(changed([[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]), /does not sum to 1/);
  assert.equal(changed(undefined), "");
});

test("a picture is XML that holds all words, and no markup of theirs", () => {
  const options = { mass: 0.75, subwords: false, memorySize: 16 };
  const drawn = picture(doc, doc.hypotheses[0], options, (text) => 9 * text.length);
  for (const word of ["the", "Area", "zone", "&lt;b&gt;"]) assert.ok(drawn.includes(`>${word}</text>`), word);
  assert.ok(!drawn.includes("<b>"));
  assert.ok(!drawn.includes("NaN"));
  const plain = { ...doc.hypotheses[0], attention: undefined };
  assert.match(picture(doc, plain, options, () => 9), /one vector of 16 numbers/);
});

// A translation of pieces, "_" where a new word begins; the end of the sentence is a piece of its own.
function translated(...pieces) {
  let text = "";
  let word = -1;
  const tokens = pieces.map((piece) => {
    if (piece.startsWith("_")) word += 1;
    if (piece.startsWith("_") && text) text += " ";
    const start = Array.from(text).length;
    text += piece.replace("_", "");
    return { text: piece.replace("_", ""), word, start, end: Array.from(text).length, kind: "piece", log_prob: -0.5 };
  });
  const length = Array.from(text).length;
  tokens.push({ text: "", word: word + 1, start: length, end: length, kind: "end", log_prob: -0.5 });
  return { text, tokens, direction: "ltr" };
}

test("a prefix is the text left of a word, and a piece within a word has none", () => {
  const best = translated("_Où", "_se", "_trou", "ve", "_\u{1f600}", "_?");
  const words = unitsOf(best, false);
  assert.deepEqual(words.map((unit) => prefixBefore(best, unit)), ["", "Où ", "Où se ", "Où se trouve ", "Où se trouve \u{1f600} ", "Où se trouve \u{1f600} ? "]);
  const pieces = unitsOf(best, true);
  assert.deepEqual(pieces.slice(0, 5).map((unit) => prefixBefore(best, unit)), ["", "Où ", "Où se ", null, "Où se trouve "]);
  assert.deepEqual(pieces.slice(2, 5).map((unit) => prefixUpTo(best, unit)), ["Où se ", "Où se trou", "Où se trouve "]);
  const unspaced = translated("_\u6771", "\u4eac");
  assert.deepEqual(unitsOf(unspaced, false).map((unit) => prefixBefore(unspaced, unit)), ["", null, null]);
});

test("a prefix that was chosen ends in a space, or where the sentence does", () => {
  const best = translated("_Où", "_se", "_trouve");
  const words = unitsOf(best, false);
  assert.deepEqual([0, 1, 2].map((index) => prefixThrough(best, words, index)), ["Où ", "Où se ", "Où se trouve "]);
  assert.equal(written(prefixThrough(best, words, 3)), "Où se trouve ");
  assert.deepEqual([2, 3].map((index) => endsThere(prefixThrough(best, words, index))), [false, true]);
  assert.equal(prefixThrough(best, words.slice(0, 3), 2), "Où se trouve "); // cut off at the limit
  assert.equal(withWords("Où ", "  est\u00a0la\tgare\n"), "Où est la gare ");
});

test("the words are locked with which a translation begins as its prefix does", () => {
  assert.equal(lockedIn("Où se trouve", "Où se "), 2);
  assert.equal(lockedIn("OÙ SE TROUVE", "Où se "), 2);
  assert.equal(lockedIn("Où est", "Où se "), 1); // of an older translation
  assert.equal(lockedIn("Où est", ""), 0);
  assert.equal(lockedIn("Où est", "Où est \n"), 3);
  assert.equal(lockedIn("Où est la", "Où est \n"), 2); // it was not to be had
});

test("alternatives are words that lead somewhere, with what choosing them locks", () => {
  const alternative = (best, log_prob) => ({ word: "", log_prob, preview: { hypotheses: [best] } });
  const found = [alternative(translated("_Où", "_se", "_trou", "ve"), Math.log(0.6)), alternative(translated("_Où"), Math.log(0.001))];
  const [one, end] = choicesOf(found, "Où ");
  assert.deepEqual([one.unit.text, one.rest, one.index, one.prefix], ["se", "trouve", 1, "Où se "]);
  assert.deepEqual([end.unit.isEnd, end.rest, written(end.prefix), endsThere(end.prefix)], [true, "", "Où ", true]);
  assert.deepEqual([one, end].map(({ probability }) => chance(probability)), ["60 %", "< 1 %"]);
  assert.deepEqual(choicesOf(found, "Où se trouve la "), []);
});

test("a word that has begun goes on in another way, ends, or ends the sentence", () => {
  const ways = [translated("_Où", "_se", "_trou", "ve"), translated("_Où", "_se", "_trou"), translated("_Où", "_se", "_trou", "_la")];
  const found = choicesOf(ways.map((best) => ({ word: "", log_prob: -1, preview: { hypotheses: [best] } })), "Où se trou");
  assert.deepEqual(found.map(({ unit }) => unit.text), ["trouve", "", "la"]);
  assert.deepEqual(found.map(({ prefix }) => prefix), ["Où se trouve ", "Où se trou \n", "Où se trou la "]);
});

test("what is locked is asked for alone, and an end is looked for among the alternatives", async () => {
  const asked = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (path, { body }) => {
    const wanted = JSON.parse(body);
    asked.push([path, wanted.texts ?? wanted.text, wanted.target_prefix]);
    const answer = path.endsWith("alternatives")
      ? { alternatives: wanted.text === "c" ? [{ word: "x" }, { word: "", preview: "c ended" }] : [{ word: "x" }] }
      : { previews: wanted.texts.map((text) => (text === "e" ? { error: { code: "BAD_TARGET_PREFIX", message: "target_prefix: no" } } : `${text} translated`)) };
    return { ok: true, json: async () => answer };
  };
  try {
    const model = { name: "models/m", beam: 5 };
    const results = await ask(["a", "b", "c", "d", "e", "f"], ["", "B ", "C \n", "D \n", "E "], [model], [], null);
    assert.deepEqual(results.map(([{ doc, error }]) => doc ?? error.code), [
      "a translated", "b translated", "c ended", "d translated", "BAD_TARGET_PREFIX", "f translated",
    ]);
    assert.deepEqual(asked.filter(([path]) => path === "v1/translate").map(([, texts, prefix]) => [texts.join(), prefix]).sort(), [
      ["a,f", undefined], ["b", "B "], ["d", "D "], ["e", "E "],
    ]);
  } finally {
    globalThis.fetch = real;
  }
});
