"""What a product makes of each piece of the vocabulary, made once and looked up afterwards."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.inference.library import BLOCK
from seq2seq.nn.inference.product import HIGHEST, Affine, Precision, Product, pack

_TABLE_BYTES = 64 * 2**20  # a larger table would cost more memory than a product costs time
_ROWS = 64  # of the table, made at a time: all at once would need four times its memory
_FREED = 16 * _ROWS  # of the embeddings, at a time


def as_they_are(rows: Tensor) -> Tensor:
    """Do nothing with rows of a table."""
    return rows


class TokenTable:
    """A product of embeddings (V, E): in whole numbers of 8 bits beside int8, or float32.

    Whole numbers have a scale for each block of a row: what they leave out is little beside what the
    products leave out. What a network does to each row afterwards, `then`, is in the table too.

    The embeddings stay as they are, unless this `consumes` them: then they are freed on the way.
    """

    def __init__(  # noqa: PLR0913 — the vectors and what is made of them
        self,
        embedding: nn.Embedding,
        scale: float,
        affine: Affine,
        then: Callable[[Tensor], Tensor],
        precision: Precision,
        *,
        consumes: bool = False,
    ) -> None:
        self._then = then
        self._product: Product | None = None
        self._scales: Tensor | None = None  # (V, blocks)
        V, width = embedding.num_embeddings, len(affine.bias)
        dtype = torch.int8 if precision == "int8" else torch.float32
        if V * width * dtype.itemsize > _TABLE_BYTES:
            vectors = embedding.weight.detach()
            self._table = vectors if scale == 1.0 else vectors * scale
            bound = max(self._table.abs().max().item(), 1e-6)
            self._product = pack(affine, precision, lowest=-bound, highest=bound)
            return
        self._table = torch.empty(V, width, dtype=dtype)
        if precision == "int8":
            self._scales = torch.empty(V, -(-width // BLOCK))
        for number, weight in enumerate(_parts(embedding.weight, consumes=consumes)):
            some = slice(number * _ROWS, (number + 1) * _ROWS)
            vectors = weight if scale == 1.0 else weight * scale  # (N, E)
            rows = then(F.linear(vectors, affine.weight, affine.bias))  # (N, O)
            if self._scales is None:
                self._table[some] = rows
            else:
                rows = F.pad(rows, (0, -width % BLOCK)) if width % BLOCK else rows
                blocks = rows.view(len(rows), -1, BLOCK)
                lowest, highest = blocks.aminmax(dim=2)  # (N, blocks), twice
                scales = torch.maximum(-lowest, highest).clamp_min_(1e-12).div_(HIGHEST)
                self._scales[some] = scales
                blocks.div_(scales.unsqueeze(2)).round_()
                self._table[some] = rows[:, :width]

    @property
    def whole(self) -> tuple[Tensor, Tensor] | None:
        """The table in whole numbers (V, O) and the scales of its blocks; None: it is none of these."""
        return None if self._scales is None else (self._table, self._scales)

    def __call__(self, tokens: Tensor) -> Tensor:
        """Return the rows of tokens (N,): (N, O)."""
        rows = self._table.index_select(0, tokens).float()
        if self._scales is not None:
            scales = self._scales.index_select(0, tokens).repeat_interleave(BLOCK, dim=1)
            return rows.mul_(scales[:, : rows.shape[1]])
        return rows if self._product is None else self._then(self._product(rows))


def _parts(weight: Tensor, *, consumes: bool) -> Iterator[Tensor]:
    """Give rows (N, E) of the weights (V, E), `_ROWS` at a time."""
    large = _cut(weight.detach(), _FREED)
    if consumes:
        large = [part.clone() for part in large]
        weight.data = weight.new_empty(0)
    while large:
        yield from _cut(large.pop(0), _ROWS)


def _cut(weight: Tensor, rows: int) -> list[Tensor]:
    return [weight[first : first + rows] for first in range(0, len(weight), rows)]
