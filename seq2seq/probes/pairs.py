"""Copy and reverse: pairs whose answer is known, and the place where a decoder has to look."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seq2seq.batch import EOS, UNK, ParallelBatch, collate

Order = Literal["copy", "reverse"]
Pair = tuple[tuple[int, ...], tuple[int, ...]]

FIRST_SYMBOL = UNK + 1


@dataclass(frozen=True)
class Drawing:
    """What is drawn."""

    symbols: int  # of the alphabet
    longest: int  # symbols of a source
    rows: int  # pairs a batch, all of one length


class PairBatches:
    """A `BatchSource`: sources of 1 to `longest` symbols, and the same forwards or backwards."""

    epoch = 0  # nothing is seen twice
    position = 0.0

    def __init__(self, order: Order, drawing: Drawing, seed: int) -> None:
        self._order: Order = order
        self._drawing = drawing
        self._seed = seed
        self._drawn = 0

    def __next__(self) -> ParallelBatch:
        """Draw the next batch."""
        random, drawing = np.random.default_rng([self._seed, self._drawn]), self._drawing
        self._drawn += 1
        length = int(random.integers(1, drawing.longest + 1))
        return collate(draw_pairs(self._order, random, length, drawing.rows, drawing.symbols))

    def state_dict(self) -> dict[str, Any]:
        """Give the place."""
        return {"drawn": self._drawn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to that place."""
        self._drawn = state["drawn"]


def draw_pairs(order: Order, random: np.random.Generator, length: int, rows: int, symbols: int) -> list[Pair]:
    """Draw sources of one length and their targets, both ended by EOS."""
    pairs = []
    for row in random.integers(FIRST_SYMBOL, FIRST_SYMBOL + symbols, (rows, length)).tolist():
        target = row if order == "copy" else row[::-1]
        pairs.append(((*row, EOS), (*target, EOS)))
    return pairs


def right_place(order: Order, length: int, step: int) -> int:
    """Which source position the symbol of a step comes from."""
    return step if order == "copy" else length - 1 - step
