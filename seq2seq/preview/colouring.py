"""A text with a number for each character, from -1 to 1: coloured, or with a line of marks below it."""

from collections.abc import Sequence

from seq2seq.preview.cells import cells

SHADES = (21, 27, 33, 75, 117, 153, 231, 223, 216, 209, 203, 196, 160)  # of a terminal's 256: blue to red
DARK = {21, 27, 196, 160}  # on which the letters are white
MARKS = "▁▂▃▄▅▆▇█"
PLAIN_MARKS = "0123456789"
LINE_BREAK = "⏎"
NARROWEST = 20


def colour_text(
    text: str, values: Sequence[float], *, width: int = 80, colour: bool, plain: bool = False
) -> str:
    """Show a text with what a number says of each of its characters.

    Args:
        text: what is shown; its line breaks are shown as signs too.
        values: one for each character, from -1 to 1.
        width: of the terminal, in cells.
        colour: colour what stands behind the characters, blue for -1 and red for 1. Otherwise each line
            has a line of marks below it, from ▁ to █.
        plain: signs of ASCII alone: marks from 0 to 9.
    """
    assert len(text) == len(values), "a number for each character"
    lines = _lines(text, max(NARROWEST, width), "$" if plain else LINE_BREAK)
    shown: list[str] = []
    for line, start in lines:
        numbers = values[start : start + len(line)]
        if colour:
            shown.append("".join(map(_coloured, line, numbers)) + "\x1b[0m")
        else:
            marks = "".join(map(_mark, line, numbers, [PLAIN_MARKS if plain else MARKS] * len(line)))
            shown += ["".join(line), marks]
    return "\n".join(shown)


def _lines(text: str, width: int, line_break: str) -> list[tuple[list[str], int]]:
    """Cut a text at its line breaks and where a line is full; each line with where it begins."""
    lines: list[tuple[list[str], int]] = [([], 0)]
    used = 0
    for place, sign in enumerate(text):
        shown = line_break if sign == "\n" else sign if sign.isprintable() else "�"
        if used + cells(shown) > width:
            lines.append(([], place))
            used = 0
        lines[-1][0].append(shown)
        used += cells(shown)
        if sign == "\n" and place + 1 < len(text):
            lines.append(([], place + 1))
            used = 0
    return lines


def _level(value: float, levels: int) -> int:
    return min(levels - 1, max(0, int((value + 1.0) / 2.0 * levels)))


def _coloured(sign: str, value: float) -> str:
    shade = SHADES[_level(value, len(SHADES))]
    return f"\x1b[48;5;{shade};38;5;{231 if shade in DARK else 16}m{sign}"


def _mark(sign: str, value: float, marks: str) -> str:
    return marks[_level(value, len(marks))] * cells(sign)
