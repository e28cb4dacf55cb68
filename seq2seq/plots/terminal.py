"""Charts as text: one sign a curve, so that they can be told apart without colour, and bars."""

import math
from collections.abc import Sequence

from seq2seq.plots.charts import BarChart, Curve, LineChart, Scale

SIGNS = "ox+*#@%"
BASELINE = "-"  # of a dashed curve
EIGHTHS = " ▏▎▍▌▋▊▉█"
NARROWEST = 24  # cells of the plot itself
PLAIN = (1e-3, 1e4)  # numbers outside are written with an exponent


def draw_chart(chart: LineChart | BarChart, *, width: int = 80, height: int = 16) -> str:
    """Draw a chart in at most `width` columns (as long as that leaves room to draw at all)."""
    return _lines(chart, width, height) if isinstance(chart, LineChart) else _bars(chart, width)


def _lines(chart: LineChart, width: int, height: int) -> str:
    across = _Range([x for curve in chart.curves for x in curve.x], chart.x_scale)
    values = list(chart.y_range or [y for curve in chart.curves for y in curve.y])
    up = _Range(values, chart.y_scale)
    labels = up.labels(height)
    margin = max(map(len, labels))
    columns = max(NARROWEST, width - margin - 3)
    canvas = [[" "] * columns for _ in range(height)]
    for slot, curve in chart.slotted():
        for column in range(columns):
            y = _value_at(curve, across, up, across.value(column / (columns - 1)))
            if y is not None and 0.0 <= (share := up.share(y)) <= 1.0:
                canvas[height - 1 - round(share * (height - 1))][column] = _sign(slot, curve)
    body = [f"{label:>{margin}} ┤{''.join(row).rstrip()}" for label, row in zip(labels, canvas, strict=True)]
    first, last = _short(across.low), _short(across.high)
    gap = columns - len(first) - len(last)
    middle = chart.x_label if len(chart.x_label) + 2 <= gap else ""
    axis = f"{' ' * margin} └{'─' * columns}"
    feet = f"{' ' * margin}  {first}{middle.center(gap)}{last}"
    legend = [f"{' ' * margin}  {line}" for line in _legend(chart, columns)]
    return "\n".join([f"{chart.title}: {chart.y_label}", *body, axis, feet, *legend])


def _legend(chart: LineChart, width: int) -> list[str]:
    lines = [""]
    for slot, curve in chart.slotted():
        entry = f"{_sign(slot, curve)} {curve.name}"
        joined = f"{lines[-1]}   {entry}" if lines[-1] else entry
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(entry)
    return lines


def _sign(slot: int, curve: Curve) -> str:
    return BASELINE if curve.dashed else SIGNS[slot % len(SIGNS)]


class _Range:
    """Values from lowest to highest, as shares from 0 to 1, on a linear or a logarithmic scale."""

    def __init__(self, values: Sequence[float], scale: Scale) -> None:
        self.is_log = scale == "log"
        shown = [value for value in values if math.isfinite(value) and (value > 0.0 or not self.is_log)]
        self.low, self.high = (min(shown), max(shown)) if shown else (0.1, 1.0)
        if self.low == self.high:
            room = max(1.0, abs(self.low) / 2)  # 1 alone is nothing beside 2⁵³
            self.low, self.high = (
                (self.low / 2, self.high * 2) if self.is_log else (self.low - room, self.high + room)
            )

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.is_log else value

    def share(self, value: float) -> float:
        low, high = self._bent(self.low), self._bent(self.high)
        return (self._bent(value) - low) / (high - low)

    def value(self, share: float) -> float:
        low, high = self._bent(self.low), self._bent(self.high)
        bent = low + share * (high - low)
        return 10.0**bent if self.is_log else bent

    def labels(self, rows: int) -> list[str]:
        """A label for the top row, the bottom row and some between; the others are empty."""
        every = max(1, (rows - 1) // 4)
        return [
            _short(self.value((rows - 1 - row) / (rows - 1))) if row % every == 0 or row == rows - 1 else ""
            for row in range(rows)
        ]


def _value_at(curve: Curve, across: _Range, up: _Range, x: float) -> float | None:
    """The curve's height at x, between its points as a straight line of the chart; None where it is not."""
    near = 1e-9 * max(1.0, abs(across.high))
    for place in range(len(curve.x)):
        left, right = curve.x[place], curve.x[min(place + 1, len(curve.x) - 1)]
        if not left - near <= x <= right + near:
            continue
        ys = (curve.y[place], curve.y[min(place + 1, len(curve.y) - 1)])
        if not all(math.isfinite(y) and (y > 0.0 or not up.is_log) for y in ys):
            continue
        span = across.share(right) - across.share(left)
        part = (across.share(x) - across.share(left)) / span if span else 0.0
        return up.value(up.share(ys[0]) + part * (up.share(ys[1]) - up.share(ys[0])))
    return None


def _bars(chart: BarChart, width: int) -> str:
    rows = [
        (category if number == 0 else "", name, values[place])
        for place, category in enumerate(chart.categories)
        for number, (name, values) in enumerate(chart.series.items())
    ]
    several = len(chart.series) > 1
    names = [max(map(len, chart.categories)), max(map(len, chart.series))]
    top = chart.y_range[1] if chart.y_range is not None else max(value for *_, value in rows)
    room = max(NARROWEST // 2, width - names[0] - (names[1] + 1) * several - len(" 0.000 "))
    lines = [f"{chart.title}: {chart.y_label}"]
    for category, name, value in rows:
        eighths = round(8 * room * min(max(value / top, 0.0), 1.0)) if top else 0
        bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
        label = f"{category:<{names[0]}} " + (f"{name:<{names[1]}} " if several else "")
        lines.append(f"{label}{bar} {_short(value)}")
    if chart.baseline is not None:
        lines.append(f"{chart.baseline_name or 'baseline'}: {_short(chart.baseline)}")
    return "\n".join(lines)


def _short(value: float) -> str:
    """A number in a few characters."""
    if value and not PLAIN[0] <= abs(value) < PLAIN[1]:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.3g}"
