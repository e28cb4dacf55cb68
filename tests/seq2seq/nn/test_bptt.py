"""Backpropagation written out: values and gradients are those of autograd through the cells."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.batch import EOS, collate
from seq2seq.nn.bptt import GRUWeights, unroll_gru
from seq2seq.nn.cells import GRUCell
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from seq2seq.nn.state import CellState

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


@pytest.mark.parametrize("backward", [False, True])
def test_a_gru_begins_where_it_is_told(backward: bool) -> None:  # noqa: FBT001 — a parameter
    """States and gradients from an initial state, forwards and backwards, as the cell gives them."""
    torch.manual_seed(1)
    cell = GRUCell(3, 4)
    lengths = [5, 3, 3, 1]
    x = torch.randn(5, 4, 3)
    initial = torch.randn(4, 4, requires_grad=True)

    states = unroll_gru(
        cell.input_gates(x), GRUWeights(cell.weight_hh, cell.bias_hh), initial, lengths, backward=backward
    )
    upstream = torch.randn_like(states)
    gradients = torch.autograd.grad((states * upstream).sum(), [initial, *cell.parameters()])

    total = torch.zeros(())
    for row, length in enumerate(lengths):
        state = CellState(initial[row : row + 1])
        for t in reversed(range(length)) if backward else range(length):
            state = cell(x[t, row : row + 1], state)
            torch.testing.assert_close(states[t, row], state.h[0])
            total = total + (state.h[0] * upstream[t, row]).sum()
        assert (states[length:, row] == 0).all()
    expected = torch.autograd.grad(total, [initial, *cell.parameters()])
    for mine, theirs in zip(gradients, expected, strict=True):
        torch.testing.assert_close(mine, theirs)
