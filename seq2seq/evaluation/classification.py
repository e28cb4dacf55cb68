"""How often labels are right: accuracy, F1 by label, macro-F1, and what was taken for what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2seq.amounts import amount
from seq2seq.errors import InputError
from seq2seq.evaluation.tables import aligned


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is found."""

    label: str
    support: int  # texts that have it
    precision: float  # of the texts said to have it, the share that has it; 0 when none was said to
    recall: float  # of the texts that have it, the share that was found; 0 when none has it
    f1: float  # harmonic mean of both: 2 TP / (2 TP + FP + FN)


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts of what each label was taken for."""

    labels: tuple[str, ...]
    counts: NDArray[np.int64]  # (true label, answer)

    @property
    def total(self) -> int:
        """How many texts were judged."""
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float(np.trace(self.counts) / self.total)

    @property
    def macro_f1(self) -> float:
        """The mean of F1 over the labels that a text or an answer has, each label weighing the same."""
        occurs = (self.counts.sum(axis=0) + self.counts.sum(axis=1)) > 0  # (C,)
        return float(self._f1()[occurs].mean())

    @property
    def majority(self) -> "Confusion":
        """The same texts, all answered with the most frequent label: the baseline to beat."""
        counts = np.zeros_like(self.counts)
        counts[:, int(self.counts.sum(axis=1).argmax())] = self.counts.sum(axis=1)
        return Confusion(self.labels, counts)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Counts as shares of each true label: each row sums to 1, or is 0 without a text."""
        sums = self.counts.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = self.counts / np.maximum(sums, 1)
        return shares

    def scores(self) -> list[LabelScore]:
        """Each label, the most frequent first."""
        right, f1 = np.diag(self.counts), self._f1()
        support, answers = self.counts.sum(axis=1), self.counts.sum(axis=0)
        order = np.argsort(-support, kind="stable")
        return [
            LabelScore(
                self.labels[row],
                int(support[row]),
                float(right[row] / max(answers[row], 1)),
                float(right[row] / max(support[row], 1)),
                float(f1[row]),
            )
            for row in order
        ]

    def mistakes(self, top: int) -> list[tuple[str, str, int]]:
        """The most frequent confusions: true label, answer, how often."""
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        places = np.argsort(-wrong, axis=None, kind="stable")[:top]
        rows, columns = np.unravel_index(places, wrong.shape)
        return [
            (self.labels[row], self.labels[column], int(wrong[row, column]))
            for row, column in zip(rows, columns, strict=True)
            if wrong[row, column]
        ]

    def table(self) -> str:
        """Each label with precision, recall and F1, for people."""
        rows = [["label", "texts", "precision", "recall", "F1"]]
        for score in self.scores():
            measures = (score.precision, score.recall, score.f1)
            rows.append([score.label, f"{score.support:,}", *(f"{100 * value:.1f}" for value in measures)])
        return aligned(rows)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "texts": self.total,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "majority": {"accuracy": self.majority.accuracy, "macro_f1": self.majority.macro_f1},
            "labels": [
                {
                    "label": score.label,
                    "texts": score.support,
                    "precision": score.precision,
                    "recall": score.recall,
                    "f1": score.f1,
                }
                for score in self.scores()
            ],
            "confusion": {"labels": list(self.labels), "counts": self.counts.tolist()},
        }

    def _f1(self) -> NDArray[np.float64]:
        right = np.diag(self.counts)
        both = self.counts.sum(axis=0) + self.counts.sum(axis=1)  # 2 TP + FP + FN
        shares: NDArray[np.float64] = 2 * right / np.maximum(both, 1)
        return shares


def confusion(labels: Sequence[str], true: Sequence[str], answers: Sequence[str]) -> Confusion:
    """Count what each true label was answered with.

    Raises:
        InputError: nothing to count, lists of different lengths, or a label that is not among `labels`.
    """
    if not true:
        raise InputError("there are no texts to judge")
    if len(true) != len(answers):
        raise InputError(f"there are {amount(len(true), 'text')} and {amount(len(answers), 'answer')}")
    places = {label: place for place, label in enumerate(labels)}
    unknown = sorted({*true, *answers} - places.keys())
    if unknown:
        raise InputError(
            f"the model does not know the label '{unknown[0]}'",
            mend=f"It knows {', '.join(labels)}.",
        )
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, ([places[label] for label in true], [places[label] for label in answers]), 1)
    return Confusion(tuple(labels), counts)
