"""What is compared, as it is written on the command line."""

import pytest

from seq2seq.errors import ConfigError, UsageError
from seq2seq.nn.initialisation import CellInit
from seq2seq.probes.variants import variant


def test_a_variant_is_a_cell_and_its_options() -> None:
    """Every option has its place."""
    written = variant("gru:normal,gain=1.5,horizon=40,truncate=7")

    assert written.cell == "gru"
    assert written.truncate == 7
    assert written.begin(100) == CellInit(recurrent="normal", gain=1.5, memory_horizon=40)


def test_chrono_takes_the_length_of_the_task() -> None:
    """One word on the command line, a horizon for each length."""
    assert variant("lstm:chrono").begin(100).memory_horizon == 100
    assert variant("lstm").begin(100).memory_horizon is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gro", "gro: 'gro' is not a cell. Did you mean 'gru'?"),
        ("gru:unifrom", "gru:unifrom: 'unifrom' is not an option of a cell. Did you mean 'uniform'?"),
    ],
)
def test_a_mistyped_variant_is_answered_with_what_was_meant(text: str, message: str) -> None:
    """The closest word is named."""
    with pytest.raises(UsageError) as caught:
        variant(text)

    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["rnn:gain=fast", "gru:horizon=1", "rnn:gain=-1", "rnn:truncate=0"])
def test_a_value_that_does_not_fit_is_refused(text: str) -> None:
    """The message names what was written."""
    with pytest.raises(ConfigError, match=text):
        variant(text)
