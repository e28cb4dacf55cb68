"""Pictures as the source of a batch, and batches of pictures without end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seq2seq.batch import ParallelBatch, SourceBatch, collate
from seq2seq.data.pictures.corpus import PictureSet
from seq2seq.data.pictures.words import Words

GRID = 8  # cells in each direction
CELLS = GRID * GRID  # S: what a picture has for pieces


@dataclass(frozen=True)
class PictureBatch(SourceBatch):
    """Pictures for sentences: each has CELLS cells for pieces, numbered from its top left, and no padding."""

    pictures: Tensor  # (B, height, width, 3) uint8

    def to(self, device: torch.device) -> "PictureBatch":
        """The same batch with its tensors on `device`."""
        return PictureBatch(self.tokens.to(device), self.lengths, self.pictures.to(device))


def picture_batch(pictures: Tensor) -> PictureBatch:
    """Put pictures (B, height, width, 3) into a batch."""
    B = len(pictures)
    cells = torch.arange(CELLS).expand(B, -1)  # (B, S)
    return PictureBatch(cells, torch.full((B,), CELLS), pictures)


def captioned_batch(drawn: PictureSet, words: Words, chosen: list[tuple[int, int]]) -> ParallelBatch:
    """Put pictures and captions side by side; `chosen` says which picture, and which of its captions."""
    captions = [words.encode(drawn.scenes[picture].captions[told]) for picture, told in chosen]
    side = collate([((0,), caption) for caption in captions])
    pictures = torch.from_numpy(drawn.pictures[[picture for picture, _ in chosen]])
    return ParallelBatch(picture_batch(pictures), side.target, side.target_lengths)


class PictureBatches(Iterator[ParallelBatch]):
    """A `BatchSource`: each epoch in an order of its own, and with one of both captions of each picture."""

    def __init__(self, drawn: PictureSet, words: Words, size: int, seed: int) -> None:
        self._drawn, self._words, self._size, self._seed = drawn, words, min(size, len(drawn)), seed
        self._next = 0
        self.epoch = 0
        self._plan = self._shuffled()

    @property
    def position(self) -> float:
        """Share of the epoch that is done."""
        return self._next / len(self._plan)

    def __next__(self) -> ParallelBatch:
        """The next batch; what is left at the end of an epoch makes a smaller one."""
        if self._next >= len(self._plan):
            self.epoch, self._next = self.epoch + 1, 0
            self._plan = self._shuffled()
        chosen = self._plan[self._next : self._next + self._size]
        self._next += len(chosen)
        return captioned_batch(self._drawn, self._words, chosen)

    def state_dict(self) -> dict[str, Any]:
        """The place, as JSON."""
        return {"epoch": self.epoch, "next": self._next}

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Go to that place."""
        self.epoch, self._next = state["epoch"], state["next"]
        self._plan = self._shuffled()

    def _shuffled(self) -> list[tuple[int, int]]:
        random = np.random.default_rng([self._seed, self.epoch])
        order = random.permutation(len(self._drawn)).tolist()
        told = random.integers(2, size=len(order)).tolist()
        return list(zip(order, told, strict=True))
