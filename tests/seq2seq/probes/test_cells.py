"""What is drawn of a cell is what the cell computes."""

from pathlib import Path

import numpy as np
import pytest
import torch

import tiny
from seq2seq.errors import InputError
from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.recurrent import RecurrentLayer
from seq2seq.probes.cells import MEANING, CellReport, trace, trace_trained, trace_translator
from seq2seq.probes.learning import Budget
from seq2seq.probes.variants import variant


@pytest.mark.parametrize("name", list(CELLS))
def test_a_trace_is_the_layers_states_and_the_gates_that_make_them(name: CellName) -> None:
    """H as the layer gives it, and each cell's equation between gates and states."""
    torch.manual_seed(1)
    layer = RecurrentLayer(name, 3, 4, bidirectional=False)
    inputs = torch.randn(6, 3)

    found = trace(layer.forward_cell, inputs)

    states = layer(inputs.unsqueeze(0), torch.tensor([6])).states.squeeze(0)
    np.testing.assert_allclose(found["h"], states.detach().numpy(), atol=1e-6)
    before = np.vstack([np.zeros((1, 4)), found["c" if name == "lstm" else "h"][:-1]])
    if name == "lstm":
        np.testing.assert_allclose(found["c"], found["f"] * before + found["i"] * found["g"], atol=1e-6)
        np.testing.assert_allclose(found["h"], found["o"] * np.tanh(found["c"]), atol=1e-6)
    elif name != "rnn":
        np.testing.assert_allclose(found["h"], found["z"] * before + (1 - found["z"]) * found["n"], atol=1e-6)
    assert set(found) <= set(MEANING)


def test_a_trained_cell_reads_a_sentence_character_by_character() -> None:
    """One column a character, after the end of the sentence before it."""
    budget = Budget(updates=30, hidden_size=6, measured_rows=20)

    found = trace_trained("It is red.", variant("lstm"), budget)
    report = CellReport("It is red.", (found,))

    assert "".join(found.read) == "⏎It is red."
    assert {name: values.shape for name, values in found.values.items()} == dict.fromkeys("ifgoch", (11, 6))
    lines = report.text().splitlines()
    assert [line.split()[0] for line in lines[4:]] == ["i", "f", "g", "o", "c", "h"]
    assert len(report.figure().charts) == 5


def test_a_character_that_training_never_saw_is_named() -> None:
    """The message says which, and what to do."""
    with pytest.raises(InputError, match="the sentence has 'ß', which training never saw"):
        trace_trained("Straße", variant("rnn"), Budget(updates=2))


def test_a_translators_encoder_reads_pieces(tmp_path: Path) -> None:
    """With a model directory nothing is trained: the columns are its pieces, the end included."""
    tiny.bundle(tmp_path / "model")

    found = trace_translator("Where is the station?", tmp_path / "model")

    assert found.name == "gru"
    assert found.read[-1] == "⏎ "
    assert found.values["z"].shape == (len(found.read), 8)
    with pytest.raises(InputError, match="the sentence is blank"):
        trace_translator(" ", tmp_path / "model")
