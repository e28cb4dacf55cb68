// What is asked of the server for what is shown: one or two models, and a beginning for some sentences.

import { fetchAlternatives, fetchPreviews, troubleOf } from "./api.js";
import { endsThere, written } from "./prefix.js";
import { isPlain, twinOf } from "./state.js";

/** The models of which results are shown; of two the one with attention comes first. */
export function modelsFor(models, model, isCompared) {
  const twin = isCompared ? twinOf(models, model) : null;
  return twin ? [model, twin].sort((a, b) => isPlain(a) - isPlain(b)) : [model];
}

/**
 * Translate sentences by each of the models.
 *
 * @param prefixes what their translations begin with; "" or nothing leaves one free
 * @returns for each sentence a result of each model: {model, doc} or {model, error}
 */
export async function ask(sentences, prefixes, models, keep, signal) {
  const answers = await Promise.all(models.map((model) => askModel(sentences, prefixes, model, keep, signal)));
  return sentences.map((_, index) =>
    models.map((model, at) => {
      const found = answers[at][index];
      return found.error ? { model, error: troubleOf(found.error) } : { model, doc: found };
    }),
  );
}

/** One by one where something is locked; all the others at once. */
async function askModel(sentences, prefixes, model, keep, signal) {
  const free = sentences.filter((_, index) => !prefixes[index]);
  const [found, begun] = await Promise.all([
    free.length ? fetchPreviews(free, model, { keep }, signal) : [],
    Promise.all(sentences.map((text, index) => prefixes[index] && askBegun(text, prefixes[index], model, keep, signal))),
  ]);
  const rest = found.values();
  return begun.map((one) => one || rest.next().value);
}

async function askBegun(text, prefix, model, keep, signal) {
  const wanted = { keep, prefix: written(prefix) };
  if (endsThere(prefix)) {
    const ways = await fetchAlternatives(text, model, wanted, signal);
    const end = ways.find(({ word }) => word === "");
    if (end) return end.preview;
  }
  return (await fetchPreviews([text], model, wanted, signal))[0];
}
