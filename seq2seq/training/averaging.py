"""A running average of the weights: smoother, and usually better, than the weights themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from seq2seq.training.optimisation import trainable


class WeightAverage:
    """Exponential moving average of the trained weights (Polyak and Juditsky 1992 average evenly).

        d_n = min(decay, (1 + n) / (10 + n))      n = 1, 2, … counts the updates
        a_n = d_n a_{n-1} + (1 - d_n) w_n

    The ramp lets the average forget the random weights of the beginning.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.weights = {name: parameter.detach().clone() for name, parameter in trainable(model)}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take the weights after one more update into the average."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, parameter in trainable(model):
            self.weights[name].lerp_(parameter, 1.0 - decay)

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """Within the block the model has the averaged weights; afterwards its own, bit for bit."""
        own = {name: parameter.detach().clone() for name, parameter in trainable(model)}
        fill(dict(trainable(model)), self.weights)
        try:
            yield
        finally:
            fill(dict(trainable(model)), own)


@torch.no_grad()
def fill(tensors: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Copy values into tensors of the same names, in place, so that ties and flat buffers last."""
    for name, tensor in tensors.items():
        tensor.copy_(values[name])
