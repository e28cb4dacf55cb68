"""The optimiser, and the learning rate as a function of the update."""

import math
from collections.abc import Iterator

import torch
from torch import nn

from seq2seq.training.config import TrainingConfig


def learning_rate(update: int, config: TrainingConfig) -> float:
    """Give the learning rate of update 1, 2, … `config.updates`.

        update ≤ warmup    peak · update / warmup
        cosine             peak · (f + (1 - f) · (1 + cos πp) / 2),  p the share of the rest that is done
        trapezoid          peak · min(1, f + (1 - f) · (1 - p) / d), d the share in which it falls
        inverse_sqrt       peak · max(f, √(warmup / update))
        constant           peak

    f is `final_learning_rate_share`, d `decay_share`. Past the last update cosine and trapezoid stay
    at their end. The trapezoid (Xing et al. 2018, arXiv:1802.08770; Hägele et al. 2024, arXiv:2405.18392)
    keeps its height for as long as one likes: a run of another length has the same beginning.
    """
    peak, warmup, floor = config.learning_rate, config.warmup_updates, config.final_learning_rate_share
    if update <= warmup:
        return peak * update / warmup
    if config.schedule == "constant":
        return peak
    if config.schedule == "inverse_sqrt":
        return peak * max(floor, math.sqrt(max(1, warmup) / update))
    done = min(1.0, (update - warmup) / (config.updates - warmup))
    if config.schedule == "trapezoid":
        return peak * min(1.0, floor + (1.0 - floor) * (1.0 - done) / config.decay_share)
    return peak * (floor + (1.0 - floor) * (1.0 + math.cos(math.pi * done)) / 2.0)


def build_optimiser(model: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Make Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019) over what can be trained.

    Only matrices decay. Biases, gains and embeddings do not: a rare word's row would shrink at
    every update in which the word does not occur.
    """
    embeddings = {
        id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding | nn.EmbeddingBag)
    }
    decayed: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for _, parameter in trainable(model):
        decays = parameter.ndim > 1 and id(parameter) not in embeddings
        (decayed if decays else others).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    kind = torch.optim.AdamW if config.optimiser == "adamw" else torch.optim.Adam
    return kind(
        [group for group in groups if group["params"]],
        lr=config.learning_rate,
        betas=config.betas,
        eps=config.eps,
        fused=True,
    )


def trainable(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Each parameter that has a gradient, once (tied ones under their first name)."""
    return ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)
