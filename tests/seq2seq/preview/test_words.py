import numpy as np
import pytest
from hypothesis import given

import previews
from seq2seq.preview.words import merge, word_numbers
from seq2seq.translation import Piece, PieceKind, Span, Translation


def test_pieces_count_up_with_their_words() -> None:
    """Pieces of one word share its number, and the end of the sentence follows the last word."""
    pieces = previews.pieces("un incroyable voyage", {"incroyable": ["in", "croyable"]})

    numbers = word_numbers("un incroyable voyage", pieces)

    assert numbers == (0, 1, 1, 2, 3)


def test_later_bytes_of_a_character_stay_with_its_word() -> None:
    """A character that needed three bytes: the first has its span, the others are empty after it."""
    text = "a 龍 b"
    spans = [(0, 1), (1, 2), (2, 3), (3, 3), (3, 3), (3, 5)]
    pieces = [Piece(text[start:end], Span(start, end)) for start, end in spans]

    numbers = word_numbers(text, pieces)

    assert numbers == (0, 1, 1, 1, 1, 2)


def test_an_empty_piece_in_front_belongs_to_the_word_that_begins_there() -> None:
    """SentencePiece may give the space before a word a piece of its own."""
    pieces = [Piece("", Span(0, 0)), Piece("a", Span(0, 1)), Piece("", Span(2, 2)), Piece("b", Span(2, 3))]

    assert word_numbers("a b", pieces) == (0, 0, 1, 1)


def test_what_follows_a_kept_name_without_a_space_belongs_to_it() -> None:
    """The name is one piece of two words; the word after it is counted as it stands in the text."""
    spans = [(0, 3), (4, 12), (12, 13), (14, 16), (16, 16)]
    kinds = [
        PieceKind.PIECE,
        PieceKind.PROTECTED,
        PieceKind.PIECE,
        PieceKind.PIECE,
        PieceKind.END_OF_SENTENCE,
    ]
    text = "the Blue Cat, ok"
    pieces = [Piece(text[a:b], Span(a, b), kind) for (a, b), kind in zip(spans, kinds, strict=True)]

    assert word_numbers(text, pieces) == (0, 1, 1, 3, 4)


def test_a_text_without_words_has_one_word_and_the_end() -> None:
    """A model may write only white space."""
    pieces = [Piece("", Span(0, 0)), Piece("", Span(0, 0), PieceKind.END_OF_SENTENCE)]

    assert word_numbers("", pieces) == (0, 1)


def test_merging_sums_columns_and_averages_rows() -> None:
    """Target words of one and two pieces, source words of two and one; worked by hand."""
    attention = np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [0.3, 0.6, 0.1]])

    merged = merge(attention, (0, 1, 1), (0, 0, 1))

    np.testing.assert_allclose(merged, [[0.75, 0.25], [0.6, 0.4]])


@given(translation=previews.translations())
def test_rows_sum_to_1_after_merging(translation: Translation) -> None:
    """Whatever the cuts, merging keeps each row a distribution."""
    candidate = translation.candidates[0]
    assert candidate.attention is not None
    rows = word_numbers(candidate.text, candidate.pieces)
    columns = word_numbers(translation.source.text, translation.source.pieces)

    merged = merge(candidate.attention, rows, columns)

    assert merged.shape == (len(set(rows)), len(set(columns)))
    np.testing.assert_allclose(merged.sum(axis=1), 1.0, atol=1e-5)


@given(cut=previews.cut_texts())
def test_numbers_never_fall_and_the_end_stands_alone(cut: tuple[str, tuple[Piece, ...]]) -> None:
    """Merged words are runs of pieces, and the last one is the end of the sentence."""
    text, pieces = cut

    numbers = word_numbers(text, pieces)

    assert list(numbers) == sorted(numbers)
    assert numbers.count(numbers[-1]) == 1
    assert numbers[-1] >= len(text.split())


@pytest.mark.parametrize("text", ["", "   "])
def test_a_blank_text_has_only_the_end(text: str) -> None:
    """Nothing but the end of the sentence has number 0."""
    assert word_numbers(text, previews.pieces(text)) == (0,)
