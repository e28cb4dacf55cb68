"""Vectors whose values lie between -1 and 1 are kept as u = (x + 1) / 2, between 0 and 1.

tanh(x) = 2 σ(2x) - 1, so the u of a tanh is one sigmoid, which torch computes six times as fast as
a tanh. A gated state stays within these bounds too, and int8 products know their range without
having to look. The factors and shifts go into the weights: `Affine.times` and `Affine.of_unit`.

A normalised vector g ⊙ z + b has no such bounds. Its z is kept as u = (z / 4 + 1) / 2, and in int8
what lies beyond is cut off; g and b go into the weights too: `MemoryNorm`.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.cells import Cell
from seq2seq.nn.inference.product import Affine, Precision

_DEVIATIONS = 4.0  # from the mean, which the middle of u stands for, to either end


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


class MemoryNorm:
    """The layer normalisation of a memory, or none: of vectors (..., M) kept as u, and for who reads them."""

    def __init__(self, norm: nn.Module, precision: Precision) -> None:
        self._norm = norm if isinstance(norm, nn.LayerNorm) else None
        self._is_cut_off = precision == "int8"

    def __call__(self, u: Tensor) -> Tensor:
        """Normalise states (h + 1) / 2: (z / 4 + 1) / 2. A shift and a factor in h change no z."""
        if self._norm is None:
            return u
        z = F.layer_norm(
            u, self._norm.normalized_shape, eps=self._norm.eps / 4.0
        )  # h varies by 4 times as much
        kept = z.mul_(0.5 / _DEVIATIONS).add_(0.5)
        return kept.clamp_(0.0, 1.0) if self._is_cut_off else kept

    def reader(self, affine: Affine) -> Affine:
        """Make of a product of the network's memory one of the memory as it is kept."""
        if self._norm is None:
            return affine.of_unit()
        gain, shift = self._norm.weight.detach(), self._norm.bias.detach()  # (M,), (M,)
        return Affine(_DEVIATIONS * affine.weight * gain, affine.bias + affine.weight @ shift).of_unit()


def gru(gates: Tensor, recurrent: Tensor, state: Tensor) -> Tensor:
    """Take one step of `GRUCell` with the candidate's gates doubled: (..., 3H), twice, and (..., H)."""
    H = state.shape[-1]
    x_rz, x_n = gates.split_with_sizes((2 * H, H), dim=-1)  # (..., 2H), (..., H)
    h_rz, h_n = recurrent.split_with_sizes((2 * H, H), dim=-1)
    r, z = (x_rz + h_rz).sigmoid_().chunk(2, dim=-1)  # (..., H)
    return torch.addcmul(x_n, r, h_n).sigmoid_().lerp_(state, z)
