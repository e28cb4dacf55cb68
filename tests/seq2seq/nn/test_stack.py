"""Layers above each other that carry their states on."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.recurrent import RecurrentStack
from seq2seq.nn.state import CellState

ALL: list[CellName] = list(CELLS)


def _stack(cell: CellName, *, layers: int = 2, fused: bool = True) -> RecurrentStack:
    torch.manual_seed(1)
    return RecurrentStack(cell, 3, 4, layers=layers, fused=fused)


def _close(one: tuple[CellState, ...], other: tuple[CellState, ...]) -> None:
    for mine, theirs in zip(one, other, strict=True):
        torch.testing.assert_close(mine.h, theirs.h)
        assert (mine.c is None) == (theirs.c is None)
        if mine.c is not None:
            torch.testing.assert_close(mine.c, theirs.c)


@pytest.mark.parametrize("cell", ALL)
@given(cut=st.integers(1, 6), fused=st.booleans(), layers=st.integers(1, 3))
def test_a_text_read_in_two_parts_is_read_as_a_whole(
    cell: CellName,
    cut: int,
    fused: bool,  # noqa: FBT001 — drawn
    layers: int,
) -> None:
    """States carried over a cut give what reading on would have given."""
    stack = _stack(cell, layers=layers, fused=fused)
    x = torch.randn(2, 7, 3)

    whole, whole_end = stack(x, torch.tensor([7, 7]))
    first, between = stack(x[:, :cut], torch.tensor([cut, cut]))
    second, end = stack(x[:, cut:], torch.tensor([7 - cut, 7 - cut]), between)

    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    _close(end, whole_end)


@pytest.mark.parametrize("cell", ALL)
def test_steps_equal_the_sequence(cell: CellName) -> None:
    """One step at a time gives the states of reading all at once."""
    stack = _stack(cell, layers=3)
    x = torch.randn(2, 5, 3)

    states, end = stack(x, torch.tensor([5, 5]))
    stepped = stack.initial(2)
    for t in range(5):
        stepped = stack.step(x[:, t], stepped)
        torch.testing.assert_close(stepped[-1].h, states[:, t])

    _close(stepped, end)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_fused_equals_written_from_any_state(cell: CellName, lengths: list[int]) -> None:
    """Values, final states and the gradient into the initial states agree, for any lengths."""
    stack = _stack(cell)
    x = torch.randn(len(lengths), max(lengths), 3)
    h = torch.randn(len(lengths), 4)
    results = []
    for fused in (True, False):
        for layer in stack.layers:
            layer.fused = fused  # type: ignore[assignment]  # torch says every attribute is a tensor
        begin = h.clone().requires_grad_()
        initial = tuple(CellState(begin, begin * 2 if cell == "lstm" else None) for _ in range(2))
        states, final = stack(x, torch.tensor(lengths), initial)
        (states.sum() + final[0].h.square().sum()).backward()
        results.append((states, final, begin.grad))

    torch.testing.assert_close(results[0][0], results[1][0])
    _close(results[0][1], results[1][1])
    torch.testing.assert_close(results[0][2], results[1][2])
