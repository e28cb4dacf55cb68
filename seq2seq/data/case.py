"""Text in capitals, for models whose pieces were learnt from text that is not.

Such a model knows "station" as one piece, and "STATION" only letter by letter. So a text that is all
capitals is read as if it were not, and its translation is written in capitals. Every function here
keeps the number of characters, so that a place in one text is the same place in the other.
"""

from collections.abc import Callable
from dataclasses import replace

from seq2seq.translation import Source

_LONGER = 1.5  # times as many pieces as in lower case: then the capitals are what the model does not know


def is_in_capitals(text: str) -> bool:
    """Whether a text has letters with case, two or more, and all of them are capitals."""
    return text.isupper() and sum(letter.isupper() for letter in text) > 1


def in_sentence_case(text: str) -> str:
    """Write all letters but the first in lower case."""
    first = next((at for at, letter in enumerate(text) if letter.isupper()), 0)
    return text[: first + 1] + "".join(_single(letter, letter.lower()) for letter in text[first + 1 :])


def in_capitals(text: str) -> str:
    """Write all letters as capitals, those left out whose capitals are two, such as ß."""
    return "".join(_single(letter, letter.upper()) for letter in text)


def in_sentence_case_if_spelt_out(source: Source, prepare: Callable[[str], Source]) -> Source:
    """Read a text in capitals as if it were not, where its model would have to spell it.

    Args:
        source: as `prepare` gave it.
        prepare: makes a text ready for the model.

    Returns:
        The source itself; or its text with the pieces and tokens of what is read in its place.
    """
    if not is_in_capitals(source.text):
        return source
    read = prepare(in_sentence_case(source.text))
    if len(source.tokens) <= _LONGER * len(read.tokens):
        return source
    pieces = tuple(
        replace(piece, text=source.text[piece.span.start : piece.span.end]) for piece in read.pieces
    )
    return replace(source, pieces=pieces, tokens=read.tokens, in_capitals=True)


def _single(letter: str, changed: str) -> str:
    return changed if len(changed) == 1 else letter
