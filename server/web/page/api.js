// The server, as the page sees it.

/** What went wrong, in words for a person. `kind`: unreachable, busy, input or failed. */
export class Trouble extends Error {
  constructor(kind, message, { mend = "", code = "" } = {}) {
    super(message);
    this.kind = kind;
    this.mend = mend;
    this.code = code;
  }
}

// What the server says to programs, said to people where that differs.
const WORDS = {
  QUEUE_FULL: ["The server is busy.", "Try again in a moment."],
  DEADLINE: ["It took too long.", "Try again, or with less text."],
  DRAINING: ["The server is being stopped.", "Try again when it has been started again."],
  MODEL_LOADING: ["The model is still being loaded.", "Try again in a moment."],
  BAD_TARGET_PREFIX: ["No translation of this sentence can begin like that.", "Take fewer words, or others."],
  SENTENCE_TOO_LONG: [null, "Split it into sentences."],
};
const BUSY = new Set([408, 429, 503, 504]);
const INPUT = new Set([400, 413]);

/** Ask for the models and the limits. */
export async function fetchModels(signal) {
  return answerOf(() => fetch("v1/models", { signal, headers: { accept: "application/json" } }));
}

/** Ask for one of the page's own files. */
export async function fetchFile(name) {
  const response = await reached(() => fetch(name));
  if (!response.ok) throw new Trouble("failed", `The server has no ${name}.`, { code: String(response.status) });
  return response.text();
}

/**
 * Ask for previews of sentences, one each; one that fails alone has an error in its place.
 *
 * @param wanted {keep, prefix}: words that come out as they are, and what all the translations begin with
 */
export async function fetchPreviews(texts, model, wanted, signal) {
  const asked = { texts, model: model.name, nbest: Math.min(3, model.beam), partial: true };
  return (await post("v1/translate", asked, model, wanted, signal)).previews;
}

/** Ask for the words that may come after a prefix, each with the preview that it leads to. */
export async function fetchAlternatives(text, model, wanted, signal) {
  return (await post("v1/alternatives", { text, model: model.name, count: 8 }, model, wanted, signal)).alternatives;
}

/** An error of the server's JSON, in words. */
export function troubleOf(error, status = 400) {
  const kind = BUSY.has(status) ? "busy" : INPUT.has(status) ? "input" : "failed";
  const message = error.message.replace(/^(texts?(\[\d+\])?|target_prefix): /, "");
  const [said, mend] = WORDS[error.code] ?? [null, error.mend];
  return new Trouble(kind, said ?? sentence(message), { mend, code: error.code });
}

function post(path, asked, model, { keep, prefix = "" }, signal) {
  const kept = model.keeps && keep.length ? { keep } : {};
  const begun = prefix ? { target_prefix: prefix } : {};
  const body = JSON.stringify({ ...asked, ...kept, ...begun });
  return answerOf(() => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body, signal }));
}

async function reached(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("unreachable", "No answer from the server at this address.", {
      mend: "Is “seq2seq serve” running?",
    });
  }
}

async function answerOf(ask) {
  const response = await reached(ask);
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("failed", "The server’s answer cannot be read.", { code: String(response.status) });
  }
  if (!response.ok) throw troubleOf(answer.error ?? { message: response.statusText, mend: "" }, response.status);
  return answer;
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
