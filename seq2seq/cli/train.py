"""`seq2seq train`: from an experiment file to a model."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import note
from seq2seq.cli.options import Device, Overrides, Quiet, Threads
from seq2seq.cli.training import watch


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
    from seq2seq.run import train as run  # noqa: PLC0415

    chosen = load_experiment(experiment, overrides)
    where = out or Path("runs") / chosen.name
    beginning = chosen.beginning()
    if beginning is not None and beginning.protects and not chosen.batching.protected_spans and not quiet:
        note(
            "the model that this begins with keeps addresses, variables and emoji as they are, and the new "
            "one will not: batching.protected_spans=0.15 goes on teaching it"
        )
    dataset = prepare_corpus(chosen, where)
    for kind in ("plain", "attention") if twin else (chosen.kind,):
        training = partial(run, chosen.twin(kind), dataset, where)
        watch(f"{chosen.name} {kind}", training, device=device, threads=threads, quiet=quiet)
