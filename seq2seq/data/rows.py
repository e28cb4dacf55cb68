"""Pairs of token ids held in memory, for corpora that need no prepared directory."""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from seq2seq.data.dataset import Side, Split

Ids = Sequence[int]


def split_of(pairs: Sequence[tuple[Ids, Ids]]) -> Split:
    """The same `Split` that a prepared corpus has, so that one sampler serves both."""
    return Split(_side([source for source, _ in pairs]), _side([target for _, target in pairs]))


def _side(sentences: Sequence[Ids]) -> Side:
    lengths = np.array([len(sentence) for sentence in sentences], dtype=np.uint32)
    offsets = np.concatenate([np.zeros(1, np.uint64), np.cumsum(lengths, dtype=np.uint64)])
    return Side(np.array(list(chain.from_iterable(sentences)), dtype=np.uint32), offsets, lengths)
