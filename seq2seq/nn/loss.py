"""Cross-entropy of the whole vocabulary, computed in chunks that never hold all logits."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn.products import add_product, affine, product_type

CHUNK_ROWS = 512  # rows of logits alive at once; 512 x 8,000 float32 are 16 MB, which the cache half holds


@dataclass(frozen=True)
class Loss:
    """What a batch costs. Sums, not means: batches and ranks are added up before dividing."""

    sum: Tensor  # () with gradient: the objective, label smoothing included
    nll: Tensor  # () detached: negative log-likelihood of the reference, natural logarithm
    tokens: int  # target pieces, ends included


def cross_entropy(
    readout: Tensor, weight: Tensor, bias: Tensor, target: Tensor, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Project readouts onto the vocabulary and compare with the targets.

        logits = readout · weightᵀ + bias
        sum    = Σ (1 - ε) (-log p(target)) + ε mean_v (-log p(v))

    Args:
        readout: (N, O), one row a target piece.
        weight: (V, O).
        bias: (V,).
        target: (N,) int64.
        label_smoothing: ε, the share of probability spread evenly (Szegedy et al. 2016).

    On a CPU within `torch.autocast` the three products are made in its type, the rest in float32.

    Returns:
        The objective with its gradient, and the detached negative log-likelihood; both are sums.
    """
    if torch.is_grad_enabled() and readout.device.type == "cpu":
        objective: Tensor
        nll: Tensor
        narrow = product_type()
        with torch.autocast("cpu", enabled=False):
            objective, nll = _ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]  # torch leaves it untyped
                narrow, readout.float(), weight, bias, target, label_smoothing
            )
        return objective, nll.detach()
    objectives, nlls = [], []
    for rows, targets in zip(torch.split(readout, CHUNK_ROWS), torch.split(target, CHUNK_ROWS), strict=True):
        logits = F.linear(rows, weight, bias).float()  # (n, V)
        nlls.append(F.cross_entropy(logits.detach(), targets, reduction="sum"))
        objectives.append(F.cross_entropy(logits, targets, reduction="sum", label_smoothing=label_smoothing))
    return torch.stack(objectives).sum(), torch.stack(nlls).sum()


class _ChunkedCrossEntropy(torch.autograd.Function):
    """Make the gradient while the logits of a chunk are at hand.

    ∂/∂logits = softmax(logits) - (1 - ε) 1[target] - ε / V
    """

    @staticmethod
    def forward(  # noqa: PLR0913, PLR0917 — torch passes the inputs by position
        ctx: Any,  # noqa: ANN401 — torch gives its context no type
        narrow: torch.dtype,
        readout: Tensor,
        weight: Tensor,
        bias: Tensor,
        target: Tensor,
        label_smoothing: float,
    ) -> tuple[Tensor, Tensor]:
        vocabulary = weight.shape[0]
        narrowed = weight.to(narrow)
        readout_gradient = torch.zeros_like(readout)  # (N, O)
        weight_gradient, bias_gradient = torch.zeros_like(weight), torch.zeros_like(bias)
        nll, uniform = 0.0, 0.0
        for start in range(0, len(readout), CHUNK_ROWS):
            rows, targets = readout[start : start + CHUNK_ROWS], target[start : start + CHUNK_ROWS]
            scores = affine(bias, rows, narrowed.t())  # (n, V)
            scores -= scores.amax(dim=1, keepdim=True)
            chosen = scores.gather(1, targets.unsqueeze(1)).sum().item()
            total = scores.sum().item() if label_smoothing else 0.0
            normaliser = scores.exp_().sum(dim=1, keepdim=True)  # (n, 1)
            log_normaliser = normaliser.log().sum().item()
            nll += log_normaliser - chosen
            uniform += log_normaliser - total / vocabulary
            scores /= normaliser  # from here on: the gradient
            if label_smoothing:
                scores -= label_smoothing / vocabulary
            scores[torch.arange(len(targets)), targets] -= 1.0 - label_smoothing
            bias_gradient += scores.sum(dim=0)
            scores = scores.to(narrow)
            add_product(readout_gradient[start : start + CHUNK_ROWS], scores, narrowed)
            add_product(weight_gradient, scores.t(), rows.to(narrow))
        ctx.save_for_backward(readout_gradient, weight_gradient, bias_gradient)
        objective = (1.0 - label_smoothing) * nll + label_smoothing * uniform
        return readout.new_tensor(objective), readout.new_tensor(nll)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, objective: Tensor, _nll: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 — as above
        readout, weight, bias = ctx.saved_tensors
        return None, readout * objective, weight * objective, bias * objective, None, None
