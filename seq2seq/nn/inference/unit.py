"""Vectors whose values lie between -1 and 1 are kept as u = (x + 1) / 2, between 0 and 1.

tanh(x) = 2 σ(2x) - 1, so the u of a tanh is one sigmoid, which torch computes six times as fast as
a tanh. A gated state stays within these bounds too, and int8 products know their range without
having to look. The factors and shifts go into the weights: `Affine.times` and `Affine.of_unit`.
"""

import torch
from torch import Tensor

from seq2seq.nn.cells import Cell
from seq2seq.nn.inference.product import Affine


def input_affine(cell: Cell, *, start: int = 0, stop: int | None = None) -> Affine:
    """The input weights of a GRU, of the inputs `start` to `stop`, for `gru`."""
    return candidate_twice(cell, Affine.of(cell.weight_ih[:, start:stop], cell.bias_ih))


def recurrent_affine(cell: Cell) -> Affine:
    """The recurrent weights of a GRU, for `gru`; they read its state as it is kept here."""
    return candidate_twice(cell, Affine.of(cell.weight_hh, cell.bias_hh)).of_unit()


def candidate_twice(cell: Cell, affine: Affine) -> Affine:
    """Double what goes to the candidate of a GRU: tanh(x) is a sigmoid of 2 x."""
    factors = affine.bias.new_ones(3 * cell.hidden_size)  # (3H,)
    factors[2 * cell.hidden_size :] = 2.0
    return affine.times(factors)


def gru(gates: Tensor, recurrent: Tensor, state: Tensor) -> Tensor:
    """Take one step of `GRUCell` with the candidate's gates doubled: (..., 3H), twice, and (..., H)."""
    H = state.shape[-1]
    x_rz, x_n = gates.split_with_sizes((2 * H, H), dim=-1)  # (..., 2H), (..., H)
    h_rz, h_n = recurrent.split_with_sizes((2 * H, H), dim=-1)
    r, z = (x_rz + h_rz).sigmoid_().chunk(2, dim=-1)  # (..., H)
    return torch.addcmul(x_n, r, h_n).sigmoid_().lerp_(state, z)
