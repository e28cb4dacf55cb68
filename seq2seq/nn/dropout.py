"""Dropout that keeps its mask over time, and dropout of whole words."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses


def variational_dropout(x: Tensor, probability: float, *, training: bool) -> Tensor:
    """Drop the same features at every position of a sequence (B, T, E).

    Gal and Ghahramani 2016 (arXiv:1512.05287): one mask a sentence, not one a time step.
    """
    if not training or probability == 0.0:
        return x
    return x * F.dropout(x.new_ones(x.shape[0], 1, x.shape[2]), probability)  # (B, 1, E)


def recurrent_mask(h: Tensor, probability: float, *, training: bool) -> Tensor | None:
    """Make what `Cell.advance` multiplies h (R, H) with at every step; None when nothing is dropped."""
    if not training or probability == 0.0:
        return None
    return F.dropout(torch.ones_like(h), probability)  # (R, H)


def word_dropout(embedded: Tensor, probability: float, *, training: bool) -> Tensor:
    """Drop whole pieces of embedded sentences (B, T, E); Sennrich and Zhang 2019 (arXiv:1905.11901)."""
    if not training or probability == 0.0:
        return embedded
    return embedded * F.dropout(embedded.new_ones(*embedded.shape[:2], 1), probability)  # (B, T, 1)


def cut_second_half(embedded: Tensor, probability: float) -> Tensor:
    """Cut whole pieces out of the second half of the sentences (2B, T, E); the others are not scaled up.

    Token cutoff; Shen et al. 2020 (arXiv:2009.13818), section 2.1.
    """
    if probability == 0.0:
        return embedded
    kept = torch.rand(embedded.shape[0] // 2, embedded.shape[1], 1, device=embedded.device) >= probability
    return embedded * torch.cat([torch.ones_like(kept), kept])  # (2B, T, 1)
