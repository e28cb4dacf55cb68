"""A report in the terminal: the answer, the tables, the sentences that differ most."""

from collections.abc import Sequence

from seq2seq.evaluation.attention import REREAD, UNREAD
from seq2seq.evaluation.examples import Example
from seq2seq.evaluation.lengths import FEW_IN_BUCKET
from seq2seq.evaluation.report import Report
from seq2seq.evaluation.seeds import Spread
from seq2seq.evaluation.significance import LEVEL, Difference
from seq2seq.evaluation.system import System
from seq2seq.evaluation.tables import aligned, boxed
from seq2seq.preview.cells import harmless


def text(report: Report) -> str:
    """Everything but the curves, the heat maps and the digests."""
    comparison = report.comparison
    parts = [
        "\n".join([*(caution.text for caution in report.cautions), *comparison.answer, comparison.scope]),
        boxed(*_scores(report)),
        "\n".join(f" {line}" for line in _legend(report)),
        "\n".join(_by_length(comparison.systems)),
    ]
    parts += [aligned(_by_stretch(report))] if report.stretches else []
    parts += [aligned(_habits(comparison.systems))]
    parts += _attention(comparison.systems)
    parts += ["\n".join(f" {sentence}" for sentence in report.comparability.verdict)]
    for pairing in comparison.pairings:
        names = f"from {comparison.baseline.name} to {pairing.system.name}, by sentence {pairing.chrf.metric}"
        groups = ("Largest gains", pairing.examples.gains), ("Largest losses", pairing.examples.losses)
        for title, examples in groups:
            if examples:
                lines = [line for example in examples for line in _example(example)]
                parts.append("\n".join([f"{title} {names}", *lines]))
    return "\n\n".join(part for part in parts if part)


def cell(found: Spread) -> str:
    """A figure, its mean over the resamples and half its interval, as sacreBLEU prints them."""
    interval = found.interval
    if interval is None:
        return f"{found.value:.1f}"
    return f"{found.value:.1f} ({interval.mean:.1f} ± {interval.half_width:.1f})"


def p_cell(found: Difference) -> str:
    """The largest p-value, with a star where a difference is shown."""
    return f"(p = {found.p:.4f}){'*' if found.is_shown else ''}"


def times(system: System) -> str:
    """The name, and how many runs there are of it."""
    return f"{system.name} ({len(system.runs)}×)" if len(system.runs) > 1 else system.name


def count(mean: float) -> str:
    """A number of sentences, which is a mean over runs."""
    return f"{mean:,.1f}".removesuffix(".0")


def _scores(report: Report) -> tuple[list[str], list[list[str]]]:
    baseline = report.comparison.baseline
    header = [
        "System",
        *(f"{found.metric} (μ ± 95 % CI)" for found in (baseline.bleu, baseline.chrf)),
    ]
    rows = [[f"Baseline: {times(baseline)}", cell(baseline.bleu), cell(baseline.chrf)]]
    for pairing in report.comparison.pairings:
        system = pairing.system
        rows.append([times(system), cell(system.bleu), cell(system.chrf)])
        rows.append(["", p_cell(pairing.bleu), p_cell(pairing.chrf)])
    return header, rows


def _legend(report: Report) -> list[str]:
    lines = [f"* p < {LEVEL:g} by every test; the largest p is shown.", *report.reproduction.signatures]
    for system in report.comparison.systems:
        if system.bleu.deviation is not None:
            values = ", ".join(f"{value:.1f}" for value in system.bleu.values)
            lines.append(f"{system.name}: BLEU by run {values}; s.d. {system.bleu.deviation:.2f}")
    return lines


def _by_length(systems: Sequence[System]) -> list[str]:
    ranges = systems[0].by_length
    rows = [
        [" by source length", *(found.label + ("*" if found.is_small else "") for found in ranges)],
        *(
            [f"   {system.name}", *(f"{found.bleu.value:.1f}" for found in system.by_length)]
            for system in systems
        ),
        ["   sentences", *(f"{found.sentences:,}" for found in ranges)],
    ]
    is_starred = any(found.is_small for found in ranges)
    return [aligned(rows), *([f" * fewer than {FEW_IN_BUCKET} sentences"] if is_starred else [])]


def _by_stretch(report: Report) -> list[list[str]]:
    found = report.stretches
    return [
        [" by sentences joined", *(str(stretch.joined) for stretch in found)],
        *(
            [f"   {system.name}", *(f"{stretch.bleu[place].value:.1f}" for stretch in found)]
            for place, system in enumerate(report.comparison.systems)
        ),
        ["   source words, mean", *(f"{stretch.words:.1f}" for stretch in found)],
        ["   sentences", *(f"{stretch.sentences:,}" for stretch in found)],
    ]


def _habits(systems: Sequence[System]) -> list[list[str]]:
    return [
        [" what goes wrong", "length ratio", "loops", "empty", "copies of the source"],
        *(
            [
                f"   {system.name}",
                f"{system.habits.length_ratio:.2f}",
                *map(count, (system.habits.loops, system.habits.empty, system.habits.copies)),
            ]
            for system in systems
        ),
    ]


def _attention(systems: Sequence[System]) -> list[str]:
    rows = [
        [
            f"   {system.name}",
            f"{found.entropy:.2f} bits",
            f"{found.top:.2f}",
            f"{100 * found.unread:.1f} %",
            f"{100 * found.reread:.1f} %",
        ]
        for system in systems
        if (found := system.attention) is not None
    ]
    header = [" attention", "entropy", "on the top word", f"read < {UNREAD:g}×", f"read > {REREAD:g}×"]
    return [aligned([header, *rows])] if rows else []


def _example(example: Example) -> list[str]:
    lines = [("source", example.source), *(("reference", reference) for reference in example.references)]
    lines += [
        (output.name, output.text.strip() or "(empty)") for output in (example.baseline, example.system)
    ]
    return [
        f" line {example.line}   {example.baseline.chrf:.1f} → {example.system.chrf:.1f}",
        *(f"   {name}: {harmless(content)}".rstrip() for name, content in lines),
    ]
