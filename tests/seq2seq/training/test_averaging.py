import pytest
import torch
from torch import Tensor, nn

from seq2seq.training.averaging import WeightAverage


def scalar(value: float) -> nn.Linear:
    """A model with one weight."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, value)
    return model


def test_the_average_follows_its_formula() -> None:
    """By hand: d is 2/11, 3/12 and then 0.3, where the ramp would be 4/13."""
    model = scalar(1.0)
    average = WeightAverage(model, decay=0.3)

    averages = []
    for value in (2.0, 4.0, 8.0):
        nn.init.constant_(model.weight, value)
        average.update(model)
        averages.append(average.weights["weight"].item())

    first = 2 / 11 * 1 + 9 / 11 * 2
    second = 0.25 * first + 0.75 * 4
    assert averages == pytest.approx([first, second, 0.3 * second + 0.7 * 8])


def test_the_model_gets_its_own_weights_back() -> None:
    """Bit for bit, also when the block fails."""
    model = scalar(0.1)
    average = WeightAverage(model, decay=0.9)
    nn.init.constant_(model.weight, 1 / 3)
    seen: list[Tensor] = []

    def fail() -> None:
        with average.applied(model):
            seen.append(model.weight.detach().clone())
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 — it has no message
        fail()

    assert seen == [torch.tensor([[0.1]])]
    assert model.weight.item() == torch.tensor(1 / 3).item()
