"""Where a picture was looked at, as pixels and as text."""

import re

import numpy as np

from seq2seq.plots.charts import PictureMap
from seq2seq.plots.pictures import GAP, PANEL, draw_pictures, seen

RED = np.full((32, 32, 3), (1.0, 0.0, 0.0))
CORNER = np.array([[1.0, 0.0], [0.0, 0.0]])


def test_colours_stay_where_it_was_looked_at_and_fade_elsewhere() -> None:
    """The strongest cell is as it is, the others are nearer to grey."""
    faded = seen(PictureMap("", RED, CORNER))

    assert (faded[:16, :16] == RED[:16, :16]).all()
    assert (faded[16:] == faded[0, 16]).all()
    assert np.ptp(faded[0, 16]) < 0.2


def test_without_weights_a_picture_is_as_it_is() -> None:
    """Nothing fades, and without colour there is nothing to draw."""
    bare = PictureMap("bare", RED)

    assert (seen(bare) == RED).all()
    assert draw_pictures([bare]) == ""


def test_panels_fill_the_width_and_go_on_below() -> None:
    """No line is wider than what was asked for, and each panel has its title above it."""
    charts = [PictureMap(title, RED, CORNER) for title in ("one", "two", "three")]

    drawn = draw_pictures(charts, width=2 * PANEL + GAP)

    assert max(map(len, drawn.splitlines())) <= 2 * PANEL + GAP
    assert re.findall(r"one +two\n|three\n", drawn) == [re.search(r"one +two\n", drawn)[0], "three\n"]  # type: ignore[index]  # it is there
    assert drawn.splitlines()[1] == "████████" + " " * (PANEL - 8 + GAP) + "████████"


def test_the_scale_may_be_that_of_several_pictures() -> None:
    """A weight half as strong as the strongest of all is drawn half as dark."""
    drawn = draw_pictures([PictureMap("", RED, CORNER / 2, strongest=1.0)], levels=" .x")

    assert drawn.splitlines()[1] == "." * 8


def test_with_colour_a_sign_is_two_pixels() -> None:
    """Upper and lower pixel in 24 bits; each line ends with a reset, so that nothing else is coloured."""
    lines = draw_pictures([PictureMap("word", RED, CORNER)], colour=True).splitlines()[1:]

    assert len(lines) == PANEL // 2
    assert all(line.count("▀") == PANEL and line.endswith("\x1b[0m") for line in lines)
    assert lines[0].startswith("\x1b[38;2;255;0;0;48;2;255;0;0m▀")
