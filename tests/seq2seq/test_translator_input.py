from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import DecodingError, SentenceTooLong
from seq2seq.translation import (
    Failure,
    Source,
    Translation,
)
from seq2seq.translator import Translator

HOSTILE = [
    "a\0b",
    "👩‍👩‍👧‍👦 and 🇫🇷",
    "one\u2028two\u2029three",
    "\u202eright to left\u202c",
    "e\u0301a\u0308",
    "ＦＵＬＬ ｗｉｄｔｈ ﬁ",
    "\ud800 alone",
    "一二三",
    "tab\tand\r\nline",
    "\\x00 <s> </s> ▁ <0x41>",
]


@pytest.mark.parametrize("blank", ["", " ", "\t\r\n", "\u200b\ufeff", "\0\x07", "\u3000\u00a0"])
def test_blank_text_is_never_sent_to_the_model(translator: Translator, blank: str) -> None:
    """Nothing in, nothing out; the text stays what the caller gave."""
    translation = translator.translate(blank)

    assert translation == Translation(Source(blank, (), ()), ())
    assert (translation.text, translation.score, translation.attention) == ("", 0.0, None)


def test_an_endless_file_is_taken_a_window_at_a_time(attentive: Translator) -> None:
    """No more lines are read than are needed for the answers taken."""
    read = []

    def endless() -> Iterator[str]:
        for number in count():
            read.append(number)
            yield tiny.ENGLISH[number % 5]

    answers = attentive.translate_lines(endless(), SearchOptions(beam=1, max_target_tokens=3), window=4)

    assert len(list(islice(answers, 6))) == 6
    assert len(read) == 8


def test_a_sentence_that_is_too_long_says_both_numbers(attentive: Translator) -> None:
    """The message has the pieces there are, the pieces the model takes, and what to do."""
    text = "the " * 100
    pieces = len(attentive.source_subword.encode(text))

    with pytest.raises(SentenceTooLong) as alone:
        attentive.translate(text)
    with pytest.raises(SentenceTooLong) as among:
        attentive.translate_all(["Hello.", text])

    assert alone.value.problem == f"the sentence has {pieces} pieces, and this model takes 64"
    assert alone.value.mend == "Split it into sentences, or use a model with a larger max_source_tokens."
    assert among.value.where == "texts[1]"


def test_the_limit_is_within_the_limit(attentive: Translator) -> None:
    """A sentence of exactly `max_source_tokens` pieces is taken, its end counted; one more is not."""
    source = attentive.prepare("Where is the station?")
    exact = _limited(attentive, len(source.tokens))

    assert exact.prepare(source.text) == source
    with pytest.raises(SentenceTooLong):
        _limited(attentive, len(source.tokens) - 1).prepare(source.text)


def _limited(translator: Translator, max_source_tokens: int) -> Translator:
    config = translator.bundle.config.model_copy(update={"max_source_tokens": max_source_tokens})
    return replace(translator, bundle=replace(translator.bundle, config=config))


def test_endless_words_are_refused_before_they_are_cut(attentive: Translator) -> None:
    """A megabyte costs no segmentation; a megabyte of spaces is blank."""
    assert attentive.prepare(" " * 1_000_000).is_blank
    with pytest.raises(SentenceTooLong, match="has 1,000,000 characters, and this model takes 64 pieces"):
        attentive.prepare("x" * 1_000_000)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_translated(attentive: Translator, text: str) -> None:
    """Strange signs come in with their offsets intact, and the answer can be written as UTF-8."""
    translation = attentive.translate(text, SearchOptions(beam=2, max_target_tokens=20))

    writable = text.replace("\ud800", "\ufffd")
    for piece in translation.source.pieces:
        assert writable[piece.span.start : piece.span.end] == piece.text
    translation.text.encode("utf-8")


@given(text=st.text(max_size=20))
def test_every_text_has_an_answer_or_a_reason(attentive: Translator, text: str) -> None:
    """Any string at all is translated, blank, too long, or not translatable; nothing else happens."""
    (answer,) = attentive.translate_lines([text], SearchOptions(beam=1, max_target_tokens=3))

    if isinstance(answer, Failure):
        assert isinstance(answer.error, (SentenceTooLong, DecodingError))
    else:
        assert (answer.text == "") == answer.source.is_blank
