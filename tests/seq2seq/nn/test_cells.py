"""The cells against torch's with shared weights, against finite differences, and Cho's by hand."""

import pytest
import torch
from torch import nn

from seq2seq.nn.cells import CELLS, CellName, ChoGRUCell, GRUCell, LSTMCell, RNNCell
from seq2seq.nn.state import CellState

TORCH_CELLS = [(RNNCell, nn.RNNCell), (LSTMCell, nn.LSTMCell), (GRUCell, nn.GRUCell)]
ALL_CELLS: list[CellName] = ["rnn", "lstm", "gru", "gru-cho"]


@pytest.mark.parametrize(("ours", "theirs"), TORCH_CELLS)
def test_a_cell_equals_torchs_with_the_same_weights(
    ours: type[RNNCell] | type[LSTMCell] | type[GRUCell],
    theirs: type[nn.RNNCell] | type[nn.LSTMCell] | type[nn.GRUCell],
) -> None:
    """Same weights, same input, same state: same next state."""
    torch.manual_seed(1)
    reference, cell = theirs(3, 5), ours(3, 5)
    cell.load_state_dict(reference.state_dict())
    x, h, c = torch.randn(4, 3), torch.randn(4, 5), torch.randn(4, 5)
    is_lstm = isinstance(cell, LSTMCell)

    state = cell(x, CellState(h, c if is_lstm else None))

    if isinstance(reference, nn.LSTMCell):
        expected_h, expected_c = reference(x, (h, c))
        torch.testing.assert_close(state.c, expected_c)
    else:
        expected_h = reference(x, h)
    torch.testing.assert_close(state.h, expected_h)


@pytest.mark.parametrize("name", ALL_CELLS)
def test_gradients_equal_finite_differences(name: CellName) -> None:
    """The derivative of a step by its input, its state and its weights is what a small change shows."""
    torch.manual_seed(2)
    cell = CELLS[name](2, 3).double()
    x = torch.randn(2, 2, dtype=torch.double, requires_grad=True)
    h = torch.randn(2, 3, dtype=torch.double, requires_grad=True)

    def two_steps(x: torch.Tensor, h: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        named = dict(zip(dict(cell.named_parameters()), weights, strict=True))
        state = torch.func.functional_call(cell, named, (x, cell.initial(h)))
        after: CellState = torch.func.functional_call(cell, named, (x, state))
        return after.h

    assert torch.autograd.gradcheck(two_steps, (x, h, *cell.parameters()))


def test_chos_cell_resets_before_the_recurrent_product() -> None:
    """One unit by hand: r = σ(0) = 1/2, z = σ(0) = 1/2, n = tanh(x + r h) with W = U = 1."""
    cell = ChoGRUCell(1, 1)
    cell.weight_ih.data = torch.tensor([[0.0], [0.0], [1.0]])
    cell.weight_hh.data = torch.tensor([[0.0], [0.0], [1.0]])

    state = cell(torch.tensor([[0.3]]), CellState(torch.tensor([[0.8]])))

    candidate = torch.tanh(torch.tensor(0.3 + 0.5 * 0.8))
    torch.testing.assert_close(state.h.squeeze(), 0.5 * 0.8 + 0.5 * candidate)


def test_the_two_grus_agree_when_nothing_is_reset() -> None:
    """With the reset gate wide open the order of product and gate does not matter."""
    torch.manual_seed(3)
    cho, cudnn = ChoGRUCell(3, 4), GRUCell(3, 4)
    cudnn.load_state_dict(cho.state_dict())
    for cell in (cho, cudnn):
        cell.bias_ih.data[:4] = 50.0
    x, h = torch.randn(2, 3), torch.randn(2, 4)

    torch.testing.assert_close(cho(x, CellState(h)).h, cudnn(x, CellState(h)).h)


@pytest.mark.parametrize("name", ALL_CELLS)
def test_recurrent_dropout_acts_on_the_recurrent_product_alone(name: CellName) -> None:
    """With everything dropped the step is the one from a zero recurrent input; the carried state stays."""
    torch.manual_seed(4)
    cell = CELLS[name](3, 4)
    cell.weight_ih.data.zero_()
    state = cell.initial(torch.randn(2, 4))

    dropped = cell.advance(cell.input_gates(torch.zeros(2, 3)), state, torch.zeros(2, 4))
    cell.weight_hh.data.zero_()
    without_product = cell.advance(cell.input_gates(torch.zeros(2, 3)), state)

    torch.testing.assert_close(dropped.h, without_product.h)


@pytest.mark.parametrize("name", ALL_CELLS)
def test_recurrent_weights_begin_orthogonal(name: CellName) -> None:
    """Each gate's block of U keeps lengths, so that a signal neither dies nor explodes at once."""
    cell = CELLS[name](3, 6)

    for block in cell.weight_hh.detach().chunk(cell.gates):
        torch.testing.assert_close(block @ block.t(), torch.eye(6), atol=1e-5, rtol=0)
