"""Text measured in terminal cells: cut, fill, wrap, and made harmless.

A Chinese character takes two cells, a combining mark none. A control character in a sentence must not
reach the terminal, where it could move the cursor or change the colour of what follows.
"""

import unicodedata
from dataclasses import astuple, dataclass
from typing import Literal

from rich.cells import cell_len, split_graphemes

from seq2seq.preview.document import direction

GlyphName = Literal["bars", "shade", "digits", "ascii"]

FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"
# Marks that turn the direction of what follows; a label brings its own isolate.
BIDI_CONTROLS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs of a drawing."""

    levels: str  # from no weight to all of it, one cell each
    scale: str  # what the levels mean
    bar: str  # a tenth of a row's weight in the list
    end: str  # the end of the sentence
    ellipsis: str
    continuation: str  # before a piece that goes on with a word
    nothing: str  # a label without a visible character

    def level(self, weight: float) -> str:
        """The sign for a weight from 0 to 1."""
        return self.levels[round(min(max(weight, 0.0), 1.0) * (len(self.levels) - 1))]


GLYPHS: dict[GlyphName, Glyphs] = {
    "bars": Glyphs(" ▁▂▃▄▅▆▇█", "▁▂▃▄▅▆▇█ weight, up to 1", "█", "⏎", "…", "·", "∅"),
    "shade": Glyphs(" ░▒▓█", "░▒▓█ weight, up to 1", "▒", "⏎", "…", "·", "∅"),
    "digits": Glyphs(" 1234567899", "1-9 tenths of the weight", "#", "</s>", "~", "+", "?"),
    "ascii": Glyphs(" .:-=+*#@", ".:-=+*#@ weight, up to 1", "#", "</s>", "~", "+", "?"),
}


def glyphs_for(encoding: str | None, wanted: GlyphName = "bars") -> GlyphName:
    """What was wanted, or "digits" where the encoding of the output has no signs for it."""
    try:
        "".join(astuple(GLYPHS[wanted])).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "digits"
    return wanted


def cells(text: str) -> int:
    """How many cells the text takes."""
    return cell_len(text)


def harmless(text: str) -> str:
    """The text on one line, with a replacement character for each control, and without turns of direction."""
    plain = text.translate(BIDI_CONTROLS)
    return "".join("�" if unicodedata.category(sign) in {"Cc", "Cs"} else sign for sign in plain).strip()


def isolated(text: str) -> str:
    """Right-to-left text wrapped so that the terminal does not turn its neighbours round."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}" if direction(text) == "rtl" else text


def graphemes(text: str) -> list[str]:
    """What a reader sees as one character each: marks and joined emoji stay with their base."""
    spans, _ = split_graphemes(text)
    return [text[start:end] for start, end, _ in spans]


def cut(text: str, width: int, ellipsis: str) -> str:
    """The text in at most `width` cells, with an ellipsis where something was left out."""
    if cell_len(text) <= width:
        return text
    kept, used = "", cell_len(ellipsis)
    for sign in graphemes(text):
        used += cell_len(sign)
        if used > width:
            break
        kept += sign
    return kept + ellipsis


def fill(text: str, width: int, *, right: bool = False) -> str:
    """The text in `width` cells: at the left, or at the right."""
    space = " " * (width - cell_len(text))
    return isolated(text) if not space else (space + isolated(text) if right else isolated(text) + space)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken at spaces, and inside a word only when it is too long."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = ""
        for sign in graphemes(word):
            if line and cell_len(line + sign) > width:
                lines.append(line)
                line = ""
            line += sign
    return [*lines, line]
