"""The attention matrix in the terminal: a column a source unit, a row a target unit."""

from rich.cells import cell_len

from seq2seq.preview.cells import Glyphs, cut, fill, graphemes
from seq2seq.preview.grid import Grid
from seq2seq.preview.labels import label, strong

LABEL_CELLS = 20  # of a target label, at the left
PARTNER_CELLS = 16  # of the strongest partner, at the right
HEADING_ROWS = 14  # of a source label, written downwards


class Matrix:
    """A matrix laid out; `width` says whether it fits before it is drawn.

    Every row ends with its strongest partner and that weight, so that no eye has to follow a column.
    """

    def __init__(self, grid: Grid, glyphs: Glyphs) -> None:
        self.grid = grid
        self.glyphs = glyphs
        self._targets = [cut(label(unit, glyphs), LABEL_CELLS, glyphs.ellipsis) for unit in grid.target]
        self._sources = [cut(label(unit, glyphs), PARTNER_CELLS, glyphs.ellipsis) for unit in grid.source]
        self._headings = [graphemes(label(unit, glyphs)) for unit in grid.source]
        for heading in self._headings:
            if len(heading) > HEADING_ROWS:
                heading[HEADING_ROWS - 1 :] = [glyphs.ellipsis]
        self._column_cells = [max(map(cell_len, heading)) for heading in self._headings]
        self._label_cells = max(map(cell_len, self._targets))
        self._partner_cells = max(map(cell_len, self._sources))

    @property
    def width(self) -> int:
        """Cells of the widest line."""
        columns = sum(self._column_cells) + len(self._column_cells) - 1
        return self._label_cells + 2 + columns + 2 + self._partner_cells + len(" 0.00")

    def lines(self, *, colour: bool) -> list[str]:
        """The heading, and then the rows."""
        return [*self._heading_lines(), *(self._row(row, colour=colour) for row in range(len(self._targets)))]

    def _heading_lines(self) -> list[str]:
        height = max(map(len, self._headings))
        margin = " " * (self._label_cells + 2)
        lines = []
        for depth in range(height):
            signs = []
            for heading, cells in zip(self._headings, self._column_cells, strict=True):
                place = depth - (height - len(heading))  # labels stand on the first row
                sign = heading[place] if place >= 0 else ""
                signs.append(sign + " " * (cells - cell_len(sign)))
            lines.append((margin + " ".join(signs)).rstrip())
        return lines

    def _row(self, row: int, *, colour: bool) -> str:
        weights = self.grid.weights[row]
        strongest = self.grid.partners(row, top=1, least=0.0)[0]
        marks = []
        for column, cells in enumerate(self._column_cells):
            mark = fill(self.glyphs.level(float(weights[column])), cells)
            marks.append(strong(mark, on=colour and column == strongest))
        partner = strong(fill(self._sources[strongest], self._partner_cells), on=colour)
        target = fill(self._targets[row], self._label_cells, right=True)
        return f"{target}  {' '.join(marks)}  {partner} {weights[strongest]:.2f}"
