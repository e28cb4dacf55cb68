"""How cells begin: singular values, spectral radius, and gates that keep what they should."""

import pytest
import torch
from pydantic import ValidationError

from seq2seq.nn.cells import CELLS, Cell, CellName
from seq2seq.nn.initialisation import CellInit, RecurrentInit, initialise
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from seq2seq.nn.state import CellState

GATED: list[CellName] = ["lstm", "gru", "gru-cho"]


def begun(name: CellName, hidden_size: int, chosen: CellInit, *, seed: int = 1) -> Cell:
    """Make a cell that begins as chosen."""
    torch.manual_seed(seed)
    cell = CELLS[name](2, hidden_size)
    initialise(cell, chosen)
    return cell


def test_an_orthogonal_gain_is_every_singular_value() -> None:
    """A signal grows by the gain in every direction."""
    cell = begun("gru", 8, CellInit(gain=1.5))

    for block in cell.weight_hh.detach().chunk(3):
        torch.testing.assert_close(torch.linalg.svdvals(block), torch.full((8,), 1.5))


@pytest.mark.parametrize(("recurrent", "radius"), [("normal", 1.2), ("uniform", 1.2 / 3**0.5)])
def test_random_weights_have_the_spectral_radius_that_the_page_says(
    recurrent: RecurrentInit, radius: float
) -> None:
    """The circular law: for many units the largest eigenvalue nears √H times the standard deviation."""
    cell = begun("rnn", 256, CellInit(recurrent=recurrent, gain=1.2))

    largest = torch.linalg.eigvals(cell.weight_hh.detach()).abs().max()

    assert float(largest) == pytest.approx(radius, rel=0.1)


@pytest.mark.parametrize("name", GATED)
def test_chrono_gates_keep_the_state_as_long_as_the_horizon(name: CellName) -> None:
    """With no input and no recurrent product, one step keeps 1 - 1/τ of each unit, 2 ≤ τ ≤ horizon."""
    cell = begun(name, 500, CellInit(memory_horizon=50))
    cell.weight_hh.data.zero_()
    ones = torch.ones(1, 500)
    state = CellState(ones, ones if name == "lstm" else None)

    after = cell.advance(cell.input_gates(torch.zeros(1, 2)), state)

    kept = after.h if after.c is None else after.c
    horizons = 1.0 / (1.0 - kept.detach())
    assert float(horizons.min()) >= 2.0 - 1e-3
    assert float(horizons.max()) <= 50.0 + 1e-2
    assert float(horizons.median()) == pytest.approx(26.0, rel=0.15)


@pytest.mark.parametrize("name", ["rnn", *GATED])
def test_the_defaults_change_nothing(name: CellName) -> None:
    """Not the weights, and not the random numbers that are drawn after them."""
    torch.manual_seed(3)
    cell = CELLS[name](2, 4)
    weights, state = [p.clone() for p in cell.parameters()], torch.get_rng_state()

    initialise(cell, CellInit())

    assert all(torch.equal(mine, theirs) for mine, theirs in zip(cell.parameters(), weights, strict=True))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_translator_begins_as_its_settings_say() -> None:
    """Every cell of encoder and decoder has open gates."""
    config = ModelConfig.model_validate(
        {
            "embedding_size": 4,
            "hidden_size": 6,
            "encoder_hidden_size": 5,
            "attention_size": 4,
            "cell_init": {"memory_horizon": 30, "recurrent": "uniform"},
        }
    )

    network = EncoderDecoder(config, 9, 9)

    cells = [module for module in network.modules() if isinstance(module, Cell)]
    assert len(cells) == 4
    for cell in cells:
        assert (cell.bias_ih.detach().chunk(3)[1] >= 0.0).all()
        assert float(cell.weight_hh.detach().abs().max()) <= cell.hidden_size**-0.5


def test_a_cell_without_gates_has_none_to_open() -> None:
    """The settings say so, instead of being ignored."""
    with pytest.raises(ValidationError, match="memory_horizon opens gates, and cell = 'rnn' has none"):
        ModelConfig.model_validate({"cell": "rnn", "cell_init": {"memory_horizon": 30}})
