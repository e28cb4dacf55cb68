"""What is protected goes through a translator as it is, and where it is in both texts can be seen."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import tiny
from seq2seq.bundle import Bundle, default_model
from seq2seq.cli.main import app
from seq2seq.data.protected import PLACEHOLDERS
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import InputError, UsageError
from seq2seq.translation import PieceKind, Translation
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


@pytest.mark.parametrize("beam", [1, 3])
def test_what_is_asked_for_comes_through(beam: int) -> None:
    """Whatever the model makes of the rest, by every road; in capitals too, and once for each time."""
    translator = load_translator(default_model())
    options = SearchOptions(beam=beam, keep=("Blue Cat", "tea"))
    texts = ["Where is Blue Cat?", "The tea, please.", "the tea and the tea", "WHERE IS Blue Cat?", "Hello."]
    expected = [["Blue Cat"], ["tea"], ["tea", "tea"], ["Blue Cat"], []]

    together = translator.translate_all(texts, options)
    lines = list(translator.translate_lines(texts, options))
    alone = [translator.translate(text, options) for text in texts]

    for found in (together, lines, alone):
        for translation, kept in zip(found, expected, strict=True):
            assert isinstance(translation, Translation)
            pieces = [piece.text for piece in translation.pieces if piece.kind is PieceKind.PROTECTED]
            assert pieces == kept
            assert all(kept_text in translation.text for kept_text in kept)


def test_a_model_that_cannot_keep_says_so(tmp_path: Path) -> None:
    """Rather than to translate what was to be kept; and what cannot be kept is refused."""
    translator = load_translator(tiny.bundle(tmp_path / "one").directory)

    with pytest.raises(UsageError, match="has not learnt to keep"):
        translator.translate("Blue Cat", SearchOptions(keep=("Cat",)))
    with pytest.raises(UsageError, match="has not learnt to keep"):
        list(translator.translate_lines(["Blue Cat"], SearchOptions(keep=("Cat",))))
    with pytest.raises(InputError, match="blank"):
        SearchOptions(keep=("Cat", " "))
    with pytest.raises(InputError, match="at most"):
        SearchOptions(keep=("Cat" * 1_000,))


def test_the_commands_keep_words(tmp_path: Path) -> None:
    """`translate` and `attend`, with the models that come with the program."""
    arguments = ["--threads", "1", "--keep", "Blue Cat", "Blue Cat is my friend."]
    for command in (["translate"], ["attend", "--view", "text"]):
        result = CliRunner().invoke(app, [*command, *arguments])
        assert result.exit_code == 0
        assert "Blue Cat" in result.stdout

    model = str(tiny.bundle(tmp_path / "one").directory)
    refused = CliRunner().invoke(app, ["translate", "-m", model, *arguments])
    assert isinstance(refused.exception, UsageError)


@pytest.mark.parametrize("share", [0.0, 0.15])
def test_going_on_without_teaching_it_is_told(tmp_path: Path, share: float) -> None:
    """Who begins with a model that keeps words gets one that does not, and should know."""
    for name, count in (("train", 80), ("val", 8)):
        tiny.write_tsv(tmp_path / f"{name}.tsv", tiny.pairs(count, longest=4))
    settings = {
        "begin_with": "tatoeba-en-fr-plain",
        "model.attention": "none",
        "corpus.root": str(tmp_path),
        "corpus.train": '["train.tsv"]',
        "corpus.test": "[]",
        "batching.protected_spans": share,
        "training.updates": 1,
        "training.warmup_updates": 0,
        "training.mixed_precision": "false",
    }
    changes = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    command = ["train", "tatoeba-en-fr-finish", "--threads", "1", "--out", str(tmp_path / "run"), *changes]

    result = CliRunner().invoke(app, command, catch_exceptions=False)

    assert ("protected_spans=0.15" in result.stderr) is (share == 0.0)
    assert Bundle.open(tmp_path / "run" / "plain" / "model").protects is (share > 0.0)


@pytest.mark.parametrize("text", ["❤️", "...", "駅 駅", "x \x01 y", "a http://b.org\nc", TEXT * 3])
def test_any_text_is_translated_and_no_placeholder_is_seen(translator: Translator, text: str) -> None:
    """Also where the model makes nothing of it."""
    found = translator.translate_all([text], SearchOptions(beam=2, attention=True))[0]

    assert not set(found.text) & set(PLACEHOLDERS)
    assert found.attention is not None
    assert found.attention.shape == (len(found.pieces), len(found.source.pieces))
