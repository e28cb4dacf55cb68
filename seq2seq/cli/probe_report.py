"""How the commands of `seq2seq probe` begin, and how they show what they found."""

import json
import shutil
from pathlib import Path
from typing import Any, Protocol

import typer

from seq2seq.plots.charts import Figure
from seq2seq.plots.figure import check_figure_path, write_figure


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
