"""The chunked loss against torch's."""

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.nn import loss
from seq2seq.nn.loss import cross_entropy


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_the_chunked_loss_and_its_gradients_equal_torchs(
    label_smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five rows in chunks of two: same sum, same gradients as projecting all at once."""
    monkeypatch.setattr(loss, "CHUNK_ROWS", 2)
    torch.manual_seed(1)
    readout, weight, bias = (torch.randn(*size, requires_grad=True) for size in ((5, 3), (7, 3), (7,)))
    target = torch.randint(7, (5,))

    objective, nll = cross_entropy(readout, weight, bias, target, label_smoothing)
    gradients = torch.autograd.grad(objective * 3.0, (readout, weight, bias))

    logits = F.linear(readout, weight, bias)
    expected = F.cross_entropy(logits, target, reduction="sum", label_smoothing=label_smoothing)
    torch.testing.assert_close(objective, expected)
    torch.testing.assert_close(nll, F.cross_entropy(logits, target, reduction="sum").detach())
    for mine, theirs in zip(
        gradients, torch.autograd.grad(expected * 3.0, (readout, weight, bias)), strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_the_loss_without_gradients_is_the_same() -> None:
    """Validation takes another road to the same number."""
    torch.manual_seed(2)
    readout, weight, bias, target = (
        torch.randn(5, 3),
        torch.randn(7, 3),
        torch.randn(7),
        torch.randint(7, (5,)),
    )

    with_gradients = cross_entropy(readout.requires_grad_(), weight, bias, target, 0.1)
    with torch.no_grad():
        without = cross_entropy(readout, weight, bias, target, 0.1)

    torch.testing.assert_close(with_gradients[0].detach(), without[0])
    torch.testing.assert_close(with_gradients[1], without[1])
    assert not with_gradients[1].requires_grad
