"""A recurrent layer over whole sequences, in one or both directions, blind to padding.

`unroll` is the plain loop over a cell. `RecurrentLayer` gives the same from torch's fused kernels
where one exists for the cell; both read the same weights, and a test holds them equal.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from seq2seq.nn.bptt import GRUWeights, is_written_out, unroll_gru
from seq2seq.nn.cells import CELLS, Cell, CellName, GRUCell, LSTMCell, RNNCell
from seq2seq.nn.state import CellState


@dataclass(frozen=True)
class Unrolled:
    """What a layer makes of a sequence; M = H for each direction."""

    states: Tensor  # (B, S, M), zero on padding
    last: Tensor  # (B, M): after the last piece, and for the backward direction after the first


def unroll(cell: Cell, x: Tensor, mask: Tensor, *, backward: bool = False) -> Unrolled:
    """Run a cell over x (B, S, I) from a zero state; on padding (mask False) the state stands still.

    With `backward` the sequence is read from its right end, so the padding there passes first and
    leaves the state at zero.
    """
    gates = cell.input_gates(x)  # (B, S, G·H)
    state = cell.initial(x.new_zeros(x.shape[0], cell.hidden_size))
    states: list[Tensor] = []
    steps = range(x.shape[1])
    for t in reversed(steps) if backward else steps:
        state = _where(mask[:, t], cell.advance(gates[:, t], state), state)
        states.append(state.h)
    if backward:
        states.reverse()
    stacked = torch.stack(states, dim=1) * mask.unsqueeze(-1)  # (B, S, H)
    return Unrolled(stacked, state.h)


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

    def forward(self, x: Tensor, lengths: Tensor) -> Unrolled:
        """Read x (B, S, I), of which row b has `lengths[b]` real positions (on the CPU)."""
        if self.fused and isinstance(self.forward_cell, RNNCell | LSTMCell | GRUCell):
            return self._forward_fused(x, lengths)
        return self._forward_cells(x, lengths)

    def _forward_cells(self, x: Tensor, lengths: Tensor) -> Unrolled:
        mask = torch.arange(x.shape[1], device=x.device) < lengths.to(x.device).unsqueeze(1)  # (B, S)
        directions = [unroll(cell, x, mask, backward=cell is self.backward_cell) for cell in self.cells]
        return Unrolled(
            torch.cat([direction.states for direction in directions], dim=-1),
            torch.cat([direction.last for direction in directions], dim=-1),
        )

    def _forward_fused(self, x: Tensor, lengths: Tensor) -> Unrolled:
        if isinstance(self.forward_cell, GRUCell) and is_written_out(x):
            return self._forward_gru(x, lengths)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        weights: list[Tensor] = [
            weight
            for cell in self.cells
            for weight in (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
        ]
        zero = x.new_zeros(len(self.cells), x.shape[0], self.forward_cell.hidden_size)  # (D, B, H)
        common = (True, 1, 0.0, self.training, self.backward_cell is not None)
        data, sizes = packed.data, packed.batch_sizes
        if isinstance(self.forward_cell, LSTMCell):
            output, last, _ = torch.lstm(data, sizes, (zero, zero), weights, *common)
        elif isinstance(self.forward_cell, GRUCell):
            output, last = torch.gru(data, sizes, zero, weights, *common)
        else:
            output, last = torch.rnn_tanh(data, sizes, zero, weights, *common)
        repacked = PackedSequence(output, sizes, packed.sorted_indices, packed.unsorted_indices)
        states, _ = pad_packed_sequence(repacked, batch_first=True, total_length=x.shape[1])  # (B, S, M)
        assert packed.unsorted_indices is not None, "packing with enforce_sorted=False keeps the order"
        return Unrolled(states, torch.cat(list(last[:, packed.unsorted_indices]), dim=-1))

    def _forward_gru(self, x: Tensor, lengths: Tensor) -> Unrolled:
        falling, order = lengths.sort(descending=True, stable=True)
        back = order.argsort()
        x = x.transpose(0, 1).index_select(1, order)  # (S, B, I)
        zero = x.new_zeros(x.shape[1], self.forward_cell.hidden_size)  # (B, H)
        states = [
            unroll_gru(
                cell.input_gates(x),
                GRUWeights(cell.weight_hh, cell.bias_hh),
                zero,
                falling.tolist(),
                backward=cell is self.backward_cell,
            )
            for cell in self.cells
        ]
        last = [states[0][falling - 1, torch.arange(len(falling))], *(state[0] for state in states[1:])]
        return Unrolled(
            torch.cat(states, dim=-1).index_select(1, back).transpose(0, 1),
            torch.cat(last, dim=-1).index_select(0, back),
        )


def _where(is_real: Tensor, new: CellState, old: CellState) -> CellState:
    chosen = is_real.unsqueeze(-1)  # (B, 1)
    c = None if new.c is None or old.c is None else torch.where(chosen, new.c, old.c)
    return CellState(torch.where(chosen, new.h, old.h), c)
