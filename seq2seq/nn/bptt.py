"""Backpropagation through time, written out for decoders of gated recurrent units on a CPU.

Autograd would add to every weight's gradient at every step. Here a step keeps what its gradient
needs on a tape, the way back makes the gradients of the gates alone, and each weight's gradient
is one product over all steps. `nn/cells.py` and `nn/attention.py` remain the specification: the
tests hold values and gradients equal.

Time comes first in this module, (T, B, ·), so that a step's slice lies in one piece. The gradients
of a step's gates stand side by side in the order

    [ U_n h + b_hn | r | z | n ]

so that what goes back through the recurrent product (the first three) and what goes back to the
input (the last three) are each one block. With attention the query's gradient stands before them.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq.nn.products import add_product, affine, product, product_type


@dataclass(frozen=True)
class GRUWeights:
    """The recurrent half of a GRU cell: U and its bias, in torch's order r, z, n."""

    weight: Tensor  # (3H, H)
    bias: Tensor  # (3H,)


def is_written_out(like: Tensor) -> bool:
    """Whether the functions below are for a tensor's device and type: float32 on a CPU."""
    return like.device.type == "cpu" and like.dtype == torch.float32


class _Tape:
    """What a GRU keeps of T steps over B rows, and the gradients of its gates."""

    def __init__(self, like: Tensor, steps: int, rows: int, size: int, before: int = 0) -> None:
        self.size = size
        self.rz = like.new_empty(steps, rows, 2 * size)  # gates r and z
        self.n = like.new_empty(steps, rows, size)  # candidates
        self.hn = like.new_empty(steps, rows, size)  # U_n h + b_hn
        self.before = before  # columns that stand before this tape's in `gradient`

    def step(self, t: int, gates: Tensor, recurrent: Tensor, h: Tensor, out: Tensor) -> None:
        """Take step t: gates (B, 3H) r z n, recurrent (B, 3H) n r z, state h (B, H) to state out (B, H)."""
        H = self.size
        rz = torch.add(gates[:, : 2 * H], recurrent[:, H:], out=self.rz[t]).sigmoid_()
        hn = self.hn[t].copy_(recurrent[:, :H])
        n = torch.addcmul(gates[:, 2 * H :], rz[:, :H], hn, out=self.n[t]).tanh_()
        torch.lerp(n, h, rz[:, H:], out=out)

    def turn(self, h: Tensor) -> None:
        """Make what the way back multiplies with, for all steps at once; h (T, B, H): states before them."""
        H = self.size
        r, z = self.rz[..., :H], self.rz[..., H:]
        self.to_z = (h - self.n).mul_(z).mul_(1.0 - z)  # ∂h'/∂(z's sum)
        self.to_n = (1.0 - z).mul_(1.0 - self.n.square_())  # ∂h'/∂(n's sum)
        self.to_r = self.hn.mul_(r).mul_(1.0 - r)  # ∂(n's sum)/∂(r's sum)
        self.gradient = self.rz.new_empty(*self.n.shape[:2], self.before + 4 * H)

    def back(self, t: int, change: Tensor, out: Tensor) -> Tensor:
        """Go back through step t: from ∂L/∂h', change (B, H), write the gradients of all gates.

        `out` (B, H), which may be `change`, becomes the part of ∂L/∂h that does not pass the
        recurrent product. Returned are the gradients of that product (B, 3H), and of the query.
        """
        H, gradient = self.size, self.gradient[t]
        hn, r, z, n = (gradient[:, self.before + i * H : self.before + (i + 1) * H] for i in range(4))
        torch.mul(change, self.to_n[t], out=n)
        torch.mul(change, self.to_z[t], out=z)
        torch.mul(n, self.to_r[t], out=r)
        torch.mul(n, self.rz[t, :, :H], out=hn)
        torch.mul(change, self.rz[t, :, H:], out=out)
        return gradient[:, : self.before + 3 * H]

    @property
    def recurrent(self) -> Tensor:
        """Gradients of the recurrent product (T, B, 3H), n r z; with a query (T, B, A + 3H)."""
        return self.gradient[..., : self.before + 3 * self.size]

    @property
    def inputs(self) -> Tensor:
        """Gradients of the input's gates (T, B, 3H), r z n."""
        return self.gradient[..., self.before + self.size :]


@dataclass(frozen=True)
class Attending:
    """What the second cell reads, when attention gives it the context."""

    query: Tensor  # (A, H)
    energy: Tensor  # (A,)
    weight: Tensor  # (3H, M): from the context to the gates
    bias: Tensor  # (3H,)
    keys: Tensor  # (B, S, A)
    states: Tensor  # (B, S, M), the memory
    mask: Tensor  # (B, S), True on pieces


@dataclass(frozen=True)
class Fixed:
    """What the second cell reads at every step, when the context stays the same."""

    gates: Tensor  # (B, 3H), the context's share of them, biases included


@dataclass(frozen=True)
class Unrolled:
    """What a conditional GRU gives for all steps."""

    hidden: Tensor  # (T, B, H)
    contexts: Tensor | None  # (T, B, M); None when it is fixed
    weights: Tensor | None  # (T, B, S), without gradient


def unroll_conditional_gru(  # noqa: PLR0913 — what one step reads
    gates: Tensor,
    initial: Tensor,
    dropout: Tensor | None,
    *,
    first: GRUWeights,
    second: GRUWeights,
    context: Attending | Fixed,
) -> Unrolled:
    """Run the decoder's `AttendBetween` over all steps.

    Within `torch.autocast` the weights' products are made in its type; states, gates, attention and
    every sum stay float32.

    Args:
        gates: (T, B, 3H), the input's share of the first cell's gates, biases included.
        initial: (B, H), the state before the first step.
        dropout: (B, H), what the state is multiplied with in the first recurrent product, or None.
        first: the cell that reads the input.
        second: the cell that reads the context.
        context: where that comes from.
    """
    cells = first.weight, first.bias, second.weight, second.bias
    dropout = None if dropout is None else dropout.float()
    read: tuple[Tensor | None, ...] = (
        (context.gates.float(), *[None] * 7)
        if isinstance(context, Fixed)
        else (
            None,
            context.query,
            context.energy,
            context.weight,
            context.bias,
            context.keys.float(),
            context.states.float(),
            context.mask,
        )
    )
    narrow = product_type()
    with torch.autocast("cpu", enabled=False):
        given = narrow, gates.float(), initial.float(), dropout
        return Unrolled(*_ConditionalGRU.apply(*given, *cells, *read))  # type: ignore[no-untyped-call]  # torch leaves it untyped


class _Gaze:
    """What additive attention keeps of T steps over B memories.

    tanh x = 2 σ(2x) - 1, and softmax does not see the -1: the sigmoid alone is enough, and on a
    CPU it is three times as fast as the hyperbolic tangent.
    """

    def __init__(self, steps: int, context: Attending, narrow: torch.dtype) -> None:
        keys, states = context.keys, context.states
        B, S, A = keys.shape
        self.keys, self.states, self.padding, self.energy = (
            keys * 2.0,
            states,
            ~context.mask,
            context.energy * 2.0,
        )
        self.weight, self.bias, self.columns = context.weight.to(narrow), context.bias, A
        self.sigmoids = keys.new_empty(steps, B, S, A)
        self.weights = keys.new_empty(steps, B, S)
        self.contexts = keys.new_empty(steps, B, states.shape[2])

    def gates(self, t: int, queries: Tensor) -> Tensor:
        """Look for queries 2 W s (B, A) at step t, and give the context's share of the gates (B, 3H)."""
        sigmoids = torch.add(queries.unsqueeze(1), self.keys, out=self.sigmoids[t]).sigmoid_()  # (B, S, A)
        energies = (sigmoids @ self.energy).masked_fill_(self.padding, float("-inf"))  # (B, S)
        weights = torch.softmax(energies, dim=-1, out=self.weights[t])
        context = self.contexts[t]
        torch.bmm(weights.unsqueeze(1), self.states, out=context.unsqueeze(1))
        return affine(self.bias, context, self.weight.t())

    def turn(self, gradient: Tensor) -> None:
        """Make room for the gradients; gradient (T, B, M) is what the contexts have from elsewhere."""
        self.given = gradient
        self.energy_gradient = torch.zeros_like(self.energy)
        self.squares = torch.zeros_like(self.keys)  # Σ_t ∂L/∂e σ (1 - σ)
        self.context_gradient = torch.empty_like(self.contexts)

    def back(self, t: int, gates: Tensor, out: Tensor) -> None:
        """Go back through step t: from the gates' gradient (B, 3H), write ∂L/∂(W s) to out (B, A)."""
        weights, sigmoids = self.weights[t], self.sigmoids[t]
        change = self.context_gradient[t].copy_(self.given[t])  # (B, M)
        add_product(change, gates, self.weight)
        # A row times a matrix: MKL takes ten times as long for matrices times columns.
        by_weight = torch.bmm(change.unsqueeze(1), self.states.transpose(1, 2)).squeeze(1)  # (B, S)
        by_weight.mul_(weights)
        energies = by_weight.addcmul_(weights, by_weight.sum(dim=1, keepdim=True), value=-1.0)  # (B, S)
        # The energies' gradients of a sentence add up to 0, so that the -1 of tanh is gone here too.
        self.energy_gradient.addmv_(sigmoids.view(-1, sigmoids.shape[2]).t(), energies.view(-1))
        slopes = sigmoids.addcmul_(sigmoids, sigmoids, value=-1.0)  # σ (1 - σ), a quarter of 1 - tanh²
        seen = torch.bmm(energies.unsqueeze(1), slopes).squeeze(1)  # (B, A)
        torch.mul(seen, self.energy * 2.0, out=out)
        self.squares.addcmul_(slopes, energies.unsqueeze(2))

    @property
    def key_gradient(self) -> Tensor:
        """∂L/∂keys (B, S, A)."""
        return self.squares * (self.energy * 2.0)

    @property
    def state_gradient(self) -> Tensor:
        """∂L/∂states (B, S, M), of their share in the contexts."""
        return torch.bmm(self.weights.permute(1, 2, 0), self.context_gradient.transpose(0, 1))


class _Same:
    """In the place of a gaze: the same share of the gates at every step."""

    columns = 0
    contexts = weights = None

    def __init__(self, gates: Tensor) -> None:
        self._gates = gates

    def gates(self, _t: int, _queries: Tensor) -> Tensor:
        """Give it."""
        return self._gates

    def turn(self, _gradient: None) -> None:
        """Nothing is kept."""

    def back(self, _t: int, _gates: Tensor, _out: Tensor) -> None:
        """Its gradient is the sum over all steps, made at the end."""


class _ConditionalGRU(torch.autograd.Function):
    """See `unroll_conditional_gru`."""

    @staticmethod
    def forward(  # noqa: PLR0913, PLR0917 — torch passes the inputs by position
        ctx: Any,  # noqa: ANN401 — torch gives its context no type
        narrow: torch.dtype,
        gates: Tensor,
        initial: Tensor,
        dropout: Tensor | None,
        weight_1: Tensor,
        bias_1: Tensor,
        weight_2: Tensor,
        bias_2: Tensor,
        fixed: Tensor | None,
        *attending: Tensor,
    ) -> tuple[Tensor | None, ...]:
        T, B, H = gates.shape[0], gates.shape[1], initial.shape[1]
        source = _Gaze(T, Attending(*attending), narrow) if fixed is None else _Same(fixed)
        A = source.columns
        first, second = _Tape(gates, T, B, H), _Tape(gates, T, B, H, before=A)
        turned_1, turned_2 = _n_first(weight_1), _n_first(weight_2)
        product_1, shift_1 = turned_1.t(), _n_first(bias_1)
        product_2, shift_2 = turned_2.t(), _n_first(bias_2)
        if fixed is None:  # the query goes through the same product, doubled
            turned_2 = torch.cat([attending[0], turned_2])
            product_2 = torch.cat([attending[0] * 2.0, turned_2[A:]]).t()  # (H, A + 3H)
            shift_2 = torch.cat([shift_2.new_zeros(A), shift_2])
        turned_1, turned_2 = turned_1.to(narrow), turned_2.to(narrow)
        product_1, product_2 = product_1.to(narrow), product_2.to(narrow)
        hidden = gates.new_empty(T + 1, B, H)
        between = gates.new_empty(T, B, H)
        hidden[0] = initial
        for t in range(T):
            h = hidden[t]
            dropped = h if dropout is None else h * dropout
            first.step(t, gates[t], affine(shift_1, dropped, product_1), h, between[t])
            both = affine(shift_2, between[t], product_2)  # (B, A + 3H)
            second.step(t, source.gates(t, both[:, :A]), both[:, A:], between[t], hidden[t + 1])
        ctx.save_for_backward(dropout, turned_1, turned_2)
        ctx.first, ctx.second, ctx.source, ctx.hidden, ctx.between = first, second, source, hidden, between
        if source.weights is not None:
            ctx.mark_non_differentiable(source.weights)
        # A view, since what is kept may not be what is returned: its history would lead to itself, and
        # all of a batch would stay in memory until the collector of cycles comes by.
        contexts = None if source.contexts is None else source.contexts[:]
        return hidden[1:], contexts, source.weights

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, context_grad: Tensor | None, _: None) -> tuple[Tensor | None, ...]:  # noqa: ANN401 — as above
        dropout, turned_1, turned_2 = ctx.saved_tensors
        first, second, source, hidden, between = ctx.first, ctx.second, ctx.source, ctx.hidden, ctx.between
        A, narrow = source.columns, turned_1.dtype
        first.turn(hidden[:-1])
        second.turn(between)
        source.turn(context_grad)
        carried = torch.zeros_like(hidden[0])  # (B, H): ∂L/∂h from later steps
        for t in reversed(range(len(between))):
            change = carried.add_(grad[t])
            through = second.back(t, change, change)  # (B, A + 3H), of which the query is still to come
            source.back(t, second.inputs[t], through[:, :A])
            add_product(change, through, turned_2)
            through = first.back(t, change, change)
            if dropout is None:
                add_product(change, through, turned_1)
            else:
                change.addcmul_(product(through, turned_1, narrow), dropout)
        before = hidden[:-1] if dropout is None else hidden[:-1] * dropout
        weight_1, bias_1 = _weight_gradient(first.recurrent, before, narrow)
        weight_2, bias_2 = _weight_gradient(second.recurrent, between, narrow)
        cells = _n_last(weight_1), _n_last(bias_1), _n_last(weight_2[A:]), _n_last(bias_2[A:])
        if isinstance(source, _Same):
            return None, first.inputs, carried, None, *cells, second.inputs.sum(dim=0), *[None] * 7
        weight, bias = _weight_gradient(second.inputs, source.contexts, narrow)
        energy = source.energy_gradient * 2.0
        read = weight_2[:A], energy, weight, bias, source.key_gradient, source.state_gradient, None
        return None, first.inputs, carried, None, *cells, None, *read


def _n_first(rows: Tensor) -> Tensor:
    """From torch's order r, z, n to n, r, z."""
    rz, n = torch.split(rows, [2 * len(rows) // 3, len(rows) // 3])
    return torch.cat([n, rz])


def _n_last(rows: Tensor) -> Tensor:
    """Back to torch's order r, z, n."""
    n, rz = torch.split(rows, [len(rows) // 3, 2 * len(rows) // 3])
    return torch.cat([rz, n])


def _weight_gradient(gradient: Tensor, x: Tensor, narrow: torch.dtype) -> tuple[Tensor, Tensor]:
    """Of a linear layer, over all steps at once: gradient (T, B, O), x (T, B, I); (O, I) and (O,)."""
    gradient = gradient.flatten(0, 1)
    return product(gradient.t(), x.flatten(0, 1), narrow), gradient.sum(dim=0)
