"""Text in capitals, for models whose pieces were learnt from text that is not.

Such a model knows "station" as one piece, and "STATION" only letter by letter. So a text that is all
capitals is read as if it were not, and its translation is written in capitals; what is protected stays
as it is. Every function here keeps the number of characters, so that a place in one text is the same
place in the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from seq2seq.translation import Piece, PieceKind, Source

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


def realised_in_capitals(text: str, pieces: Sequence[Piece]) -> tuple[str, tuple[Piece, ...]]:
    """Write a text and its pieces in capitals, but for those that are protected."""
    capitals = _restored(in_capitals(text), text, pieces)
    return capitals, tuple(
        replace(piece, text=capitals[piece.span.start : piece.span.end]) for piece in pieces
    )


def in_sentence_case_if_spelt_out(source: Source, prepare: Callable[[str], Source]) -> Source:
    """Read a text in capitals as if it were not, where its model would have to spell it.

    Args:
        source: as `prepare` gave it.
        prepare: makes a text ready for the model.

    Returns:
        The source itself; or its text with the pieces and tokens of what is read in its place.
    """
    unprotected = source.text
    if source.protected:
        unprotected = _restored(source.text, " " * len(source.text), source.pieces)
    if not is_in_capitals(unprotected):
        return source
    read = prepare(_restored(in_sentence_case(source.text), source.text, source.pieces))
    if _spelt(source) <= _LONGER * _spelt(read):
        return source
    pieces = tuple(
        replace(piece, text=source.text[piece.span.start : piece.span.end]) for piece in read.pieces
    )
    return replace(read, text=source.text, pieces=pieces, in_capitals=True)


def _spelt(source: Source) -> int:
    """How many pieces are read of what is not protected, with the end of the sentence."""
    return sum(piece.kind is not PieceKind.PROTECTED for piece in source.pieces)


def _restored(changed: str, text: str, pieces: Sequence[Piece]) -> str:
    """Put what is protected in `text` into `changed`, which is as long."""
    done, parts = 0, list[str]()
    for piece in pieces:
        if piece.kind is PieceKind.PROTECTED:
            parts += changed[done : piece.span.start], text[piece.span.start : piece.span.end]
            done = piece.span.end
    return "".join((*parts, changed[done:]))


def _single(letter: str, changed: str) -> str:
    return changed if len(changed) == 1 else letter
