// Sentences: taking a text apart, and making one longer. Pure.

export const MOST = 12; // sentences shown at once

const EXAMPLES = {
  en: {
    chips: [
      ["a question", "Where is the station?"],
      ["word order", "The old doctor visited the beautiful castle with his young sister."],
      ["idiom", "It's raining cats and dogs, so I will stay at home."],
      ["kept as it is", "Please write to anna@example.org before 12 May."],
      ["long", "The man who sold me this old car told me that he had never driven it in winter because it did not start when it was cold."],
    ],
    more: [
      "I would like a cup of tea, please.",
      "My brother bought a red bicycle last week.",
      "We did not understand what the teacher said.",
      "The train to Paris leaves at nine o'clock.",
      "She has lived in this city since she was a child.",
      "Nobody knows why the shop is closed today.",
    ],
  },
  fr: {
    chips: [
      ["a question", "Où est la gare ?"],
      ["word order", "Le vieux médecin a visité le beau château avec sa jeune sœur."],
    ],
    more: ["Je voudrais une tasse de thé, s'il vous plaît.", "Mon frère a acheté un vélo rouge.", "Le train part à neuf heures."],
  },
  de: {
    chips: [
      ["a question", "Wo ist der Bahnhof?"],
      ["word order", "Ich habe gestern mit meinem Bruder das alte Schloss besucht."],
    ],
    more: ["Ich hätte gern eine Tasse Tee.", "Mein Bruder hat ein rotes Fahrrad gekauft.", "Der Zug fährt um neun Uhr ab."],
  },
};

/** Examples in a language: [label, sentence]; none where we have none. */
export function examplesIn(language) {
  return EXAMPLES[primary(language)]?.chips ?? [];
}

/** The sentences of a text, without the space around them. Each line is taken by itself. */
export function split(text, language) {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .flatMap((line) => inLine(line, language))
    .map((sentence) => sentence.trim())
    .filter(Boolean);
}

/** The text with one more sentence at its end: the first that it has not; null where there is none. */
export function lengthened(text, language) {
  const more = EXAMPLES[primary(language)]?.more ?? [];
  const next = more.find((sentence) => !text.includes(sentence));
  return next ? `${text.trim()} ${next}`.trim() : null;
}

function inLine(line, language) {
  if (typeof Intl.Segmenter !== "function") return [line];
  let segmenter;
  try {
    segmenter = new Intl.Segmenter(language || undefined, { granularity: "sentence" });
  } catch {
    segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" }); // a code that is no language
  }
  return Array.from(segmenter.segment(line), (part) => part.segment);
}

function primary(language) {
  return language.split("-")[0].toLowerCase();
}
