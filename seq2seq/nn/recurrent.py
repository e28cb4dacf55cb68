"""A recurrent layer over whole sequences, in one or both directions, blind to padding.

`unroll` is the plain loop over a cell. `RecurrentLayer` gives the same from torch's fused kernels
where one exists for the cell; both read the same weights, and a test holds them equal. Both begin
with a zero state, or with one that is carried over from what was read before. `RecurrentStack` is
layers above each other, in one direction: they can also take a single step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from seq2seq.nn.cells import CELLS, Cell, CellName, GRUCell, LSTMCell, RNNCell
from seq2seq.nn.dropout import variational_dropout
from seq2seq.nn.state import CellState

KERNELS: dict[type[Cell], Any] = {RNNCell: torch.rnn_tanh, LSTMCell: torch.lstm, GRUCell: torch.gru}
"""Cells that torch can run over a whole sequence by itself."""


@dataclass(frozen=True)
class Unrolled:
    """What a layer makes of a sequence; M = H for each direction."""

    states: Tensor  # (B, S, M), zero on padding
    final: tuple[CellState, ...]  # of each direction: after the last piece, or backwards after the first

    @property
    def last(self) -> Tensor:
        """The final hidden vectors of all directions side by side: (B, M)."""
        return torch.cat([state.h for state in self.final], dim=-1)


def unroll(
    cell: Cell, x: Tensor, mask: Tensor, *, backward: bool = False, initial: CellState | None = None
) -> Unrolled:
    """Run a cell over x (B, S, I); on padding (mask False) the state stands still.

    It begins with `initial`, or with zeros. With `backward` the sequence is read from its right
    end, so the padding there passes first and leaves the state as it was.
    """
    gates = cell.input_gates(x).unbind(dim=1)  # (B, G·H), S times
    real = mask.unbind(dim=1)  # (B,), S times
    state = cell.initial(x.new_zeros(x.shape[0], cell.hidden_size)) if initial is None else initial
    states: list[Tensor] = []
    steps = range(x.shape[1])
    for t in reversed(steps) if backward else steps:
        state = _where(real[t], cell.advance(gates[t], state), state)
        states.append(state.h)
    if backward:
        states.reverse()
    stacked = torch.stack(states, dim=1) * mask.unsqueeze(-1)  # (B, S, H)
    return Unrolled(stacked, (state,))


class RecurrentLayer(nn.Module):
    """One layer of cells over a sequence; both directions side by side when `bidirectional`."""

    def __init__(
        self, cell: CellName, input_size: int, hidden_size: int, *, bidirectional: bool, fused: bool = True
    ) -> None:
        super().__init__()
        self.forward_cell = CELLS[cell](input_size, hidden_size)
        self.backward_cell = CELLS[cell](input_size, hidden_size) if bidirectional else None
        self.fused = fused
        self.output_size = hidden_size * (2 if bidirectional else 1)  # M

    @property
    def cells(self) -> list[Cell]:
        """The cell of each direction."""
        return [cell for cell in (self.forward_cell, self.backward_cell) if cell is not None]

    def forward(self, x: Tensor, lengths: Tensor, initial: Sequence[CellState] | None = None) -> Unrolled:
        """Read x (B, S, I), of which row b has `lengths[b]` real positions (on the CPU).

        `initial` is a state for each direction, as `Unrolled.final` gives it; None: zeros.
        """
        if initial is None:
            zero = x.new_zeros(x.shape[0], self.forward_cell.hidden_size)  # (B, H)
            initial = [cell.initial(zero) for cell in self.cells]
        if self.fused and type(self.forward_cell) in KERNELS:
            return self._forward_fused(x, lengths, initial)
        return self._forward_cells(x, lengths, initial)

    def _forward_cells(self, x: Tensor, lengths: Tensor, initial: Sequence[CellState]) -> Unrolled:
        mask = torch.arange(x.shape[1], device=x.device) < lengths.to(x.device).unsqueeze(1)  # (B, S)
        directions = [
            unroll(cell, x, mask, backward=cell is self.backward_cell, initial=begin)
            for cell, begin in zip(self.cells, initial, strict=True)
        ]
        return Unrolled(
            torch.cat([direction.states for direction in directions], dim=-1),
            tuple(state for direction in directions for state in direction.final),
        )

    def _forward_fused(self, x: Tensor, lengths: Tensor, initial: Sequence[CellState]) -> Unrolled:
        weights = [
            weight
            for cell in self.cells
            for weight in (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
        ]
        kernel, begin = KERNELS[type(self.forward_cell)], _tensors(initial)
        # Biases, layers, dropout between them, training, both directions.
        common = (weights, True, 1, 0.0, self.training, self.backward_cell is not None)
        batch_first = True
        if int(lengths.min()) == x.shape[1]:  # nothing is padded: a GRU on a CPU is twice as fast so
            states, *final = kernel(x, _hidden(begin), *common, batch_first)
            return Unrolled(states, _states(final))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        order, back = packed.sorted_indices, packed.unsorted_indices
        assert order is not None, "packing with enforce_sorted=False keeps the order"
        assert back is not None, "and the way back"
        begin = [part[:, order] for part in begin]
        output, *final = kernel(packed.data, packed.batch_sizes, _hidden(begin), *common)
        repacked = PackedSequence(output, packed.batch_sizes, order, back)
        states, _ = pad_packed_sequence(repacked, batch_first=True, total_length=x.shape[1])  # (B, S, M)
        return Unrolled(states, _states([part[:, back] for part in final]))


class RecurrentStack(nn.Module):
    """Layers above each other, in one direction, that carry their states on.

    `forward` reads a sequence from given states and hands on those after it, so that a text may be
    read chunk by chunk; `step` takes a single step from the same states.
    """

    def __init__(  # noqa: PLR0913 — the sizes and choices of one stack
        self,
        cell: CellName,
        input_size: int,
        hidden_size: int,
        *,
        layers: int,
        dropout: float = 0.0,
        fused: bool = True,
    ) -> None:
        super().__init__()
        sizes = [input_size, *[hidden_size] * layers]
        self.layers = nn.ModuleList(
            RecurrentLayer(cell, below, hidden_size, bidirectional=False, fused=fused)
            for below, _ in pairwise(sizes)
        )
        self.dropout = dropout  # between layers, the same features at every position
        self.hidden_size = hidden_size

    def initial(self, rows: int) -> tuple[CellState, ...]:
        """Zero states of every layer, each tensor (rows, H)."""
        return tuple(cell.initial(cell.bias_hh.new_zeros(rows, self.hidden_size)) for cell in self._cells)

    def forward(
        self, x: Tensor, lengths: Tensor, initial: Sequence[CellState] | None = None
    ) -> tuple[Tensor, tuple[CellState, ...]]:
        """Read x (B, S, I), of which row b has `lengths[b]` real positions (on the CPU).

        Returns:
            The top layer's states (B, S, H), zero on padding, and every layer's state at the end.
        """
        layers = self.unroll(x, lengths, initial)
        return layers[-1].states, tuple(state for layer in layers for state in layer.final)

    def unroll(
        self, x: Tensor, lengths: Tensor, initial: Sequence[CellState] | None = None
    ) -> list[Unrolled]:
        """Read as `forward` does, and give what every layer makes of it."""
        states, layers = x, list[Unrolled]()
        for layer, begin in zip(
            self.layers, self.initial(len(x)) if initial is None else initial, strict=True
        ):
            if layers:
                states = variational_dropout(states, self.dropout, training=self.training)
            layers.append(layer(states, lengths, [begin]))
            states = layers[-1].states
        return layers

    def step(self, x: Tensor, states: Sequence[CellState]) -> tuple[CellState, ...]:
        """Take one step from inputs (R, I); the last state's h is what the stack says."""
        after: list[CellState] = []
        for cell, state in zip(self._cells, states, strict=True):
            after.append(cell(after[-1].h if after else x, state))
        return tuple(after)

    @property
    def _cells(self) -> list[Cell]:
        return [layer.forward_cell for layer in self.layers if isinstance(layer, RecurrentLayer)]


def _hidden(parts: list[Tensor]) -> Tensor | list[Tensor]:
    """As torch's kernels take it: an LSTM's h and c together, the h of the others alone."""
    return parts if len(parts) > 1 else parts[0]


def _tensors(states: Sequence[CellState]) -> list[Tensor]:
    """The h, and the c where there is one, of all directions: each (D, B, H)."""
    cells = [state.c for state in states if state.c is not None]
    return [torch.stack([state.h for state in states]), *([torch.stack(cells)] if cells else [])]


def _states(parts: Sequence[Tensor]) -> tuple[CellState, ...]:
    h, *cells = parts  # each (D, B, H)
    return tuple(CellState(*tensors) for tensors in zip(h, *cells, strict=True))


def _where(is_real: Tensor, new: CellState, old: CellState) -> CellState:
    chosen = is_real.unsqueeze(-1)  # (B, 1)
    c = None if new.c is None or old.c is None else torch.where(chosen, new.c, old.c)
    return CellState(torch.where(chosen, new.h, old.h), c)
