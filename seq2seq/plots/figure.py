"""A figure as a file: SVG or PNG by its suffix, the same bytes for the same numbers."""

import os
from contextlib import suppress
from pathlib import Path

from seq2seq.errors import UsageError
from seq2seq.plots.charts import Chart, Figure

SUFFIXES = (".svg", ".png")


def check_figure_path(path: Path) -> None:
    """Say at once, not after minutes of work, that a figure cannot be written under that name.

    Raises:
        UsageError: the suffix is neither .svg nor .png.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"a figure is written as SVG or PNG, and '{path.suffix or path.name}' is neither",
            where=str(path),
            mend="End its name in .svg or .png.",
        )


def write_figure(path: Path, figure: Figure | Chart) -> None:
    """Draw a figure and write it aside, then rename; directories are made.

    Raises:
        UsageError: the suffix is neither .svg nor .png, or the file cannot be written.
    """
    from seq2seq.plots.drawing import render  # noqa: PLC0415 — Matplotlib takes a second to import

    check_figure_path(path)
    whole = figure if isinstance(figure, Figure) else Figure([figure])
    drawn = render(whole, "svg" if path.suffix.lower() == ".svg" else "png")
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(drawn)
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise UsageError(f"the figure cannot be written ({error.strerror})", where=str(path)) from error
