import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from torch import nn

import runs
from seq2seq.errors import TrainingError
from seq2seq.training.outcome import Mark, Validation


def stopper(update: int) -> dict[str, Any]:
    """Arguments of `fit` that end a run after an update."""
    stop = threading.Event()
    return {
        "stop": stop,
        "observer": runs.Watcher(lambda progress: stop.set() if progress.update == update else None),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_twice_gives_equal_losses_and_weights(tmp_path: Path, seed: int) -> None:
    """And another seed gives others."""
    _, weights = runs.train(tmp_path / "a", seed=seed)
    _, again = runs.train(tmp_path / "b", seed=seed)
    _, other = runs.train(tmp_path / "c", seed=seed + 10)

    assert runs.equal(weights, again)
    assert runs.learnt(tmp_path / "a") == runs.learnt(tmp_path / "b")
    assert not runs.equal(weights, other)


@pytest.mark.parametrize("update", [1, 5, 6, 8, 23])
@pytest.mark.parametrize("optimiser", ["adam", "adamw"])
def test_resuming_equals_never_stopping(tmp_path: Path, update: int, optimiser: str) -> None:
    """Wherever it stops: weights bit for bit, and the journal without a line twice."""
    settings = runs.config(optimiser=optimiser, weight_decay=0.1)
    whole, weights = runs.train(tmp_path / "whole", settings)

    stopped, half = runs.train(tmp_path / "halves", settings, **stopper(update))
    outcome, resumed = runs.train(tmp_path / "halves", settings)

    assert (stopped.stopped_by, stopped.update, stopped.is_finished) == ("request", update, False)
    assert not runs.equal(half, weights)
    assert runs.equal(resumed, weights)
    assert runs.learnt(tmp_path / "halves") == runs.learnt(tmp_path / "whole")
    assert (outcome.best, outcome.last, outcome.tokens) == (whole.best, whole.last, whole.tokens)


@pytest.mark.parametrize("settings", [{"ema_decay": 0.0}, {"accumulate": 2}, {"validate_every": "epoch"}])
def test_resuming_equals_never_stopping_with_other_settings(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    """Without averaging, with several batches an update, and validated by epoch."""
    _, weights = runs.train(tmp_path / "whole", runs.config(**settings))

    runs.train(tmp_path / "halves", runs.config(**settings), **stopper(7))
    _, resumed = runs.train(tmp_path / "halves", runs.config(**settings))

    assert runs.equal(resumed, weights)
    assert runs.learnt(tmp_path / "halves") == runs.learnt(tmp_path / "whole")


def child(run: Path, updates: int) -> "subprocess.Popen[str]":
    """The same training as a program of its own, which tells each update."""
    command = [sys.executable, runs.__file__, str(run), str(updates)]
    here = Path(__file__).parents[3]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=here, env={"PYTHONPATH": str(here)}
    )


def wait_for(process: "subprocess.Popen[str]", update: int) -> None:
    """Read until it has made so many updates."""
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= update:
            return


def test_killed_in_the_middle_the_same_command_gives_the_same(tmp_path: Path) -> None:
    """SIGKILL at some moment, SIGTERM at another: weights and journal of an undisturbed run."""
    updates, draw = 160, random.Random()  # noqa: S311 — another moment each time
    settings = runs.config(updates=updates, journal_every=5, checkpoint_every=7, validate_every=20)
    _, weights = runs.train(tmp_path / "whole", settings)

    with child(tmp_path / "killed", updates) as killed:
        wait_for(killed, draw.randrange(1, 80))
        time.sleep(draw.random() / 100)
        killed.kill()
    with child(tmp_path / "killed", updates) as terminated:
        wait_for(terminated, draw.randrange(90, 150))
        terminated.terminate()
        terminated.communicate()  # else it would meet a closed pipe before it has saved
    end = runs.journal(tmp_path / "killed", "end")[-1]
    _, resumed = runs.train(tmp_path / "killed", settings)

    assert (killed.returncode, terminated.returncode) == (-signal.SIGKILL, 128 + signal.SIGTERM)
    assert (end["stopped_by"], end["update"]) == (
        "signal",
        runs.journal(tmp_path / "killed", "resume")[-1]["update"],
    )
    assert runs.equal(resumed, weights)
    assert runs.learnt(tmp_path / "killed") == runs.learnt(tmp_path / "whole")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, also where what runs the tests has it ignored, as a shell does in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_saves_and_leaves(tmp_path: Path) -> None:
    """Ctrl-C is kept from Python until all is saved; the second one is not."""
    watcher = runs.Watcher(
        lambda progress: signal.raise_signal(signal.SIGINT) if progress.update == 5 else None
    )

    outcome, _ = runs.train(tmp_path, observer=watcher)

    assert (outcome.stopped_by, outcome.signal, outcome.update) == ("signal", signal.SIGINT, 5)
    assert runs.journal(tmp_path, "checkpoint")[-1]["update"] == 5
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_signal_while_validating_does_not_wait_for_its_end(tmp_path: Path) -> None:
    """The next call makes the validation that was broken off."""
    _, weights = runs.train(tmp_path / "whole")

    def endless(_: nn.Module) -> Validation:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("the signal was not heard")

    watcher = runs.Watcher()
    before = signal.getsignal(signal.SIGTERM)
    outcome, _ = runs.train(tmp_path / "broken", validate=endless, observer=watcher)
    _, resumed = runs.train(tmp_path / "broken")

    assert (outcome.stopped_by, outcome.signal, outcome.update) == ("signal", signal.SIGTERM, 6)
    assert watcher.notices == ["SIGTERM: saved at update 6; the same command goes on from there"]
    assert signal.getsignal(signal.SIGTERM) is before
    assert runs.equal(resumed, weights)
    assert runs.learnt(tmp_path / "broken") == runs.learnt(tmp_path / "whole")


def test_a_finished_run_returns_its_outcome_at_once(tmp_path: Path) -> None:
    """Nothing is trained, validated or written."""
    first, weights = runs.train(tmp_path)
    written = (tmp_path / "journal.jsonl").read_bytes()

    watcher = runs.Watcher()
    second, again = runs.train(tmp_path, observer=watcher)

    assert second == first
    assert runs.equal(again, weights)
    assert (tmp_path / "journal.jsonl").read_bytes() == written
    assert watcher.seen == []


def test_a_finished_run_goes_on_when_it_gets_more_updates(tmp_path: Path) -> None:
    """And says which settings changed."""
    runs.train(tmp_path)
    watcher = runs.Watcher()

    outcome, _ = runs.train(tmp_path, runs.config(updates=30), observer=watcher)

    assert outcome.update == 30
    assert watcher.notices == ["going on from update 24; changed: updates was 24, now 30"]
    assert runs.journal(tmp_path, "resume")[0]["changed"] == ["updates was 24, now 30"]


def test_choosing_by_another_measure_chooses_anew(tmp_path: Path) -> None:
    """The best by loss need not be the best by BLEU: a finished run validates once more."""

    def measure(_: nn.Module) -> Validation:
        return Validation(1.0, 20.0, "signature")

    runs.train(tmp_path, validate=measure)
    outcome, _ = runs.train(tmp_path, runs.config(choose_by="bleu"), validate=measure)

    assert outcome.best == Mark(24, 6, Validation(1.0, 20.0, "signature"))


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    """By name and both values of what differs."""
    runs.train(tmp_path, **stopper(3), identity={"model": {"hidden": 6}, "data": "a"})

    with pytest.raises(TrainingError, match="another run") as caught:
        runs.train(tmp_path, identity={"model": {"hidden": 8}}, seed=2)

    assert str(caught.value) == (
        f'{tmp_path}: the checkpoint is of another run: data was "a", now absent, model.hidden was 6, now 8, '
        "seed was 1, now 2. Train into another directory, or delete this one to train from the start."
    )


def test_a_checkpoint_of_other_weights_is_refused(tmp_path: Path) -> None:
    """Even if the caller says that nothing changed."""
    runs.train(tmp_path, **stopper(3))
    model = runs.begin()
    model.hidden = nn.Linear(6, 6, bias=False)

    with pytest.raises(
        TrainingError, match=r"weight 'hidden.bias' was \[6\], now absent. Train into another"
    ):
        runs.train(tmp_path, model=model)
