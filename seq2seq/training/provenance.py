"""What a card says of the training that made a model."""

from importlib.metadata import version

import torch
from torch import nn

from seq2seq.card import CardTraining
from seq2seq.checkout import commit


def provenance(model: nn.Module, *, command: str, seed: int, updates: int, elapsed_s: float) -> CardTraining:
    """Say how a model was trained, on which device and by which version of this program.

    Args:
        model: which was trained, still where it was trained.
        command: what the user typed.
        seed: of everything that was random.
        updates: after which the weights were kept.
        elapsed_s: of the whole run; 0 while it is not over.
    """
    device = next(model.parameters()).device
    return CardTraining(
        command=command,
        seed=seed,
        updates=updates,
        minutes=elapsed_s / 60.0,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        threads=torch.get_num_threads(),
        version=version("seq2seq"),
        commit=commit(),
    )
