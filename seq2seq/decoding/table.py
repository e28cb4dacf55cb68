"""What a search knows of its sentences, in columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seq2seq.decoding.sentence import Sentence


@dataclass(slots=True)
class Table:
    """What is known of each sentence, in columns: structured arrays take longer than the numbers in them."""

    totals: NDArray[np.float64]  # (B, K): log_prob of each hypothesis, best first; -inf: dead
    age: NDArray[np.int64]  # steps taken
    limit: NDArray[np.int64]  # steps at most
    reach: NDArray[np.float64]  # limit ** length_penalty
    endings: NDArray[np.int64]  # hypotheses that have finished
    bar: NDArray[np.float64]  # score of the last finished one that would be returned

    @classmethod
    def of(cls, sentences: Sequence[Sentence], beam: int) -> "Table":
        """Begin with new sentences: all hypotheses are alike at first, so only one may live."""
        totals = np.full((len(sentences), beam), -np.inf)
        totals[:, 0] = 0.0
        limits = [sentence.limit for sentence in sentences]
        reaches = [sentence.limit**sentence.options.length_penalty for sentence in sentences]
        age, endings = np.zeros((2, len(sentences)), dtype=np.int64)
        bar = np.full(len(sentences), -np.inf)
        return cls(totals, age, np.array(limits, dtype=np.int64), np.array(reaches, float), endings, bar)

    def join(self, other: "Table") -> "Table":
        """The sentences of this table, then those of `other`."""
        mine, theirs = self._columns(), other._columns()  # noqa: SLF001 — of the same class
        return Table(*map(np.concatenate, zip(mine, theirs, strict=True)))

    def keep(self, rows: NDArray[np.int64]) -> "Table":
        """The sentences in these rows."""
        return Table(*(column[rows] for column in self._columns()))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return (self.totals, self.age, self.limit, self.reach, self.endings, self.bar)
