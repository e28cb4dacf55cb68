"""Consistency training: the same batch twice, with different noise, must be rated alike.

    p, q    what the model says of each target piece in the two passes
    loss    a CE(p) + b CE(q) + c KL(p ‖ q) + d KL(q ‖ p),  a + b = 1

    R-Drop  a = b = 1/2, c = d = α/4; the passes differ by dropout alone. Liang et al. 2021
            (arXiv:2106.14448), equation 4, halved so that α = 0 is the ordinary loss.
    SimCut  a = 1, b = 0, c = α, d = 0; in the second pass pieces are cut out as well, on both sides.
            Gao et al. 2022 (arXiv:2206.02368), section 3.2. Both passes get the gradient.

Both passes are one batch of twice as many rows, which costs less than twice the time of one.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

CHUNK_ROWS = 256  # of each pass; see seq2seq.nn.loss


@dataclass(frozen=True)
class Consistency:
    """How two passes are weighed, and how much is cut out of the second one."""

    first: float  # a
    second: float  # b
    forward: float  # c
    backward: float  # d
    token_cut: float = 0.0  # probability of each piece

    @staticmethod
    def r_drop(alpha: float) -> "Consistency":
        """R-Drop."""
        return Consistency(0.5, 0.5, alpha / 4.0, alpha / 4.0)

    @staticmethod
    def simcut(alpha: float, token_cut: float) -> "Consistency":
        """SimCut."""
        return Consistency(1.0, 0.0, alpha, 0.0, token_cut)


@dataclass(frozen=True)
class Projection:
    """From readouts to the vocabulary."""

    weight: Tensor  # (V, O)
    bias: Tensor  # (V,)


def consistent_cross_entropy(  # noqa: PLR0913, PLR0917 — two readouts and what they are compared by
    first: Tensor,
    second: Tensor,
    projection: Projection,
    target: Tensor,
    label_smoothing: float,
    consistency: Consistency,
) -> tuple[Tensor, Tensor]:
    """Give the loss of two passes, as a sum over target pieces with its gradient, and the likelihood.

    Args:
        first: readouts (N, O) of the first pass, one row a target piece.
        second: the same of the second.
        projection: shared by both.
        target: (N,) int64.
        label_smoothing: of both cross-entropies.
        consistency: the weights a to d.

    Returns:
        The objective, and a, b times the negative log-likelihoods, detached.
    """
    weight, bias = projection.weight, projection.bias
    if torch.is_grad_enabled() and first.device.type == "cpu":
        objective: Tensor
        nll: Tensor
        objective, nll = _Chunked.apply(  # type: ignore[no-untyped-call]  # torch leaves it untyped
            first, second, weight, bias, target, label_smoothing, consistency
        )
        return objective, nll.detach()
    total, likelihood = first.new_zeros((), dtype=torch.float32), first.new_zeros((), dtype=torch.float32)
    for p_rows, q_rows, targets in zip(
        *(torch.split(whole, CHUNK_ROWS) for whole in (first, second, target)), strict=True
    ):
        logits = [F.linear(rows, weight, bias).float() for rows in (p_rows, q_rows)]  # (n, V)
        log_p, log_q = (scores.log_softmax(dim=-1) for scores in logits)
        for share, scores in zip((consistency.first, consistency.second), logits, strict=True):
            total = total + share * F.cross_entropy(
                scores, targets, reduction="sum", label_smoothing=label_smoothing
            )
            likelihood += share * F.cross_entropy(scores.detach(), targets, reduction="sum")
        total = total + consistency.forward * F.kl_div(log_q, log_p, reduction="sum", log_target=True)
        total = total + consistency.backward * F.kl_div(log_p, log_q, reduction="sum", log_target=True)
    return total, likelihood


class _Chunked(torch.autograd.Function):
    """Make the gradients while the probabilities of a chunk are at hand; δ = log p - log q.

    ∂ CE(p)     / ∂ logits_p = p - (1 - ε) 1[target] - ε / V
    ∂ KL(p ‖ q) / ∂ logits_p = p (δ - KL(p ‖ q))
    ∂ KL(p ‖ q) / ∂ logits_q = q - p
    """

    @staticmethod
    def forward(  # noqa: PLR0913, PLR0917 — torch passes the inputs by position
        ctx: Any,  # noqa: ANN401 — torch gives its context no type
        first: Tensor,
        second: Tensor,
        weight: Tensor,
        bias: Tensor,
        target: Tensor,
        label_smoothing: float,
        consistency: Consistency,
    ) -> tuple[Tensor, Tensor]:
        gradients = torch.empty_like(first), torch.empty_like(second)  # (N, O)
        weight_gradient, bias_gradient = torch.zeros_like(weight), torch.zeros_like(bias)
        objective = nll = 0.0
        for start in range(0, len(target), CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            rows = first[part], second[part]
            log_p, log_q = (torch.addmm(bias, row, weight.t()).log_softmax(dim=1) for row in rows)  # (n, V)
            p, q = log_p.exp(), log_q.exp()
            delta = log_p - log_q
            forward = (p * delta).sum(dim=1, keepdim=True)  # (n, 1): KL(p ‖ q)
            backward = -(q * delta).sum(dim=1, keepdim=True)
            objective += consistency.forward * forward.sum().item()
            objective += consistency.backward * backward.sum().item()
            mixed = consistency.forward * (q - p)
            for_q = consistency.backward * q * (-delta - backward) + mixed
            mixed = consistency.backward * (p - q)
            for_p = consistency.forward * p * (delta - forward) + mixed
            for share, log_probs, probs, scores in (
                (consistency.first, log_p, p, for_p),
                (consistency.second, log_q, q, for_q),
            ):
                if share:
                    smoothed, likelihood = _add_cross_entropy(
                        scores, share, log_probs, probs, target[part], label_smoothing
                    )
                    objective, nll = objective + smoothed, nll + likelihood
            for scores, row, gradient in zip((for_p, for_q), rows, gradients, strict=True):
                torch.mm(scores, weight, out=gradient[part])
                weight_gradient.addmm_(scores.t(), row)
                bias_gradient += scores.sum(dim=0)
        ctx.save_for_backward(*gradients, weight_gradient, bias_gradient)
        return first.new_tensor(objective), first.new_tensor(nll)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, objective: Tensor, _nll: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 — as above
        return (*(saved * objective for saved in ctx.saved_tensors), None, None, None)


def _add_cross_entropy(  # noqa: PLR0913, PLR0917 — private, and in the order of the formula
    scores: Tensor, share: float, log_probs: Tensor, probs: Tensor, target: Tensor, label_smoothing: float
) -> tuple[float, float]:
    """Add a cross-entropy's gradient to `scores` (n, V); give its weighted sum and likelihood."""
    chosen = -log_probs.gather(1, target.unsqueeze(1)).sum().item()
    uniform = -log_probs.sum().item() / log_probs.shape[1] if label_smoothing else 0.0
    scores.add_(probs, alpha=share)
    if label_smoothing:
        scores -= share * label_smoothing / log_probs.shape[1]
    scores[torch.arange(len(target)), target] -= share * (1.0 - label_smoothing)
    return share * ((1.0 - label_smoothing) * chosen + label_smoothing * uniform), share * chosen
