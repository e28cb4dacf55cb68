"""Pieces that a translation has to hold once each: the placeholders of what is protected in its source.

A hypothesis may not end while it owes one, and may not write one again. Where a model would end all the
same, what it owes comes first; so nothing is lost, whatever the model thinks of it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


class Copies:
    """What the hypotheses of a group owe."""

    def __init__(self, beam: int) -> None:
        self._beam = beam
        self._demands: list[frozenset[int]] = []  # of the sentences
        self._owed: list[frozenset[int]] = []  # of the rows

    def join(self, demands: Sequence[frozenset[int]]) -> None:
        """Take in new sentences, and what each has to hold."""
        self._demands.extend(demands)
        self._owed.extend(demand for demand in demands for _ in range(self._beam))

    def keep(self, sentences: NDArray[np.int64]) -> None:
        """Forget all but these."""
        if self:
            rows = (sentences[:, None] * self._beam + np.arange(self._beam)).reshape(-1).tolist()
            self._demands = [self._demands[sentence] for sentence in sentences.tolist()]
            self._owed = [self._owed[row] for row in rows]
        else:
            self._demands = [frozenset()] * len(sentences)
            self._owed = [frozenset()] * (len(sentences) * self._beam)

    def grow(self, tokens: NDArray[np.int64], rows: NDArray[np.int64] | None) -> None:
        """Let each row (B, K) go on from row `rows` (R,) with a piece; None: from itself."""
        if self:
            parents = range(len(self._owed)) if rows is None else rows.tolist()
            chosen = tokens.reshape(-1).tolist()
            self._owed = [self._owed[parent] - {token} for parent, token in zip(parents, chosen, strict=True)]

    def __bool__(self) -> bool:
        """Whether any sentence has to hold something."""
        return any(self._demands)

    def __iter__(self) -> Iterator[tuple[int, frozenset[int], frozenset[int]]]:
        """Rows of sentences that have to hold something: what it still owes, and what it has paid."""
        for sentence, demand in enumerate(self._demands):
            first = sentence * self._beam
            for row in range(first, first + self._beam) if demand else ():
                yield row, self._owed[row], demand - self._owed[row]
