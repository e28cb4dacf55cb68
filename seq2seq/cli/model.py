"""`seq2seq model`: look at model directories."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Json

app = typer.Typer(help="Look at model directories.", no_args_is_help=True)


@app.command()
def info(
    directory: Annotated[Path | None, typer.Argument(help="Model directory. Default: as for -m.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check a model's files and print its card: data, training, scores, limits, licence."""
    from seq2seq.bundle import default_model, open_model  # noqa: PLC0415 — imports pydantic

    model = open_model(directory or default_model())
    typer.echo(model.card.model_dump_json() if as_json else model.text())


@app.command(name="list")
def list_models(
    directory: Annotated[Path, typer.Argument(help="Where to look.")] = Path(),
    *,
    as_json: Json = False,
) -> None:
    """List the models in and below a directory, one a line."""
    from seq2seq.bundle import find_models  # noqa: PLC0415 — imports pydantic

    for model in find_models(directory):
        card = model.card
        if as_json:
            typer.echo(card.model_dump_json())
        else:
            typer.echo(f"{model.directory}\t{card.subject.replace(' → ', '→')}\t{card.name}")


@app.command()
def average(
    directories: Annotated[list[Path], typer.Argument(help="Models of one run, such as best/*.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The model directory to write.")],
) -> None:
    """Write one model whose weights are the means of those of several models of one run.

    Training with keep = 5 leaves the five best models of the run in best/.
    """
    from seq2seq.ensembles import average as mean  # noqa: PLC0415 — imports torch

    typer.echo(mean(directories, out, shlex.join(["seq2seq", *sys.argv[1:]])).directory)
