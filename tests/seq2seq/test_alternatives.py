"""Words that may come next, and the translations that they lead to, by the shipped model."""

from dataclasses import replace
from math import exp

import pytest

from seq2seq.alternatives import alternatives
from seq2seq.bundle import default_model
from seq2seq.errors import InputError, SentenceTooLong
from seq2seq.translator import Translator, load_translator

TEXT = "Where is the station?"


@pytest.fixture(scope="module")
def translator() -> Translator:
    """The shipped model with attention."""
    return load_translator(default_model(), device="cpu")


def test_each_word_follows_the_prefix(translator: Translator) -> None:
    """The likeliest first, none twice, each at its place in its translation."""
    found = alternatives(translator, TEXT, "Où ", 6)

    assert len(found) >= 4
    assert found[0].word == translator.translate(TEXT).text.split()[1]
    words = [alternative.word for alternative in found]
    assert len(set(words)) == len(words)
    assert all(alternative.translation.text.split()[1] == alternative.word for alternative in found)
    log_probs = [alternative.log_prob for alternative in found]
    assert log_probs == sorted(log_probs, reverse=True)
    assert sum(map(exp, log_probs)) <= 1.0
    assert all(alternative.translation.attention is not None for alternative in found)


def test_a_prefix_may_end_within_a_word(translator: Translator) -> None:
    """Without a space at its end, its last word may go on; with one, a word begins."""
    within = [alternative.word for alternative in alternatives(translator, TEXT, "Où est", 12)]
    closed = [alternative.word for alternative in alternatives(translator, TEXT, "Où est ", 12)]

    assert any(word.startswith("est-") for word in within)
    assert not any(word.startswith("est") for word in closed)


def test_the_end_is_an_alternative(translator: Translator) -> None:
    """Where the translation is complete; it has no word."""
    best = alternatives(translator, TEXT, "Où est la gare ?", 3)[0]

    assert (best.word, best.translation.text) == ("", "Où est la gare ?")


def test_the_first_word_has_alternatives_too(translator: Translator) -> None:
    """Without a prefix, which is where every translation begins."""
    found = alternatives(translator, TEXT, "", 4)

    assert found[0].translation.text == translator.translate(TEXT).text
    assert all(alternative.translation.text.startswith(alternative.word) for alternative in found)


def test_capitals_stay(translator: Translator) -> None:
    """A text in capitals takes a prefix in capitals, and its words are in capitals."""
    found = alternatives(translator, "I WOULD LIKE A CUP OF TEA.", "JE VOUDRAIS ", 4)

    assert all(alternative.word.isupper() for alternative in found)
    assert found[0].translation.text.startswith("JE VOUDRAIS UNE ")


def test_a_translation_begins_with_the_prefix_that_is_asked_for(translator: Translator) -> None:
    """Also of many texts, and with a placeholder in it."""
    options = replace(translator.defaults, target_prefix="La gare ")
    texts = translator.translate_all([TEXT, "The station is near.", ""], options)

    assert [translation.text.startswith("La gare ") for translation in texts] == [True, True, False]
    kept = replace(translator.defaults, target_prefix="Voir https://a.org/b ")
    text = translator.translate("See https://a.org/b for more.", kept).text
    assert text.startswith("Voir https://a.org/b ")
    assert text.count("https://a.org/b") == 1


def test_what_cannot_be_is_refused(translator: Translator) -> None:
    """Named, with the limit."""
    with pytest.raises(
        InputError, match=r"target_prefix: it has .* pieces, and a translation of this sentence"
    ):
        alternatives(translator, TEXT, "la " * 200)
    with pytest.raises(InputError, match="count is 17, and must be from 1 to 16"):
        alternatives(translator, TEXT, "", 17)
    with pytest.raises(SentenceTooLong):
        alternatives(translator, "a " * 2_000)
    assert alternatives(translator, " ") == []
