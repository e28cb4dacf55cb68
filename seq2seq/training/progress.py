"""A run as people see it, on standard error: a live bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as RichProgress

from seq2seq.training.outcome import Mark, Observer, Progress
from seq2seq.training.recorder import perplexity


@contextmanager
def show_progress(
    title: str, *, interval_s: float = 30.0, console: Console | None = None
) -> Iterator[Observer]:
    """Give an observer for `fit` that shows what it is told while the block lasts.

    Args:
        title: what is trained, in a word or two.
        interval_s: seconds between lines where there is no terminal.
        console: where to; None: standard error.
    """
    console = Console(stderr=True) if console is None else console
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines(title, console, interval_s)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[numbers]}", markup=False),
    )
    with RichProgress(*columns, console=console, expand=True) as bar:
        yield Bar(title, console, bar)


class Lines:
    """One line for each interval, validation and notice."""

    def __init__(self, title: str, console: Console, interval_s: float) -> None:
        self._title = title
        self._console = console
        self._interval_s = interval_s
        self._next_s = time.monotonic()
        self._validations = _Validations()

    def progress(self, progress: Progress) -> None:
        """Print a line if it is time, and one for a new validation."""
        for line in self._validations.lines(progress):
            self._print(line)
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + self._interval_s
            place = f"update {progress.update:,}/{progress.updates:,}, epoch {progress.epoch}"
            self._print(f"{place}, {_numbers(progress)}")

    def notice(self, message: str) -> None:
        """Print it."""
        self._print(message)

    def _print(self, line: str) -> None:
        self._console.print(f"{self._title}: {line}", markup=False, highlight=False, soft_wrap=True)


class Bar:
    """A live bar; validations and notices scroll by above it."""

    def __init__(self, title: str, console: Console, bar: RichProgress) -> None:
        self._title = title
        self._console = console
        self._bar = bar
        self._task = bar.add_task(title, total=None, numbers="")  # no total: pulses until the first update
        self._validations = _Validations()

    def progress(self, progress: Progress) -> None:
        """Move the bar."""
        for line in self._validations.lines(progress):
            self.notice(line)
        numbers = f"{progress.update:,}/{progress.updates:,}, {_numbers(progress)}"
        self._bar.update(self._task, completed=progress.update, total=progress.updates, numbers=numbers)

    def notice(self, message: str) -> None:
        """Print it above the bar."""
        self._console.print(f"{self._title}: {message}", markup=False, highlight=False, soft_wrap=True)


class _Validations:
    """A line for each validation that was not told of yet; the signature with the first BLEU."""

    def __init__(self) -> None:
        self._told: Mark | None = None
        self._signature = ""

    def lines(self, progress: Progress) -> Iterator[str]:
        mark = progress.last
        if mark is None or mark.update != progress.update or mark == self._told:
            return
        self._told = mark
        validation = mark.validation
        line = f"validation at update {mark.update:,}: loss {validation.loss:.3f}"
        line += f", perplexity {perplexity(validation.loss):,.2f}"
        if validation.bleu is not None:
            line += f", BLEU {validation.bleu:.2f}"
        yield f"{line} (best so far)" if progress.best == mark else line
        if validation.signature and validation.signature != self._signature:
            self._signature = validation.signature
            yield f"BLEU is sacreBLEU's, {validation.signature}"


def _numbers(progress: Progress) -> str:
    left = "" if progress.seconds_left is None else f", {_clock(progress.seconds_left)} left"
    return f"loss {progress.loss:.3f}, {progress.tokens_per_s:,.0f} tokens/s{left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
