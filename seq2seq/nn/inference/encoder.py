"""The encoder with packed weights: both directions take their steps together."""

import torch
from torch import Tensor

from seq2seq.batch import SourceBatch
from seq2seq.nn.inference.product import Precision, Product, pack
from seq2seq.nn.inference.unit import gru, input_affine, recurrent_affine
from seq2seq.nn.model import EncoderDecoder
from seq2seq.nn.recurrent import RecurrentLayer
from seq2seq.nn.state import Memory


class PackedEncoder:
    """What `Encoder` gives, without dropout; states and summary as u = (h + 1) / 2, arbitrary on padding."""

    def __init__(self, model: EncoderDecoder, precision: Precision) -> None:
        self._embedding = model.source_embedding.weight.detach() * model.embedding_scale  # (V, E)
        bound = max(self._embedding.abs().max().item(), 1e-6)
        layers = [layer for layer in model.encoder.layers if isinstance(layer, RecurrentLayer)]
        self._layers = [
            _PackedLayer(layer, precision, bound=bound if index == 0 else None)
            for index, layer in enumerate(layers)
        ]

    def __call__(self, source: SourceBatch) -> Memory:
        """Read the sources."""
        S = source.tokens.shape[1]
        last = (source.lengths - 1).unsqueeze(1)  # (B, 1)
        backwards = (last - torch.arange(S)).clamp_min(0)  # (B, S): each sentence from its own end
        states = summary = self._embedding[source.tokens]  # (B, S, E)
        for layer in self._layers:
            states, summary = layer(states, backwards, last.squeeze(1))
        return Memory(states, source.mask, summary)


class _PackedLayer:
    def __init__(self, layer: RecurrentLayer, precision: Precision, *, bound: float | None) -> None:
        self._inputs: list[Product] = []
        self._recurrent: list[Product] = []
        for cell in layer.cells:
            affine = input_affine(cell)
            self._inputs.append(
                pack(affine.of_unit(), precision)
                if bound is None
                else pack(affine, precision, lowest=-bound, highest=bound)
            )
            self._recurrent.append(pack(recurrent_affine(cell), precision))
        self._hidden_size = layer.forward_cell.hidden_size

    def __call__(self, x: Tensor, backwards: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states (B, S, M) and the summary (B, M) for x (B, S, I)."""
        B, S, _ = x.shape
        directions = [x, _reorder(x, backwards)][: len(self._inputs)]
        gates = torch.stack(
            [
                product(direction.transpose(0, 1).flatten(0, 1)).view(S, B, -1)
                for product, direction in zip(self._inputs, directions, strict=True)
            ],
            dim=1,
        )  # (S, D, B, 3H)
        state = x.new_full((len(directions), B, self._hidden_size), 0.5)  # (D, B, H)
        steps = []
        for t in gates.unbind():
            recurrent = [product(row) for product, row in zip(self._recurrent, state.unbind(), strict=True)]
            state = gru(t, torch.stack(recurrent), state)
            steps.append(state)
        states = torch.stack(steps, dim=2)  # (D, B, S, H)
        summary = states[:, torch.arange(B), last]  # (D, B, H)
        parts = [states[0], *(_reorder(direction, backwards) for direction in states[1:])]
        return torch.cat(parts, dim=-1), torch.cat(list(summary), dim=-1)


def _reorder(x: Tensor, positions: Tensor) -> Tensor:
    """Row b, position s becomes what was at `positions[b, s]`: (B, S, I)."""
    return x[torch.arange(len(x)).unsqueeze(1), positions]
