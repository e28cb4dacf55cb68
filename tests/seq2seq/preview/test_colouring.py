"""A text with a number for each character."""

import re

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.preview.colouring import colour_text

a_text = st.text(st.sampled_from("abc xyz\n\x1b日é"), min_size=1, max_size=80)


@given(a_text, st.integers(20, 40))
def test_colours_leave_the_text_as_it_is(text: str, width: int) -> None:
    """Without its colours the text can be read, and nothing in it steers the terminal."""
    shown = colour_text(text, [0.3] * len(text), width=width, colour=True)

    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert bare.replace("\n", "") == text.replace("\n", "⏎").replace("\x1b", "�")
    assert "\x1b" not in bare
    assert shown.endswith("\x1b[0m")


def test_marks_stand_below_their_characters() -> None:
    """From the lowest mark at -1 to the highest at 1; wide characters have wide marks."""
    shown = colour_text("ab日\nc", [-1.0, 0.0, 1.0, -0.5, 0.99], colour=False)

    assert shown.splitlines() == ["ab日⏎", "▁▅██▃", "c", "█"]


def test_plain_marks_are_ascii() -> None:
    """For terminals without other signs."""
    shown = colour_text("ab\nc", [-1.0, 0.0, 0.3, 1.0], colour=False, plain=True)

    assert shown.splitlines() == ["ab$", "056", "c", "9"]
    assert shown.isascii()


def test_blue_and_red_are_the_ends() -> None:
    """White between them, and letters that can be read on each."""
    shown = colour_text("abc", [-1.0, 0.0, 1.0], colour=True)

    assert re.findall(r"48;5;(\d+)", shown) == ["21", "231", "160"]
    assert re.findall(r"38;5;(\d+)", shown) == ["231", "16", "231"]
