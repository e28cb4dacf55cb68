"""The tasks ask what they say, and their baselines are what the best guess without memory scores."""

import math

import numpy as np
import pytest
import torch

from seq2seq.probes.characters import NextCharacter
from seq2seq.probes.tasks import COPIED, SYMBOLS, Adding, Copy, Recall, Task, TaskBatches, TaskName, task_of

TASKS: list[TaskName] = ["adding", "recall", "copy"]


def drawn(task: Task, rows: int = 4_000) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw inputs and targets."""
    batch = task.draw(np.random.default_rng(1), rows)
    return batch.inputs, batch.targets


def test_adding_marks_a_number_in_each_half_and_asks_for_their_sum() -> None:
    """Exactly two marks, one on each side of the middle."""
    inputs, sums = drawn(Adding(11))

    numbers, marks = inputs.unbind(dim=2)
    assert (marks[:, :5].sum(dim=1) == 1).all()
    assert (marks[:, 5:].sum(dim=1) == 1).all()
    torch.testing.assert_close((numbers * marks).sum(dim=1, keepdim=True), sums)


def test_the_baseline_of_adding_is_the_error_of_always_saying_one() -> None:
    """The variance of the sum of two numbers from U(0, 1): 1/6; and it is right with probability 2ε - ε²."""
    task = Adding(20)
    _, sums = drawn(task, rows=40_000)
    one = torch.ones(*sums.shape, 1)

    assert float((sums - 1.0).square().mean()) == pytest.approx(task.baseline, rel=0.02)
    assert task.baseline == pytest.approx(1 / 6)
    assert task.accuracy(one, sums) == pytest.approx(task.chance, rel=0.05)


def test_recall_shows_the_symbol_first_and_only_distractors_after_it() -> None:
    """What is asked for cannot be read anywhere else."""
    inputs, symbols = drawn(Recall(9))

    read = inputs.argmax(dim=2)
    assert torch.equal(read[:, :1], symbols)
    assert set(read[:, 1:].flatten().tolist()) == {SYMBOLS, SYMBOLS + 1}
    assert symbols.flatten().bincount().tolist() == pytest.approx([500] * SYMBOLS, rel=0.2)
    assert Recall(9).baseline == pytest.approx(math.log(8))


def test_copy_gives_the_signal_and_then_wants_the_symbols() -> None:
    """Ten symbols, length - 1 blanks, a sign, ten blanks; the answer is blank until the sign was read."""
    inputs, answers = drawn(Copy(30), rows=50)

    read = inputs.argmax(dim=2)
    assert read.shape == answers.shape == (50, 30 + 2 * COPIED)
    assert (read[:, COPIED : COPIED + 29] == SYMBOLS).all()
    assert (read[:, COPIED + 29] == SYMBOLS + 1).all()
    assert (read[:, -COPIED:] == SYMBOLS).all()
    assert (answers[:, :-COPIED] == SYMBOLS).all()
    assert torch.equal(answers[:, -COPIED:], read[:, :COPIED])


@pytest.mark.parametrize(("length", "printed"), [(100, 0.173), (200, 0.0945), (500, 0.0400), (1000, 0.0204)])
def test_the_baseline_of_copy_is_the_one_that_papers_print(length: int, printed: float) -> None:
    """10 ln 8 / (T + 20): blanks without error, then a guess among eight."""
    assert Copy(length).baseline == pytest.approx(printed, abs=5e-4)


def test_the_baseline_of_copy_is_what_blanks_and_guesses_score() -> None:
    """The cross-entropy of the best answer without memory, over every position."""
    task = Copy(12)
    _, answers = drawn(task, rows=20)
    guess = torch.full((20, 32, SYMBOLS + 1), -1e9)
    guess[:, :-COPIED, SYMBOLS] = 0.0
    guess[:, -COPIED:, :SYMBOLS] = 0.0

    loss = torch.nn.functional.cross_entropy(guess.flatten(0, 1), answers.flatten())

    assert float(loss) == pytest.approx(task.baseline, rel=1e-5)


@pytest.mark.parametrize("name", TASKS)
def test_batches_go_on_where_they_were(name: TaskName) -> None:
    """The place is one number, and no batch comes twice."""
    first = TaskBatches(task_of(name, 8), 3, seed=5)
    given = [next(first).inputs for _ in range(4)]
    second = TaskBatches(task_of(name, 8), 3, seed=5)
    next(second)
    third = TaskBatches(task_of(name, 8), 3, seed=5)

    third.load_state_dict(second.state_dict())

    assert torch.equal(next(third).inputs, given[1])
    assert len({tuple(inputs.flatten().tolist()) for inputs in given}) == 4


def test_the_next_character_is_the_one_that_comes_next() -> None:
    """The target of a position is the input of the one after it; the baseline is the text's entropy."""
    task = NextCharacter(12, seed=1)

    inputs, targets = drawn(task, rows=200)

    assert torch.equal(inputs.argmax(dim=2)[:, 1:], targets[:, :-1])
    shares = targets.flatten().bincount(minlength=task.classes).double() / targets.numel()
    entropy = float(-(shares * shares.clamp_min(1e-12).log()).sum())
    assert entropy == pytest.approx(task.baseline, abs=0.1)
    assert [task.alphabet[sign] for sign in task.read("Hi")[1:].argmax(dim=1)] == ["H", "i"]
