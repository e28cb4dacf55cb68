"""What a chart holds: numbers and labels, nothing of how they are drawn.

The same `LineChart` or `BarChart` becomes a file (`figure.write_figure`) or text
(`terminal.draw_chart`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Curve:
    """One line of a chart; NaN leaves a gap, and so does a value at or below 0 on a log scale."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None  # lower edge of the band around the line, such as a quartile
    high: Sequence[float] | None = None
    dashed: bool = False  # for what the others are compared with
    slot: int | None = None  # colour and sign, counted from 0; None: the place among the chart's curves
    hollow: Sequence[bool] | None = None  # points with too little behind them to lean on

    def __post_init__(self) -> None:
        for values in (self.y, self.low, self.high, self.hollow):
            assert values is None or len(values) == len(self.x), f"'{self.name}' has a y for each x"


@dataclass(frozen=True)
class LineChart:
    """Curves over one pair of axes."""

    title: str
    curves: Sequence[Curve]
    x_label: str
    y_label: str
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    y_range: tuple[float, float] | None = None  # None: as far as the curves go
    x_ticks: Sequence[tuple[float, str]] = ()  # places and what is written there; none: numbers

    def slotted(self) -> list[tuple[int, Curve]]:
        """Each curve with the number of its colour and sign."""
        return [
            (place if curve.slot is None else curve.slot, curve) for place, curve in enumerate(self.curves)
        ]


@dataclass(frozen=True)
class BarChart:
    """One bar a category, or a group of bars where there are several series."""

    title: str
    categories: Sequence[str]
    series: dict[str, Sequence[float]]  # name -> a value for each category
    y_label: str
    y_range: tuple[float, float] | None = None
    baseline: float | None = None  # a dashed line across, such as chance
    baseline_name: str = ""


@dataclass(frozen=True)
class HeatMap:
    """A matrix with labels, such as a confusion (true rows) or an attention (target rows, source columns).

    The colour is spread from `low` to `high`; equal signs of `low` and `high` make one hue from light
    to dark, different signs two hues with white at 0.
    """

    title: str
    values: ArrayLike  # (rows, columns)
    row_labels: Sequence[str]
    column_labels: Sequence[str]
    row_label: str = ""
    column_label: str = ""
    value_label: str = ""  # at the colour scale
    low: float = 0.0
    high: float = 1.0
    numbers: bool = False  # also write each value into its cell

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The values, checked against the labels."""
        matrix = np.asarray(self.values, dtype=np.float64)
        assert matrix.shape == (len(self.row_labels), len(self.column_labels)), (
            "a label for each row and column"
        )
        return matrix


@dataclass(frozen=True)
class PictureMap:
    """Where a picture was looked at: weights over a grid, laid over the picture."""

    title: str
    picture: ArrayLike  # (height, width, 3), from 0 to 1
    weights: ArrayLike | None = None  # (grid rows, grid columns), at least 0; None: the bare picture
    strongest: float | None = None  # the weight that is drawn brightest; None: the largest of this picture


Chart = LineChart | BarChart | HeatMap | PictureMap


@dataclass(frozen=True)
class Figure:
    """Charts beside and below each other, in one file."""

    charts: Sequence[Chart]
    columns: int = 1
    title: str = ""
    widths: Sequence[float] = field(default=())  # inches of one column; empty: what suits the charts
