"""Products with weights that never change again: packed once, in float32 or in int8.

Int8 stores each row of the weights as whole numbers with a scale of its own, and rounds the inputs
to steps of a fixed size, known when the weights are packed. Products of whole numbers are exact, so
a row's result is the same to the last bit whoever stands beside it. (Steps measured on the inputs
at hand, as torch's dynamic quantisation has them, would let a sentence change its neighbours.)
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.inference import library
from seq2seq.nn.inference.library import COARSE, FINE, PANEL, VECTOR, Kernels, ProductFields

Precision = Literal["float32", "int8"]

HIGHEST = 127  # of a weight in whole numbers
_ROWS = 128  # of the weights, looked at together: all at once would need as much memory again


class Product(Protocol):
    """y = W x + b for rows x (R, I): (R, O)."""

    def __call__(self, x: Tensor, /) -> Tensor:
        """Multiply."""
        ...


@dataclass(frozen=True)
class Affine:
    """Weights (O, I) and bias (O,) before they are packed."""

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None = None) -> "Affine":
        """Take weights out of a network; no bias is a bias of zero."""
        weight = weight.detach()
        return cls(weight, weight.new_zeros(len(weight)) if bias is None else bias.detach())

    def times(self, factor: Tensor | float) -> "Affine":
        """The same, each output multiplied by its factor (O,)."""
        factors = self.bias.new_ones(len(self.bias)) * factor
        return Affine(self.weight * factors.unsqueeze(1), self.bias * factors)

    def of_unit(self) -> "Affine":
        """The same for x = 2 u - 1, given u: W (2 u - 1) + b = 2 W u + (b - W 1)."""
        return Affine(2.0 * self.weight, self.bias - self.weight.sum(dim=1))

    def above(self, other: "Affine") -> "Affine":
        """One product that gives both outputs side by side, this one's first."""
        return Affine(torch.cat([self.weight, other.weight]), torch.cat([self.bias, other.bias]))


class FloatProduct:
    """In float32, packed for the processor where torch can: up to four times as fast for few rows."""

    def __init__(self, affine: Affine) -> None:
        self._bias = affine.bias.contiguous()
        self._weight = affine.weight.contiguous()
        self._is_packed = _packs_floats()
        if self._is_packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, None)  # noqa: SLF001 — no public name
            self._multiply = _bare(torch.ops.mkldnn._linear_pointwise)  # noqa: SLF001 — as above

    def __call__(self, x: Tensor) -> Tensor:
        """See `Product`."""
        if self._is_packed:
            return self._multiply(x, self._weight, self._bias, "none", [], "")
        return F.linear(x, self._weight, self._bias)


class Int8Weights:
    """Weights (O, I) as whole numbers of 8 bits, for inputs between `lowest` and `highest`.

    Attributes:
        scale: how large a step of an input is.
        zero: the step that stands for an input of zero.
        whole: (O, I), int8.
        sums: (O,), of the whole numbers.
        scales: (O,), how large a step of a weight is.
        bias: (O,)
    """

    def __init__(self, affine: Affine, lowest: float, highest: float) -> None:
        self.scale = (highest - lowest) / input_steps()
        self.zero = round(-lowest / self.scale)
        lowest_weight, highest_weight = affine.weight.aminmax(dim=1)  # (O,), (O,)
        self.scales = torch.maximum(-lowest_weight, highest_weight).clamp_min(1e-12) / HIGHEST  # (O,)
        self.whole = torch.empty(affine.weight.shape, dtype=torch.int8)
        self.sums = torch.empty_like(affine.bias)  # (O,)
        lost = torch.empty_like(affine.bias)  # (O,): what whole numbers of so large steps leave out
        for first in range(0, len(self.whole), _ROWS):
            rows = slice(first, first + _ROWS)
            steps = self.scales[rows].unsqueeze(1)
            whole = (affine.weight[rows] / steps).round_()
            self.whole[rows] = whole
            self.sums[rows] = whole.sum(dim=1)  # exact: far below 2^24
            lost[rows] = (affine.weight[rows] - whole * steps).sum(dim=1)
        # What rounding does to an input in the middle of the range is known: the bias takes it back.
        self.bias = affine.bias + lost * (lowest + highest) / 2.0


class Int8Product:
    """In whole numbers of 8 bits, by torch."""

    def __init__(self, weights: Int8Weights) -> None:
        self._scale, self._zero = weights.scale, weights.zero
        zeros = torch.zeros(len(weights.scales), dtype=torch.int64)
        with warnings.catch_warnings():  # torch means to replace this kind of tensor: `is_int8_available`
            warnings.simplefilter("ignore", UserWarning)
            whole = torch._make_per_channel_quantized_tensor(weights.whole, weights.scales.double(), zeros, 0)  # noqa: SLF001 — no public name
            self._packed = torch.ops.quantized.linear_prepack(whole, weights.bias)
        self._multiply = _bare(torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32)

    def __call__(self, x: Tensor) -> Tensor:
        """See `Product`."""
        return self._multiply(x, self._scale, self._zero, self._packed)


class KernelProduct:
    """In whole numbers of 8 bits, by our own kernels."""

    def __init__(self, weights: Int8Weights, kernels: Kernels) -> None:
        outputs, inputs = weights.whole.shape
        padded = -(-outputs // PANEL) * PANEL  # whole panels
        scales, biases = torch.zeros(padded), torch.zeros(padded)
        scales[:outputs] = weights.scales * weights.scale
        biases[:outputs] = weights.bias - scales[:outputs] * (weights.zero * weights.sums)
        packed = kernels.pack(weights.whole)
        self._kernels = kernels
        self._kept = packed, scales, biases  # the addresses below are theirs
        self.fields = ProductFields(
            set=kernels.instructions,
            zero=weights.zero,
            highest=kernels.input_steps,
            rate=1.0 / weights.scale,
            inputs=inputs,
            outputs=outputs,
            weights=packed.data_ptr(),
            scales=scales.data_ptr(),
            biases=biases.data_ptr(),
        )

    def __call__(self, x: Tensor) -> Tensor:
        """See `Product`."""
        return self._kernels.multiply(self.fields, x)


def pack(
    affine: Affine, precision: Precision, *, lowest: float = 0.0, highest: float | None = 1.0
) -> Product:
    """Pack weights for inputs within bounds; without any (`highest` is None) only float32 will do."""
    if precision == "float32" or highest is None:
        return FloatProduct(affine)
    kernels = library.kernels()
    if kernels is not None and affine.weight.shape[1] % VECTOR == 0:
        return KernelProduct(Int8Weights(affine, lowest, highest), kernels)
    if _has_int8_of_torch():
        return Int8Product(Int8Weights(affine, lowest, highest))
    return FloatProduct(affine)


def _bare(operation: Any) -> Callable[..., Tensor]:  # noqa: ANN401 — torch gives it no type
    """Without torch's search for overloads and hooks, which at each call takes as long as a small product."""
    function: Callable[..., Tensor] = getattr(operation.default, "_op", operation.default)
    return function


def input_steps() -> int:
    """How many steps an int8 product rounds its inputs to, from the lowest to the highest."""
    kernels = library.kernels()
    if kernels is not None:
        return kernels.input_steps
    has_vnni = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
    return FINE if has_vnni() else COARSE


def is_int8_available() -> bool:
    """Whether there are products in whole numbers for this processor: our own, or torch's."""
    return library.kernels() is not None or _has_int8_of_torch()


@cache
def _has_int8_of_torch() -> bool:
    if torch.backends.quantized.engine not in {"x86", "fbgemm"}:
        return False
    weight = torch.linspace(-1.0, 1.0, 64).reshape(4, 16)
    x = torch.linspace(0.0, 1.0, 32).reshape(2, 16)
    try:
        found = Int8Product(Int8Weights(Affine.of(weight), 0.0, 1.0))(x)
    except (AttributeError, RuntimeError):  # torch has removed or renamed them
        return False
    return torch.allclose(found, F.linear(x, weight), atol=0.1)


@cache
def _packs_floats() -> bool:
    try:
        weight = torch.ops.mkldnn._reorder_linear_weight(torch.eye(16), None)  # noqa: SLF001 — no public name
        found = torch.ops.mkldnn._linear_pointwise(torch.ones(1, 16), weight, None, "none", [], "")  # noqa: SLF001 — as above
    except (AttributeError, RuntimeError):
        return False
    return torch.equal(found, torch.ones(1, 16))
