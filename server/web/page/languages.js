// Languages by their names.

/** "en" as "English"; "" where the browser knows no such language. */
export function languageName(code) {
  if (!code) return "";
  try {
    return new Intl.DisplayNames(["en"], { type: "language", fallback: "none" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A model for choosing: its languages, and whether it has attention. */
export function modelLabel(model, models) {
  const pair = `${languageName(model.source_language)} → ${languageName(model.target_language)}`;
  const kind = model.attention === "none" ? "plain" : "attention";
  const label = `${pair} · ${kind}`;
  const same = models.filter(
    (other) =>
      other.source_language === model.source_language &&
      other.target_language === model.target_language &&
      (other.attention === "none") === (model.attention === "none"),
  );
  return same.length > 1 ? `${label} · ${model.name.replace(/^models\//, "")}` : label;
}
