"""Charts as text: what is drawn stands where its value is, and nothing is wider than asked."""

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.plots.charts import BarChart, Curve, LineChart
from seq2seq.plots.terminal import NARROWEST, draw_chart


def test_a_straight_line_on_a_log_scale_is_drawn_straight() -> None:
    """A tenth a step falls one row for each row's factor of ten: a diagonal."""
    xs = [float(x) for x in range(31)]
    chart = LineChart(
        "decay", [Curve("rnn", xs, [10.0**-x for x in range(31)])], "lag", "norm", y_scale="log"
    )

    lines = draw_chart(chart, width=5 + 3 + 31, height=31).splitlines()

    assert lines[0] == "decay: norm"
    rows = [line.split("┤", 1)[1] for line in lines if "┤" in line]
    assert [row.index("o") for row in rows] == list(range(len(rows)))
    assert lines[1].startswith("    1 ┤o")
    assert lines[-1].split() == ["o", "rnn"]


def test_what_is_exactly_zero_is_not_on_a_log_scale() -> None:
    """A curve ends where its gradient does."""
    chart = LineChart("cut", [Curve("rnn", [0, 1, 2, 3], [1.0, 0.1, 0.0, 0.0])], "lag", "norm", y_scale="log")

    drawn = draw_chart(chart, width=40, height=5)

    plotted = [line.split("┤", 1)[1] for line in drawn.splitlines() if "┤" in line]
    columns = [place for line in plotted for place, sign in enumerate(line) if sign == "o"]
    assert max(columns) <= round((40 - 4) / 3)


def test_the_curves_of_a_chart_have_different_signs_and_the_legend_names_them() -> None:
    """They can be told apart without colour."""
    curves = [
        Curve("one", [0, 1], [0, 1]),
        Curve("two", [0, 1], [1, 0]),
        Curve("none", [0, 1], [0.5, 0.5], dashed=True),
    ]

    drawn = draw_chart(LineChart("t", curves, "x", "y"), width=60, height=7)

    assert drawn.splitlines()[-1].strip().split("   ") == ["o one", "x two", "- none"]


def test_bars_are_as_long_as_their_values() -> None:
    """Half the value, half the bar."""
    drawn = draw_chart(BarChart("right", ["a", "bc"], {"": [1.0, 0.5]}, "share", baseline=0.25), width=49)

    assert drawn.splitlines() == ["right: share", f"a  {'█' * 40} 1", f"bc {'█' * 20} 0.5", "baseline: 0.25"]


@given(
    ys=st.lists(st.floats(allow_infinity=True, allow_nan=True, width=32), min_size=1, max_size=12),
    width=st.integers(NARROWEST + 12, 120),
    is_log=st.booleans(),
)
def test_no_line_is_wider_than_asked(ys: list[float], width: int, is_log: bool) -> None:  # noqa: FBT001 — drawn
    """Whatever the values are, gaps and infinities included."""
    curve = Curve("c", list(range(len(ys))), ys)
    chart = LineChart("t", [curve], "x", "y", y_scale="log" if is_log else "linear")

    assert max(map(len, draw_chart(chart, width=width).splitlines())) <= width
