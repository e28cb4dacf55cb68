"""Text in capitals, read as if it were not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.data.case import in_capitals, in_sentence_case, in_sentence_case_if_spelt_out, is_in_capitals

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("WHERE IS THE STATION?", "Where is the station?"),
        ("«ÉCOUTEZ!»", "«Écoutez!»"),
        ("3 KM TO GO", "3 Km to go"),
        ("İSTANBUL", "İstanbul"),
    ],
)
def test_all_letters_but_the_first_are_written_small(text: str, read: str) -> None:
    """The first one begins the sentence."""
    assert is_in_capitals(text)
    assert in_sentence_case(text) == read


@pytest.mark.parametrize("text", ["", "I", "123", "Hello", "駅はどこですか", "iPHONE"])
def test_what_has_no_capitals_or_others_too_is_left(text: str) -> None:
    """One capital letter may begin a sentence of one word."""
    assert not is_in_capitals(text)


@given(TEXTS)
def test_places_stay_where_they_are(text: str) -> None:
    """Whatever the script: İ, ß and ligatures have other lengths in the other case."""
    assert len(in_sentence_case(text)) == len(in_capitals(text)) == len(text)


def test_the_pieces_are_those_of_the_small_text_and_show_the_capitals() -> None:
    """Their spans lie in the text that was given."""
    subword = tiny.subword()
    small = subword.prepare("Where is the station?")

    read = in_sentence_case_if_spelt_out(subword.prepare("WHERE IS THE STATION?"), subword.prepare)

    assert read.in_capitals
    assert (read.text, read.tokens) == ("WHERE IS THE STATION?", small.tokens)
    assert [piece.span for piece in read.pieces] == [piece.span for piece in small.pieces]
    assert "".join(piece.text for piece in read.pieces) == "WHEREISTHESTATION?"


def test_what_takes_no_more_pieces_stays_as_it_is() -> None:
    """An abbreviation, and every text of a model that has learnt from capitals."""
    subword = tiny.subword()
    source = subword.prepare("QXZ")

    assert in_sentence_case_if_spelt_out(source, subword.prepare) is source
    assert in_sentence_case_if_spelt_out(source, lambda _: replace(source, tokens=source.tokens)) is source
