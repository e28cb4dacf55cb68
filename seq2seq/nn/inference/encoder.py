"""The encoder with packed weights."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq.batch import SourceBatch
from seq2seq.nn.cells import Cell
from seq2seq.nn.inference import library
from seq2seq.nn.inference.product import KernelProduct, Precision, Product, pack
from seq2seq.nn.inference.table import TokenTable
from seq2seq.nn.inference.unit import gru, input_affine, recurrent_affine
from seq2seq.nn.model import EncoderDecoder
from seq2seq.nn.recurrent import RecurrentLayer
from seq2seq.nn.state import Memory


class PackedEncoder:
    """What `Encoder` gives, without dropout; states and summary as u = (h + 1) / 2, arbitrary on padding."""

    def __init__(self, model: EncoderDecoder, precision: Precision) -> None:
        embedding = model.source_embedding.weight.detach() * model.embedding_scale  # (V, E)
        first, *others = [layer for layer in model.encoder.layers if isinstance(layer, RecurrentLayer)]
        self._tables = [TokenTable(embedding, input_affine(cell), precision) for cell in first.cells]
        self._inputs = [
            [pack(input_affine(cell).of_unit(), precision) for cell in layer.cells] for layer in others
        ]
        self._recurrences = [
            [_Recurrence(cell, precision) for cell in layer.cells] for layer in (first, *others)
        ]

    def __call__(self, source: SourceBatch) -> Memory:
        """Read the sources."""
        S = source.tokens.shape[1]
        last = source.lengths - 1  # (B,)
        backwards = (last.unsqueeze(1) - torch.arange(S)).clamp_min(0)  # (B, S): each from its own end
        x, summary = self._layer(0, source.tokens, self._tables, backwards, last)
        for index, products in enumerate(self._inputs, start=1):
            x, summary = self._layer(index, x, products, backwards, last)
        return Memory(x, source.mask, summary)

    def _layer(
        self, index: int, x: Tensor, products: Sequence[Product], backwards: Tensor, last: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the states (B, S, M) and the summary (B, M) for tokens (B, S) or states (B, S, I)."""
        states, summaries = [], []
        for reads_backwards, (product, recurrence) in enumerate(
            zip(products, self._recurrences[index], strict=True)
        ):
            steps = (_reorder(x, backwards) if reads_backwards else x).transpose(0, 1)  # (S, B, ...)
            found = recurrence(product(steps.flatten(0, 1)).view(*steps.shape[:2], -1))  # (B, S, H)
            summaries.append(found[torch.arange(len(x)), last])
            states.append(_reorder(found, backwards) if reads_backwards else found)
        return torch.cat(states, dim=-1), torch.cat(summaries, dim=-1)


class _Recurrence:
    def __init__(self, cell: Cell, precision: Precision) -> None:
        self._product = pack(recurrent_affine(cell), precision)
        self._hidden_size = cell.hidden_size
        self._kernels = library.kernels()

    def __call__(self, gates: Tensor) -> Tensor:
        """Return the state after each position: (B, S, H) for input gates (S, B, 3H)."""
        if self._kernels is not None and isinstance(self._product, KernelProduct):
            return self._kernels.recur(self._product.fields, gates)
        state = gates.new_full((gates.shape[1], self._hidden_size), 0.5)
        states = []
        for t in gates.unbind():
            state = gru(t, self._product(state), state)
            states.append(state)
        return torch.stack(states, dim=1)


def _reorder(x: Tensor, positions: Tensor) -> Tensor:
    """Row b, position s becomes what was at `positions[b, s]`: (B, S, ...)."""
    return x[torch.arange(len(x)).unsqueeze(1), positions]
