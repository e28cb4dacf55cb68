"""Running texts: read, parted, cut into pieces."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import EOS
from seq2seq.config import build
from seq2seq.data.characters import Characters
from seq2seq.data.subword_learning import SubwordConfig
from seq2seq.data.text import TextConfig, WordPieces, learn_vocabulary, open_text, read_text
from seq2seq.errors import ConfigError, CorpusError


def test_a_text_is_the_same_plain_or_packed(tmp_path: Path) -> None:
    """Its end is kept apart, and nothing is lost between."""
    content = "".join(f"line {number}\n" for number in range(40))
    (tmp_path / "plain.txt").write_text(content)
    (tmp_path / "packed.txt.gz").write_bytes(gzip.compress(content.encode()))

    texts = [
        open_text(TextConfig(text=str(tmp_path / name)), seed=1) for name in ("plain.txt", "packed.txt.gz")
    ]

    assert texts[0] == texts[1]
    assert texts[0].train + texts[0].validation == content == read_text(tmp_path / "plain.txt")
    assert len(texts[0].validation) == round(len(content) * 0.1)
    assert texts[0].fingerprint == texts[1].fingerprint


def test_the_built_in_text_is_english_and_seeded() -> None:
    """The phrasebook's sentences, one a line; a named file takes its place."""
    text = open_text(TextConfig(built_in="phrasebook", size=200), seed=1)

    assert (text.train + text.validation).count("\n") == 200
    assert open_text(TextConfig(built_in="phrasebook", size=200), seed=1) == text
    assert open_text(TextConfig(built_in="phrasebook", size=200), seed=2) != text


def test_a_text_has_to_be_named() -> None:
    """The message says how."""
    with pytest.raises(ConfigError, match=r"there is no text: --set corpus\.text=FILE"):
        build({}, TextConfig, where="lm.toml")


def test_a_text_too_short_to_part_is_refused(tmp_path: Path) -> None:
    """One character to read and one to foretell, in each part."""
    (tmp_path / "short.txt").write_text("hello")

    with pytest.raises(CorpusError, match="the text has 6 characters, too few"):
        open_text(TextConfig(text=str(tmp_path / "short.txt")), seed=1)


@given(st.lists(st.sampled_from([*tiny.ENGLISH, ""]), min_size=1, max_size=6))
def test_word_pieces_keep_the_lines(lines: list[str]) -> None:
    """EOS is the line break, blank lines included."""
    pieces = WordPieces(tiny.subword())
    text = "\n".join(lines)

    tokens = pieces.encode(text)

    assert pieces.decode(tokens) == text
    assert tokens.count(EOS) == len(lines) - 1


def test_the_vocabulary_is_of_the_training_text(tmp_path: Path) -> None:
    """Characters, or as many word pieces as were asked for."""
    config = TextConfig(built_in="phrasebook", size=300)
    text = open_text(config, seed=1)

    characters = learn_vocabulary(config, SubwordConfig(), text, tmp_path / "text.spm", seed=1)
    pieces = learn_vocabulary(
        config.model_copy(update={"pieces": "subword"}),
        SubwordConfig(vocabulary_size=400),
        text,
        tmp_path / "text.spm",
        seed=1,
    )

    assert isinstance(characters, Characters)
    assert set(characters.known) == set(text.train)
    assert isinstance(pieces, WordPieces)
    assert pieces.size == 400
