"""Memory tasks with known answers: what a network scores that remembers nothing is known in advance.

A task draws sequences of a length, of which the last few positions are scored.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

TaskName = Literal["adding", "recall", "copy"]
SYMBOLS = 8  # that have to be told apart in recall and copy
COPIED = 10  # symbols in a copy task
SUM_TOLERANCE = 0.04  # of a sum that counts as right; Hochreiter and Schmidhuber 1997, section 5.4


@dataclass(frozen=True)
class TaskBatch:
    """Sequences of one length, and what has to be said at the last P positions."""

    inputs: Tensor  # (B, S, I)
    targets: Tensor  # (B, P): float sums, or int64 classes

    @property
    def pieces(self) -> int:
        """How many positions are read."""
        return self.inputs.shape[0] * self.inputs.shape[1]

    @property
    def positions(self) -> int:
        """The same: all sequences are of one length, so nothing is padded."""
        return self.pieces

    def to(self, device: torch.device) -> "TaskBatch":
        """The same batch on `device`."""
        return TaskBatch(self.inputs.to(device), self.targets.to(device))


class Task(Protocol):
    """Draws sequences, and knows what is scored without memory."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def length(self) -> int:
        """Steps over which something has to be kept."""
        ...

    @property
    def input_size(self) -> int:
        """Numbers read at each step, I."""
        ...

    @property
    def classes(self) -> int | None:
        """What is said is one of so many; None: a number."""
        ...

    @property
    def baseline(self) -> float:
        """Loss a position of the best guess that remembers nothing."""
        ...

    @property
    def chance(self) -> float:
        """Accuracy of that guess."""
        ...

    def draw(self, random: np.random.Generator, rows: int) -> TaskBatch:
        """Draw so many sequences."""
        ...

    def accuracy(self, said: Tensor, targets: Tensor) -> float:
        """Share of what had to be remembered that is right; said (B, P, classes or 1)."""
        ...


@dataclass(frozen=True)
class Adding:
    """Add the two marked numbers; Hochreiter and Schmidhuber 1997, experiment 4.

    Each step reads a number from U(0, 1) and a mark; one mark is in the first half, one in the
    second. The sum is asked for after the last step. Whoever remembers nothing says 1, and the mean
    squared error is the variance of a sum of two: 2 · 1/12 = 1/6.
    """

    length: int
    name: TaskName = "adding"
    input_size: int = 2
    classes: int | None = None
    baseline: float = 1.0 / 6.0

    @property
    def chance(self) -> float:
        """Share of sums within the tolerance of 1: the triangle's middle, 2ε - ε²."""
        return 2 * SUM_TOLERANCE - SUM_TOLERANCE**2

    def draw(self, random: np.random.Generator, rows: int) -> TaskBatch:
        """Draw so many sequences; see `Task`."""
        numbers = random.random((rows, self.length))  # (B, S)
        marks = np.zeros((rows, self.length))
        half = self.length // 2
        first, second = random.integers(0, half, rows), random.integers(half, self.length, rows)
        marks[np.arange(rows), first] = marks[np.arange(rows), second] = 1.0
        inputs = torch.tensor(np.stack([numbers, marks], axis=2), dtype=torch.float32)  # (B, S, 2)
        sums = torch.tensor((numbers * marks).sum(axis=1, keepdims=True), dtype=torch.float32)  # (B, 1)
        return TaskBatch(inputs, sums)

    def accuracy(self, said: Tensor, targets: Tensor) -> float:
        """Share of sums within the tolerance."""
        return float(((said.squeeze(-1) - targets).abs() < SUM_TOLERANCE).float().mean())


@dataclass(frozen=True)
class Recall:
    """Say at the end which of eight symbols came first.

    Between them stand `length` - 1 distractors, each one of two signs that mean nothing. Without
    memory the loss is ln 8 and one answer in eight is right.
    """

    length: int
    name: TaskName = "recall"
    input_size: int = SYMBOLS + 2
    classes: int | None = SYMBOLS
    baseline: float = math.log(SYMBOLS)
    chance: float = 1.0 / SYMBOLS

    def draw(self, random: np.random.Generator, rows: int) -> TaskBatch:
        """Draw so many sequences; see `Task`."""
        symbols = random.integers(0, SYMBOLS, (rows, 1))
        distractors = random.integers(SYMBOLS, SYMBOLS + 2, (rows, self.length - 1))
        return TaskBatch(
            one_hot(np.concatenate([symbols, distractors], axis=1), self.input_size),
            torch.from_numpy(symbols),
        )

    def accuracy(self, said: Tensor, targets: Tensor) -> float:
        """Share of symbols named rightly."""
        return float((said.argmax(dim=-1) == targets).float().mean())


@dataclass(frozen=True)
class Copy:
    """Write ten symbols down from memory; Arjovsky, Shah and Bengio 2016 (arXiv:1511.06464), section 4.1.

    Ten symbols of eight, `length` - 1 blanks, a sign to begin, ten blanks. The answer is blanks until
    the sign, and then the ten symbols: length + 20 positions, all scored. Whoever remembers nothing
    writes blanks and then guesses: 10 ln 8 / (length + 20) a position.
    """

    length: int
    name: TaskName = "copy"
    input_size: int = SYMBOLS + 2
    classes: int | None = SYMBOLS + 1  # and the blank
    chance: float = 1.0 / SYMBOLS  # of the ten symbols

    @property
    def baseline(self) -> float:
        """Loss a position of the best guess that remembers nothing."""
        return COPIED * math.log(SYMBOLS) / (self.length + 2 * COPIED)

    def draw(self, random: np.random.Generator, rows: int) -> TaskBatch:
        """Draw so many sequences; see `Task`."""
        blank, begin = SYMBOLS, SYMBOLS + 1
        symbols = random.integers(0, SYMBOLS, (rows, COPIED))
        read = np.full((rows, self.length + 2 * COPIED), blank)
        read[:, :COPIED] = symbols
        read[:, -COPIED - 1] = begin
        write = np.full_like(read, blank)
        write[:, -COPIED:] = symbols
        return TaskBatch(one_hot(read, self.input_size), torch.from_numpy(write))

    def accuracy(self, said: Tensor, targets: Tensor) -> float:
        """Share of the ten symbols that are right; the blanks before them are left out."""
        return float((said.argmax(dim=-1) == targets)[:, -COPIED:].float().mean())


def task_of(name: TaskName, length: int) -> Task:
    """Make a task of so many steps."""
    if name == "adding":
        return Adding(length)
    return Recall(length) if name == "recall" else Copy(length)


class TaskBatches:
    """A `BatchSource`: batch n is drawn from (seed, n), so that its place is one number."""

    epoch = 0  # nothing is seen twice
    position = 0.0

    def __init__(self, task: Task, rows: int, seed: int) -> None:
        self._task = task
        self._rows = rows
        self._seed = seed
        self._drawn = 0

    def __next__(self) -> TaskBatch:
        """Draw the next batch."""
        batch = self._task.draw(np.random.default_rng([self._seed, self._drawn]), self._rows)
        self._drawn += 1
        return batch

    def state_dict(self) -> dict[str, Any]:
        """Give the place."""
        return {"drawn": self._drawn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to that place."""
        self._drawn = state["drawn"]


def held_out(task: Task, rows: int, seed: int) -> TaskBatch:
    """Draw sequences for measuring, from another stream than the training's."""
    return task.draw(np.random.default_rng([seed, 0, 1]), rows)


def one_hot(signs: NDArray[np.int64], size: int) -> Tensor:
    """One input a sign: (..., size), 1 where the sign is and 0 elsewhere."""
    return torch.from_numpy(np.eye(size, dtype=np.float32)[signs])
