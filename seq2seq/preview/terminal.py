"""Where the decoder looked, drawn as text: a matrix, a list, or sentences for a screen reader."""

from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from seq2seq.preview.cells import GLYPHS, GlyphName, Glyphs, cut, fill, harmless, isolated, wrap
from seq2seq.preview.document import Preview
from seq2seq.preview.grid import Grid, Unit, grid_of
from seq2seq.preview.labels import faint, label, strong
from seq2seq.preview.matrix import Matrix

View = Literal["auto", "matrix", "list", "text"]

LEAST_WEIGHT = 0.05  # what a list names besides the strongest partner
NARROWEST = 20  # cells; a narrower terminal is drawn for as if it had these
BARS_FROM = 40  # cells; a narrower list has numbers without bars
BAR_CELLS = 10


def draw(  # noqa: PLR0913 — each argument is a flag of `attend`
    preview: Preview,
    *,
    view: View = "auto",
    width: int = 80,
    glyphs: GlyphName = "bars",
    subwords: bool = False,
    top: int = 3,
    colour: bool = False,
) -> str:
    """Draw the best translation of a preview; no line is wider than `width` cells, and none ends the text.

    Args:
        preview: the document.
        view: "auto" is the matrix where it fits and both texts run left to right, and else the list.
        width: of the terminal, in cells.
        glyphs: the set of signs; `glyphs_for` knows what an encoding can show.
        subwords: rows and columns are the model's pieces instead of words. A text in a script without
            spaces is always shown in pieces.
        top: partners of each target word in the list and the text.
        colour: mark the strongest partner with escape sequences.
    """
    width = max(width, NARROWEST)
    if not preview.hypotheses:
        return _paragraph("The sentence is blank: there is nothing to translate.", width)
    hypothesis = preview.hypotheses[0]
    notes = []
    if preview.source.truncated:
        notes.append("The source was too long: the model read only its beginning.")
    if not hypothesis.finished:
        notes.append("The translation was cut off at the length limit.")
    if hypothesis.repetitive:
        notes.append("The translation goes in circles: do not trust it.")
    elif hypothesis.repetition_avoided:
        notes.append("The translation was kept from going in circles: the model is not sure of it.")
    if hypothesis.attention is None:
        notes.insert(
            0,
            "This model has no attention: the decoder got the whole sentence as one vector, "
            "so there is no matrix to draw.",
        )
        return "\n".join(_paragraph(note, width) for note in notes)
    grid = grid_of(preview.source, hypothesis, subwords=subwords)
    canvas = _Canvas(width, GLYPHS[glyphs], top, colour)
    if view == "auto" and "rtl" in {preview.source.direction, hypothesis.direction}:
        view = "list"
    lines = _sentences(grid, canvas) if view == "text" else _drawing(grid, canvas, view)
    return "\n".join([*lines, *(_paragraph(note, width) for note in notes)])


@dataclass(frozen=True, slots=True)
class _Canvas:
    width: int
    glyphs: Glyphs
    top: int
    colour: bool


def _drawing(grid: Grid, canvas: _Canvas, view: View) -> list[str]:
    end = f"{canvas.glyphs.end} end of sentence"
    lines = []
    if view != "list":
        matrix = Matrix(grid, canvas.glyphs)
        if matrix.width <= canvas.width:
            legend = cut(f"{canvas.glyphs.scale}   {end}", canvas.width, canvas.glyphs.ellipsis)
            return [*matrix.lines(colour=canvas.colour), faint(legend, on=canvas.colour)]
        if view == "matrix":
            reason = (
                f"The matrix takes {matrix.width} columns and there are {canvas.width}; this is the list."
            )
            lines.append(_paragraph(reason, canvas.width))
    return [*lines, *_list(grid, canvas), faint(end, on=canvas.colour)]


def _list(grid: Grid, canvas: _Canvas) -> list[str]:
    cap = min(20, canvas.width // 4)
    labels = [cut(label(unit, canvas.glyphs), cap, canvas.glyphs.ellipsis) for unit in grid.target]
    label_cells = max(map(cell_len, labels))
    digits = len(str(grid.target[-1].number))
    lines = []
    for row, unit in enumerate(grid.target):
        start = f"{unit.number:>{digits}} {fill(labels[row], label_cells)} "
        lines.append(start + _partners(grid, row, canvas, canvas.width - digits - label_cells - 2))
    return lines


def _partners(grid: Grid, row: int, canvas: _Canvas, room: int) -> str:
    """The strongest partners of a row, as many as `room` cells hold; the first one is cut to fit."""
    line = ""
    for rank, column in enumerate(grid.partners(row, canvas.top, LEAST_WEIGHT)):
        weight = float(grid.weights[row, column])
        bar = canvas.glyphs.bar * round(weight * BAR_CELLS) if canvas.width >= BARS_FROM else ""
        rest = f" {bar} {weight:.2f}" if bar else f" {weight:.2f}"
        gap = "  " if rank else " "
        name = label(grid.source[column], canvas.glyphs)
        left = room - cell_len(gap + rest)
        if rank and cell_len(name) > left:
            break
        name = cut(name, left, canvas.glyphs.ellipsis)
        line += gap + strong(isolated(name), on=canvas.colour and rank == 0) + rest
        room = left - cell_len(name)
    return line


def _sentences(grid: Grid, canvas: _Canvas) -> list[str]:
    return [_paragraph(_sentence(grid, row, canvas), canvas.width) for row in range(len(grid.target))]


def _sentence(grid: Grid, row: int, canvas: _Canvas) -> str:
    columns = grid.partners(row, canvas.top, LEAST_WEIGHT)
    shares = [
        f"{_spoken(grid.source[column], canvas.glyphs)} {100 * grid.weights[row, column]:.0f} %"
        for column in columns
    ]
    return f"{_spoken(grid.target[row], canvas.glyphs)}: {', '.join(shares)}."


def _spoken(unit: Unit, glyphs: Glyphs) -> str:
    return "end of sentence" if unit.is_end else isolated(harmless(unit.text) or glyphs.nothing)


def _paragraph(text: str, width: int) -> str:
    return "\n".join(wrap(text, width))
