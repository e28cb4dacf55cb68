"""Which word each piece belongs to, and attention between words instead of pieces.

A word is a maximal run without white space, as for whoever reads a Pharaoh line; the end of the sentence
counts as one word more. The rule of merging: a column is the **sum** over the pieces of its source
word, a row the **mean** over the pieces of its target word, so that rows sum to 1 after it as before.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq.translation import Piece, PieceKind, Span

WORD = re.compile(r"\S+")


def word_spans(text: str) -> tuple[Span, ...]:
    """The words of a text, in order."""
    return tuple(Span(match.start(), match.end()) for match in WORD.finditer(text))


def word_numbers(text: str, pieces: Sequence[Piece]) -> tuple[int, ...]:
    """The zero-based word of each piece; they never fall, and the end of the sentence has its own.

    A piece belongs to the word in which its first visible character stands, and a piece of white space
    to the word after it. A piece without characters (the later bytes of a character) belongs to the
    word around its offset, or else to the word of the piece before. A word that holds no piece's
    first character has no number among the pieces; nor has one that began within a piece, such as a
    name of two words that is kept as it is: what follows it without a space belongs to that piece.
    """
    words = word_spans(text)
    numbers: list[int] = []
    latest = 0
    begun: dict[int, int] = {}  # words that began within a piece, and the word of that piece
    for piece in pieces:
        if piece.kind is PieceKind.END_OF_SENTENCE:
            latest = max(len(words), latest + 1 if numbers else 0)
        else:
            number = _word_at(text, words, piece.span, latest)
            latest = max(latest, begun.get(number, number))
            for later in range(number + 1, len(words)):
                if words[later].start >= piece.span.end:
                    break
                begun[later] = latest
        numbers.append(latest)
    return tuple(numbers)


def merge(
    attention: NDArray[np.floating], target_words: Sequence[int], source_words: Sequence[int]
) -> NDArray[np.float64]:
    """Attention (T, S) between pieces into attention between words, one row and column a distinct number."""
    rows = _membership(target_words)  # (TW, T)
    columns = _membership(source_words)  # (SW, S)
    merged: NDArray[np.float64] = (rows @ attention @ columns.T) / rows.sum(axis=1, keepdims=True)
    return merged


def _word_at(text: str, words: Sequence[Span], span: Span, latest: int) -> int:
    visible = WORD.search(text, span.start, span.end)
    is_empty = span.start == span.end
    offset = visible.start() if visible else (span.start if is_empty else span.end)
    for number in range(latest, len(words)):
        word = words[number]
        if word.start <= offset < word.end:
            return number
        if word.start > offset:
            # White space leads to the next word; an empty piece stays with what was said before it.
            return latest if is_empty else number
    return latest


def _membership(words: Sequence[int]) -> NDArray[np.float64]:
    distinct = np.unique(np.asarray(words, dtype=np.int64))
    members: NDArray[np.float64] = (distinct[:, None] == np.asarray(words)[None, :]).astype(np.float64)
    return members
