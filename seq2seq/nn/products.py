"""Matrix products whose right side says how precisely they are made; sums are kept in float32.

Under `torch.autocast` a written-out function reads the type of its products once, narrows what
stays the same from step to step once, and lets `affine` and `add_product` narrow what changes.
"""

import torch
from torch import Tensor


def product_type() -> torch.dtype:
    """Give what products on a CPU are to be made in: float32, or autocast's type."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32


def affine(bias: Tensor, x: Tensor, weight: Tensor) -> Tensor:
    """Give bias + x · weight in float32, for x (N, I) float32 and weight (I, O) of any type."""
    if weight.dtype == x.dtype:
        return torch.addmm(bias, x, weight)
    return torch.mm(x.to(weight.dtype), weight).float().add_(bias)


def product(x: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Give x · weight in float32, multiplied in the type that is named."""
    return torch.mm(x.to(dtype), weight.to(dtype)).float()


def add_product(total: Tensor, x: Tensor, weight: Tensor) -> None:
    """Add x · weight to total (N, O) float32, in its place; types as in `affine`."""
    if weight.dtype == x.dtype == total.dtype:
        total.addmm_(x, weight)
    else:
        total.add_(torch.mm(x.to(weight.dtype), weight))
