"""What a classifier believes and how often it is right, laid out for a terminal or as a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seq2seq.amounts import amount
from seq2seq.evaluation.classification import Confusion
from seq2seq.evaluation.tables import aligned
from seq2seq.plots.charts import HeatMap
from seq2seq.preview.cells import GLYPHS, GlyphName, Glyphs, cells, fill, glyphs_for, harmless
from seq2seq.preview.grid import Grid, Unit
from seq2seq.preview.matrix import Matrix

BAR = 20  # cells of a belief of 1
SHOWN_MISTAKES = 8
NUMBERS_UP_TO = 10  # labels; in a larger matrix there is no room for numbers


@dataclass(frozen=True)
class Belief:
    """How probable a classifier finds each label of a text."""

    text: str
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def answer(self) -> str:
        """The most probable label."""
        return self.top(1)[0][0]

    def top(self, count: int) -> list[tuple[str, float]]:
        """The most probable labels, the first one first."""
        order = sorted(range(len(self.labels)), key=lambda index: -self.probabilities[index])
        return [(self.labels[index], self.probabilities[index]) for index in order[:count]]

    def to_json(self) -> dict[str, Any]:
        """As plain values, the labels from the most probable on."""
        return {"text": self.text, "label": self.answer, "probabilities": dict(self.top(len(self.labels)))}


def belief_table(beliefs: Sequence[Belief], top: int) -> str:
    """A line for each text: its most probable labels."""
    width = max(cells(harmless(belief.text)) for belief in beliefs)
    return "\n".join(
        f"{fill(harmless(belief.text), width)}  {_shares(belief, top)}".rstrip() for belief in beliefs
    )


def trace_table(beliefs: Sequence[Belief], top: int, *, encoding: str | None = None) -> str:
    """A line for each beginning of a text: a bar for the first label, then the most probable ones."""
    glyphs = _glyphs(encoding)
    width = max(cells(harmless(belief.text)) for belief in beliefs)
    lines = []
    for belief in beliefs:
        bar = glyphs.bar * round(belief.top(1)[0][1] * BAR)
        lines.append(f"{fill(harmless(belief.text), width)}  {bar:{BAR}}  {_shares(belief, top)}".rstrip())
    return "\n".join(lines)


def draw_trace(beliefs: Sequence[Belief], top: int) -> HeatMap:
    """The belief in each label after each character; the labels that were ever among the `top`."""
    last = beliefs[-1]
    known = {label for belief in beliefs for label, _ in belief.top(top)}
    rows = [label for label, _ in last.top(len(last.labels)) if label in known]
    values = [
        [round(belief.probabilities[belief.labels.index(label)], 2) for belief in beliefs] for label in rows
    ]
    return HeatMap(
        title=f"Belief after each character of “{last.text}”",
        values=values,
        row_labels=rows,
        column_labels=[belief.text[-1] for belief in beliefs],
        value_label="probability",
        numbers=len(beliefs) <= NUMBERS_UP_TO,
    )


def confusion_report(found: Confusion, *, encoding: str | None = None) -> str:
    """Accuracy and macro-F1 beside the majority's, each label, the matrix and the most frequent mistakes."""
    majority = found.majority
    rows = [
        ["", "accuracy %", "macro-F1 %"],
        ["always the most frequent", *_percents(majority)],
        ["the classifier", *_percents(found)],
    ]
    parts = [
        amount(found.total, "text"),
        aligned(rows),
        found.table(),
        f"what each label (row) was taken for, and the most frequent answer\n{_matrix(found, encoding)}",
    ]
    mistakes = [
        f"{true} taken for {answer} {count}" for true, answer, count in found.mistakes(SHOWN_MISTAKES)
    ]
    if mistakes:
        parts.append("most frequent mistakes: " + ", ".join(mistakes))
    return "\n\n".join(parts)


def draw_confusion(found: Confusion) -> HeatMap:
    """The matrix as shares of each true label, the most frequent label first."""
    order = [found.labels.index(score.label) for score in found.scores()]
    labels = [found.labels[place] for place in order]
    return HeatMap(
        title=f"{100 * found.accuracy:.1f} % right, macro-F1 {100 * found.macro_f1:.1f} %",
        values=np.round(found.shares[np.ix_(order, order)], 2),
        row_labels=labels,
        column_labels=labels,
        row_label="is",
        column_label="was taken for",
        value_label="share of the row",
        numbers=len(labels) <= NUMBERS_UP_TO,
    )


def length_table(found: Sequence[tuple[int, Confusion]]) -> str:
    """How often the first so many characters are enough."""
    rows = [["characters", "accuracy %", "macro-F1 %"]]
    rows += [[str(length), *_percents(one)] for length, one in found]
    return f"{amount(found[0][1].total, 'text')}, judged by their first characters\n\n{aligned(rows)}"


def _shares(belief: Belief, top: int) -> str:
    width = max(map(cells, belief.labels))
    return "   ".join(f"{fill(harmless(label), width)} {share:.2f}" for label, share in belief.top(top))


def _percents(found: Confusion) -> list[str]:
    return [f"{100 * found.accuracy:.1f}", f"{100 * found.macro_f1:.1f}"]


def _matrix(found: Confusion, encoding: str | None) -> str:
    order = [found.labels.index(score.label) for score in found.scores()]
    units = tuple(Unit(found.labels[place], number) for number, place in enumerate(order))
    grid = Grid(units, units, found.shares[np.ix_(order, order)])
    return "\n".join(Matrix(grid, _glyphs(encoding)).lines(colour=False))


def _glyphs(encoding: str | None) -> Glyphs:
    wanted: GlyphName = "bars"
    return GLYPHS[glyphs_for(encoding or "utf-8", wanted)]
