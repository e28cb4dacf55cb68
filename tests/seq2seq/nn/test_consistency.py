"""The chunked loss of two passes against torch's, and what the model makes of it."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import EOS, collate
from seq2seq.nn import consistency
from seq2seq.nn.consistency import Consistency, Projection, consistent_cross_entropy
from seq2seq.nn.dropout import cut_second_half
from seq2seq.nn.model import EncoderDecoder, ModelConfig

KINDS = [Consistency.r_drop(3.0), Consistency.simcut(2.0, 0.05), Consistency(0.3, 0.7, 0.2, 1.1)]
PAIRS = [([5, 6, 7, EOS], [8, 9, EOS]), ([6, EOS], [9, 8, 7, 6, EOS]), ([9, 8, EOS], [5, EOS])]
SIZES = dict.fromkeys(("embedding_size", "hidden_size", "encoder_hidden_size", "attention_size"), 6)


def readouts() -> tuple[list[Tensor], Tensor]:
    """Two readouts, weight and bias, and targets."""
    torch.manual_seed(1)
    parts = [torch.randn(*size, requires_grad=True) for size in ((5, 3), (5, 3), (7, 3), (7,))]
    return parts, torch.randint(7, (5,))


def by_torch(parts: list[Tensor], target: Tensor, smoothing: float, kind: Consistency) -> Tensor:
    """The formula of the module, as torch has its parts."""
    first, second, weight, bias = parts
    a, b = (F.linear(rows, weight, bias) for rows in (first, second))
    p, q = a.softmax(dim=1), b.softmax(dim=1)
    return (
        kind.first * F.cross_entropy(a, target, reduction="sum", label_smoothing=smoothing)
        + kind.second * F.cross_entropy(b, target, reduction="sum", label_smoothing=smoothing)
        + kind.forward * (p * (p.log() - q.log())).sum()
        + kind.backward * (q * (q.log() - p.log())).sum()
    )


@pytest.mark.parametrize("kind", KINDS, ids=["r_drop", "simcut", "any"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_chunked_loss_and_its_gradients_equal_torchs(
    kind: Consistency, smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five rows in chunks of two; without gradients the other road gives the same."""
    monkeypatch.setattr(consistency, "CHUNK_ROWS", 2)
    parts, target = readouts()
    projection = Projection(parts[2], parts[3])

    objective, nll = consistent_cross_entropy(parts[0], parts[1], projection, target, smoothing, kind)
    gradients = torch.autograd.grad(objective * 3.0, parts)

    expected = by_torch(parts, target, smoothing, kind)
    likelihoods = [F.cross_entropy(F.linear(rows, *parts[2:]), target, reduction="sum") for rows in parts[:2]]
    torch.testing.assert_close(objective, expected)
    torch.testing.assert_close(nll, (kind.first * likelihoods[0] + kind.second * likelihoods[1]).detach())
    for mine, theirs in zip(gradients, torch.autograd.grad(expected * 3.0, parts), strict=True):
        torch.testing.assert_close(mine, theirs)
    with torch.no_grad():
        other = consistent_cross_entropy(parts[0], parts[1], projection, target, smoothing, kind)
    torch.testing.assert_close(other[0], expected.detach())
    torch.testing.assert_close(other[1], nll)


def test_r_drop_without_weight_is_the_ordinary_loss() -> None:
    """Without dropout too: both passes then agree, and nothing is added whatever α is."""
    torch.manual_seed(1)
    still = {"dropout_embedding": 0.0, "dropout_memory": 0.0, "dropout_output": 0.0}
    model = EncoderDecoder(ModelConfig.model_validate({**SIZES, **still}), 12, 12)
    batch = collate(PAIRS)

    plain = model(batch, label_smoothing=0.1)
    twice = model(batch, label_smoothing=0.1, consistency=Consistency.r_drop(5.0))

    torch.testing.assert_close(twice.sum, plain.sum)
    torch.testing.assert_close(twice.nll, plain.nll)
    assert twice.tokens == plain.tokens


@pytest.mark.parametrize("kind", KINDS[:2], ids=["r_drop", "simcut"])
def test_passes_that_disagree_cost_more(kind: Consistency) -> None:
    """With dropout or cut pieces the loss is above that of α = 0 with the same noise."""
    torch.manual_seed(1)
    model = EncoderDecoder(ModelConfig.model_validate(SIZES), 12, 12)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.7)
    free = Consistency(kind.first, kind.second, 0.0, 0.0, kind.token_cut)

    losses = []
    for chosen in (kind, free):
        torch.manual_seed(2)
        losses.append(model(collate(PAIRS), consistency=chosen).sum)
    losses[0].backward()

    assert losses[0].item() > losses[1].item() + 1e-3
    assert all(weight.grad is not None for weight in model.parameters())


def test_only_the_second_half_is_cut() -> None:
    """Whole pieces, about as many as asked, and the rest as it was."""
    torch.manual_seed(1)
    embedded = torch.rand(200, 20, 3) + 1.0

    cut = cut_second_half(embedded, 0.3)

    assert torch.equal(cut[:100], embedded[:100])
    gone = (cut[100:] == 0.0).all(dim=2)
    assert torch.equal(cut[100:][~gone], embedded[100:][~gone])
    assert gone.float().mean().item() == pytest.approx(0.3, abs=0.04)
