"""Whether a classifier takes drawn names for what they were drawn as."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq.amounts import amount
from seq2seq.applications.labelled_program import corpus_directory
from seq2seq.applications.namer import DrawnName, Namer
from seq2seq.applications.text_classifier import TextClassifier
from seq2seq.data.labelled import LabelledFiles, read_labelled
from seq2seq.decoding.options import SamplingOptions
from seq2seq.errors import InputError
from seq2seq.evaluation.classification import Confusion, confusion
from seq2seq.evaluation.tables import aligned


@dataclass(frozen=True)
class Agreement:
    """What a classifier takes drawn names for."""

    found: Confusion  # a row for each category that was asked for
    new: float | None  # share of the drawn names that nothing was learnt from; None: not known

    @property
    def overall(self) -> float:
        """The mean over categories of the share taken for their own category."""
        return sum(score.recall for score in self.found.scores() if score.support) / sum(
            score.support > 0 for score in self.found.scores()
        )

    def text(self, real: Confusion | None = None) -> str:
        """For people; `real` is what the same classifier does with real names of each category."""
        known = {} if real is None else {score.label: score.recall for score in real.scores()}
        scores = [score for score in self.found.scores() if score.support]
        rows = [["category", "taken for it %", "real names %"]]
        rows += [
            [score.label, f"{100 * score.recall:.0f}", f"{100 * known.get(score.label, 0.0):.0f}"]
            for score in scores
        ]
        mean = sum(known.get(score.label, 0.0) for score in scores) / len(scores)
        rows.append(["mean", f"{100 * self.overall:.1f}", f"{100 * mean:.1f}"])
        drawn = f"{amount(self.found.total, 'name')} drawn, {scores[0].support} of each category"
        new = "" if self.new is None else f"; {100 * self.new:.0f} % of them were not learnt from"
        return f"{aligned(rows)}\n\n{drawn}{new}"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "agreement": self.overall,
            "new": self.new,
            "categories": {score.label: score.recall for score in self.found.scores() if score.support},
        }


def agreement(
    namer: Namer, judge: TextClassifier, count: int, options: SamplingOptions, learnt: set[str] | None = None
) -> Agreement:
    """Draw `count` names of each category that the judge knows, and let it say what they are.

    Args:
        namer: draws.
        judge: a classifier.
        count: names a category.
        options: how to draw.
        learnt: the names that the generator learnt from; None: not known.

    Raises:
        InputError: the judge knows none of the categories.
    """
    names: list[DrawnName] = []
    for category in (category for category in namer.categories if category in judge.labels):
        names += [name for name in namer.sample(category, count, options) if name.name.strip()]
    if not names:
        raise InputError(
            "the classifier knows none of the generator's categories",
            mend=f"It knows {', '.join(judge.labels)}.",
        )
    answers = [belief.answer for belief in judge.classify([name.name for name in names])]
    new = None if learnt is None else sum(name.name not in learnt for name in names) / len(names)
    return Agreement(confusion(judge.labels, [name.category for name in names], answers), new)


def learnt_names(model: Path) -> set[str] | None:
    """The names that a generator learnt from, where they still stand beside it."""
    table = corpus_directory(model.parent) / "train.tsv"
    if not table.is_file():
        return None
    return {entry.text for entry in read_labelled(LabelledFiles(table=str(table)))}
