"""Tables as text: boxed as sacreBLEU prints them, aligned in columns, and in Markdown."""

import re
from collections.abc import Sequence

from seq2seq.preview.cells import cells

Rows = Sequence[Sequence[str]]

MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def boxed(header: Sequence[str], rows: Rows) -> str:
    """A table in a box: the first column at the right, the others centred.

    A row whose first cell is empty goes on with the row above it.
    """
    widths = _widths([header, *rows])
    lines = [
        "╒═" + "═╤═".join("═" * width for width in widths) + "═╕",
        _boxed_row(header, widths),
        "╞═" + "═╪═".join("═" * width for width in widths) + "═╡",
    ]
    for number, row in enumerate(rows):
        if number and row[0]:
            lines.append("├─" + "─┼─".join("─" * width for width in widths) + "─┤")
        lines.append(_boxed_row(row, widths))
    return "\n".join([*lines, "╘═" + "═╧═".join("═" * width for width in widths) + "═╛"])


def aligned(rows: Rows) -> str:
    """Columns without lines: the first at the left, the others at the right."""
    widths = _widths(rows)
    return "\n".join(
        "   ".join(
            [
                row[0] + _space(row[0], widths[0]),
                *(_space(cell, width) + cell for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in rows
    )


def markdown_table(header: Sequence[str], rows: Rows) -> str:
    """A Markdown table; the first column at the left, the others at the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    lines = [[escaped(cell) for cell in header], rule, *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))


def _boxed_row(row: Sequence[str], widths: Sequence[int]) -> str:
    parts = [_space(row[0], widths[0]) + row[0]]
    for cell, width in zip(row[1:], widths[1:], strict=True):
        left = (width - cells(cell)) // 2
        parts.append(" " * left + cell + _space(" " * left + cell, width))
    return "│ " + " │ ".join(parts) + " │"


def _widths(rows: Rows) -> list[int]:
    return [max(map(cells, column)) for column in zip(*rows, strict=True)]


def _space(cell: str, width: int) -> str:
    return " " * (width - cells(cell))
