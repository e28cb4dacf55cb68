"""What a drawing needs: labels of both sides, and the weights between them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.preview.document import SourceText, TargetText, Token
from seq2seq.preview.words import merge, word_spans
from seq2seq.translation import PieceKind

UNSPACED_SCRIPTS = ("CJK ", "HIRAGANA", "KATAKANA", "THAI ", "LAO ", "KHMER ", "MYANMAR ")


@dataclass(frozen=True, slots=True)
class Unit:
    """A row or a column: a word, or a piece of one."""

    text: str
    number: int  # its zero-based word; the end of the sentence has a number of its own
    is_end: bool = False
    is_continuation: bool = False  # a piece that goes on with the word before it, where pieces were asked for


@dataclass(frozen=True, slots=True)
class Grid:
    """Units of both sides, and the share that each source unit has of each target unit."""

    source: tuple[Unit, ...]
    target: tuple[Unit, ...]
    weights: NDArray[np.float64]  # (target units, source units); each row sums to 1

    def partners(self, row: int, top: int, least: float) -> list[int]:
        """The columns of a row's largest weights, at most `top`: the largest, and others of `least` or more.

        Equal weights keep the order of the source.
        """
        order = np.argsort(-self.weights[row], kind="stable")[:top]
        return [int(column) for column in order if column == order[0] or self.weights[row, column] >= least]


def word_grid(source: SourceText, target: TargetText) -> Grid:
    """Words on both sides, whatever the script."""
    return _grid(source, target, (_words(source.text, source.tokens), _words(target.text, target.tokens)))


def grid_of(source: SourceText, target: TargetText, *, subwords: bool = False) -> Grid:
    """What to draw: words, or pieces where asked and on a side that is written without spaces."""
    if subwords:
        return _grid(
            source, target, (_pieces(source.tokens, marked=True), _pieces(target.tokens, marked=True))
        )
    sides = [
        _pieces(side.tokens, marked=False) if _is_unspaced(side.text) else _words(side.text, side.tokens)
        for side in (source, target)
    ]
    return _grid(source, target, (sides[0], sides[1]))


def _grid(source: SourceText, target: TargetText, units: tuple[tuple[Unit, ...], tuple[Unit, ...]]) -> Grid:
    assert target.attention is not None, "a plain model has no attention to draw"
    weights = np.asarray(target.attention, dtype=np.float64).reshape(len(target.tokens), len(source.tokens))
    columns, rows = units
    merged = merge(weights, _numbers(target.tokens, len(rows)), _numbers(source.tokens, len(columns)))
    return Grid(columns, rows, merged)


def _numbers(tokens: Sequence[Token], units: int) -> list[int]:
    """The unit of each token: itself where units are pieces, and else its word."""
    return list(range(units)) if units == len(tokens) else [token.word for token in tokens]


def _pieces(tokens: Sequence[Token], *, marked: bool) -> tuple[Unit, ...]:
    earlier = [None, *(token.word for token in tokens)]
    return tuple(
        Unit(token.text, token.word, _is_end(token), marked and token.word == before)
        for token, before in zip(tokens, earlier, strict=False)
    )


def _words(text: str, tokens: Sequence[Token]) -> tuple[Unit, ...]:
    spans = word_spans(text)
    last = {token.word: token for token in tokens}
    return tuple(
        Unit(
            text[spans[number].start : max(spans[number].end, token.end)] if number < len(spans) else "",
            number,
            _is_end(token),
        )
        for number, token in last.items()
    )


def _is_end(token: Token) -> bool:
    return token.kind is PieceKind.END_OF_SENTENCE


def _is_unspaced(text: str) -> bool:
    """True when most letters are of a script that puts no space between words."""
    letters = [letter for letter in text if letter.isalpha()]
    unspaced = [letter for letter in letters if unicodedata.name(letter, "").startswith(UNSPACED_SCRIPTS)]
    return 2 * len(unspaced) > len(letters)
