"""Sentences to look at, chosen by rule and not by hand, and what two texts have apart.

The rule, by the change of sentence chrF from the baseline to the system (the first run of each): the
`EACH` largest gains, the `EACH` largest losses, the `EACH` nearest to the median change, and `EACH` drawn
at random by a seed. Equal changes keep the order of the test set, and a sentence is shown once, under the
first rule that names it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from random import Random
from typing import Literal

import numpy as np

from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.preview.grid import Grid

EACH = 5
SEED = 1
RULE = (
    f"By the change of sentence chrF between the first runs: the {EACH} largest gains, the {EACH} largest "
    f"losses, the {EACH} nearest to the median change, and {EACH} drawn at random (seed {SEED})."
)

Part = Literal["same", "added", "missing"]


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words that two texts share, or that one of them has alone."""

    part: Part
    text: str


@dataclass(frozen=True)
class Output:
    """What one system made of a sentence."""

    name: str  # of the system
    text: str
    chrf: float
    words: tuple[Words, ...]  # beside the closest reference
    grid: Grid | None = None  # where it looked, word by word; None: no attention


@dataclass(frozen=True)
class Example:
    """One sentence, and what two systems made of it."""

    line: int  # one-based
    source: str
    references: tuple[str, ...]
    baseline: Output
    system: Output

    @property
    def change(self) -> float:
        """Of sentence chrF, from the baseline to the system."""
        return self.system.chrf - self.baseline.chrf


@dataclass(frozen=True)
class Examples:
    """The examples of a comparison, by what they were chosen for."""

    gains: tuple[Example, ...]  # best first
    losses: tuple[Example, ...]  # worst first
    median: tuple[Example, ...]  # nearest first
    random: tuple[Example, ...]  # in the order of the test set

    def titled(self) -> tuple[tuple[str, tuple[Example, ...]], ...]:
        """Each group that has examples, with its title."""
        groups = (
            ("Largest gains", self.gains),
            ("Largest losses", self.losses),
            ("Nearest to the median change", self.median),
            ("Drawn at random", self.random),
        )
        return tuple((title, group) for title, group in groups if group)


def choose(baseline: Evaluation, system: Evaluation) -> Examples:
    """Apply the module's rule."""
    rows = range(baseline.sentences)
    before = [baseline.chrf.of_sentence(row) for row in rows]
    after = [system.chrf.of_sentence(row) for row in rows]
    change = np.array(after) - np.array(before)
    median = float(np.median(change))
    taken: set[int] = set()

    def take(candidates: Iterator[int]) -> list[int]:
        chosen = [row for row in candidates if row not in taken][:EACH]
        taken.update(chosen)
        return chosen

    def examples(chosen: Sequence[int]) -> tuple[Example, ...]:
        return tuple(_example(row, baseline, system, (before[row], after[row])) for row in chosen)

    gains = take(row for row in sorted(rows, key=lambda row: (-change[row], row)) if change[row] > 0)
    losses = take(row for row in sorted(rows, key=lambda row: (change[row], row)) if change[row] < 0)
    middle = take(iter(sorted(rows, key=lambda row: (abs(change[row] - median), row))))
    shuffled = list(rows)
    Random(f"examples {SEED}").shuffle(shuffled)  # noqa: S311 — a sample, not a secret
    return Examples(*map(examples, (gains, losses, middle, sorted(take(iter(shuffled))))))


def differences(text: str, reference: str) -> tuple[Words, ...]:
    """Align two texts word by word: what they share, what `text` adds, and what it misses."""
    ours, theirs = text.split(), reference.split()
    found = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Words("same", " ".join(ours[j1:j2])))
            continue
        found += [Words("missing", " ".join(theirs[i1:i2]))] if i1 < i2 else []
        found += [Words("added", " ".join(ours[j1:j2]))] if j1 < j2 else []
    return tuple(found)


def _example(row: int, baseline: Evaluation, system: Evaluation, chrf: tuple[float, float]) -> Example:
    found = [lines[row] for lines in baseline.references]
    references = tuple(reference for reference in found if reference is not None)
    outputs = [
        Output(
            name=evaluation.name,
            text=evaluation.translations[row],
            chrf=score,
            words=_beside_closest(evaluation.translations[row], references),
            grid=evaluation.grids[row] if evaluation.grids else None,
        )
        for evaluation, score in zip((baseline, system), chrf, strict=True)
    ]
    return Example(row + 1, baseline.sources[row], references, *outputs)


def _beside_closest(text: str, references: Sequence[str]) -> tuple[Words, ...]:
    """Beside the reference that shares most words; the first of equals."""
    return max(
        (differences(text, reference) for reference in references),
        key=lambda words: sum(len(part.text.split()) for part in words if part.part == "same"),
    )
