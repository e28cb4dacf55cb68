"""Which of many texts were met before, in 8 bytes a text.

A text is known by 64 bits of its BLAKE2 digest. Among 10 million different texts the chance that
any two collide, and one is taken for a duplicate wrongly, is 3 in a million. The digests lie in
sorted numpy arrays of doubling size: 80 MB for 10 million texts, and as much again for a moment
while arrays are merged.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Digests = NDArray[np.uint64]


def digests(texts: Sequence[str]) -> Digests:
    """Give 64 bits for each text; a lone surrogate is as good as any other character."""
    joined = b"".join(
        blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts
    )
    return np.frombuffer(joined, dtype=np.uint64)


class SeenTexts:
    """A growing set of digests, asked and filled a block at a time."""

    def __init__(self) -> None:
        self._runs: list[Digests] = []  # each sorted; sizes fall by at least half from one to the next

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def contains(self, block: Digests) -> NDArray[np.bool_]:
        """Tell for each digest whether it was added before."""
        found = np.zeros(len(block), dtype=np.bool_)
        for run in self._runs:
            places = np.searchsorted(run, block)
            places[places == len(run)] = 0  # beyond the end: compare with any, it is smaller
            found |= run[places] == block
        return found

    def add(self, block: Digests) -> NDArray[np.bool_]:
        """Add digests; tell for each whether it is new here, the first of equals in the block."""
        distinct, first = np.unique(block, return_index=True)
        known = self.contains(distinct)
        new = np.zeros(len(block), dtype=np.bool_)
        new[first[~known]] = True
        run = distinct[~known]
        if not len(run):
            return new
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.concatenate([self._runs.pop(), run])
            run.sort()
        self._runs.append(run)
        return new
