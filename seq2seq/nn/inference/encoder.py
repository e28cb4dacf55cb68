"""The encoder with packed weights."""

from collections.abc import Sequence
from ctypes import pointer

import torch
from torch import Tensor

from seq2seq.batch import SourceBatch
from seq2seq.nn.cells import Cell
from seq2seq.nn.inference import library
from seq2seq.nn.inference.library import VECTOR, Kernels, ReadingFields, TableFields
from seq2seq.nn.inference.product import KernelProduct, Precision, Product, pack
from seq2seq.nn.inference.table import TokenTable, as_they_are
from seq2seq.nn.inference.unit import MemoryNorm, gru, input_affine, recurrent_affine
from seq2seq.nn.model import EncoderDecoder
from seq2seq.nn.recurrent import RecurrentLayer
from seq2seq.nn.state import Memory


class PackedEncoder:
    """What `Encoder` gives, without dropout; vectors are as `norm` keeps them, and arbitrary on padding."""

    def __init__(self, model: EncoderDecoder, precision: Precision, norm: MemoryNorm) -> None:
        self._norm = norm
        first, *others = [layer for layer in model.encoder.layers if isinstance(layer, RecurrentLayer)]
        self._tables = [
            TokenTable(
                model.source_embedding, model.embedding_scale, input_affine(cell), as_they_are, precision
            )
            for cell in first.cells
        ]
        self._inputs = [
            [pack(input_affine(cell).of_unit(), precision) for cell in layer.cells] for layer in others
        ]
        self._recurrences = [
            [_Recurrence(cell, precision) for cell in layer.cells] for layer in (first, *others)
        ]
        self._hidden_size = first.cells[0].hidden_size
        products = [recurrence.product for layer in self._recurrences for recurrence in layer]
        are_ours = all(isinstance(product, KernelProduct) for product in products)
        self._kernels = library.kernels() if are_ours and self._hidden_size % VECTOR == 0 else None

    def __call__(self, source: SourceBatch) -> Memory:
        """Read the sources."""
        if self._kernels is not None:
            return self._read(source, self._kernels)
        S = source.tokens.shape[1]
        last = source.lengths - 1  # (B,)
        backwards = (last.unsqueeze(1) - torch.arange(S)).clamp_min(0)  # (B, S): each from its own end
        x, summary = self._layer(0, source.tokens, self._tables, backwards, last)
        for index, products in enumerate(self._inputs, start=1):
            x, summary = self._layer(index, x, products, backwards, last)
        return Memory(self._norm(x), source.mask, self._norm(summary))

    def _read(self, source: SourceBatch, kernels: Kernels) -> Memory:
        """The same by the kernels, which read each sentence from its own end and no padding."""
        B, S = source.tokens.shape
        tokens, lengths = source.tokens.contiguous(), source.lengths.contiguous()
        x = summary = torch.empty(0)
        for index, recurrences in enumerate(self._recurrences):
            width = len(recurrences) * self._hidden_size  # M
            states, summary = torch.empty(B, S, width), torch.empty(B, width)
            for direction, recurrence in enumerate(recurrences):
                assert isinstance(recurrence.product, KernelProduct), "all products are, or none is used here"
                offset = direction * self._hidden_size * states.itemsize
                fields = ReadingFields(
                    recurrent=pointer(recurrence.product.fields),
                    rows=B,
                    positions=S,
                    backwards=direction,
                    lengths=lengths.data_ptr(),
                    states=states.data_ptr() + offset,
                    summary=summary.data_ptr() + offset,
                    width=width,
                )
                whole = None if index else self._tables[direction].whole
                if whole is not None:
                    fields.tokens, fields.table = tokens.data_ptr(), TableFields.of(*whole)
                else:
                    read = self._inputs[index - 1][direction] if index else self._tables[direction]
                    gates = read(x.flatten(0, 1) if index else tokens.flatten()).contiguous()  # (B·S, 3H)
                    fields.gates = gates.data_ptr()
                kernels.read(fields)
            x = states
        return Memory(self._norm(x), source.mask, self._norm(summary))

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
        self.product = pack(recurrent_affine(cell), precision)
        self._hidden_size = cell.hidden_size

    def __call__(self, gates: Tensor) -> Tensor:
        """Return the state after each position: (B, S, H) for input gates (S, B, 3H)."""
        state = gates.new_full((gates.shape[1], self._hidden_size), 0.5)
        states = []
        for t in gates.unbind():
            state = gru(t, self.product(state), state)
            states.append(state)
        return torch.stack(states, dim=1)


def _reorder(x: Tensor, positions: Tensor) -> Tensor:
    """Row b, position s becomes what was at `positions[b, s]`: (B, S, ...)."""
    return x[torch.arange(len(x)).unsqueeze(1), positions]
