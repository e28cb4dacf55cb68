"""Where a picture was looked at: its pixels faded by weights, and the same as text for a terminal."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq.plots.charts import PictureMap

LEAST = 0.15  # of a picture's colours is left where nobody looked
GREY = 0.35
PANEL = 16  # columns of a picture in the terminal, and half its lines
GAP = 2


def seen(chart: PictureMap) -> NDArray[np.float64]:
    """The picture, faded towards grey where it was not looked at: (height, width, 3), from 0 to 1."""
    picture = np.asarray(chart.picture, dtype=np.float64)
    if chart.weights is None:
        return picture
    light = _light(chart)
    rows = np.arange(picture.shape[0]) * light.shape[0] // picture.shape[0]
    columns = np.arange(picture.shape[1]) * light.shape[1] // picture.shape[1]
    share = (LEAST + (1.0 - LEAST) * light[rows][:, columns])[:, :, None]
    faded: NDArray[np.float64] = share * picture + (1.0 - share) * GREY
    return faded


def draw_pictures(
    charts: Sequence[PictureMap], *, width: int = 80, levels: str = " ░▒▓█", colour: bool = False
) -> str:
    """Draw pictures side by side, as many as `width` columns hold.

    With colour, a sign is two pixels in 24-bit colours, faded as in a figure. Without, only the
    weights are drawn, by `levels` from none to the strongest; charts without weights are left out.
    """
    shown = [chart for chart in charts if colour or chart.weights is not None]
    beside = max(1, (width + GAP) // (PANEL + GAP))
    blocks = []
    for start in range(0, len(shown), beside):
        panels = [
            [f"{chart.title:^{PANEL}}", *(_coloured(chart) if colour else _shaded(chart, levels))]
            for chart in shown[start : start + beside]
        ]
        blocks.append("\n".join((" " * GAP).join(lines).rstrip() for lines in zip(*panels, strict=True)))
    return "\n\n".join(blocks)


def _light(chart: PictureMap) -> NDArray[np.float64]:
    """Weights as shares of the strongest, from 0 to 1."""
    weights = np.asarray(chart.weights, dtype=np.float64)
    strongest = chart.strongest or float(weights.max()) or 1.0
    return np.clip(weights / strongest, 0.0, 1.0)


def _shaded(chart: PictureMap, levels: str) -> list[str]:
    light = _resized(_light(chart), PANEL // 2, PANEL)
    signs = (light * (len(levels) - 1)).round().astype(int)
    return ["".join(levels[sign] for sign in row) for row in signs]


def _coloured(chart: PictureMap) -> list[str]:
    """A line of text is two lines of pixels: the upper one is the sign, the lower one its background."""
    pixels = (np.clip(_resized(seen(chart), PANEL, PANEL), 0.0, 1.0) * 255).round().astype(int)
    return [
        "".join(
            f"\x1b[38;2;{';'.join(map(str, upper))};48;2;{';'.join(map(str, lower))}m▀"
            for upper, lower in zip(pixels[row].tolist(), pixels[row + 1].tolist(), strict=True)
        )
        + "\x1b[0m"
        for row in range(0, PANEL, 2)
    ]


def _resized(values: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Nearest values where the grid grows, means of blocks where it shrinks by a whole factor."""
    rows, columns = values.shape[:2]
    if rows > height and rows % height == 0 and columns % width == 0:
        blocks = values.reshape(height, rows // height, width, columns // width, *values.shape[2:])
        shrunk: NDArray[np.float64] = blocks.mean(axis=(1, 3))
        return shrunk
    nearest: NDArray[np.float64] = values[np.arange(height) * rows // height][
        :, np.arange(width) * columns // width
    ]
    return nearest
