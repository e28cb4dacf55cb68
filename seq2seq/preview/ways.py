"""The words that may come next, each with its probability and where it leads, in the terminal and as JSON."""

from collections.abc import Sequence
from math import exp
from typing import Any

from seq2seq.preview.cells import GLYPHS, GlyphName, cells, cut, fill, harmless, isolated
from seq2seq.translation import Alternative

_BAR_CELLS = 10
_SHARE_CELLS = 6  # "  76 %"
_TENTHS_BELOW = 0.0995
_LEAST_TEXT = 12  # cells for a translation to be worth beginning


def list_ways(alternatives: Sequence[Alternative], *, width: int, glyphs: GlyphName = "bars") -> str:
    """A line for each word: the word, a bar, per cent, and the translation cut to fit."""
    signs = GLYPHS[glyphs]
    words = [cut(harmless(one.word) or signs.end, width // 4, signs.ellipsis) for one in alternatives]
    widest = max(map(cells, words), default=0)
    room = width - widest - _BAR_CELLS - _SHARE_CELLS - 4
    lines = []
    for word, one in zip(words, alternatives, strict=True):
        share = exp(one.log_prob)
        line = f"{fill(isolated(word), widest)}  {fill(signs.bar * round(share * _BAR_CELLS), _BAR_CELLS)}"
        line += f"{_percent(share):>{_SHARE_CELLS}}"
        if room >= _LEAST_TEXT:
            line += "  " + isolated(cut(harmless(one.translation.text), room, signs.ellipsis))
        lines.append(line.rstrip())
    return "\n".join(lines)


def ways_as_json(alternatives: Sequence[Alternative]) -> dict[str, Any]:
    """What is added to a preview document; nothing where there is no word."""
    words = [
        {"word": one.word, "log_prob": round(one.log_prob, 4), "text": one.translation.text}
        for one in alternatives
    ]
    return {"alternatives": words} if words else {}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < _TENTHS_BELOW else f"{100 * share:.0f} %"
