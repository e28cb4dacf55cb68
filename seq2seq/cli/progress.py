"""Progress of anything that yields: a live bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from seq2seq.amounts import amount

T = TypeVar("T")
INTERVAL_S = 30.0  # between lines where there is no terminal
PATIENCE_S = 1.0  # what is faster needs no bar


def counted(items: Iterable[T], doing: str, unit: str, *, quiet: bool = False) -> Iterator[T]:
    """Give the items again, and show on standard error how many there were and how fast.

    Args:
        items: whatever takes its time.
        doing: what is done to them.
        unit: what one of them is.
        quiet: show nothing.
    """
    if quiet:
        yield from items
        return
    from rich.console import Console  # noqa: PLC0415 — not needed by --help, nor where it is quiet

    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        yield from _with_bar(items, doing, unit)
    else:
        yield from _with_lines(items, doing, unit)


def _with_bar(items: Iterable[T], doing: str, unit: str) -> Iterator[T]:
    from rich.console import Console  # noqa: PLC0415 — as above
    from rich.progress import (  # noqa: PLC0415 — not needed by --help, nor where there is no terminal
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[done]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        began = time.monotonic()
        task = bar.add_task(doing, total=None, done="", visible=False)
        for count, item in enumerate(items, start=1):
            passed = time.monotonic() - began
            bar.update(task, completed=count, done=_done(count, unit, passed), visible=passed > PATIENCE_S)
            yield item


def _with_lines(items: Iterable[T], doing: str, unit: str) -> Iterator[T]:
    from rich.console import Console  # noqa: PLC0415 — as above

    console = Console(stderr=True)
    began = told = time.monotonic()
    for count, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - told >= INTERVAL_S:
            told = now
            console.print(f"{doing}: {_done(count, unit, now - began)}", highlight=False)


def _done(count: int, unit: str, passed_s: float) -> str:
    return f"{amount(count, unit)}, {count / max(passed_s, 1e-3):,.0f}/s"
