"""The one place where Matplotlib draws.

Figures are made without pyplot, so nothing is global and no window system is asked for. Text becomes
outlines, so that a figure looks the same wherever it is shown; it stands on a white card, so that it can
be read on a dark page. Colours are those of Okabe and Ito, which can be told apart with every kind of
colour blindness; line styles and markers say the same again.
"""

import warnings
from io import BytesIO
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure as Canvas
from numpy.typing import NDArray

from seq2seq.plots.charts import BarChart, Chart, Curve, Figure, HeatMap, LineChart, PictureMap
from seq2seq.plots.pictures import seen

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, FAINT = "#222222", "#D8D8D8"
STYLE: dict[Any, Any] = {  # the type of the keys differs between versions of Matplotlib
    "svg.fonttype": "path",
    "svg.hashsalt": "seq2seq",  # else the ids in the file are drawn anew each time
    "font.family": "DejaVu Sans",  # comes with Matplotlib
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.grid": False,
    "grid.color": FAINT,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "savefig.dpi": 150,
}
DARK_CELL = 0.55  # share of the colour scale from which a number in a cell is written in white
SLANTED_FROM = 8  # characters; longer names below bars stand at a slant
UPRIGHT_UP_TO = 2  # characters; longer names below the columns of a heat map are turned
CROWDED = 5  # curves; the legend of more stands beside them
MARKED_POINTS = 12  # a curve has about so many markers, however many points


def render(figure: Figure, kind: Literal["svg", "png"]) -> bytes:
    """Draw the charts side by side and give the file's bytes."""
    rows = -(-len(figure.charts) // figure.columns)
    sizes = [_size(chart) for chart in figure.charts]
    widths = list(figure.widths) or [
        max(width for width, _ in sizes[column :: figure.columns]) for column in range(figure.columns)
    ]
    heights = [
        max(height for _, height in sizes[row * figure.columns : (row + 1) * figure.columns])
        for row in range(rows)
    ]
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in such a script is shown as boxes
        canvas = Canvas(figsize=(sum(widths), sum(heights) + 0.35 * bool(figure.title)), layout="constrained")
        grid = canvas.add_gridspec(rows, figure.columns, width_ratios=widths, height_ratios=heights)
        for place, chart in enumerate(figure.charts):
            axes = canvas.add_subplot(grid[place // figure.columns, place % figure.columns])
            axes.set_title(chart.title, loc="left")
            _draw(axes, chart)
        if figure.title:
            canvas.suptitle(figure.title, x=0.01, ha="left", fontsize=11)
        out = BytesIO()
        # A date would make two files of the same numbers differ; the title is read out by screen readers.
        said = {"Title": figure.title or figure.charts[0].title}
        canvas.savefig(out, format=kind, metadata={**said, "Date": None} if kind == "svg" else said)
    return out.getvalue()


def _size(chart: Chart) -> tuple[float, float]:
    """Inches that suit a chart: width, height."""
    if isinstance(chart, HeatMap):
        rows, columns = chart.matrix.shape
        margin = 0.08 * max(map(len, chart.row_labels)) + 0.9
        cell = 0.42 if chart.numbers else 0.27
        below = 0.08 * max(map(len, chart.column_labels)) + 0.9
        return max(3.2, cell * columns + margin + 0.5), max(2.2, cell * rows + below)
    if isinstance(chart, PictureMap):
        return 1.6, 1.9
    if isinstance(chart, BarChart):
        return max(4.0, 1.4 + 0.3 * len(chart.categories) * len(chart.series)), 3.2
    return 5.2, 3.6


def _draw(axes: Axes, chart: Chart) -> None:
    if isinstance(chart, LineChart):
        _draw_lines(axes, chart)
    elif isinstance(chart, BarChart):
        _draw_bars(axes, chart)
    elif isinstance(chart, HeatMap):
        _draw_heat(axes, chart)
    else:
        _draw_picture(axes, chart)


def _draw_lines(axes: Axes, chart: LineChart) -> None:
    axes.set_xscale(chart.x_scale)
    axes.set_yscale(chart.y_scale, **({"nonpositive": "mask"} if chart.y_scale == "log" else {}))
    for slot, curve in chart.slotted():
        _draw_curve(axes, curve, slot)
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    if chart.y_range is not None:
        axes.set_ylim(*chart.y_range)
    if chart.x_ticks:
        axes.set_xticks([place for place, _ in chart.x_ticks], [text for _, text in chart.x_ticks])
        axes.tick_params(axis="x", which="minor", labelbottom=False)  # a log axis writes more by itself
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    if len(chart.curves) > CROWDED:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    elif len(chart.curves) > 1:
        axes.legend()


def _draw_curve(axes: Axes, curve: Curve, slot: int) -> None:
    colour = INK if curve.dashed else COLOURS[slot % len(COLOURS)]
    every = max(1, len(curve.x) // MARKED_POINTS)
    axes.plot(
        curve.x,
        curve.y,
        label=curve.name,
        color=colour,
        linestyle="--" if curve.dashed else "-",
        marker=None if curve.dashed else MARKERS[slot % len(MARKERS)],
        markevery=every,
    )
    if curve.hollow is not None and not curve.dashed:
        weak = [place for place, is_hollow in enumerate(curve.hollow) if is_hollow]
        x, y = ([values[place] for place in weak] for values in (curve.x, curve.y))
        marker = MARKERS[slot % len(MARKERS)]
        axes.plot(x, y, marker, color=colour, markerfacecolor="white", label="_")
    if curve.low is not None and curve.high is not None:
        # Its lower edge has no place on a log scale where it is 0.
        shown = np.asarray(curve.low) > 0.0 if axes.get_yscale() == "log" else None
        axes.fill_between(curve.x, curve.low, curve.high, where=shown, color=colour, alpha=0.18, linewidth=0)


def _draw_bars(axes: Axes, chart: BarChart) -> None:
    places = np.arange(len(chart.categories))
    width = 0.8 / len(chart.series)
    for number, (name, values) in enumerate(chart.series.items()):
        offset = (number - (len(chart.series) - 1) / 2) * width
        axes.bar(places + offset, values, width * 0.92, label=name, color=COLOURS[number % len(COLOURS)])
    if chart.baseline is not None:
        axes.axhline(
            chart.baseline, color=INK, linestyle="--", linewidth=1.0, label=chart.baseline_name or None
        )
    axes.set_xticks(places, chart.categories)
    if max(map(len, chart.categories)) > SLANTED_FROM:
        axes.tick_params(axis="x", labelrotation=35)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    axes.set_ylabel(chart.y_label)
    if chart.y_range is not None:
        axes.set_ylim(*chart.y_range)
    axes.grid(visible=True, axis="y")
    axes.set_axisbelow(True)
    if len(chart.series) > 1 or chart.baseline_name:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside the bars, never over them


def _draw_heat(axes: Axes, chart: HeatMap) -> None:
    matrix = chart.matrix
    two_sided = chart.low < 0.0 < chart.high
    scale = TwoSlopeNorm(0.0, chart.low, chart.high) if two_sided else Normalize(chart.low, chart.high)
    image = axes.imshow(matrix, cmap="PuOr" if two_sided else "Blues", norm=scale, aspect="auto")
    axes.set_xticks(range(matrix.shape[1]), chart.column_labels)
    if max(map(len, chart.column_labels)) > UPRIGHT_UP_TO:
        axes.tick_params(axis="x", labelrotation=90)
    axes.set_yticks(range(matrix.shape[0]), chart.row_labels)
    axes.tick_params(length=0)
    axes.set_xlabel(chart.column_label)
    axes.set_ylabel(chart.row_label)
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(FAINT)
    if chart.numbers:
        _write_numbers(axes, matrix, scale, two_sided=two_sided)
    assert axes.figure is not None, "axes stand in a figure"
    axes.figure.colorbar(image, ax=axes, label=chart.value_label, shrink=0.8, pad=0.02)


def _write_numbers(axes: Axes, matrix: NDArray[np.float64], scale: Normalize, *, two_sided: bool) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        if not np.isfinite(value):
            continue
        share = float(scale(value))
        dark = abs(share - 0.5) * 2 if two_sided else share
        colour = "white" if dark > DARK_CELL else INK
        axes.text(column, row, f"{value:.2g}", ha="center", va="center", color=colour, fontsize=7)


def _draw_picture(axes: Axes, chart: PictureMap) -> None:
    axes.imshow(np.clip(seen(chart), 0.0, 1.0), interpolation="nearest")
    axes.set_axis_off()
