"""What is protected goes through a translator as it is, and where it is in both texts can be seen."""

from pathlib import Path

import pytest

import tiny
from seq2seq.data.protected import PLACEHOLDERS
from seq2seq.decoding.options import SearchOptions
from seq2seq.translation import PieceKind
from seq2seq.translator import Translator, load_translator

TEXT = "Where is https://a.org/b, {{name}}?"


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """A model that protects, with random weights."""
    return load_translator(tiny.bundle(tmp_path_factory.mktemp("models") / "one", protects=True).directory)


def test_a_source_shows_what_is_protected(translator: Translator) -> None:
    """As one piece each, that lies in the text."""
    source = translator.prepare(TEXT)

    protected = [piece for piece in source.pieces if piece.kind is PieceKind.PROTECTED]
    assert [piece.text for piece in protected] == ["https://a.org/b", "{{name}}"]
    assert all(TEXT[piece.span.start : piece.span.end] == piece.text for piece in protected)
    assert source.protected == ("https://a.org/b", "{{name}}")


def test_a_model_that_has_not_learnt_it_protects_nothing(tmp_path: Path) -> None:
    """It would not know what to do with a placeholder."""
    source = load_translator(tiny.bundle(tmp_path / "one").directory).prepare(TEXT)

    assert source.protected == ()
    assert {piece.kind for piece in source.pieces} == {PieceKind.PIECE, PieceKind.END_OF_SENTENCE}


def test_capitals_are_read_as_if_they_were_not_but_for_what_is_protected(translator: Translator) -> None:
    """Neither in the source nor in the translation is an address changed."""
    source = translator.prepare("WHERE IS THE STATION? WHERE IS THE TRAIN? https://a.org/Bc")
    small = translator.prepare("Where is the station? where is the train? https://a.org/Bc")

    assert source.in_capitals
    assert source.tokens == small.tokens
    assert source.protected == ("https://a.org/Bc",)
    tokens = translator.target_subword.encode_normalised("où est \x01 ?")
    text, pieces = translator.realise(source, tokens, [0.0] * len(tokens))
    assert text == "OÙ EST https://a.org/Bc ?"
    assert all(text[piece.span.start : piece.span.end] == piece.text for piece in pieces)


def test_a_given_translation_is_rated_with_the_same_placeholders(translator: Translator) -> None:
    """Wherever they stand in it; so what is searched and what is rated agree."""
    (rated,) = translator.score([(TEXT, "{{name}}, où est https://a.org/b ?")])

    kinds = [piece.text for piece in rated.pieces if piece.kind is PieceKind.PROTECTED]
    assert kinds == ["{{name}}", "https://a.org/b"]
    assert rated.text == "{{name}}, où est https://a.org/b ?"


@pytest.mark.parametrize("text", ["❤️", "...", "駅 駅", "x \x01 y", "a http://b.org\nc", TEXT * 3])
def test_any_text_is_translated_and_no_placeholder_is_seen(translator: Translator, text: str) -> None:
    """Also where the model makes nothing of it."""
    found = translator.translate_all([text], SearchOptions(beam=2, attention=True))[0]

    assert not set(found.text) & set(PLACEHOLDERS)
    assert found.attention is not None
    assert found.attention.shape == (len(found.pieces), len(found.source.pieces))
