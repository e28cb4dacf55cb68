"""The one normalisation of text, with the way back to the caller's characters.

    1. fold, character by character:
         white space of any kind, tabs and line breaks included   -> one space
         control characters, soft hyphens, zero-width spaces,
         byte-order marks, word joiners, direction marks          -> nothing
         full-width forms (１２ Ａ！) and Latin ligatures (ﬁ)       -> the plain characters
         ▁ (U+2581), SentencePiece's sign for a space             -> _
         a lone surrogate                                         -> U+FFFD
    2. compose: Unicode NFC
    3. runs of spaces become one, none at the ends

It is NFC, and not the NFKC that SentencePiece applies by default, because NFKC changes what was
written: m² would become m2, ½ 1⁄2, ™ TM and … three dots. The joiners inside emoji and Persian
words and the variation selectors stay. `normalise` is idempotent.
"""

import re
import unicodedata
from dataclasses import dataclass

WORD_START = "▁"  # U+2581, what SentencePiece writes for a space

_REPLACED = {
    **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff", ""),
    **dict.fromkeys(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x2070)]), ""),
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
    WORD_START: "_",
}
_SPACES = re.compile(" {2,}")


def normalise(text: str) -> str:
    """Fold, compose and trim a text, as the module says."""
    folded = text if _is_folded(text) else unicodedata.normalize("NFC", text.translate(_FOLDS))
    return _SPACES.sub(" ", folded).strip(" ")


def fold(character: str) -> str:
    """Fold one character; the result may be empty or have several characters."""
    return character.translate(_FOLDS)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A normalised text, and for each of its characters the range of the original it stands for.

    Where several characters come from one (ﬁ), the first has its range and the others an empty
    range at its end; where one comes from several (e + ´), it has the range of all of them.
    """

    text: str
    starts: list[int]
    ends: list[int]


def align(text: str) -> Aligned:
    """Normalise a text and keep the way back to its code points."""
    if _is_plain(text):
        return Aligned(text, list(range(len(text))), list(range(1, len(text) + 1)))
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for composed, indices in _clusters(text):
        one_to_one = len(composed) == len(indices)
        for position, character in enumerate(composed):
            if character == " " and (not characters or characters[-1] == " "):
                continue
            if one_to_one:
                start, end = indices[position], indices[position] + 1
            else:
                end = indices[-1] + 1
                start = indices[0] if position == 0 else end
            characters.append(character)
            starts.append(max(start, ends[-1]) if ends else start)
            ends.append(end)
    while characters and characters[-1] == " ":
        del characters[-1], starts[-1], ends[-1]
    return Aligned("".join(characters), starts, ends)


def comparison_key(text: str) -> str:
    """Reduce a text to what counts when two sentences are compared: no case, spaces or punctuation.

    A text that is nothing but punctuation is its own key.
    """
    normal = normalise(text)
    return normal.casefold().translate(_UNCOMPARED) or normal


def _clusters(text: str) -> list[tuple[str, list[int]]]:
    """Cut the folded text where composition cannot reach across; give each part's own indices."""
    clusters: list[tuple[str, list[int]]] = []
    raw, indices = "", list[int]()
    for index, original in enumerate(text):
        for character in original if original in _PLAIN else fold(original):
            if raw and _starts_cluster(raw, character):
                clusters.append((_compose(raw), indices))
                raw, indices = "", []
            raw += character
            indices.append(index)
    if raw:
        clusters.append((_compose(raw), indices))
    return clusters


def _is_plain(text: str) -> bool:
    """Whether nothing is to be done, which of most sentences can be told a hundred times as fast."""
    is_folded = _is_folded(text) or (fold(text) == text and unicodedata.is_normalized("NFC", text))
    return is_folded and "  " not in text and text.strip(" ") == text


def _is_folded(text: str) -> bool:
    """Whether folding and composing leave a text as it is, by what can be told at once."""
    return text.isascii() and text.isprintable()


def _compose(raw: str) -> str:
    return raw if raw.isascii() else unicodedata.normalize("NFC", raw)


def _starts_cluster(before: str, character: str) -> bool:
    if character.isascii():
        return True
    if unicodedata.combining(unicodedata.normalize("NFD", character)[0]):
        return False
    # Some starters compose with the starter before them: Hangul vowels, signs of Indic scripts.
    return _compose(before + character) == _compose(before) + _compose(character)


class _FoldTable(dict[int, str]):
    """What `str.translate` looks up; filled as characters are met."""

    def __missing__(self, codepoint: int) -> str:
        folded = self[codepoint] = _folded(chr(codepoint))
        return folded


def _folded(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cc":
        return ""
    if unicodedata.category(character) == "Cs":
        return "\ufffd"
    if "！" <= character <= "～":
        return chr(ord(character) - ord("！") + ord("!"))
    return _REPLACED.get(character, character)


class _KeyTable(dict[int, str]):
    """Removes punctuation, spaces, symbols that modify, and controls."""

    def __missing__(self, codepoint: int) -> str:
        character = chr(codepoint)
        kept = "" if unicodedata.category(character)[0] in "PZC" else character
        self[codepoint] = kept
        return kept


_FOLDS = _FoldTable()
_UNCOMPARED = _KeyTable()
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))
