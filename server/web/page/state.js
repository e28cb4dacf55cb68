// What the address keeps of the page, and what is kept of the address. Pure.

export const VIEWS = ["ribbons", "heat", "list"];
export const DEFAULTS = {
  text: "",
  model: "", // "" is the server's default
  view: "ribbons",
  mass: 0.75, // the share of each word's attention that is drawn
  subwords: false,
  compare: false, // with the twin of the model
  typing: true, // translate when somebody stops typing
  whole: false, // the text as one sentence, however many it has
  keep: "", // words that come out as they are, with commas between
  prefixes: [], // what the translation of each sentence begins with
};

/** Read the part of an address after its question mark; what makes no sense is as if it were not there. */
export function fromQuery(query) {
  const asked = new URLSearchParams(query);
  const mass = Number(asked.get("mass")) / 100;
  return {
    ...DEFAULTS,
    text: asked.get("text") ?? "",
    model: asked.get("model") ?? "",
    view: VIEWS.includes(asked.get("view")) ? asked.get("view") : DEFAULTS.view,
    mass: mass >= 0.5 && mass <= 1 ? mass : DEFAULTS.mass,
    subwords: asked.get("subwords") === "1",
    compare: asked.get("compare") === "1",
    typing: asked.get("typing") !== "0",
    whole: asked.get("whole") === "1",
    keep: asked.get("keep") ?? "",
    prefixes: asked.getAll("prefix"),
  };
}

/** Write it; what is as always is left out. */
export function toQuery(state) {
  const query = new URLSearchParams();
  const last = state.prefixes.findLastIndex(Boolean);
  for (const prefix of state.prefixes.slice(0, last + 1)) query.append("prefix", prefix); // not last: it ends in a space
  for (const key of ["text", "model", "view", "keep"]) if (state[key] !== DEFAULTS[key]) query.set(key, state[key]);
  if (state.mass !== DEFAULTS.mass) query.set("mass", String(Math.round(state.mass * 100)));
  for (const key of ["subwords", "compare", "whole"]) if (state[key]) query.set(key, "1");
  if (!state.typing) query.set("typing", "0");
  const written = query.toString();
  return written ? `?${written}` : "";
}

/** The words of a list with commas between them. */
export function listed(text) {
  return text.split(",").map((word) => word.trim()).filter(Boolean);
}

/** The name of a model without its collection. */
export function shortName(name) {
  return name.replace(/^models\//, "");
}

/** The model that an address means: by name, or else the default, or else the first. */
export function modelCalled(models, name) {
  return (
    models.find((model) => shortName(model.name) === shortName(name)) ??
    models.find((model) => model.default) ??
    models[0]
  );
}

/** The other of two twins: the same languages, and attention where this one has none, or none where it has. */
export function twinOf(models, model) {
  const fitting = models.filter(
    (other) =>
      other.source_language === model.source_language &&
      other.target_language === model.target_language &&
      isPlain(other) !== isPlain(model) &&
      other.state === "ready",
  );
  const alike = (other) => commonStart(other.name, model.name);
  return fitting.sort((a, b) => alike(b) - alike(a))[0] ?? null;
}

/** Whether a model has no attention. */
export function isPlain(model) {
  return model.attention === "none";
}

function commonStart(a, b) {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
