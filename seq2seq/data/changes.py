"""Training pairs changed anew in each epoch, so that a model understands more than edited sentences.

    joined     with up to three other pairs: several sentences are translated as one
    hasty      the source in lower case, without its final mark, or both
    protected  the same placeholders on both sides: what is to be kept as it is
    cut anew   into other pieces: subword dropout

What becomes of a pair follows from (seed, epoch, pair) alone: in whatever batch, process or resumed
run it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seq2seq.config import Section
from seq2seq.data.dataset import Split
from seq2seq.data.haste import in_haste
from seq2seq.data.protected import with_placeholders
from seq2seq.data.subword import SubwordModel

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Ids = list[int]

_MOST_JOINED = 4  # sentences
_LONGEST_JOINED = 160  # pieces


class ChangesConfig(Section):
    """How much of the pairs is changed."""

    subword_dropout_source: Share = 0.0  # sources cut at random: see SubwordModel.sample
    subword_dropout_target: Share = 0.0
    hasty_sources: Share = 0.0  # of the sources lose case, final mark or both
    protected_spans: Share = 0.0  # of the pairs get placeholders for what is to be kept as it is
    joined_pairs: Share = 0.0  # of the pairs are joined with one to three others

    @property
    def changes_text(self) -> bool:
        """Whether subword models are needed."""
        dropouts = self.subword_dropout_source, self.subword_dropout_target
        return any((*dropouts, self.hasty_sources, self.protected_spans))


@dataclass(frozen=True)
class Subwords:
    """What cut the pairs of a split, to cut them anew."""

    source: SubwordModel
    target: SubwordModel


@dataclass(frozen=True)
class Joined:
    """Which pairs are joined in an epoch, and how long they are then."""

    others: NDArray[np.int64] | None  # (pairs, 3), -1 for none; None: no pair is joined
    source_lengths: NDArray[np.uint32]  # (pairs,)
    target_lengths: NDArray[np.uint32]

    def pair(self, split: Split, index: int) -> tuple[Ids, Ids]:
        """Give the ids of a pair with all that is joined to it."""
        source, target = split.pair(index)
        for other in () if self.others is None else self.others[index]:
            if other >= 0:
                more = split.pair(int(other))
                source, target = source[:-1] + more[0], target[:-1] + more[1]
        return source, target


def join(split: Split, share: float, random: np.random.Generator) -> Joined:
    """Draw which pairs are joined with which; draws nothing when the share is 0."""
    lengths = [split.source_lengths, split.target_lengths]
    if share == 0.0:
        return Joined(None, *lengths)
    pairs = len(split)
    wanted = np.where(random.random(pairs) < share, random.integers(1, _MOST_JOINED, pairs), 0)
    others = random.integers(0, pairs, (pairs, _MOST_JOINED - 1))
    for place in range(_MOST_JOINED - 1):
        other = others[:, place]
        longer = [sofar + side[other] - 1 for sofar, side in zip(lengths, _lengths(split), strict=True)]
        fits = (wanted > place) & (np.maximum(*longer) <= _LONGEST_JOINED)
        lengths = [
            np.where(fits, more, sofar).astype(np.uint32) for more, sofar in zip(longer, lengths, strict=True)
        ]
        others[:, place] = np.where(fits, other, -1)
    return Joined(others, *lengths)


@dataclass(frozen=True)
class Changes:
    """Changes the text and the pieces of pairs."""

    config: ChangesConfig
    subwords: Subwords
    seed: int

    def apply(self, pair: tuple[Ids, Ids], epoch: int, index: int) -> tuple[Ids, Ids]:
        """Give what pair `index` is in an epoch."""
        config, models = self.config, (self.subwords.source, self.subwords.target)
        random = Random(f"{self.seed} {epoch} {index}")  # noqa: S311 — nothing is secret
        if config.hasty_sources and random.random() < config.hasty_sources:
            pair = models[0].encode(in_haste(models[0].decode(pair[0]), random)), pair[1]
        # Decoding gives the text back, whatever it was, so that no texts are stored.
        if config.protected_spans and random.random() < config.protected_spans:
            texts = [model.decode(side) for model, side in zip(models, pair, strict=True)]
            source, target = with_placeholders(texts[0], texts[1], random)
            pair = models[0].encode_normalised(source), models[1].encode_normalised(target)
        dropouts = config.subword_dropout_source, config.subword_dropout_target
        cut = [
            model.sample(model.decode_normalised(side), dropout, random) if dropout else side
            for model, dropout, side in zip(models, dropouts, pair, strict=True)
        ]
        return cut[0], cut[1]


def _lengths(split: Split) -> Sequence[NDArray[np.uint32]]:
    return split.source_lengths, split.target_lengths
