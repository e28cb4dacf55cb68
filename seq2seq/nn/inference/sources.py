"""What the kernels read of the sources: each sentence's part wherever the encoder left it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.nn.state import Memory


@dataclass(frozen=True)
class Sources:
    """Addresses of what a batch of sentences left; no number is moved when sentences come and go.

    A sentence keeps the batch that it was encoded in from being freed.
    """

    parts: tuple[NDArray[np.int64], ...]  # (B,) each: addresses of rows
    lengths: NDArray[np.int64]  # (B,)
    kept: Sequence[tuple[Tensor, ...]]  # (B,): what the addresses are of

    @cached_property
    def longest(self) -> int:
        """How many positions the longest sentence has."""
        return int(self.lengths.max(initial=0))

    @cached_property
    def addresses(self) -> tuple[int, ...]:
        """Of the lengths, and of each part's addresses: to ask for one takes as long as a torch operation."""
        return tuple(array.ctypes.data for array in (self.lengths, *self.parts))

    @classmethod
    def of(cls, memory: Memory, *parts: Tensor) -> "Sources":
        """Take the rows of parts (B, ...) of a memory."""
        tensors = tuple(part.contiguous() for part in parts)
        rows = np.arange(len(memory))
        addresses = tuple(part.data_ptr() + rows * (part.stride(0) * part.itemsize) for part in tensors)
        return cls(addresses, memory.mask.numpy().sum(axis=1), [tensors] * len(memory))

    def __len__(self) -> int:
        """How many sentences."""
        return len(self.lengths)

    def select(self, sentences: Tensor) -> "Sources":
        """Keep, drop or repeat sentences."""
        rows = sentences.numpy()
        kept = [self.kept[row] for row in rows.tolist()]
        return Sources(tuple(part[rows] for part in self.parts), self.lengths[rows], kept)

    def join(self, other: "Sources") -> "Sources":
        """The sentences of these, then those of `other`."""
        parts = tuple(np.concatenate(pair) for pair in zip(self.parts, other.parts, strict=True))
        lengths = np.concatenate([self.lengths, other.lengths])
        return Sources(parts, lengths, [*self.kept, *other.kept])
