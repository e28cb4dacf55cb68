"""Consistency training: the same batch twice, with different noise, must be rated alike.

    p, q    what the model says of each target piece in the two passes
    loss    a CE(p) + b CE(q) + c KL(p ‖ q) + d KL(q ‖ p),  a + b = 1

    R-Drop  a = b = 1/2, c = d = α/4; the passes differ by dropout alone. Liang et al. 2021
            (arXiv:2106.14448), equation 4, halved so that α = 0 is the ordinary loss.
    SimCut  a = 1, b = 0, c = α, d = 0; in the second pass pieces are cut out as well, on both sides.
            Gao et al. 2022 (arXiv:2206.02368), section 3.2. Both passes get the gradient.

Both passes are one batch of twice as many rows. An update takes 2.2 times as long
as an ordinary one (one CPU core, 6,000 pieces).
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
        with torch.autocast("cpu", enabled=False):  # these products are made in float32
            objective, nll = _Chunked.apply(  # type: ignore[no-untyped-call]  # torch leaves it untyped
                first.float(), second.float(), weight, bias, target, label_smoothing, consistency
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
            p, q = (_Rated.of(torch.addmm(bias, row, weight.t())) for row in rows)
            for share, rated in ((consistency.first, p), (consistency.second, q)):
                smoothed, likelihood = rated.cross_entropy(target[part], label_smoothing)
                objective, nll = objective + share * smoothed, nll + share * likelihood
            for_p, for_q, divergence = _divergence(p, q, consistency)
            objective += divergence
            shares = consistency.first, consistency.second
            for share, score, row, gradient in zip(shares, (for_p, for_q), rows, gradients, strict=True):
                _complete_cross_entropy(score, share, target[part], label_smoothing)
                torch.mm(score, weight, out=gradient[part])
                weight_gradient.addmm_(score.t(), row)
                bias_gradient += score.sum(dim=0)
        ctx.save_for_backward(*gradients, weight_gradient, bias_gradient)
        return first.new_tensor(objective), first.new_tensor(nll)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, objective: Tensor, _nll: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 — as above
        return (*(saved * objective for saved in ctx.saved_tensors), None, None, None)


@dataclass(frozen=True)
class _Rated:
    """What one pass says of a chunk: probabilities and their logarithms, (n, V)."""

    log_probs: Tensor
    probs: Tensor

    @staticmethod
    def of(logits: Tensor) -> "_Rated":
        """Normalise logits, in their own place, with one exponential."""
        logits -= logits.amax(dim=1, keepdim=True)
        probs = logits.exp()
        normaliser = probs.sum(dim=1, keepdim=True)  # (n, 1)
        probs /= normaliser
        logits -= normaliser.log()
        return _Rated(logits, probs)

    def cross_entropy(self, target: Tensor, label_smoothing: float) -> tuple[float, float]:
        """Give the smoothed cross-entropy with the targets, and the likelihood alone, as sums."""
        chosen = -self.log_probs.gather(1, target.unsqueeze(1)).sum().item()
        uniform = -self.log_probs.sum().item() / self.log_probs.shape[1] if label_smoothing else 0.0
        return (1.0 - label_smoothing) * chosen + label_smoothing * uniform, chosen


def _divergence(p: _Rated, q: _Rated, weights: Consistency) -> tuple[Tensor, Tensor, float]:
    """Give the gradients of both divergences, with the p and q of both cross-entropies in them; their sum.

    for p: c p δ + p (a + d - c KL(p ‖ q)) - d q, and for q the same with all turned round.
    """
    delta = p.log_probs - q.log_probs  # (n, V)
    for_p, for_q = p.probs * delta, q.probs * delta
    forward, backward = for_p.sum(dim=1, keepdim=True), -for_q.sum(dim=1, keepdim=True)  # (n, 1)
    for_p *= weights.forward
    for_p.addcmul_(p.probs, weights.first + weights.backward - weights.forward * forward)
    for_p.sub_(q.probs, alpha=weights.backward)
    for_q *= -weights.backward
    for_q.addcmul_(q.probs, weights.second + weights.forward - weights.backward * backward)
    for_q.sub_(p.probs, alpha=weights.forward)
    total = weights.forward * forward.sum() + weights.backward * backward.sum()
    return for_p, for_q, total.item()


def _complete_cross_entropy(scores: Tensor, share: float, target: Tensor, label_smoothing: float) -> None:
    """Take from a gradient (n, V) what belongs to the targets and to the smoothing."""
    if not share:
        return
    if label_smoothing:
        scores -= share * label_smoothing / scores.shape[1]
    scores[torch.arange(len(target)), target] -= share * (1.0 - label_smoothing)
