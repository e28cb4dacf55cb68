"""Token ids that every vocabulary shares, and sentences put side by side as tensors.

B is the number of sentences, S and T the longest source and target in pieces, end of sentence
included. Batch is always first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, Self

import torch
from torch import Tensor

PAD, BOS, EOS, UNK = 0, 1, 2, 3
FIRST_PIECE = UNK + 1  # only EOS and what comes from here on may be chosen


class Batch(Protocol):
    """What the training loop needs of a batch; what is in it is between the sampler and the model."""

    @property
    def pieces(self) -> int:
        """How many pieces it holds."""
        ...

    @property
    def positions(self) -> int:
        """The same with padding."""
        ...

    def to(self, device: torch.device) -> Self:
        """The same batch on `device`."""
        ...


@dataclass(frozen=True)
class SourceBatch:
    """Source sentences, each ended by EOS and padded with PAD on the right."""

    tokens: Tensor  # (B, S) int64
    lengths: Tensor  # (B,) int64, always on the CPU, EOS counted

    @property
    def mask(self) -> Tensor:
        """True where there is a piece or the end of the sentence, False on padding: (B, S)."""
        positions = torch.arange(self.tokens.shape[1], device=self.tokens.device)  # (S,)
        return positions < self.lengths.to(self.tokens.device).unsqueeze(1)

    def to(self, device: torch.device) -> "SourceBatch":
        """The same batch with its tokens on `device`."""
        return SourceBatch(self.tokens.to(device), self.lengths)


@dataclass(frozen=True)
class ParallelBatch:
    """Source sentences and their translations; row b of both belongs together."""

    source: SourceBatch
    target: Tensor  # (B, T) int64, each row ended by EOS, then PAD
    target_lengths: Tensor  # (B,) int64, always on the CPU, EOS counted

    @property
    def inputs(self) -> Tensor:
        """What teacher forcing feeds: BOS, then the reference shifted by one: (B, T)."""
        first = torch.full_like(self.target[:, :1], BOS)
        return torch.cat([first, self.target[:, :-1]], dim=1)

    @property
    def target_mask(self) -> Tensor:
        """True on the reference's pieces and its end, False on padding: (B, T)."""
        positions = torch.arange(self.target.shape[1], device=self.target.device)  # (T,)
        return positions < self.target_lengths.to(self.target.device).unsqueeze(1)

    @property
    def target_tokens(self) -> int:
        """How many target pieces are predicted, ends included."""
        return int(self.target_lengths.sum())

    @property
    def pieces(self) -> int:
        """Source and target pieces, ends included."""
        return int(self.source.lengths.sum()) + self.target_tokens

    @property
    def positions(self) -> int:
        """The same with padding."""
        return self.source.tokens.numel() + self.target.numel()

    @property
    def twice(self) -> "ParallelBatch":
        """The sentences, and then the same again: 2B rows."""
        source = SourceBatch(self.source.tokens.repeat(2, 1), self.source.lengths.repeat(2))
        return ParallelBatch(source, self.target.repeat(2, 1), self.target_lengths.repeat(2))

    def to(self, device: torch.device) -> "ParallelBatch":
        """The same batch with its tokens on `device`."""
        return ParallelBatch(self.source.to(device), self.target.to(device), self.target_lengths)


@dataclass(frozen=True)
class TextBatch:
    """A chunk of each of B running texts; the piece after each input is its target."""

    inputs: Tensor  # (B, T) int64
    target: Tensor  # (B, T) int64
    continues: bool  # row b goes on where row b of the batch before it ended

    @property
    def pieces(self) -> int:
        """How many pieces are predicted."""
        return self.target.numel()

    @property
    def positions(self) -> int:
        """As many: nothing is padded."""
        return self.pieces

    def to(self, device: torch.device) -> "TextBatch":
        """The same batch on `device`."""
        return TextBatch(self.inputs.to(device), self.target.to(device), self.continues)


def collate_source(sentences: Sequence[Sequence[int]]) -> SourceBatch:
    """Put sentences, each already ended by EOS, side by side."""
    tokens, lengths = _pad(sentences)
    return SourceBatch(tokens, lengths)


def collate(pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> ParallelBatch:
    """Put pairs of source and target, each already ended by EOS, side by side."""
    target, target_lengths = _pad([target for _, target in pairs])
    return ParallelBatch(collate_source([source for source, _ in pairs]), target, target_lengths)


def _pad(sentences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    counts = [len(sentence) for sentence in sentences]
    lengths = torch.tensor(counts, dtype=torch.int64)  # (B,)
    pieces = torch.tensor(list(chain.from_iterable(sentences)), dtype=torch.int64)
    if min(counts) == max(counts):
        return pieces.view(len(counts), -1), lengths
    tokens = torch.full((len(counts), max(counts)), PAD, dtype=torch.int64)  # (B, S)
    # All rows at once: one by one they take seven times as long.
    tokens[torch.arange(tokens.shape[1]) < lengths.unsqueeze(1)] = pieces
    return tokens, lengths
