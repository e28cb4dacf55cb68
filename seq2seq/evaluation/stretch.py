"""Longer test sets out of a test set: k sentences joined, source and reference alike.

Short corpora have no long sentences, so the bottleneck of a plain model (Bahdanau, Cho and Bengio 2015,
figure 2) does not show in them. Which sentences stand side by side is drawn once, by a seed, and is the
same for each k but for where the cuts are: every test set has the same sentences, short of fewer than k
that are left over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from seq2seq.amounts import amount
from seq2seq.errors import InputError
from seq2seq.evaluation.measures import References, grouped
from seq2seq.evaluation.seeds import Spread
from seq2seq.evaluation.system import System

SEED = 1
LONGEST = 16  # sentences; nobody says more in one breath


@dataclass(frozen=True, slots=True)
class Stretch:
    """Scores where `joined` sentences were translated as one."""

    joined: int
    sentences: int  # after joining
    words: float  # of a source, mean
    bleu: tuple[Spread, ...]  # one a system, in the order of the comparison
    length_ratio: tuple[float, ...]


def stretched(
    sources: Sequence[str], references: References, joined: int, *, seed: int = SEED
) -> tuple[list[str], tuple[tuple[str | None, ...], ...]]:
    """Join sentences `joined` at a time; gives sources and reference sets.

    The n-th reference of what was joined is made of the n-th ones of its sentences, as far as each has one.

    Raises:
        InputError: `joined` is outside its range, or there are fewer sentences than that.
    """
    if not 1 <= joined <= LONGEST:
        raise InputError(f"{joined} sentences to join, and must be from 1 to {LONGEST}", where="stretch")
    if len(sources) < joined:
        raise InputError(
            f"the test set has {amount(len(sources), 'sentence')}, and {joined} are to be joined",
            where="stretch",
        )
    order = list(range(len(sources)))
    if joined > 1:
        Random(f"stretch {seed}").shuffle(order)  # noqa: S311 — a sample, not a secret
    longer, found = [], []
    for rows in _groups(order, joined):
        known = [[lines[row] for lines in references if lines[row] is not None] for row in rows]
        longer.append(" ".join(sources[row] for row in rows))
        found.append([" ".join(map(str, together)) for together in zip(*known, strict=False)])
    return longer, grouped(found)


def stretch_of(joined: int, systems: Sequence[System]) -> Stretch:
    """What systems reached on a test set of `joined` sentences each."""
    sources = systems[0].first.sources
    return Stretch(
        joined=joined,
        sentences=len(sources),
        words=sum(len(source.split()) for source in sources) / len(sources),
        bleu=tuple(system.bleu for system in systems),
        length_ratio=tuple(system.habits.length_ratio for system in systems),
    )


def _groups(order: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(order) - size + 1, size):
        yield order[start : start + size]
