"""Large tensors that every step makes, in memory that is kept."""

import sys
import threading

import numpy as np
import torch
from torch import Tensor

_UNUSED = 2  # references to an array that only its keeper has: the one kept, and the one that is counted


class Kept:
    """Makes tensors of like size one after the other, each thread in memory of its own.

    Memory from the system is given page by page as it is written to, which takes as long as to compute
    what is written. A tensor that is still in use keeps its memory, and the next one gets another.
    """

    def __init__(self) -> None:
        self._own = threading.local()

    def empty(self, rows: int, columns: int) -> Tensor:
        """Make a tensor of any numbers (rows, columns), in float32."""
        size = rows * columns
        kept = getattr(self._own, "kept", None)
        if kept is None or len(kept) < size or sys.getrefcount(kept) > 1 + _UNUSED:
            kept = self._own.kept = np.empty(size, dtype=np.float32)
        return torch.from_numpy(kept[:size]).view(rows, columns)
