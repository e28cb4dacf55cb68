"""State is a value: what a decoder carries from one step to the next, and how rows of it are moved.

A step takes a state and returns a new one. Search knows states only by `repeat`, `reorder`,
`select` and `join`, so plain and attentive models, ensembles and language models look the same
to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.batch import SourceBatch


class State(Protocol):
    """What search needs of a state of B sentences with K hypotheses each, R = B·K rows."""

    def repeat(self, hypotheses: int) -> Self:
        """From one hypothesis a sentence to `hypotheses`, all alike: B rows become B·K."""
        ...

    def reorder(self, rows: Tensor) -> Self:
        """Row r becomes what row `rows[r]` was; rows (R,) stay within their sentences."""
        ...

    def select(self, sentences: Tensor) -> Self:
        """Keep, drop or repeat sentences (indices into B), each with all its hypotheses."""
        ...

    def join(self, other: Self) -> Self:
        """The sentences of this state, then those of `other`, which has the same K."""
        ...


S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class CellState:
    """State of one recurrent layer: `h`, and for an LSTM its cell `c`."""

    h: Tensor  # (R, H)
    c: Tensor | None = None  # (R, H)

    def map(self, change: Callable[[Tensor], Tensor]) -> "CellState":
        """The same change made to each tensor."""
        return CellState(change(self.h), None if self.c is None else change(self.c))


class Remembered(Protocol):
    """What a decoder's state needs of what the encoder left for it: that sentences can be moved."""

    def __len__(self) -> int:
        """How many sentences."""
        ...

    def select(self, sentences: Tensor) -> Self:
        """Keep, drop or repeat sentences."""
        ...

    def join(self, other: Self) -> Self:
        """The sentences of this memory, then those of `other`."""
        ...


@dataclass(frozen=True)
class Memory:
    """What the encoder leaves for the decoder; never changes while decoding.

    A decoder with K hypotheses a sentence still has one memory row a sentence: attention
    broadcasts it over the hypotheses.
    """

    states: Tensor  # (B, S, M)
    mask: Tensor  # (B, S) bool, True on pieces and the end, False on padding
    summary: Tensor  # (B, M): what a decoder without attention gets of the source
    keys: Tensor | None = None  # (B, S, A): made once by the attention's `prepare`

    def __len__(self) -> int:
        """How many sentences."""
        return len(self.mask)

    @property
    def longest(self) -> int:
        """How many positions the longest sentence has; the memory may be wider."""
        return int(self.mask.any(dim=0).sum())

    def select(self, sentences: Tensor) -> "Memory":
        """Keep, drop or repeat sentences."""
        states, mask, summary = (
            tensor.index_select(0, sentences) for tensor in (self.states, self.mask, self.summary)
        )
        keys = None if self.keys is None else self.keys.index_select(0, sentences)
        return Memory(states, mask, summary, keys)

    def join(self, other: "Memory") -> "Memory":
        """Both memories' sentences, the narrower padded to the wider.

        As wide as the longest sentence that is left: else one long sentence would slow down all
        that come after it, for as long as the search never runs empty.
        """
        width = max(self.longest, other.longest)
        keys = None if self.keys is None or other.keys is None else _stack([self.keys, other.keys], width)
        return Memory(
            _stack([self.states, other.states], width),
            _stack([self.mask, other.mask], width),
            torch.cat([self.summary, other.summary]),
            keys,
        )


@dataclass(frozen=True)
class DecoderState:
    """Everything one decoding step needs from the step before."""

    hidden: tuple[CellState, ...]  # one a layer; each tensor (R, H)
    memory: Remembered | None = None  # None in a language model
    feed: Tensor | None = None  # (R, ·): last attentional vector, with input feeding

    def repeat(self, hypotheses: int) -> "DecoderState":
        """From one hypothesis a sentence to `hypotheses`, all alike."""
        return self._map_rows(lambda rows: rows.repeat_interleave(hypotheses, dim=0))

    def reorder(self, rows: Tensor) -> "DecoderState":
        """Permute hypotheses within their sentences. The memory stays: it is the same sentence."""
        return self._map_rows(lambda tensor: tensor.index_select(0, rows))

    def select(self, sentences: Tensor) -> "DecoderState":
        """Keep, drop or repeat sentences, memory included."""
        if self.memory is None:
            return self.reorder(sentences)
        hypotheses = self.hidden[0].h.shape[0] // len(self.memory)
        offsets = torch.arange(hypotheses, device=sentences.device)  # (K,)
        rows = (sentences.unsqueeze(1) * hypotheses + offsets).reshape(-1)  # (R,)
        return replace(self.reorder(rows), memory=self.memory.select(sentences))

    def join(self, other: "DecoderState") -> "DecoderState":
        """The sentences of this state, then those of `other`."""
        hidden = tuple(
            CellState(
                torch.cat([mine.h, theirs.h]),
                None if mine.c is None or theirs.c is None else torch.cat([mine.c, theirs.c]),
            )
            for mine, theirs in zip(self.hidden, other.hidden, strict=True)
        )
        memory = None if self.memory is None or other.memory is None else self.memory.join(other.memory)
        feed = None if self.feed is None or other.feed is None else torch.cat([self.feed, other.feed])
        return DecoderState(hidden, memory, feed)

    def _map_rows(self, change: Callable[[Tensor], Tensor]) -> "DecoderState":
        hidden = tuple(layer.map(change) for layer in self.hidden)
        return DecoderState(hidden, self.memory, None if self.feed is None else change(self.feed))


@dataclass(frozen=True)
class Step(Generic[S]):
    """What one decoding step gives."""

    logits: Tensor  # (R, V); any shift that softmax ignores
    state: S
    attention: Tensor | None = None  # (R, S), rows sum to 1, padding exactly 0; None: plain model


@dataclass(frozen=True)
class Run(Generic[S]):
    """Steps in a row, each from the best pieces that the one before found.

    Logits are computed again, to the bit, for a row that they are asked for: few are, and those of all rows
    would not stay in a processor's cache.
    """

    log_probs: NDArray[np.float64]  # (T, R, 1 + K): of EOS and of the best pieces; NaN: a row is not finite
    tokens: NDArray[np.int64]  # (T, R, 1 + K): EOS, and the best pieces
    attention: Tensor | None  # (T, R, S)
    logits: Callable[[int, int], Tensor]  # (V,): of step t, row r
    state: Callable[[int], S]  # after step t, the first being 0


class StepModel(Protocol[S]):
    """A model that search can drive."""

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""
        ...

    def start(self, source: SourceBatch) -> S:
        """Encode the sources: the state before the first piece, one hypothesis a sentence."""
        ...

    def step(self, previous: Tensor, state: S) -> Step[S]:
        """Take one step: previous (R,) int64 are the tokens chosen last, BOS at the beginning."""
        ...


class RunModel(StepModel[S], Protocol[S]):
    """A model that finds the best pieces itself, and can go on with them, without the search in between."""

    def run(self, previous: Tensor, state: S, steps: int, beam: int = 1) -> Run[S] | None:
        """Take the first step and up to `steps` in all, as `step` would, to the bit; None where it cannot.

        It stops after a step in which a row would rather end than go on, or is not finite: from there on
        the search has to decide.

        Args:
            previous: the pieces to begin with.
            state: the state to begin with.
            steps: at most; 1 where a sentence has several hypotheses, of which the search chooses.
            beam: how many of the best pieces to find for each row.
        """
        ...


def _stack(parts: Sequence[Tensor], width: int) -> Tensor:
    """Put (B, S, ...) tensors of different S below each other, cut or padded with zeros to `width`."""
    sentences = sum(part.shape[0] for part in parts)
    stacked = parts[0].new_zeros((sentences, width, *parts[0].shape[2:]))
    row = 0
    for part in (part[:, :width] for part in parts):
        stacked[row : row + part.shape[0], : part.shape[1]] = part
        row += part.shape[0]
    return stacked
