"""Recurrent cells from their equations: the specification that every faster path is tested against.

A cell is applied in two halves. `input_gates` is what depends on the input alone, so that a whole
sequence goes through it in one product; `advance` is the recurrence, one step at a time. Weights
are laid out as in torch (`weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`), so that both can be
given the same.
"""

from typing import Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.state import CellState

CellName = Literal["rnn", "lstm", "gru", "gru-cho"]


class Cell(nn.Module):
    """What the cells share: weights W (input), U (recurrent) and both biases, for G gates.

    The recurrent weights begin orthogonal gate by gate (Saxe et al. 2014), the others uniform
    after Glorot, the biases at zero.
    """

    gates: int  # G: how many blocks of H rows the weights have
    opened_names: tuple[str, ...] = ()  # of what `opened` gives

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih = nn.Parameter(torch.empty(self.gates * hidden_size, input_size))  # W
        self.weight_hh = nn.Parameter(torch.empty(self.gates * hidden_size, hidden_size))  # U
        self.bias_ih = nn.Parameter(torch.zeros(self.gates * hidden_size))
        self.bias_hh = nn.Parameter(torch.zeros(self.gates * hidden_size))
        for block in self.weight_ih.data.chunk(self.gates):
            nn.init.xavier_uniform_(block)
        for block in self.weight_hh.data.chunk(self.gates):
            nn.init.orthogonal_(block)

    def input_gates(self, x: Tensor) -> Tensor:
        """W x + b for inputs (..., I): (..., G·H)."""
        return F.linear(x, self.weight_ih, self.bias_ih)

    def recurrent_gates(self, h: Tensor) -> Tensor:
        """U h + b for states (R, H): (R, G·H)."""
        return F.linear(h, self.weight_hh, self.bias_hh)

    def initial(self, h: Tensor) -> CellState:
        """Return the state that begins with hidden vector h (R, H)."""
        return CellState(h)

    def remember(self, bias: Tensor) -> None:
        """Begin with gates that keep the share σ(bias) (H,) of the state; a cell without gates cannot."""

    def forward(self, x: Tensor, state: CellState) -> CellState:
        """One whole step from input x (R, I)."""
        return self.advance(self.input_gates(x), state)

    def opened(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> tuple[Tensor, ...]:
        """Give the gates and the candidate of a step, each (R, H), in the order of `opened_names`.

        Takes what `advance` takes, which makes the next state of them.
        """
        raise NotImplementedError

    def advance(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> CellState:
        """Take one step.

        Args:
            gates: (R, G·H), the sum of the `input_gates` of everything that is fed in.
            state: of the step before.
            dropout: (R, H), what h is multiplied with where it enters the recurrent product; the
                same at every step (variational dropout, Gal and Ghahramani 2016). None: nothing.
        """
        raise NotImplementedError


class RNNCell(Cell):
    """Vanilla recurrent cell; Elman 1990.

    h' = tanh(W x + U h + b)
    """

    gates = 1

    def opened(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> tuple[Tensor, ...]:
        """There is no gate."""
        del gates, state, dropout
        return ()

    def advance(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> CellState:
        """See `Cell.advance`."""
        return CellState(torch.tanh(gates + self.recurrent_gates(_drop(state.h, dropout))))  # (R, H)


class LSTMCell(Cell):
    """Long short-term memory with a forget gate; Gers et al. 2000, without peepholes.

        i, f, o = σ(W x + U h + b), each with its own weights
        g  = tanh(W_g x + U_g h + b_g)
        c' = f ⊙ c + i ⊙ g
        h' = o ⊙ tanh(c')

    The blocks stand in torch's order i, f, g, o. The forget gate's bias begins at 1, so that the
    cell remembers before it has learnt to (Gers et al. 2000; Jozefowicz et al. 2015).
    """

    gates = 4
    opened_names = ("i", "f", "g", "o")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.bias_ih.data[hidden_size : 2 * hidden_size] = 1.0

    def remember(self, bias: Tensor) -> None:
        """Let the forget gate keep so much, and the input gate take the rest."""
        i, f, _, _ = self.bias_ih.data.chunk(4)
        i.copy_(-bias)
        f.copy_(bias)

    def initial(self, h: Tensor) -> CellState:
        """Return the state that begins with hidden vector h (R, H) and an empty cell."""
        return CellState(h, torch.zeros_like(h))

    def opened(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> tuple[Tensor, ...]:
        """See `Cell.opened`."""
        i, f, g, o = (gates + self.recurrent_gates(_drop(state.h, dropout))).chunk(4, dim=-1)  # (R, H)
        return torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)

    def advance(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> CellState:
        """See `Cell.advance`."""
        assert state.c is not None, "an LSTM's state has a cell"
        i, f, g, o = self.opened(gates, state, dropout)
        c = f * state.c + i * g  # (R, H)
        return CellState(o * torch.tanh(c), c)


class GRUCell(Cell):
    """Gated recurrent unit, the variant of cuDNN and torch.

        r  = σ(W_r x + U_r h + b_r)                       reset
        z  = σ(W_z x + U_z h + b_z)                       update
        n  = tanh(W_n x + b_n + r ⊙ (U_n h + b_hn))       candidate
        h' = (1 - z) ⊙ n + z ⊙ h

    The reset gate acts **after** the recurrent product, so that one product serves all three
    gates. Cho et al. 2014 let it act before: `ChoGRUCell`.
    """

    gates = 3
    opened_names = ("r", "z", "n")

    def remember(self, bias: Tensor) -> None:
        """Let the update gate, which mixes by z h + (1 - z) n, keep so much."""
        self.bias_ih.data.chunk(3)[1].copy_(bias)

    def opened(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> tuple[Tensor, ...]:
        """See `Cell.opened`."""
        H = self.hidden_size
        recurrent = self.recurrent_gates(_drop(state.h, dropout))  # (R, 3H)
        x_rz, x_n = torch.split(gates, [2 * H, H], dim=-1)  # (R, 2H), (R, H); a split's gradient is one copy
        h_rz, h_n = torch.split(recurrent, [2 * H, H], dim=-1)
        r, z = torch.sigmoid(x_rz + h_rz).chunk(2, dim=-1)  # (R, H)
        return r, z, torch.tanh(torch.addcmul(x_n, r, h_n))

    def advance(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> CellState:
        """See `Cell.advance`."""
        _, z, n = self.opened(gates, state, dropout)
        return CellState(torch.lerp(n, state.h, z))


class ChoGRUCell(Cell):
    """Gated recurrent unit as published; Cho et al. 2014 (arXiv:1406.1078), equations 5 to 8.

        r  = σ(W_r x + U_r h)             reset      (5)
        z  = σ(W_z x + U_z h)             update     (6)
        n  = tanh(W x + U (r ⊙ h))        candidate  (8)
        h' = z ⊙ h + (1 - z) ⊙ n                     (7)

    The reset gate acts **before** the recurrent product, which therefore needs a second product
    and has no fused kernel. The biases that the paper leaves out are added here.
    """

    gates = 3
    opened_names = ("r", "z", "n")

    def remember(self, bias: Tensor) -> None:
        """Let the update gate, which mixes by z h + (1 - z) n, keep so much."""
        self.bias_ih.data.chunk(3)[1].copy_(bias)

    def opened(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> tuple[Tensor, ...]:
        """See `Cell.opened`."""
        H = self.hidden_size
        h = _drop(state.h, dropout)  # (R, H)
        recurrent = F.linear(h, self.weight_hh[: 2 * H], self.bias_hh[: 2 * H])  # (R, 2H)
        x_rz, x_n = torch.split(gates, [2 * H, H], dim=-1)  # (R, 2H), (R, H)
        r, z = torch.sigmoid(x_rz + recurrent).chunk(2, dim=-1)  # (R, H)
        candidate = F.linear(r * h, self.weight_hh[2 * H :], self.bias_hh[2 * H :])  # (R, H)
        return r, z, torch.tanh(x_n + candidate)

    def advance(self, gates: Tensor, state: CellState, dropout: Tensor | None = None) -> CellState:
        """See `Cell.advance`."""
        _, z, n = self.opened(gates, state, dropout)
        return CellState(torch.lerp(n, state.h, z))


class CellFactory(Protocol):
    """Makes a cell for an input and a hidden size."""

    def __call__(self, input_size: int, hidden_size: int) -> Cell:
        """Make the cell."""
        ...


CELLS: dict[CellName, CellFactory] = {
    "rnn": RNNCell,
    "lstm": LSTMCell,
    "gru": GRUCell,
    "gru-cho": ChoGRUCell,
}


def _drop(h: Tensor, dropout: Tensor | None) -> Tensor:
    return h if dropout is None else h * dropout
