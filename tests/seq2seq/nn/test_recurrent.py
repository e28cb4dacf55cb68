"""Layers over sequences: fused = written out, and padding cannot be seen."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.nn.cells import CellName
from seq2seq.nn.recurrent import RecurrentLayer

FUSED: list[CellName] = ["rnn", "lstm", "gru"]


@pytest.mark.parametrize("cell", FUSED)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_fused_kernels_equal_the_cells(cell: CellName, bidirectional: bool) -> None:  # noqa: FBT001 — a parameter
    """States, last states and gradients agree, for sentences of different lengths."""
    torch.manual_seed(1)
    layer = RecurrentLayer(cell, 3, 4, bidirectional=bidirectional)
    x = torch.randn(3, 6, 3, requires_grad=True)
    lengths = torch.tensor([4, 6, 1])

    layer.fused = True
    fused = layer(x, lengths)
    (fused.states.sum() + fused.last.square().sum()).backward()
    fused_gradients = [p.grad.clone() for p in layer.parameters() if p.grad is not None]
    layer.zero_grad()
    layer.fused = False
    written = layer(x, lengths)
    (written.states.sum() + written.last.square().sum()).backward()

    torch.testing.assert_close(fused.states, written.states)
    torch.testing.assert_close(fused.last, written.last)
    for mine, theirs in zip(layer.parameters(), fused_gradients, strict=True):
        torch.testing.assert_close(mine.grad, theirs)


@pytest.mark.parametrize("cell", [*FUSED, "gru-cho"])
@given(lengths=st.lists(st.integers(1, 7), min_size=1, max_size=4), fused=st.booleans())
def test_a_sentence_alone_equals_the_sentence_in_a_batch(
    cell: CellName,
    lengths: list[int],
    fused: bool,  # noqa: FBT001 — drawn
) -> None:
    """Whatever stands on the padding, a row's states and last state are those it has alone."""
    torch.manual_seed(2)
    layer = RecurrentLayer(cell, 2, 3, bidirectional=True, fused=fused)
    x = torch.randn(len(lengths), max(lengths), 2)

    together = layer(x, torch.tensor(lengths))

    for row, length in enumerate(lengths):
        alone = layer(x[row : row + 1, :length], torch.tensor([length]))
        torch.testing.assert_close(together.states[row, :length], alone.states[0])
        torch.testing.assert_close(together.last[row], alone.last[0])
        assert (together.states[row, length:] == 0).all()
