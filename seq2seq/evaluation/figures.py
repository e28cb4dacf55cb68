"""The plots of a report, as values to draw."""

from collections.abc import Sequence

from seq2seq.evaluation import curves
from seq2seq.evaluation.lengths import FEW_IN_BUCKET
from seq2seq.evaluation.report import Report
from seq2seq.evaluation.seeds import Spread
from seq2seq.evaluation.system import System
from seq2seq.plots.charts import Curve, Figure, LineChart
from seq2seq.preview.cells import harmless

_DRAWN = 10  # sentences of a length, at least


def figures_of(report: Report) -> dict[str, Figure]:
    """Each plot that the report has numbers for, by its name."""
    found = {"by-length": Figure([_by_length(report.comparison.systems)])}
    if len(report.stretches) > 1:
        found["stretched"] = Figure([_stretched(report)])
    charts = _training(report.comparison.systems)
    if charts:
        found["training"] = Figure(charts, columns=2)
    return found


def _by_length(systems: Sequence[System]) -> LineChart:
    """The curves over length; a handful of sentences is left to the table, for its BLEU may be anything."""
    first = systems[0].by_length
    enough = [place for place, found in enumerate(first) if found.sentences >= _DRAWN] or range(len(first))
    curves = [
        _curve(
            system.name,
            [system.by_length[place].bleu for place in enough],
            range(len(enough)),
            hollow=[system.by_length[place].is_small for place in enough],
        )
        for system in systems
    ]
    return LineChart(
        title="BLEU by source length",
        curves=curves,
        y_range=_from_nought(curves),
        x_label=f"source words, and n sentences; hollow: fewer than {FEW_IN_BUCKET}",
        y_label="BLEU",
        x_ticks=[
            (at, f"{first[place].label}\nn={first[place].sentences:,}") for at, place in enumerate(enough)
        ],
    )


def _stretched(report: Report) -> LineChart:
    stretches = report.stretches
    joined = [stretch.joined for stretch in stretches]
    curves = [
        _curve(
            system.name,
            [stretch.bleu[place] for stretch in stretches],
            joined,
            hollow=[stretch.sentences < FEW_IN_BUCKET for stretch in stretches],
        )
        for place, system in enumerate(report.comparison.systems)
    ]
    return LineChart(
        title="BLEU by sentences joined",
        curves=curves,
        y_range=_from_nought(curves),
        x_label="sentences joined, mean source words, n test sentences",
        y_label="BLEU",
        x_ticks=[
            (stretch.joined, f"{stretch.joined}\n{stretch.words:.0f} words\nn={stretch.sentences:,}")
            for stretch in stretches
        ],
    )


def _training(systems: Sequence[System]) -> list[LineChart]:
    """Training loss, and BLEU of the validations; a curve a run, in its system's colour."""
    losses, scores = [], []
    for slot, system in enumerate(systems):
        known = [run.origin.curve for run in system.runs if run.origin is not None and run.origin.curve]
        for number, curve in enumerate(known):
            name = _plain(system.name) if number == 0 else ""  # one entry a system in the legend
            losses += _points(name, curve.loss, slot)
            scores += _points(name, curve.validation_bleu, slot)
    charts = [
        LineChart("Training loss", losses, "updates", "nats a target piece"),
        LineChart("BLEU on the validation set", scores, "updates", "BLEU"),
    ]
    return [chart for chart in charts if chart.curves]


def _points(name: str, points: Sequence[curves.Point], slot: int) -> list[Curve]:
    if not points:
        return []
    return [Curve(name, [point.update for point in points], [point.value for point in points], slot=slot)]


def _curve(name: str, spreads: Sequence[Spread], x: Sequence[float], hollow: Sequence[bool]) -> Curve:
    intervals = [found.interval for found in spreads]
    known = [interval for interval in intervals if interval is not None]
    is_known = len(known) == len(intervals)
    return Curve(
        _plain(name),
        list(x),
        [found.value for found in spreads],
        low=[interval.low for interval in known] if is_known else None,
        high=[interval.high for interval in known] if is_known else None,
        hollow=hollow,
    )


def _from_nought(curves: Sequence[Curve]) -> tuple[float, float]:
    """The whole height of a score, so that a small difference does not look like a large one."""
    return 0.0, 1.05 * max([1.0, *(value for curve in curves for value in (curve.high or curve.y))])


def _plain(name: str) -> str:
    """A name in which Matplotlib sees no formula, and which it does not take for a hidden one."""
    return harmless(name).replace("$", r"\$").lstrip("_") or "?"
