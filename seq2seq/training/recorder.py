"""Tells journal, curves and observer what the loop does."""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from seq2seq.training.config import TrainingConfig
from seq2seq.training.journal import Journal
from seq2seq.training.memory import peak_memory
from seq2seq.training.outcome import Mark, Observer, Progress
from seq2seq.training.state import RunState, Window
from seq2seq.training.tensorboard import Curves


class Recorder:
    """A context manager: leaving it closes the files.

    Args:
        run: the run's directory.
        config: updates and time limit, for the time that is left.
        observer: is told of progress.
        state: where the run stands now.
        journal_bytes: how much of the journal is kept.
    """

    def __init__(
        self, run: Path, config: TrainingConfig, observer: Observer, state: RunState, journal_bytes: int
    ) -> None:
        self.observer = observer
        self._config = config
        self._begun_at, self._begun_s = state.update, time.monotonic()
        self._shown_loss, self._shown_speed = math.nan, math.nan
        self._journal = Journal(run, journal_bytes)
        self._curves = Curves(run, state.update) if config.tensorboard else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()
        if self._curves is not None:
            self._curves.close()

    def write(self, kind: str, state: RunState, **values: Any) -> None:  # noqa: ANN401 — whatever JSON can hold
        """Add a line to the journal, and its numbers to the curves."""
        line = {
            "update": state.update,
            "epoch": state.epoch,
            **values,
            "elapsed_s": round(state.elapsed_s, 3),
        }
        self._journal.write(kind, **line)
        if self._curves is not None:
            self._curves.draw(kind, line)

    def write_window(self, state: RunState, rate: float) -> None:
        """Write what the updates since the last such line showed, and begin to count anew."""
        window, state.window = state.window, Window()
        nll = window.nll / window.tokens
        self._shown_loss, self._shown_speed = window.objective / window.tokens, _speed(window)
        self.write(
            "update",
            state,
            loss=self._shown_loss,
            nll=nll,
            perplexity=perplexity(nll),
            tokens_per_s=round(self._shown_speed, 1),
            learning_rate=rate,
            grad_norm=window.grad_norm / window.updates,
            padding_share=round(1.0 - window.pieces / window.positions, 4),
            tokens=state.tokens,
            **peak_memory(),
        )

    def write_validation(self, state: RunState, mark: Mark, seconds: float) -> None:
        """Write how good the model is."""
        validation = mark.validation
        self.write(
            "validation",
            state,
            loss=validation.loss,
            perplexity=perplexity(validation.loss),
            bleu=validation.bleu,
            signature=validation.signature,
            is_best=state.best == mark,
            seconds=round(seconds, 3),
        )

    def show(self, state: RunState, rate: float) -> None:
        """Tell the observer how far the run is."""
        window = state.window
        # Numbers of few updates jump about: those of the last line stay until there is a new one.
        unsteady = math.isnan(self._shown_loss) and window.tokens > 0
        self.observer.progress(
            Progress(
                update=state.update,
                updates=self._config.updates,
                epoch=state.epoch,
                loss=window.objective / window.tokens if unsteady else self._shown_loss,
                learning_rate=rate,
                tokens_per_s=_speed(window) if unsteady else self._shown_speed,
                elapsed_s=state.elapsed_s,
                seconds_left=self._seconds_left(state),
                last=state.last,
                best=state.best,
            )
        )

    def flush(self) -> int:
        """Bring the journal to the disk and give its length in bytes."""
        return self._journal.flush()

    def cut(self, state: Mapping[str, Any]) -> None:
        """Cut the journal back to where it was at a checkpoint."""
        self._journal.cut(state["journal_bytes"])

    def _seconds_left(self, state: RunState) -> float | None:
        made = state.update - self._begun_at
        if made <= 0:
            return None
        left = (self._config.updates - state.update) * (time.monotonic() - self._begun_s) / made
        if self._config.time_limit_s is not None:
            left = min(left, self._config.time_limit_s - state.elapsed_s)
        return max(0.0, left)


def perplexity(nll: float) -> float:
    """How many equally likely pieces a model chooses among; e^nll, infinite where that overflows."""
    try:
        return math.exp(nll)
    except OverflowError:
        return math.inf


def _speed(window: Window) -> float:
    return window.tokens / max(window.seconds, 1e-9)
