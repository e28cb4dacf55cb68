"""Source pieces in, memory out."""

from itertools import pairwise

from torch import Tensor, nn

from seq2seq.nn.cells import CellName
from seq2seq.nn.dropout import variational_dropout
from seq2seq.nn.recurrent import RecurrentLayer
from seq2seq.nn.state import Memory


class Encoder(nn.Module):
    """A stack of recurrent layers, in one direction or both; Bahdanau et al. 2015, section 3.2.

    The memory's states are the last layer's (annotations h_j); its summary is that layer's state
    after the last piece, with the backward direction's after the first beside it. With `layer_norm`
    both are normalised alike (Ba et al. 2016, arXiv:1607.06450), outside of the recurrence.
    """

    def __init__(  # noqa: PLR0913 — the sizes and choices of one stack
        self,
        cell: CellName,
        input_size: int,
        hidden_size: int,
        *,
        layers: int,
        bidirectional: bool,
        dropout: float,
        layer_norm: bool = False,
        fused: bool = True,
    ) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        sizes = [input_size, *[hidden_size * directions] * layers]
        self.layers = nn.ModuleList(
            RecurrentLayer(cell, below, hidden_size, bidirectional=bidirectional, fused=fused)
            for below, _ in pairwise(sizes)
        )
        self.dropout = dropout
        self.output_size = sizes[-1]  # M
        self.norm = nn.LayerNorm(self.output_size) if layer_norm else nn.Identity()

    def forward(self, embedded: Tensor, lengths: Tensor, mask: Tensor) -> Memory:
        """Read embedded sources (B, S, E), of which row b has `lengths[b]` pieces."""
        states = summary = embedded  # there is at least one layer
        for layer in self.layers:
            unrolled = layer(states, lengths)
            summary = unrolled.last  # (B, M)
            states = unrolled.states  # (B, S, M)
            if layer is self.layers[-1]:
                states, summary = self.norm(states), self.norm(summary)
            states = variational_dropout(states, self.dropout, training=self.training)
        return Memory(states, mask, summary)
