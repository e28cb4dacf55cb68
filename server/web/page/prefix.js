// What a translation begins with because somebody chose it: its locked words, as text. Pure.
//
// A prefix ends in a space, so that a new word follows it; a line end says that the sentence ends there.

import { areWords, isSpace, isUnspaced, spansOf, unitsOf, wordsIn } from "./doc.js";

const END = "\n";

/** The translation up to one of its units; null where the unit is glued to what comes before. */
export function prefixBefore(hypothesis, unit) {
  const before = textBefore(hypothesis, unit);
  if (!isOpen(before)) return before;
  return unit.isEnd && !isUnspaced(hypothesis.text) ? `${before} ` : null;
}

/** The same where other words are wanted: a piece within a word leaves its beginning as it is. */
export function prefixUpTo(hypothesis, unit) {
  return prefixBefore(hypothesis, unit) ?? (unit.isEnd ? null : textBefore(hypothesis, unit));
}

/** Whether the last word of a prefix may go on. */
export function isOpen(prefix) {
  return prefix !== "" && !isSpace(prefix.at(-1));
}

/** The translation up to one of its words and with it; the end of the sentence is a word too. */
export function prefixThrough(hypothesis, units, index) {
  if (units[index].isEnd) return prefixBefore(hypothesis, units[index]) + END;
  const next = units[index + 1];
  return next ? prefixBefore(hypothesis, next) : `${hypothesis.text} `;
}

/** A prefix with words of one's own. */
export function withWords(prefix, words) {
  return `${prefix}${wordsIn(words).join(" ")} `;
}

/** Whether the sentence is to end where the prefix does. */
export function endsThere(prefix) {
  return prefix.endsWith(END);
}

/** A prefix as the server takes it. */
export function written(prefix) {
  return prefix.replace(/\n+$/, "");
}

/** How many words of a translation are locked: those with which it begins as the prefix does. */
export function lockedIn(text, prefix) {
  const [wanted, found] = [prefix, text].map((side) => wordsIn(side).map(folded));
  let count = 0;
  while (count < wanted.length && found[count] === wanted[count]) count += 1;
  return count + (endsThere(prefix) && count === wanted.length && count === found.length ? 1 : 0);
}

/** What can be chosen: of each alternative its word, what follows, and the prefix that choosing it makes. */
export function choicesOf(alternatives, prefix) {
  const before = wordsIn(prefix).length;
  const begun = Array.from(prefix).length;
  return alternatives.flatMap(({ preview, log_prob: logProb }) => {
    const [best] = preview.hypotheses;
    const units = unitsOf(best, false);
    const index = units.findIndex((unit) => (isOpen(prefix) ? unit.isEnd || endOf(best, unit) > begun : unit.word >= before));
    if (index < 0 || !areWords(best, false)) return [];
    const after = units.slice(index + 1).filter((unit) => !unit.isEnd);
    const rest = after.map((unit) => unit.text).join(" ");
    const unit = units[index];
    return [{ preview, index, unit, rest, probability: Math.exp(logProb), prefix: prefixThrough(best, units, index) }];
  });
}

/** A probability for reading, never a zero. */
export function chance(probability) {
  return probability < 0.005 ? "< 1 %" : `${Math.round(100 * probability)} %`;
}

function textBefore(hypothesis, unit) {
  const signs = Array.from(hypothesis.text);
  const start = spansOf(hypothesis.text)[unit.word]?.[0] ?? signs.length;
  return signs.slice(0, Math.max(start, hypothesis.tokens[unit.tokens[0]].start)).join("");
}

function endOf(hypothesis, unit) {
  return hypothesis.tokens[unit.tokens.at(-1)].end;
}

function folded(word) {
  return word.normalize("NFKC").toLowerCase();
}
