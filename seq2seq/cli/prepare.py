"""`seq2seq prepare`: clean, cut and store a corpus without training on it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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
    typer.echo(json.dumps(dataset.report, ensure_ascii=False) if as_json else report_text(dataset.report))


def report_text(report: Mapping[str, Any]) -> str:
    """Lay out a cleaning report: pairs kept, and for each reason how many went and where the first are."""
    lines = [f"training pairs: {report['kept']:,} kept of {report['pairs']:,}"]
    for found in report["dropped"].values():
        places = ", ".join(str(place) for place in found["examples"][:3])
        lines.append(f"  {found['pairs']:>9,}  {found['because']}, such as {places}")
    return "\n".join([*lines, *(f"  note: {notice}" for notice in report["notices"])])
