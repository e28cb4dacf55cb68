"""What every command that trains does around the training itself."""

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import typer

from seq2seq.training.outcome import Outcome


class Trained(Protocol):
    """What training left, of a translator or of another program."""

    @property
    def model(self) -> Path:
        """The model directory."""
        ...

    @property
    def outcome(self) -> Outcome:
        """How the run ended."""
        ...


class Training(Protocol):
    """A training that waits to be told who watches; the same call again goes on."""

    def __call__(self, *, command: str, device: Any, observer: Any) -> Trained:  # noqa: ANN401 — torch.device and Observer, without loading torch
        """Train."""
        ...


def watch(label: str, training: Training, *, device: str, threads: int | None, quiet: bool) -> None:
    """Train on a device with so many threads, show how it goes, and print where the model is.

    Raises:
        typer.Exit: a signal ended the run; the exit code says which.
    """
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415 — imports torch
    from seq2seq.training.progress import show_progress  # noqa: PLC0415

    use_threads(threads)
    with nullcontext() if quiet else show_progress(label) as observer:
        trained = training(
            command=shlex.join(["seq2seq", *sys.argv[1:]]), device=device_named(device), observer=observer
        )
    if trained.outcome.signal is not None:
        raise typer.Exit(128 + trained.outcome.signal)
    typer.echo(trained.model)
