import json
import math
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
import torch
from torch import Tensor, nn

import runs
from seq2seq.errors import TrainingError
from seq2seq.training.outcome import Mark, Outcome, Progress, Validation


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


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

    assert equal(weights, again)
    assert runs.learnt(tmp_path / "a") == runs.learnt(tmp_path / "b")
    assert not equal(weights, other)


@pytest.mark.parametrize("update", [1, 5, 6, 8, 23])
@pytest.mark.parametrize("optimiser", ["adam", "adamw"])
def test_resuming_equals_never_stopping(tmp_path: Path, update: int, optimiser: str) -> None:
    """Wherever it stops: weights bit for bit, and the journal without a line twice."""
    settings = runs.config(optimiser=optimiser, weight_decay=0.1)
    whole, weights = runs.train(tmp_path / "whole", settings)

    stopped, half = runs.train(tmp_path / "halves", settings, **stopper(update))
    outcome, resumed = runs.train(tmp_path / "halves", settings)

    assert (stopped.stopped_by, stopped.update, stopped.is_finished) == ("request", update, False)
    assert not equal(half, weights)
    assert equal(resumed, weights)
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

    assert equal(resumed, weights)
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
    assert equal(resumed, weights)
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
    assert equal(resumed, weights)
    assert runs.learnt(tmp_path / "broken") == runs.learnt(tmp_path / "whole")


def test_a_finished_run_returns_its_outcome_at_once(tmp_path: Path) -> None:
    """Nothing is trained, validated or written."""
    first, weights = runs.train(tmp_path)
    written = (tmp_path / "journal.jsonl").read_bytes()

    watcher = runs.Watcher()
    second, again = runs.train(tmp_path, observer=watcher)

    assert second == first
    assert equal(again, weights)
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


def test_a_loss_that_is_not_a_number_stops_the_run(tmp_path: Path) -> None:
    """With update, learning rate and advice; the checkpoint before it is kept."""
    with pytest.raises(TrainingError) as caught:
        runs.train(tmp_path, model=runs.Poisoned(7, 7))

    assert str(caught.value) == (
        f"{tmp_path}: the loss is nan after 6 complete updates, at learning rate 0.019. "
        "Lower training.learning_rate, or lengthen training.warmup_updates, "
        'or set training.on_non_finite = "roll_back"; '
        "the same command then goes on from the last checkpoint."
    )
    assert runs.train(tmp_path)[0].update == 24


def test_rolling_back_halves_the_learning_rate_and_goes_on(tmp_path: Path) -> None:
    """From the last checkpoint; the journal has no update twice."""
    watcher = runs.Watcher()
    settings = runs.config(on_non_finite="roll_back", schedule="constant", journal_every=1)

    outcome, weights = runs.train(tmp_path, settings, model=runs.Poisoned(12, 12), observer=watcher)

    rates = {line["update"]: line["learning_rate"] for line in runs.journal(tmp_path, "update")}
    assert outcome.update == 24
    assert (rates[8], rates[9], rates[24]) == (0.02, 0.01, 0.01)
    assert [line["update"] for line in runs.journal(tmp_path, "update")] == list(range(1, 25))
    assert "rolled back to update 8 with half the learning rate" in watcher.notices[0]
    assert all(bool(weight.isfinite().all()) for weight in weights.values())


def test_rolling_back_gives_up_after_three_times(tmp_path: Path) -> None:
    """A run that cannot be mended says so."""
    settings = runs.config(on_non_finite="roll_back", max_grad_norm=0)

    with pytest.raises(TrainingError, match=r"\(rolled back 3 times\).*max_grad_norm = 1.0"):
        runs.train(tmp_path, settings, model=runs.Poisoned(7, 10_000))

    assert [line["rate_scale"] for line in runs.journal(tmp_path, "roll_back")] == [0.5, 0.25, 0.125]


def test_a_validation_loss_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    """It cannot be the best, and it will not mend itself."""
    with pytest.raises(TrainingError, match="the validation loss is inf after 6 complete updates"):
        runs.train(tmp_path, validate=lambda _: Validation(math.inf))


def test_choosing_by_bleu_needs_bleu(tmp_path: Path) -> None:
    """A validation without BLEU is refused when BLEU decides."""
    with pytest.raises(
        TrainingError, match=r'choose_by: the best model is chosen by "bleu".*choose_by = "loss"'
    ):
        runs.train(tmp_path, runs.config(choose_by="bleu"))


def test_patience_ends_the_run(tmp_path: Path) -> None:
    """After as many validations without a better one, also over a resume."""
    bleus = {6: 10.0, 12: 30.0, 18: 20.0, 24: 30.0}
    saved = []

    def run(limit: int) -> Outcome:
        at = [0]
        watcher = runs.Watcher(lambda progress: at.__setitem__(0, progress.update))
        return runs.train(
            tmp_path,
            runs.config(updates=60, choose_by="bleu", patience=limit),
            validate=lambda _: Validation(1.0, bleus[at[0]], "signature"),
            save_best=lambda _, mark: saved.append(mark),
            observer=watcher,
        )[0]

    first, second = run(1), run(2)

    assert (first.update, first.stopped_by, second.update, second.stopped_by) == (
        18,
        "patience",
        24,
        "patience",
    )
    assert second.best == Mark(12, 3, Validation(1.0, 30.0, "signature"))
    assert [mark.update for mark in saved] == [6, 12]


def test_the_best_model_is_saved_with_averaged_weights(tmp_path: Path) -> None:
    """They are those that were validated, and training goes on with its own."""
    validated, saved = [], []

    def judge(model: nn.Module) -> Validation:
        validated.append({name: weight.clone() for name, weight in model.named_parameters()})
        return runs.validate(model)

    def keep(model: nn.Module, _: Mark) -> None:
        saved.append({name: weight.clone() for name, weight in model.named_parameters()})

    _, weights = runs.train(tmp_path, runs.config(ema_decay=0.9), validate=judge, save_best=keep)

    assert equal(saved[-1], validated[-1])
    assert not equal(saved[-1], weights)


def test_accumulating_equals_a_bigger_batch(tmp_path: Path) -> None:
    """Sums and tokens are added up before dividing, whatever the lengths."""
    plain = {"label_smoothing": 0.0, "ema_decay": 0.0}

    model = runs.begin(dropout=0.0)
    _, accumulated = runs.train(tmp_path / "a", runs.config(accumulate=2, **plain), model=model, size=3)
    model = runs.begin(dropout=0.0)
    _, big = runs.train(tmp_path / "b", runs.config(**plain), model=model, size=6)

    torch.testing.assert_close(accumulated, big, rtol=1e-4, atol=1e-6)


def test_the_journal_tells_the_norm_before_clipping(tmp_path: Path) -> None:
    """And the weights move as if the gradient had been scaled to the limit."""
    common = {"journal_every": 1, "updates": 6, "warmup_updates": 0, "eps": 10.0}
    runs.train(tmp_path / "free", runs.config(max_grad_norm=0, **common))
    runs.train(tmp_path / "tight", runs.config(max_grad_norm=1e-3, **common))

    free, tight = (runs.journal(tmp_path / name, "update") for name in ("free", "tight"))
    assert free[0]["grad_norm"] == tight[0]["grad_norm"] > 0.1
    assert free[-1]["loss"] < tight[-1]["loss"]


def test_the_journal_has_what_a_reader_needs(tmp_path: Path) -> None:
    """One JSON object a line, with units in the names."""
    runs.train(tmp_path)

    kinds = [json.loads(line)["kind"] for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    update, validation = runs.journal(tmp_path, "update")[-1], runs.journal(tmp_path, "validation")[-1]
    assert (kinds[0], kinds[1], kinds[-1]) == ("start", "checkpoint", "end")
    assert update.keys() == {
        *(
            "kind",
            "update",
            "epoch",
            "loss",
            "nll",
            "perplexity",
            "tokens_per_s",
            "learning_rate",
            "grad_norm",
        ),
        *("padding_share", "tokens", "peak_memory_bytes", "elapsed_s"),
    }
    assert update["perplexity"] == pytest.approx(math.exp(update["nll"]))
    assert 0 < update["padding_share"] < 0.7
    assert validation["update"] == 24
    assert {"loss", "bleu", "signature", "is_best", "seconds"} < validation.keys()


def test_training_learns(tmp_path: Path) -> None:
    """The loss of a dozen pairs falls to a fraction."""
    runs.train(tmp_path, runs.config(updates=150, label_smoothing=0.0))

    losses = [line["nll"] for line in runs.journal(tmp_path, "update")]
    assert losses[-1] < 0.7 * losses[0]


def test_a_time_limit_validates_saves_and_ends(tmp_path: Path) -> None:
    """Counted over all calls; a later call returns at once."""
    settings = runs.config(updates=1_000_000, time_limit_s=0.2, validate_every=900_000)
    saved = []

    outcome, _ = runs.train(tmp_path, settings, save_best=lambda _, mark: saved.append(mark.update))

    assert outcome.stopped_by == "time_limit"
    assert saved == [outcome.update]
    assert 0.2 <= outcome.elapsed_s < 5
    assert runs.train(tmp_path, settings)[0] == outcome


def test_epochs_end_the_run(tmp_path: Path) -> None:
    """Four batches are a pass over the twelve pairs."""
    outcome, _ = runs.train(tmp_path, runs.config(epochs=2))

    assert (outcome.stopped_by, outcome.update, outcome.epoch) == ("epochs", 8, 2)


def test_progress_tells_how_far_the_run_is(tmp_path: Path) -> None:
    """After each update and validation."""
    watcher = runs.Watcher()

    runs.train(tmp_path, observer=watcher)

    updates = [progress.update for progress in watcher.seen]
    last: Progress = watcher.seen[-1]
    assert sorted(set(updates)) == list(range(1, 25))
    assert (last.updates, last.epoch, last.seconds_left) == (24, 6, 0.0)
    assert last.last is not None
    assert last.tokens_per_s > 0
    assert all(math.isfinite(progress.loss) for progress in watcher.seen)


def test_tensorboard_gets_the_curves(tmp_path: Path) -> None:
    """When it is asked for, and not otherwise."""
    runs.train(tmp_path / "with", runs.config(tensorboard=True))
    runs.train(tmp_path / "without")

    events = next((tmp_path / "with" / "tensorboard").iterdir()).read_bytes()
    assert b"training/loss" in events
    assert b"validation/perplexity" in events
    assert not (tmp_path / "without" / "tensorboard").exists()
