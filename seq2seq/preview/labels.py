"""What stands for a word, a piece or the end of the sentence in a drawing."""

from seq2seq.preview.cells import Glyphs, harmless
from seq2seq.preview.grid import Unit


def label(unit: Unit, glyphs: Glyphs) -> str:
    """The text of a row or column; never empty."""
    if unit.is_end:
        return glyphs.end
    text = harmless(unit.text) or glyphs.nothing
    return glyphs.continuation + text if unit.is_continuation else text


def strong(text: str, *, on: bool) -> str:
    """Bold cyan, by escape sequence; the colour repeats what a number says already."""
    return f"\x1b[1;36m{text}\x1b[0m" if on else text


def faint(text: str, *, on: bool) -> str:
    """Dim, by escape sequence."""
    return f"\x1b[2m{text}\x1b[0m" if on else text
