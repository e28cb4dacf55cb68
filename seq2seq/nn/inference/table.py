"""What a product makes of each piece of the vocabulary, made once and looked up afterwards."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.inference.product import Affine, Precision, Product, pack

_TABLE_BYTES = 64 * 2**20  # a larger table would cost more memory than a product costs time
_ROWS = 512  # of the table, made at a time: all at once would need as much memory again


class TokenTable:
    """A product of embeddings (V, E): in float16 beside int8, whose rounding is coarser, or float32.

    What a network does to each row afterwards, `then`, is in the table too.
    """

    def __init__(
        self,
        embedding: Tensor,
        affine: Affine,
        precision: Precision,
        then: Callable[[Tensor], Tensor] = lambda rows: rows,
    ) -> None:
        self._then = then
        dtype = torch.float16 if precision == "int8" else torch.float32
        self._product: Product | None = None
        if len(embedding) * len(affine.bias) * dtype.itemsize <= _TABLE_BYTES:
            self._table = torch.empty(len(embedding), len(affine.bias), dtype=dtype)
            for first in range(0, len(embedding), _ROWS):
                rows = slice(first, first + _ROWS)
                self._table[rows] = then(F.linear(embedding[rows], affine.weight, affine.bias))
        else:
            self._table = embedding
            bound = max(embedding.abs().max().item(), 1e-6)
            self._product = pack(affine, precision, lowest=-bound, highest=bound)

    @property
    def looked_up(self) -> Tensor | None:
        """The table (V, O) whose rows are the answers; None where a product makes them."""
        return self._table if self._product is None else None

    def __call__(self, tokens: Tensor) -> Tensor:
        """Return the rows of tokens (N,): (N, O)."""
        rows = self._table.index_select(0, tokens).float()
        return rows if self._product is None else self._then(self._product(rows))
