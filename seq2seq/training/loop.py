"""The training loop: update, validate, keep the best, save, and stop when it is time.

A run is a directory. The same call on the same directory goes on where the last one stopped, and
gives what it would have given without the stop.
"""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from seq2seq.amounts import amount
from seq2seq.errors import TrainingError
from seq2seq.training.checkpoint import Checkpoint, differences, read_checkpoint, write_checkpoint
from seq2seq.training.config import TrainingConfig
from seq2seq.training.interruption import Interrupted, Interruption
from seq2seq.training.learner import BatchSource, Learner, NotFinite
from seq2seq.training.optimisation import learning_rate
from seq2seq.training.outcome import RESUMED_AFTER, Mark, Observer, Outcome, StoppedBy, Unobserved, Validation
from seq2seq.training.randomness import deterministic, seed_all
from seq2seq.training.recorder import Recorder
from seq2seq.training.state import RunState

MAX_ROLL_BACKS = 3


def fit(  # noqa: PLR0913 — all but the subject by name
    run: Path,
    model: nn.Module,
    sampler: BatchSource,
    config: TrainingConfig,
    *,
    validate: Callable[[nn.Module], Validation],
    save_best: Callable[[nn.Module, Mark], None],
    identity: Mapping[str, Any],
    seed: int,
    observer: Observer | None = None,
    stop: threading.Event | None = None,
) -> Outcome:
    """Train until the configuration, a signal or `stop` ends it; go on if `run` has a checkpoint.

    SIGINT and SIGTERM end the run after the update at hand, or at once while it validates; all
    is saved. If the run is finished already, its outcome is returned at once.

    Args:
        run: the run's directory: checkpoints and journal. Made if need be.
        model: called with (batch, label_smoothing=…), gives a `Loss`. Afterwards it has the weights
            of the last update, not the averaged ones.
        sampler: gives the batches.
        config: may be changed between calls (say, more updates); the journal says what was.
        validate: called with the averaged weights, without dropout and gradients. What it draws
            from random generators does not influence training.
        save_best: called likewise, after each validation that is better than all before it.
        identity: JSON-able facts that must not change between calls: model, data.
        seed: of every random generator, when the run begins.
        observer: is told of progress.
        stop: ends the run, from another thread or from the observer, as a signal does.

    Raises:
        TrainingError: the checkpoint is of another run or unreadable, or the loss is not finite.
    """
    run.mkdir(parents=True, exist_ok=True)
    facts: dict[str, Any] = json.loads(
        json.dumps({**identity, "seed": seed})
    )  # as a checkpoint gives it back
    observer = Unobserved() if observer is None else observer
    with Interruption(stop) as interruption, deterministic(enabled=config.deterministic):
        learner = Learner(model, sampler, config)
        state = RunState()
        checkpoint = read_checkpoint(run, observer.notice)
        if checkpoint is None:
            seed_all(seed)
        else:
            _check_identity(checkpoint.state["identity"], facts, run)
            state = _resume(checkpoint, learner, config)
            finished = state.finished(config)
            if finished is not None and state.is_validated:
                return state.outcome(finished)
        journal_bytes = 0 if checkpoint is None else checkpoint.state["journal_bytes"]
        with Recorder(run, config, observer, state, journal_bytes) as recorder:
            loop = _Loop(run, learner, config, validate, save_best, facts, recorder, interruption, state)
            loop.begin(checkpoint)
            return loop.go()


@dataclass
class _Loop:
    directory: Path
    learner: Learner
    config: TrainingConfig
    validate: Callable[[nn.Module], Validation]
    save_best: Callable[[nn.Module, Mark], None]
    identity: Mapping[str, Any]
    recorder: Recorder
    interruption: Interruption
    state: RunState
    saved_at: int | None = None  # update of the last checkpoint
    ticked_s: float = field(default_factory=time.monotonic)

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Tell of the start, or of going on."""
        if checkpoint is None:
            parameters = sum(parameter.numel() for parameter in self.learner.model.parameters())
            self.recorder.write(
                "start",
                self.state,
                parameters=parameters,
                device=str(self.learner.device),
                precision="bfloat16" if self.learner.half else "float32",
                settings=self.config.model_dump(mode="json"),
            )
            return
        self.saved_at = self.state.update
        changed = differences(checkpoint.state["settings"], self.config.model_dump(mode="json"))
        self.recorder.write("resume", self.state, changed=changed)
        notice = f"going on from update {self.state.update:,}"
        self.recorder.observer.notice(f"{notice}; changed: {', '.join(changed)}" if changed else notice)

    def go(self) -> Outcome:
        """Update, validate and save until there is a reason to leave."""
        self.learner.model.train()
        while True:
            try:
                if self._validation_is_due() and not self.interruption.requested:
                    self._validate()
                reason = self._reason_to_leave()
                if reason is not None:
                    return self._leave(reason)
                if self._checkpoint_is_due():
                    self._save()
                self._update()
            except NotFinite as trouble:
                self._roll_back(trouble)

    def _update(self) -> None:
        state, rate = self.state, self._rate(self.state.update + 1)
        reading = self.learner.update(rate)
        state.update += 1
        state.epoch = self.learner.epochs
        state.tokens += reading.tokens
        state.window.add(reading)
        self._tick()
        if state.update % self.config.journal_every == 0:
            self.recorder.write_window(state, rate)
        self.recorder.show(state, rate)

    def _validation_is_due(self) -> bool:
        if self.state.update == 0 or self.state.is_validated:
            return False
        if self.state.finished(self.config) is not None:
            return True
        if self.config.validate_every == "epoch":
            return self.state.epoch > (0 if self.state.last is None else self.state.last.epoch)
        return self.state.update % self.config.validate_every == 0

    def _validate(self) -> None:
        state, started = self.state, time.monotonic()
        try:
            with self.learner.at_rest():
                with self.interruption.breakable():
                    validation = self.validate(self.learner.model)
                self._judge(validation)
        except Interrupted:  # the checkpoint knows no validation of this update, so the next call makes it
            return
        self._tick()
        assert state.last is not None, "a validation was judged but not kept"
        self.recorder.write_validation(state, state.last, time.monotonic() - started)
        self.recorder.show(state, self._rate(state.update))

    def _judge(self, validation: Validation) -> None:
        """Keep the validation, and the model if there was none better."""
        if not math.isfinite(validation.loss):
            raise NotFinite("validation loss", validation.loss)
        if self.config.choose_by == "bleu" and validation.bleu is None:
            raise TrainingError(
                'the best model is chosen by "bleu", but the validation measures none',
                where="training.choose_by",
                mend='Give the validation set its texts, or set training.choose_by = "loss".',
            )
        state, mark = self.state, Mark(self.state.update, self.state.epoch, validation)
        state.last = mark
        state.waited += 1
        if state.best is None or validation.is_better_than(state.best.validation, self.config.choose_by):
            state.best, state.waited = mark, 0
            self.save_best(self.learner.model, mark)

    def _reason_to_leave(self) -> StoppedBy | None:
        finished = self.state.finished(self.config)
        if finished is not None and self.state.is_validated:
            return finished
        if self.interruption.requested:
            return "request" if self.interruption.signal is None else "signal"
        return None

    def _leave(self, reason: StoppedBy) -> Outcome:
        state = self.state
        if reason not in RESUMED_AFTER and state.window.updates:
            self.recorder.write_window(state, self._rate(state.update))
        self._save(ending=reason)
        if reason == "signal":
            name = signal.Signals(self.interruption.signal or 0).name
            self.recorder.observer.notice(
                f"{name}: saved at update {state.update:,}; the same command goes on from there"
            )
        return state.outcome(reason, self.interruption.signal)

    def _checkpoint_is_due(self) -> bool:
        if self.saved_at == self.state.update:
            return False
        return self.state.update % self.config.checkpoint_every == 0 or self.state.is_validated

    def _save(self, ending: StoppedBy | None = None) -> None:
        self._tick()
        # Written before the checkpoint, so that the length which it keeps includes these lines.
        self.recorder.write("checkpoint", self.state)
        if ending is not None:
            best = None if self.state.best is None else self.state.best.update
            self.recorder.write("end", self.state, stopped_by=ending, best_update=best)
        captured = self.learner.capture()
        state = {
            "identity": self.identity,
            "settings": self.config.model_dump(mode="json"),
            "run": self.state.to_json(),
            "learner": captured.state,
            "journal_bytes": self.recorder.flush(),
        }
        write_checkpoint(self.directory, Checkpoint(state, captured.tensors))
        self.saved_at = self.state.update

    def _roll_back(self, trouble: NotFinite) -> None:
        """Go back to the last checkpoint with half the learning rate, or give up."""
        failed, rate = self.state, self._rate(self.state.update + 1)
        what = f"{trouble} after {amount(failed.update, 'complete update')}, at learning rate {rate:.3g}"
        if self.config.on_non_finite == "stop" or failed.roll_backs == MAX_ROLL_BACKS:
            tried = f" (rolled back {failed.roll_backs} times)" if failed.roll_backs else ""
            raise TrainingError(
                what + tried, where=str(self.directory), mend=_advice(self.config)
            ) from trouble
        checkpoint = read_checkpoint(self.directory, self.recorder.observer.notice)
        assert checkpoint is not None, "a run saves before its first update"
        self.state = _resume(checkpoint, self.learner, self.config)
        self.state.elapsed_s = failed.elapsed_s
        self.state.roll_backs = failed.roll_backs + 1
        self.state.rate_scale = failed.rate_scale / 2
        self.recorder.cut(checkpoint.state)
        self.recorder.write("roll_back", self.state, reason=what, rate_scale=self.state.rate_scale)
        self._save()
        self.recorder.observer.notice(
            f"{what}; rolled back to update {self.state.update:,} with half the learning rate"
        )

    def _rate(self, update: int) -> float:
        return learning_rate(update, self.config) * self.state.rate_scale

    def _tick(self) -> None:
        now = time.monotonic()
        self.state.elapsed_s += now - self.ticked_s
        self.ticked_s = now


def _check_identity(before: Mapping[str, Any], now: Mapping[str, Any], run: Path) -> None:
    changed = differences(before, now)
    if changed:
        raise TrainingError(
            f"the checkpoint is of another run: {', '.join(changed)}",
            where=str(run),
            mend="Train into another directory, or delete this one to train from the start.",
        )


def _resume(checkpoint: Checkpoint, learner: Learner, config: TrainingConfig) -> RunState:
    """Put a checkpoint back into the learner, and give the state of its run."""
    learner.restore(checkpoint)
    state = RunState.from_json(checkpoint.state["run"])
    if checkpoint.state["settings"]["choose_by"] != config.choose_by:
        state.best, state.last, state.waited = None, None, 0  # by another measure the best may be another
    return state


def _advice(config: TrainingConfig) -> str:
    advice = "Lower training.learning_rate, or lengthen training.warmup_updates"
    if not config.max_grad_norm:
        advice += ", or set training.max_grad_norm = 1.0"
    if config.on_non_finite == "stop":
        advice += ', or set training.on_non_finite = "roll_back"'
    return f"{advice}; the same command then goes on from the last checkpoint."
