"""Make the tables of docs/results.md from docs/results.jsonl.

    seq2seq evaluate -m MODEL --test SOURCE REFERENCE --test-name NAME --record docs/results.jsonl
    python -m benchmarks.results

A table stands between `<!-- table: LAYOUT NAME -->` and `<!-- end -->`; NAME is a test set's. All
other text is kept. Layouts: scores, lengths, stretched, training, ablation. `stretched` also takes the sets
that `seq2seq compare --stretch` made of NAME.
"""

import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from seq2seq.evaluation.record import Figure, Result, read
from seq2seq.evaluation.tables import markdown_table

DOCS = Path(__file__).parents[1] / "docs"
MARKED = re.compile(r"(<!-- table: (\S+) (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Rewrite the page; with --check only say whether that would change it."""
    page = DOCS / "results.md"
    before = page.read_text(encoding="utf-8")
    after = filled(before, list(read(DOCS / "results.jsonl")))
    if "--check" in sys.argv[1:]:
        sys.exit(
            0 if after == before else f"{page} is not what the results give: python -m benchmarks.results"
        )
    page.write_text(after, encoding="utf-8")


def filled(page: str, results: Sequence[Result]) -> str:
    """Put every marked table into a page anew.

    Raises:
        KeyError: a layout is unknown.
        ValueError: a table would be empty.
    """

    def table(found: re.Match[str]) -> str:
        begin, layout, test, end = found.groups()
        chosen = [result for result in results if result.test == test or _is_made_of(result, test, layout)]
        if not chosen:
            raise ValueError(f"there is no result for '{test}'")
        return f"{begin}{LAYOUTS[layout](chosen)}\n{end}"

    return MARKED.sub(table, page)


def scores(results: Sequence[Result]) -> str:
    """A row a run, and under several seeds of the same their mean and standard deviation."""
    rows: list[dict[str, str]] = []
    for group in _grouped(results):
        rows += [_score_row(result) for result in group]
        if len(group) > 1:
            values = [result.bleu.value for result in group]
            spread = f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f} (s.d. of {len(group)})"
            rows.append({"system": f"{group[0].system}, mean", "BLEU ± 95 %": spread})
    told = [column for column in rows[0] if any(row.get(column) for row in rows)]
    table = markdown_table(told, [[row.get(column, "") for column in told] for row in rows])
    figures = [("BLEU", result.bleu) for result in results]
    figures += [("chrF2", result.chrf) for result in results if result.chrf is not None]
    signatures = {f"`{name}|{figure.signature}`": None for name, figure in figures if figure.signature}
    notes = {result.note: None for result in results if result.note}
    return "\n\n".join([table, f"Signatures: {', '.join(signatures)}.", *notes])


def lengths(results: Sequence[Result]) -> str:
    """BLEU by source length on the first set: a row a run, and how many sentences there are."""
    results = [result for result in results if result.sha256 == results[0].sha256]
    first = results[0].by_length
    header = ["source words", *(figure.label for figure in first)]
    runs = Counter(result.system for result in results)
    rows = [
        [
            result.system + (f", seed {result.seed}" if runs[result.system] > 1 else ""),
            *(f"{figure.bleu:.1f}" for figure in result.by_length),
        ]
        for result in results
    ]
    return markdown_table(header, [*rows, ["sentences", *(f"{figure.sentences:,}" for figure in first)]])


def stretched(results: Sequence[Result]) -> str:
    """BLEU of sentences alone and joined: a row a system that has all, a column a number."""
    tests = list(dict.fromkeys(result.test for result in results))
    header = ["sentences joined", *(_joined(test) for test in tests)]
    rows = []
    for system in dict.fromkeys(result.system for result in results):
        of_system = {result.test: result for result in results if result.system == system}
        if len(of_system) == len(tests):
            rows.append([system, *(_with_interval(of_system[test].bleu) for test in tests)])
    counts = {result.test: result.sentences for result in results}
    return markdown_table(header, [*rows, ["sources", *(f"{counts[test]:,}" for test in tests)]])


def training(results: Sequence[Result]) -> str:
    """What was trained, how long and how fast, and the validation BLEU it reached."""
    header = ["system", "updates", "target tokens seen", "minutes", "target tokens/s", "BLEU", "beam"]
    rows = [
        [
            result.system,
            _number(result.updates),
            _number(result.tokens),
            _decimal(result.minutes, 1),
            "" if not (result.tokens and result.minutes) else f"{result.tokens / result.minutes / 60:,.0f}",
            f"{result.bleu.value:.2f}",
            _number(result.beam),
        ]
        for result in results
    ]
    return markdown_table(header, rows)


def ablation(results: Sequence[Result]) -> str:
    """A row a step that was taken out or added, by what it was worth; the first is the recipe as it is."""
    whole = results[0].bleu.value
    header = ["recipe", "BLEU ± 95 %", "difference", "chrF2", "parameters", "minutes"]
    rows = [
        [
            result.recipe.partition(", ")[2],
            _with_interval(result.bleu),
            f"{result.bleu.value - whole:+.1f}".replace("-", "−") if result is not results[0] else "",
            "" if result.chrf is None else f"{result.chrf.value:.1f}",
            _number(result.parameters),
            _decimal(result.minutes, 1),
        ]
        for result in [results[0], *sorted(results[1:], key=lambda result: result.bleu.value)]
    ]
    signature = f"Signature: `BLEU|{results[0].bleu.signature}`."
    return f"{markdown_table(header, rows)}\n\n{signature}"


LAYOUTS: dict[str, Callable[[Sequence[Result]], str]] = {
    "scores": scores,
    "lengths": lengths,
    "stretched": stretched,
    "training": training,
    "ablation": ablation,
}


def _joined(test: str) -> str:
    """How many sentences were joined for a test set, which its name ends with."""
    found = re.search(r", (\d+) sentences joined$", test)
    return found[1] if found else "1"


def _is_made_of(result: Result, test: str, layout: str) -> bool:
    return layout == "stretched" and result.test.startswith(f"{test}, ")


def _grouped(results: Iterable[Result]) -> list[list[Result]]:
    """Runs that differ in their seed alone, in the order of the first of each.

    The best update is a run's own; a seed that comes twice was trained for longer the second time.
    """
    groups: dict[tuple[object, ...], list[Result]] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for result in results:
        key = (
            result.system,
            result.recipe,
            result.attention,
            result.beam,
            result.length_penalty,
            result.precision or "float32",  # what it was before it was written down
        )
        groups.setdefault((*key, seen[*key, result.seed]), []).append(result)
        seen[*key, result.seed] += 1
    return list(groups.values())


def _score_row(result: Result) -> dict[str, str]:
    counts = (result.loops, result.empty, result.copies)
    return {
        "system": result.system,
        "seed": _number(result.seed),
        "updates": _number(result.updates),
        "minutes": _decimal(result.minutes, 1),
        "device": result.device,
        "threads": _number(result.threads),
        "parameters": _number(result.parameters),
        "commit": result.commit,
        "beam": _number(result.beam),
        "precision": result.precision,
        "BLEU ± 95 %": _with_interval(result.bleu),
        "chrF2 ± 95 %": "" if result.chrf is None else _with_interval(result.chrf),
        "length ratio": _decimal(result.length_ratio, 2),
        "loops, empty, copies": "" if None in counts else ", ".join(map(str, counts)),
        "seconds": _decimal(result.seconds, 1),
    }


def _with_interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.1f}"
    return f"{figure.value:.1f} ± {(figure.high - figure.low) / 2:.1f}"


def _decimal(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


if __name__ == "__main__":
    main()
