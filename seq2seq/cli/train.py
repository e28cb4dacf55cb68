"""`seq2seq train`: from an experiment file to a model."""

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Device, Overrides, Quiet, Threads


def train(  # noqa: PLR0913 — its options
    experiment: Annotated[
        str, typer.Argument(help="Experiment file, or the name of a recipe: phrasebook, …")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run's directory. Default: runs/NAME.")
    ] = None,
    twin: Annotated[
        bool, typer.Option("--twin", help="Train the plain and the attentive model, one after the other.")
    ] = False,
    overrides: Overrides = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train a model; the same command again goes on where a stopped one left off.

    Ctrl-C and SIGTERM save and leave. What was chosen is in OUT/plain or OUT/attention: experiment.json,
    journal.jsonl, and the model itself in model/.
    """
    from seq2seq.experiment import load_experiment, prepare_corpus  # noqa: PLC0415 — imports torch
    from seq2seq.experiment import train as run  # noqa: PLC0415
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415
    from seq2seq.training.progress import show_progress  # noqa: PLC0415

    chosen = load_experiment(experiment, overrides)
    where = out or Path("runs") / chosen.name
    use_threads(threads)
    dataset = prepare_corpus(chosen, where)
    for kind in ("plain", "attention") if twin else (chosen.kind,):
        with nullcontext() if quiet else show_progress(f"{chosen.name} {kind}") as observer:
            trained = run(
                chosen.twin(kind),
                dataset,
                where,
                command=shlex.join(["seq2seq", *sys.argv[1:]]),
                device=device_named(device),
                observer=observer,
            )
        if trained.outcome.signal is not None:
            raise typer.Exit(128 + trained.outcome.signal)
        typer.echo(trained.model)
