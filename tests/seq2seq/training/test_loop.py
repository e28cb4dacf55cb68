import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn

import runs
from seq2seq.errors import TrainingError
from seq2seq.training.outcome import Mark, Outcome, Progress, Validation


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

    assert runs.equal(saved[-1], validated[-1])
    assert not runs.equal(saved[-1], weights)


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
