"""What a product makes of each piece of the vocabulary, made once and looked up afterwards."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.inference.product import HIGHEST, Affine, Precision, Product, pack

_TABLE_BYTES = 64 * 2**20  # a larger table would cost more memory than a product costs time
_ROWS = 512  # of the table, made at a time: all at once would need as much memory again


class TokenTable:
    """A product of embeddings (V, E): in whole numbers of 8 bits beside int8, or float32.

    A whole number stands for steps of a size of its row's own: what they leave out is as much as the
    products beside it leave out. What a network does to each row afterwards, `then`, is in the table too.
    """

    def __init__(
        self,
        embedding: Tensor,
        affine: Affine,
        precision: Precision,
        then: Callable[[Tensor], Tensor] = lambda rows: rows,
    ) -> None:
        self._then = then
        self._product: Product | None = None
        self._scales: Tensor | None = None  # (V,)
        V, O = len(embedding), len(affine.bias)  # noqa: E741 — a tensor's dimension
        dtype = torch.int8 if precision == "int8" else torch.float32
        if V * O * dtype.itemsize > _TABLE_BYTES:
            self._table = embedding
            bound = max(embedding.abs().max().item(), 1e-6)
            self._product = pack(affine, precision, lowest=-bound, highest=bound)
            return
        self._table = torch.empty(V, O, dtype=dtype)
        if precision == "int8":
            self._scales = torch.empty(V)
        for first in range(0, V, _ROWS):
            some = slice(first, first + _ROWS)
            rows = then(F.linear(embedding[some], affine.weight, affine.bias))  # (N, O)
            if self._scales is not None:
                steps = rows.abs().amax(dim=1).clamp_min_(1e-12).div_(HIGHEST)  # (N,)
                self._scales[some] = steps
                rows = rows.div_(steps.unsqueeze(1)).round_()
            self._table[some] = rows

    @property
    def whole(self) -> tuple[Tensor, Tensor] | None:
        """The table in whole numbers (V, O) and the size of a step in each row (V,); None: it has none."""
        return None if self._scales is None else (self._table, self._scales)

    def __call__(self, tokens: Tensor) -> Tensor:
        """Return the rows of tokens (N,): (N, O)."""
        rows = self._table.index_select(0, tokens).float()
        if self._scales is not None:
            return rows.mul_(self._scales.index_select(0, tokens).unsqueeze(1))
        return rows if self._product is None else self._then(self._product(rows))
