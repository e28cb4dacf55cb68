"""`seq2seq model`: look at model directories."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.bundle import Bundle, default_model, find_models
from seq2seq.cli.options import Json

app = typer.Typer(help="Look at model directories.", no_args_is_help=True)


@app.command()
def info(
    directory: Annotated[Path | None, typer.Argument(help="Model directory. Default: as for -m.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check a model's files and print its card: data, training, scores, limits, licence."""
    bundle = Bundle.open(directory or default_model())
    typer.echo(bundle.card.model_dump_json() if as_json else bundle.text())


@app.command(name="list")
def list_models(
    directory: Annotated[Path, typer.Argument(help="Where to look.")] = Path(),
    *,
    as_json: Json = False,
) -> None:
    """List the models in and below a directory, one a line."""
    for bundle in find_models(directory):
        card = bundle.card
        if as_json:
            typer.echo(card.model_dump_json())
        else:
            typer.echo(f"{bundle.directory}\t{card.source_language}→{card.target_language}\t{card.name}")
