"""What the commands of `seq2seq probe` share: their options, how they begin and how they show."""

import json
import shutil
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from seq2seq.plots.charts import Figure
from seq2seq.plots.figure import check_figure_path, write_figure

Variants = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CELL[:OPTION,…]",
        help="rnn, lstm, gru, gru-cho; options orthogonal, normal, uniform, gain=1.5, horizon=100, chrono, "
        "truncate=20. Default: rnn lstm gru.",
    ),
]
FigureFile = Annotated[
    Path | None, typer.Option("--figure", help="Also draw it into this file, .svg or .png.")
]
Hidden = Annotated[int, typer.Option(help="Units of the layer.", min=1)]
Updates = Annotated[int, typer.Option(help="Updates at most; training ends early once solved.", min=2)]
LearningRate = Annotated[float, typer.Option(help="At its peak.", min=1e-9)]
Seed = Annotated[int, typer.Option(help="Of everything that is random.", min=0)]
Threads = Annotated[
    int, typer.Option(help="CPU threads; these networks are too small for more than 1.", min=1)
]
TaskOption = Annotated[str, typer.Option(help="adding, recall or copy.")]
Length = Annotated[int, typer.Option(help="Steps over which something has to be remembered.", min=4)]

DEFAULT_VARIANTS = ("rnn", "lstm", "gru")


class Report(Protocol):
    """What a probe found."""

    def text(self, width: int) -> str:
        """For people."""
        ...

    def figure(self) -> Figure:
        """For pages."""
        ...

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        ...


def begin(figure: Path | None, threads: int) -> None:
    """Refuse a bad name of a figure before any work is done, and set the threads."""
    if figure is not None:
        check_figure_path(figure)
    from seq2seq.loading import use_threads  # noqa: PLC0415 — imports torch

    use_threads(threads)


def show(report: Report, figure: Path | None, *, as_json: bool) -> None:
    """Draw the figure, and print the JSON or the text."""
    if figure is not None:
        write_figure(figure, report.figure())
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        typer.echo(report.text(shutil.get_terminal_size().columns))
