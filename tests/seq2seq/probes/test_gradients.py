"""Gradient norms against a product by hand and finite differences; truncation is exactly nothing."""

import json
import math

import numpy as np
import pytest
import torch

from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.initialisation import CellInit
from seq2seq.nn.state import CellState
from seq2seq.probes.gradients import GradientReport, probe_gradients, state_gradients
from seq2seq.probes.learning import Budget, untrained
from seq2seq.probes.network import TaskNetwork
from seq2seq.probes.tasks import Adding, Recall, TaskBatch, task_of
from seq2seq.probes.variants import variant


def test_one_unit_by_hand() -> None:
    """H' = tanh(w h), loss (h_3 - y)²: the gradient at lag k is 2 (h_3 - y) times k factors w (1 - h²)."""
    network = TaskNetwork(Adding(3), "rnn", 1, CellInit())
    cell = network.layer.forward_cell
    cell.weight_ih.data.copy_(torch.tensor([[0.5, 0.0]]))
    cell.weight_hh.data.fill_(0.8)
    network.answer.weight.data.fill_(1.0)
    network.answer.bias.data.zero_()
    batch = TaskBatch(torch.tensor([[[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]), torch.tensor([[0.25]]))

    found = state_gradients(network, batch)

    h1 = math.tanh(0.5)
    h2 = math.tanh(0.8 * h1)
    h3 = math.tanh(0.8 * h2)
    last = abs(2 * (h3 - 0.25))
    by_hand = [last, last * 0.8 * (1 - h3**2), last * 0.8 * (1 - h3**2) * 0.8 * (1 - h2**2)]
    np.testing.assert_allclose(found.h, by_hand, rtol=1e-6)
    assert found.c is None


@pytest.mark.parametrize("name", list(CELLS))
def test_the_gradient_is_what_a_small_change_of_the_state_shows(name: CellName) -> None:
    """Finite differences of the last loss by the state three steps before it."""
    torch.manual_seed(1)
    task = Recall(6)
    network = TaskNetwork(task, name, 4, CellInit())
    batch = task.draw(np.random.default_rng(2), 1)
    double = TaskNetwork(task, name, 4, CellInit()).double()
    double.load_state_dict(network.state_dict())
    cell, inputs = double.layer.forward_cell, batch.inputs.double()

    def go(state: CellState, start: int, end: int) -> CellState:
        for t in range(start, end):
            state = cell(inputs[:, t], state)
        return state

    with torch.no_grad():
        middle = go(cell.initial(torch.zeros(1, 4, dtype=torch.double)), 0, 3)
        slopes = []
        for unit in range(4):
            nudge = torch.zeros(1, 4, dtype=torch.double)
            nudge[0, unit] = 1e-6
            losses = [
                double.last_loss(go(CellState(middle.h + sign * nudge, middle.c), 3, 6), batch).item()
                for sign in (1, -1)
            ]
            slopes.append((losses[0] - losses[1]) / 2e-6)

    assert state_gradients(network, batch).h[3] == pytest.approx(math.hypot(*slopes), rel=1e-5)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_truncation_leaves_the_gradient_within_its_horizon_and_nothing_beyond(name: CellName) -> None:
    """Up to the horizon the same numbers; from there on exactly 0, not something small."""
    task = Recall(12)
    network = untrained(task, variant(name), Budget(hidden_size=5))
    batch = task.draw(np.random.default_rng(3), 4)

    whole, cut = state_gradients(network, batch), state_gradients(network, batch, truncate=5)

    np.testing.assert_array_equal(cut.h[:5], whole.h[:5])
    assert (whole.h > 0.0).all()
    assert (cut.h[5:] == 0.0).all()
    assert cut.c is None or (cut.c[5:] == 0.0).all()


def test_measuring_leaves_the_network_as_it_was() -> None:
    """No gradient is left behind, and no weight has moved."""
    task = Recall(5)
    network = untrained(task, variant("gru"), Budget(hidden_size=4))
    before = {name: weight.clone() for name, weight in network.state_dict().items()}

    state_gradients(network, task.draw(np.random.default_rng(4), 2))

    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())


def test_how_a_cell_begins_decides_how_far_its_gradient_reaches() -> None:
    """Orthogonal reaches further than torch's uniform, open gates further than closed, gain above 1 grows."""
    task, budget = task_of("recall", 60), Budget(hidden_size=24)

    def share(text: str) -> float:
        found = probe_gradients(task, variant(text), budget, seeds=3, train=False)
        name, shares = found.begun.named(text)[-1]  # of an LSTM, its c
        assert name.startswith(text)
        return float(np.median(shares[:, 50]))

    assert share("rnn") > 1e5 * share("rnn:uniform")
    assert share("gru:chrono") > 1e3 * share("gru")
    assert share("lstm:chrono") > 3 * share("lstm")
    assert share("rnn:normal,gain=2") > 10 * share("rnn:normal")


def test_the_report_says_exact_zero_and_keeps_every_number() -> None:
    """The table has a 0 where nothing is left; JSON has a list a seed."""
    task, budget = task_of("recall", 12), Budget(hidden_size=4, updates=60, measured_rows=50)
    found = [
        probe_gradients(task, variant(text), budget, seeds=2, train=True)
        for text in ("rnn:truncate=3", "lstm")
    ]
    report = GradientReport(task, budget, 2, tuple(found))

    text, document = report.text(), json.loads(json.dumps(report.to_json()))

    row = next(line for line in text.splitlines() if line.startswith("rnn:truncate=3"))
    assert row.split()[2:] == ["0", "0", "0"]
    assert "lstm, its c" in text
    assert "after training, 60 updates at most" in text
    assert [len(rows) for rows in document["variants"][1]["begun"]["c"]] == [12, 12]
    assert [chart.title for chart in report.figure().charts] == ["at initialisation", "after training"]
