// The preview document, attention-preview/1, as the page needs it. Pure: runs in a browser and in Node.
//
// The rules are those of seq2seq/preview: a word is a run without white space and the end of the sentence one
// word more; merging sums over the pieces of a source word and takes the mean over those of a target word.

export const FORMAT = "attention-preview/1";
export const UNSURE = 0.5; // a word below this probability is marked

// What Python calls white space; JavaScript's \s differs in a few signs.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const CONTROL = /[\p{Cc}\p{Cs}]/gu;
const BIDI = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Say what is wrong with a document; "" when nothing is. */
export function problemOf(doc) {
  if (doc?.format !== FORMAT) return `the format is ${doc?.format}, and this page reads ${FORMAT}`;
  if (!Array.isArray(doc.source?.tokens) || !Array.isArray(doc.hypotheses)) return "a part is missing";
  const columns = doc.source.tokens.length;
  for (const hypothesis of doc.hypotheses) {
    const rows = hypothesis.attention;
    if (!Array.isArray(hypothesis.tokens)) return "a translation has no tokens";
    if (rows === undefined || rows === null) continue;
    if (rows.length !== hypothesis.tokens.length) return "the attention has not a row for each target token";
    if (rows.some((row) => row.length !== columns)) return "an attention row has not a weight for each source token";
    if (rows.some((row) => Math.abs(sum(row) - 1) > 0.01)) return "an attention row does not sum to 1";
  }
  return "";
}

/** The units of one side: words, or pieces where asked or where the script puts no space between words. */
export function unitsOf(side, subwords) {
  return areWords(side, subwords) ? words(side) : pieces(side, subwords);
}

/** Whether the units of a side are words. */
export function areWords(side, subwords) {
  return !subwords && !isUnspaced(side.text);
}

/** Units of both sides and the weights between them; weights is null for a plain model. */
export function gridOf(doc, hypothesis, subwords) {
  const source = unitsOf(doc.source, subwords);
  const target = unitsOf(hypothesis, subwords);
  const weights = hypothesis.attention ? merge(hypothesis.attention, target, source) : null;
  return { source, target, weights };
}

/** Attention between pieces into attention between units: sum over source pieces, mean over target pieces. */
export function merge(attention, target, source) {
  return target.map((row) =>
    source.map((column) => {
      const total = sum(row.tokens.map((t) => sum(column.tokens.map((s) => attention[t][s]))));
      return total / row.tokens.length;
    }),
  );
}

/** The columns of the fewest cells that reach the share `mass` of a row, the largest first. */
export function kept(row, mass) {
  const order = row.map((_, index) => index).sort((a, b) => row[b] - row[a] || a - b);
  const chosen = [];
  let reached = 0;
  for (const index of order) {
    if (reached >= mass - 1e-9 || row[index] <= 0) break;
    chosen.push(index);
    reached += row[index];
  }
  return chosen;
}

/** The partners of a unit, strongest first: at most `top`, and but for the first none below `least`. */
export function partnersOf(weights, side, index, top = 3, least = 0.05) {
  const shares = side === "target" ? weights[index] : weights.map((row) => row[index]);
  return shares
    .map((weight, partner) => ({ index: partner, weight }))
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
    .slice(0, top)
    .filter((partner, rank) => rank === 0 || partner.weight >= least);
}

/** How much each source unit is looked at in all: 1 is the whole attention of one target unit. */
export function coverageOf(weights) {
  return (weights[0] ?? []).map((_, s) => sum(weights.map((row) => row[s])));
}

/** How probable the model found a target unit; null for a source unit. */
export function probabilityOf(unit) {
  return unit.logProb === null ? null : Math.exp(unit.logProb);
}

/** Pharaoh links of the best partner of each word, i-j, zero-based, ends of sentence left out. */
export function pharaohOf(doc, hypothesis) {
  const source = words(doc.source);
  const target = words(hypothesis);
  const weights = merge(hypothesis.attention, target, source);
  const links = [];
  weights.forEach((row, t) => {
    const s = row.indexOf(Math.max(...row));
    if (!target[t].isEnd && !source[s].isEnd) links.push(`${source[s].word}-${target[t].word}`);
  });
  return links.join(" ");
}

/** Which words of `text` are not in a longest common subsequence with `other`: an array of booleans. */
export function differences(text, other) {
  const a = wordsIn(text);
  const b = wordsIn(other);
  const lengths = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
  const differs = new Array(a.length).fill(true);
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      differs[i] = false;
      i += 1;
      j += 1;
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i += 1;
    else j += 1;
  }
  return differs;
}

/** The words of a text. */
export function wordsIn(text) {
  const signs = Array.from(text);
  return spansOf(text).map(([start, end]) => signs.slice(start, end).join(""));
}

/** From where to where they go, in code points. */
export function spansOf(text) {
  const signs = Array.from(text);
  const found = [];
  let start = -1;
  signs.forEach((sign, index) => {
    if (isSpace(sign)) {
      if (start >= 0) found.push([start, index]);
      start = -1;
    } else if (start < 0) start = index;
  });
  if (start >= 0) found.push([start, signs.length]);
  return found;
}

/** Whether a sign is white space. */
export function isSpace(sign) {
  return SPACE.test(sign);
}

/** Whether a text is in a script that puts no space between words. */
export function isUnspaced(text) {
  const letters = Array.from(text).filter((sign) => /\p{L}/u.test(sign));
  return 2 * letters.filter((letter) => UNSPACED.test(letter)).length > letters.length;
}

/** A text without one of its words, by its number; "" where nothing would be left. */
export function withoutWord(text, number) {
  return wordsIn(text)
    .filter((_, index) => index !== number)
    .join(" ");
}

/** What is shown of a text: no controls, no turns of direction, never nothing. */
export function visible(text) {
  return text.replace(BIDI, "").replace(CONTROL, "\ufffd").trim() || "∅";
}

/** What a unit is called in a sentence. */
export function nameOf(unit) {
  return unit.isEnd ? "end of sentence" : visible(unit.text);
}

/** What can be said of a unit: where it looks, or what looks at it. */
export function sentenceFor(grid, side, index) {
  const unit = grid[side][index];
  const probability = side === "target" ? ` Probability ${probabilityOf(unit).toFixed(2)}.` : "";
  if (!grid.weights)
    return side === "target"
      ? `${nameOf(unit)}: made from the one vector, like every other word.${probability}`
      : `${nameOf(unit)}: goes into the one vector, like every other word.`;
  const others = grid[side === "target" ? "source" : "target"];
  const named = partnersOf(grid.weights, side, index)
    .map(({ index: partner, weight }) => `${nameOf(others[partner])} ${percent(weight)}`)
    .join(", ");
  return side === "target"
    ? `${nameOf(unit)} looks at ${named}.${probability}`
    : `${nameOf(unit)} is looked at by ${named}: in all ${coverageOf(grid.weights)[index].toFixed(2)} of one word’s attention.`;
}

/** A share for reading. */
export function percent(weight) {
  return `${Math.round(100 * weight)} %`;
}

function pieces(side, isMarked) {
  return side.tokens.map((token, index) => ({
    text: token.text,
    word: token.word,
    tokens: [index],
    isEnd: token.kind === "end",
    continues: isMarked && index > 0 && side.tokens[index - 1].word === token.word,
    logProb: token.log_prob ?? null,
  }));
}

function words(side) {
  const signs = Array.from(side.text);
  const found = spansOf(side.text);
  const groups = new Map();
  side.tokens.forEach((token, index) => {
    if (!groups.has(token.word)) groups.set(token.word, []);
    groups.get(token.word).push(index);
  });
  return [...groups].map(([word, tokens]) => {
    const last = side.tokens[tokens[tokens.length - 1]];
    const span = found[word];
    const logProbs = tokens.map((index) => side.tokens[index].log_prob ?? null);
    return {
      text: span ? signs.slice(span[0], Math.max(span[1], last.end)).join("") : "",
      word,
      tokens,
      isEnd: last.kind === "end",
      continues: false,
      logProb: logProbs.includes(null) ? null : sum(logProbs),
    };
  });
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
