"""Figures as files: deterministic, of the kind that their name says, and refused before any work."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seq2seq.errors import UsageError
from seq2seq.plots.charts import BarChart, Chart, Curve, Figure, HeatMap, LineChart, PictureMap
from seq2seq.plots.figure import check_figure_path, write_figure

LINES = LineChart(
    "how far back",
    [
        Curve(
            "rnn",
            [0, 1, 2, 3],
            [1.0, 0.1, 0.01, 0.0],
            low=[0.9, 0.09, 0.005, 0.0],
            high=[1.1, 0.2, 0.02, 0.0],
        ),
        Curve("lstm", [0, 1, 2, 3], [1.0, 0.8, float("nan"), 0.5], hollow=[False, True, False, True]),
        Curve("baseline", [0, 3], [0.5, 0.5], dashed=True),
    ],
    "lag",
    "norm",
    y_scale="log",
    x_ticks=[(0, "now"), (3, "long ago\nn=3")],
)
BARS = BarChart(
    "right",
    ["copy", "reverse the other way"],
    {"plain": [0.1, 0.2], "attentive": [1.0, 0.9]},
    "share",
    (0, 1),
    0.5,
    "chance",
)
HEAT = HeatMap(
    "confusion", [[0.9, 0.1], [float("nan"), 0.7]], ["de", "fr"], ["de", "fr"], "true", "said", numbers=True
)
GATES = HeatMap("gates", [[-1.0, 0.5], [0.2, 0.7]], ["1", "2"], ["a word", "b"], low=-1.0)
PICTURE = PictureMap("red", np.full((8, 8, 3), 0.5), [[0.1, 0.9], [0.0, 0.0]])
ALL: list[Chart] = [LINES, BARS, HEAT, GATES, PICTURE]


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_numbers_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """Nothing of the day, the machine or chance is in a figure; all kinds of chart share one."""
    paths = [tmp_path / "deeper" / f"{name}{suffix}" for name in ("one", "two")]

    for path in paths:
        write_figure(path, Figure(ALL, columns=2, title="everything"))

    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(b"\x89PNG" if suffix == ".png" else b"<?xml")
    assert sorted(path.name for path in paths[0].parent.iterdir()) == [f"one{suffix}", f"two{suffix}"]


def test_a_figure_has_a_title_for_those_who_cannot_see_it_and_no_date(tmp_path: Path) -> None:
    """The title is in the file's metadata; a date would change it every day."""
    write_figure(tmp_path / "lines.svg", LINES)

    text = (tmp_path / "lines.svg").read_text(encoding="utf-8")

    assert re.search(r"<dc:title>\s*how far back\s*</dc:title>", text)
    assert "<dc:date>" not in text


@pytest.mark.parametrize("chart", ALL, ids=lambda chart: type(chart).__name__)
def test_each_kind_of_chart_can_stand_alone(tmp_path: Path, chart: Chart) -> None:
    """A figure is made of one chart without saying so."""
    write_figure(tmp_path / "chart.png", chart)

    assert (tmp_path / "chart.png").stat().st_size > 1_000


def test_another_suffix_is_refused_with_the_remedy() -> None:
    """The message names the file and what its name may end in."""
    with pytest.raises(UsageError) as caught:
        check_figure_path(Path("gradients.pdf"))

    assert str(caught.value) == (
        "gradients.pdf: a figure is written as SVG or PNG, and '.pdf' is neither. "
        "End its name in .svg or .png."
    )


def test_a_figure_that_cannot_be_written_is_an_error_that_says_why(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "taken").write_text("", encoding="utf-8")

    with pytest.raises(UsageError, match="the figure cannot be written"):
        write_figure(tmp_path / "taken" / "lines.svg", LINES)


def test_matplotlib_is_loaded_only_to_draw() -> None:
    """Charts, terminal and the function that writes a figure can be imported without its second."""
    code = (
        "import sys, seq2seq.plots.charts, seq2seq.plots.figure, seq2seq.plots.terminal;"
        "sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
