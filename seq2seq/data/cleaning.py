"""What is left out of the training pairs, and the account of it.

In this order, and a pair is counted under the first reason that applies: blank after
normalisation, too long, lengths too different, both sides identical, a sentence of the validation
or test set in it (leakage), the same pair again. The limit on pieces comes later, when there is a
subword model. What remains is normalised (`seq2seq.data.normalise`).

Only training pairs are ever left out. Validation and test sets stay as they are, or scores could
not be compared with anyone's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from seq2seq.config import Section
from seq2seq.data.drops import Drops, Reason
from seq2seq.data.normalise import comparison_key, normalise
from seq2seq.data.readers import ReadReport, TextPair, blocks
from seq2seq.data.seen import Digests, SeenTexts, digests

Leakage = Literal["either", "source", "target", "pair", "keep"]


class CleaningConfig(Section):
    """Which training pairs are left out: `[corpus.cleaning]`."""

    max_characters: PositiveInt = 1_000  # on either side
    max_words: PositiveInt = 150  # on either side; words are what stands between spaces
    max_pieces: PositiveInt = 128  # on either side, end of sentence not counted
    max_ratio: PositiveFloat = 3.0  # words of the longer side for one of the shorter
    ratio_from_words: NonNegativeInt = 10  # pairs whose longer side has fewer words may have any ratio
    drop_duplicates: bool = True  # the same pair again, exactly, after normalisation
    drop_identical: bool = True  # source and target the same
    # Which sentence of an evaluation set makes a training pair leak; case, spaces and punctuation
    # are ignored. "pair" asks for both in the same evaluation set, "keep" looks for none.
    leakage: Leakage = "either"


class CleaningReport:
    """How many pairs were read, kept and left out, why, and where the first ones are."""

    def __init__(self) -> None:
        self.read = ReadReport()
        self.dropped = Drops()
        self.notices: list[str] = []  # what else a reader of the report should know

    @property
    def pairs(self) -> int:
        """Pairs met, those that could not be read included."""
        return self.read.pairs + self.read.skipped.total

    @property
    def kept(self) -> int:
        """Pairs left for training."""
        return self.read.pairs - self.dropped.total

    def to_json(self) -> Mapping[str, object]:
        """Plain values for `dataset.json` and `--json`."""
        return {
            "pairs": self.pairs,
            "kept": self.kept,
            "dropped": {**self.read.skipped.to_json(), **self.dropped.to_json()},
            "notices": list(self.notices),
        }

    def text(self) -> str:
        """Lines for people, the longest about a screen wide."""
        lines = [f"training pairs: {self.kept:,} kept of {self.pairs:,}"]
        lines += [drops.text() for drops in (self.read.skipped, self.dropped) if drops.total]
        lines += [f"  ! {notice}" for notice in self.notices]
        return "\n".join(lines)


@dataclass(frozen=True)
class Keys:
    """Digests of the comparison keys of some pairs, side by side."""

    sources: Digests
    targets: Digests

    @staticmethod
    def of(pairs: Sequence[TextPair]) -> "Keys":
        """Make the keys."""
        return Keys(
            digests([comparison_key(pair.source) for pair in pairs]),
            digests([comparison_key(pair.target) for pair in pairs]),
        )


@dataclass(frozen=True)
class EvaluationSet:
    """The sentences of a validation or test set, to compare training pairs with."""

    reason: Reason  # what a training pair that leaks into it is counted under
    sources: SeenTexts = field(default_factory=SeenTexts)
    targets: SeenTexts = field(default_factory=SeenTexts)

    def add(self, keys: Keys) -> None:
        """Take in pairs."""
        self.sources.add(keys.sources)
        self.targets.add(keys.targets)

    def leaking(self, keys: Keys, leakage: Leakage) -> NDArray[np.bool_]:
        """Tell for each pair whether it holds a sentence of this set."""
        in_sources, in_targets = self.sources.contains(keys.sources), self.targets.contains(keys.targets)
        return {
            "either": in_sources | in_targets,
            "source": in_sources,
            "target": in_targets,
            "pair": in_sources & in_targets,
            "keep": np.zeros_like(in_sources),
        }[leakage]


def clean(
    pairs: Iterable[TextPair],
    config: CleaningConfig,
    report: CleaningReport,
    evaluation: Sequence[EvaluationSet] = (),
) -> Iterator[TextPair]:
    """Give the pairs that are fit for training, normalised, in their order.

    Args:
        pairs: what a reader gives.
        config: the limits.
        report: where the pairs that are left out are counted.
        evaluation: sets whose sentences must not be trained on.
    """
    seen = SeenTexts()
    for block in blocks(_within_limits(pairs, config, report.dropped)):
        keys = Keys.of(block)
        fit = np.ones(len(block), dtype=np.bool_)
        for held_out in evaluation:
            leaks = fit & held_out.leaking(keys, config.leakage)
            _count(block, leaks, held_out.reason, report.dropped)
            fit &= ~leaks
        if config.drop_duplicates:
            left = np.flatnonzero(fit).tolist()
            again = np.zeros(len(block), dtype=np.bool_)
            again[left] = ~seen.add(
                digests([f"{block[index].source}\t{block[index].target}" for index in left])
            )
            _count(block, again, Reason.DUPLICATE, report.dropped)
            fit &= ~again
        yield from (pair for pair, is_fit in zip(block, fit, strict=True) if is_fit)


def _count(block: Sequence[TextPair], chosen: NDArray[np.bool_], reason: Reason, drops: Drops) -> None:
    for index in np.flatnonzero(chosen).tolist():
        drops.add(reason, block[index].place)


def _within_limits(pairs: Iterable[TextPair], config: CleaningConfig, drops: Drops) -> Iterator[TextPair]:
    for pair in pairs:
        source, target = normalise(pair.source), normalise(pair.target)
        reason = _unfit(source, target, config)
        if reason is None:
            yield TextPair(source, target, pair.line, pair.file)
        else:
            drops.add(reason, pair.place)


def _unfit(source: str, target: str, config: CleaningConfig) -> Reason | None:
    if not source or not target:
        return Reason.BLANK
    shorter, longer = sorted((source.count(" ") + 1, target.count(" ") + 1))
    if longer > config.max_words or max(len(source), len(target)) > config.max_characters:
        return Reason.TOO_LONG
    if longer >= config.ratio_from_words and longer > config.max_ratio * shorter:
        return Reason.RATIO
    if config.drop_identical and source == target:
        return Reason.IDENTICAL
    return None
