"""Cells that remember learn, cells that cannot score the baseline, and the tables say which is which."""

import json

import pytest
import torch

from seq2seq.probes.clipping import ClippingReport, probe_clipping
from seq2seq.probes.learning import Budget, learn, untrained
from seq2seq.probes.memory import MemoryReport, Remembered, probe_memory
from seq2seq.probes.tasks import Adding, Copy, Recall, Task, held_out
from seq2seq.probes.variants import variant

SMALL = Budget(updates=200, hidden_size=16, measured_rows=200)


def test_a_cell_with_open_gates_learns_what_the_same_cell_with_closed_gates_cannot() -> None:
    """Recall over 30 steps: solved, against the loss of remembering nothing."""
    budget = Budget(updates=200, hidden_size=32, measured_rows=200)

    open_gates = probe_memory(Recall(30), variant("gru:chrono"), budget)
    closed = probe_memory(Recall(30), variant("gru"), budget)

    assert open_gates.is_solved
    assert open_gates.accuracy > 0.95
    assert not closed.is_solved
    assert closed.share == pytest.approx(1.0, abs=0.1)


def test_training_ends_once_the_task_is_solved() -> None:
    """Six steps are easy; the rest of the budget is not spent."""
    learnt = learn(Adding(6), variant("gru"), Budget(updates=1_000, hidden_size=16))

    assert learnt.trained.reached_goal
    assert learnt.trained.best.update < 1_000
    assert len(learnt.trained.gradient_norms) < 1_000
    assert learnt.loss < 0.1 / 6


@pytest.mark.parametrize("task", [Adding(7), Recall(7), Copy(7)])
def test_the_loss_that_training_sees_is_that_of_the_answers(task: Task) -> None:
    """`forward` and `said` read the same states: one from the other by torch's own losses."""
    network = untrained(task, variant("lstm"), SMALL)
    batch = held_out(task, 20, seed=1)

    loss = network(batch)

    said = network.said(batch)
    if task.classes is None:
        by_hand = torch.nn.functional.mse_loss(said.squeeze(-1), batch.targets)
    else:
        by_hand = torch.nn.functional.cross_entropy(said.flatten(0, 1), batch.targets.flatten())
    torch.testing.assert_close(loss.sum / loss.tokens, by_hand)
    torch.testing.assert_close(loss.nll / loss.tokens, by_hand.detach())


def test_the_memory_table_has_a_line_a_cell_and_a_column_a_length() -> None:
    """The update at which it was solved, or a dash."""
    found = [
        Remembered(Recall(length), variant(name), loss, 0.5, 150, is_solved)
        for length in (10, 40)
        for name, loss, is_solved in (("rnn", 2.1, False), ("gru", 0.1, length == 10))
    ]

    report = MemoryReport(SMALL, tuple(found))

    lines = [line.split() for line in report.text().splitlines()]
    assert ["solved", "at", "update", "recall", "10", "recall", "40"] in lines
    assert ["rnn", "-", "-"] in lines
    assert ["gru", "150", "-"] in lines
    assert ["recall", "40", "rnn", "2.1000", "2.0794", "50.0", "%", "12.5", "%", "150", "-"] in lines
    assert json.loads(json.dumps(report.to_json()))["results"][1]["solved"] is True
    assert [chart.title for chart in report.figure().charts] == ["recall"]


def test_clipping_bounds_the_gradient_that_the_optimiser_gets() -> None:
    """The norm before is larger than the threshold, the norm after never."""
    budget = Budget(updates=60, hidden_size=16, max_grad_norm=0.5, measured_rows=50)

    runs = tuple(probe_clipping(Recall(20), variant("rnn:normal,gain=2"), budget))

    assert [run.max_grad_norm for run in runs] == [0.0, 0.5]
    assert max(runs[1].norms) > 0.5
    assert max(runs[1].clipped_norms) == 0.5
    assert runs[0].clipped_norms == list(runs[0].norms)
    text = ClippingReport(Recall(20), budget, runs).text()
    assert "loss without memory: 2.0794" in text
    assert "off" in text


def test_a_run_that_leaves_the_finite_numbers_is_told_as_such() -> None:
    """The table says so, and the report goes on."""
    budget = Budget(updates=20, hidden_size=8, learning_rate=1e30, measured_rows=20)

    runs = tuple(probe_clipping(Adding(10), variant("rnn"), budget))
    report = ClippingReport(Adding(10), budget, runs)

    assert all(run.learnt is None for run in runs)
    assert "nan" in runs[0].trouble or "inf" in runs[0].trouble
    assert runs[0].trouble in report.text()
    assert json.dumps(report.to_json())
