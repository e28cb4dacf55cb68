"""Backpropagation written out: values and gradients are those of autograd through the cells."""

import gc
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.batch import EOS, collate
from seq2seq.nn.model import EncoderDecoder, ModelConfig

SMALL: dict[str, Any] = {
    "embedding_size": 6,
    "hidden_size": 5,
    "encoder_hidden_size": 4,
    "attention_size": 3,
    "dropout_embedding": 0.2,
    "dropout_memory": 0.2,
    "dropout_output": 0.2,
}
SENTENCES = st.lists(
    st.tuples(*[st.lists(st.integers(4, 11), min_size=0, max_size=6)] * 2), min_size=1, max_size=5
)


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
@pytest.mark.parametrize("change", [{}, {"dropout_recurrent": 0.3}, {"encoder_layers": 2}], ids=str)
@given(sentences=SENTENCES)
def test_a_whole_batch_costs_and_teaches_the_same(
    attention: str, change: dict[str, Any], sentences: list[tuple[list[int], list[int]]]
) -> None:
    """Loss and gradient of every weight, with the same dropout, for sentences of any lengths."""
    batch = collate([([*source, EOS], [*target, EOS]) for source, target in sentences])
    found = []
    for fused in (True, False):
        config = ModelConfig.model_validate({**SMALL, "attention": attention, "fused": fused, **change})
        torch.manual_seed(1)
        model = EncoderDecoder(config, 12, 12)
        loss = model(batch, label_smoothing=0.1)
        loss.sum.backward()
        found.append((loss.sum, {name: weight.grad for name, weight in model.named_parameters()}))

    (loss, gradients), (expected_loss, expected) = found
    torch.testing.assert_close(loss, expected_loss)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-5, rtol=1e-4, msg=name)


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_where_the_decoder_looked_is_the_same(attention: str) -> None:
    """Readouts and weights of given targets, as when step follows step."""
    batch = collate([([5, 6, 7, EOS], [8, 9, EOS]), ([6, EOS], [9, 8, 7, EOS])])
    forced = []
    for fused in (True, False):
        torch.manual_seed(1)
        config = ModelConfig.model_validate({**SMALL, "attention": attention, "fused": fused})
        forced.append(EncoderDecoder(config, 12, 12).eval().force(batch))

    torch.testing.assert_close(forced[0].log_probs, forced[1].log_probs)
    torch.testing.assert_close(forced[0].attention, forced[1].attention)


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
@pytest.mark.parametrize("change", [{}, {"dropout_recurrent": 0.3}], ids=str)
def test_bfloat16_products_cost_and_teach_nearly_the_same(attention: str, change: dict[str, Any]) -> None:
    """Eight bits of a factor are kept: the gradients point the same way, and arrive in float32."""
    batch = collate([([5, 6, 7, EOS], [8, 9, EOS]), ([6, EOS], [9, 8, 7, EOS])])
    found = []
    for narrow in (True, False):
        torch.manual_seed(1)
        config = ModelConfig.model_validate({**SMALL, "hidden_size": 32, "attention": attention, **change})
        model = EncoderDecoder(config, 12, 12)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
            loss = model(batch, label_smoothing=0.1)
        loss.sum.backward()
        found.append((loss.sum.detach(), [weight.grad for weight in model.parameters()]))

    (loss, gradients), (expected_loss, expected) = found
    assert loss != expected_loss
    torch.testing.assert_close(loss, expected_loss, atol=0.0, rtol=0.01)
    for gradient, exact in zip(gradients, expected, strict=True):
        assert gradient is not None
        assert exact is not None
        assert gradient.dtype == torch.float32
        assert (gradient - exact).norm() < 0.1 * exact.norm()


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_nothing_of_a_batch_stays_in_memory(attention: str) -> None:
    """Without waiting for the collector of cycles, which may come hundreds of megabytes later."""
    model = EncoderDecoder(ModelConfig.model_validate({**SMALL, "attention": attention}), 12, 12)
    batch = collate([([5, 6, 7, EOS], [8, 9, EOS]), ([6, EOS], [9, 8, 7, EOS])])
    alive = []
    gc.collect()
    gc.freeze()  # what others have left is not counted
    gc.disable()
    try:
        for _ in range(3):
            model(batch).sum.backward()
            alive.append(sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects()))
    finally:
        gc.enable()
        gc.unfreeze()

    assert alive == [alive[0]] * 3
