"""A vocabulary of characters: there and back, and what is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.batch import BOS, EOS, PAD, UNK
from seq2seq.data.characters import Characters
from seq2seq.errors import CorpusError

texts = st.lists(st.text(min_size=1), min_size=1)


@given(texts)
def test_what_was_collected_comes_back(collected: list[str]) -> None:
    """Every text that the vocabulary was made of is spelt by its ids, all of them below its size."""
    characters = Characters.of(collected)

    for text in collected:
        tokens = characters.encode(text)
        assert characters.decode(tokens) == text
        assert all(UNK < token < characters.size for token in tokens)


@given(texts, st.text())
def test_unknown_characters_are_told_and_replaced(collected: list[str], text: str) -> None:
    """One id a character, always; what is not known becomes U+FFFD."""
    characters = Characters.of(collected)
    unknown = characters.unknown(text)

    decoded = characters.decode(characters.encode(text))

    assert decoded == "".join("\N{REPLACEMENT CHARACTER}" if sign in unknown else sign for sign in text)
    assert set(unknown) == set(text) - set("".join(collected))


def test_special_ids_say_nothing() -> None:
    """Padding, beginning and end have no spelling."""
    characters = Characters("ehlo")

    assert characters.decode([BOS, *characters.encode("hello"), EOS, PAD]) == "hello"
    assert characters.size == 8


def test_rare_characters_may_stay_unknown() -> None:
    """So that a model learns what to do with letters that it has not met."""
    assert Characters.of(["aab", "ac"], at_least=2).known == "a"


@pytest.mark.parametrize("known", ["", "abca"])
def test_a_vocabulary_that_cannot_be_is_refused(known: str) -> None:
    """None, or one twice."""
    with pytest.raises(CorpusError, match="at least one character, and none of them twice"):
        Characters(known)
