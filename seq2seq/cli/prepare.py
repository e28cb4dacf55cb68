"""`seq2seq prepare`: clean, cut and store a corpus without training on it."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Json, Overrides


def prepare(
    experiment: Annotated[str, typer.Argument(help="Experiment file, or the name of a recipe.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run's directory. Default: runs/NAME.")
    ] = None,
    overrides: Overrides = None,
    as_json: Json = False,
) -> None:
    """Clean, cut and store an experiment's corpus, and report what was dropped and why.

    `seq2seq train` does the same by itself; a corpus that is there already is used again.
    """
    from seq2seq.experiment import load_experiment, prepare_corpus  # noqa: PLC0415 — imports torch

    chosen = load_experiment(experiment, overrides)
    dataset = prepare_corpus(chosen, out or Path("runs") / chosen.name)
    typer.echo(dataset.report.to_json() if as_json else dataset.report.text())
