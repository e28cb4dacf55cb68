"""Scores by the length of the source (after Bahdanau, Cho and Bengio 2015, figure 2).

Length is counted in words between white space, so a sentence in a script without spaces is one word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.errors import InputError
from seq2seq.evaluation.measures import Measure, Score
from seq2seq.evaluation.scores import length_ratio

EDGES = (5, 10, 20, 30, 40, 60)  # the longest length of each bucket; one more takes the rest
FEW_IN_BUCKET = 50


@dataclass(frozen=True, slots=True)
class Bucket:
    """The sentences of `shortest` to `longest` source words, both included."""

    shortest: int
    longest: int | None  # None: no limit
    sentences: int
    bleu: Score
    chrf: Score
    length_ratio: float

    @property
    def label(self) -> str:
        """Both limits, as in "11–20", or ">60" for the last one."""
        return f">{self.shortest - 1}" if self.longest is None else f"{self.shortest}–{self.longest}"

    @property
    def is_small(self) -> bool:
        """True when there are too few sentences to lean on."""
        return self.sentences < FEW_IN_BUCKET


def by_length(
    sources: Sequence[str], bleu: Measure, chrf: Measure, *, edges: Sequence[int] = EDGES
) -> tuple[Bucket, ...]:
    """Score each length bucket that has sentences, shortest first; a blank source counts as one word.

    Raises:
        InputError: the edges do not rise from 1 or more.
    """
    if not edges or list(edges) != sorted(set(edges)) or edges[0] < 1:
        raise InputError(f"the edges are {list(edges)}, and must rise from 1 or more", where="edges")
    shortest = [1, *(edge + 1 for edge in edges)]
    longest = [*edges, None]
    buckets = []
    for low, high in zip(shortest, longest, strict=True):
        rows = rows_between(sources, low, high)
        if rows:
            buckets.append(
                Bucket(low, high, len(rows), bleu.of(rows), chrf.of(rows), length_ratio(bleu, rows))
            )
    return tuple(buckets)


def rows_between(sources: Sequence[str], shortest: int, longest: int | None) -> list[int]:
    """Which sources have `shortest` to `longest` words; a blank one counts as one word."""
    lengths = [max(len(source.split()), 1) for source in sources]
    return [
        row
        for row, length in enumerate(lengths)
        if shortest <= length and (longest is None or length <= longest)
    ]
