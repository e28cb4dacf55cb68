import re

import pytest

from seq2seq.data.phrasebook import french
from seq2seq.data.phrasebook.lexicon import Adjective, adjectives, nouns
from seq2seq.data.phrasebook.phrase import noun_phrase

NOUNS = {noun.singular: noun for noun in nouns()}
ADJECTIVES = {adjective.english: adjective for adjective in adjectives()}


@pytest.mark.parametrize(
    ("words", "elided"),
    [
        ("je ai", "j'ai"),
        ("il ne est pas", "il n'est pas"),
        ("que il", "qu'il"),
        ("parce que elle", "parce qu'elle"),
        ("si il pleut", "s'il pleut"),
        ("si elle", "si elle"),
        ("le hôtel", "l'hôtel"),
        ("le héros", "le héros"),
        ("la histoire", "l'histoire"),
        ("la harpe", "la harpe"),
        ("le onze mars", "le onze mars"),
        ("il ne y a pas de œufs", "il n'y a pas d'œufs"),
        ("que est-ce que il a", "qu'est-ce qu'il a"),
        ("est-ce que vous ne avez", "est-ce que vous n'avez"),
        ("puis-je avoir", "puis-je avoir"),
    ],
)
def test_vowels_and_mute_h_elide(words: str, elided: str) -> None:
    """An aspirated h, "onze" and an inverted pronoun keep the full word."""
    assert french.elide(words) == elided


@pytest.mark.parametrize(
    ("phrase", "of", "to"),
    [
        ("le musée", "du musée", "au musée"),
        ("les amis", "des amis", "aux amis"),
        ("la gare", "de la gare", "à la gare"),
        ("l'hôtel", "de l'hôtel", "à l'hôtel"),
        ("Paris", "de Paris", "à Paris"),
        ("les États-Unis", "des États-Unis", "aux États-Unis"),
    ],
)
def test_prepositions_contract_with_articles(phrase: str, of: str, to: str) -> None:
    """Only "le" and "les" contract."""
    assert (french.after_de(phrase), french.after_a(phrase)) == (of, to)


@pytest.mark.parametrize(
    ("noun", "determiner", "adjective", "plural", "english", "expected"),
    [
        ("man", "a", "old", False, "an old man", "un vieil homme"),
        ("man", "this", "beautiful", False, "this beautiful man", "ce bel homme"),
        ("umbrella", "a", "new", False, "a new umbrella", "un nouveau parapluie"),
        ("uniform", "a", "new", False, "a new uniform", "un nouvel uniforme"),
        ("umbrella", "a", None, False, "an umbrella", "un parapluie"),
        ("uniform", "a", None, False, "a uniform", "un uniforme"),
        ("friend", "my", None, False, "my friend", "mon ami"),
        ("idea", "my", None, False, "my idea", "mon idée"),
        ("idea", "his", "good", False, "his good idea", "sa bonne idée"),
        ("hero", "the", None, False, "the hero", "le héros"),
        ("hero", "this", None, False, "this hero", "ce héros"),
        ("child", "this", None, False, "this child", "cet enfant"),
        ("child", "this", None, True, "these children", "ces enfants"),
        ("water", "some", None, False, "some water", "de l'eau"),
        ("bread", "some", "good", False, "some good bread", "du bon pain"),
        ("meat", "some", "cold", False, "some cold meat", "de la viande froide"),
        ("book", "some", None, True, "some books", "des livres"),
        ("book", "some", "old", True, "some old books", "de vieux livres"),
        ("flower", "the", "white", True, "the white flowers", "les fleurs blanches"),
        ("shoe", "the", "brown", True, "the brown shoes", "les chaussures marron"),
        ("horse", "the", "beautiful", True, "the beautiful horses", "les beaux chevaux"),
        ("car", "their", "small", True, "their small cars", "leurs petites voitures"),
        ("chair", 21, None, False, "twenty-one chairs", "vingt et une chaises"),
    ],
)
def test_noun_phrases_agree(  # noqa: PLR0913 — a row of the table
    noun: str, determiner: str | int, adjective: str | None, *, plural: bool, english: str, expected: str
) -> None:
    """Article, adjective and noun agree, in the order of each language."""
    adjectives_or_none: Adjective | None = ADJECTIVES[adjective] if adjective else None

    phrase = noun_phrase(NOUNS[noun], determiner, plural=plural, adjective=adjectives_or_none)

    assert (phrase.english, phrase.french) == (english, expected)


@pytest.mark.parametrize(
    ("masculine", "feminine", "plural"),
    [
        ("heureux", "heureuse", "heureux"),
        ("léger", "légère", "légers"),
        ("italien", "italienne", "italiens"),
        ("rouge", "rouge", "rouges"),
        ("petit", "petite", "petits"),
        ("gris", "grise", "gris"),
    ],
)
def test_regular_adjectives_are_derived(masculine: str, feminine: str, plural: str) -> None:
    """What the tables leave out follows the rule."""
    assert (french.feminine(masculine), french.plural(masculine)) == (feminine, plural)


def test_every_aspirated_noun_keeps_its_article() -> None:
    """All nouns with h are either elided or listed as aspirated, and both kinds occur."""
    with_h = {
        noun.french: french.definite(noun.french, feminine=noun.feminine)
        for noun in nouns()
        if noun.french[0] == "h"
    }

    kept = {word for word, phrase in with_h.items() if not phrase.startswith("l'")}

    assert kept == {"héros", "hibou", "hérisson", "haricot", "homard", "hache", "harpe"}
    assert set(with_h) - kept == {"homme", "huile", "horloge", "histoire", "hélicoptère", "hôtel", "hôpital"}


def test_sentences_close_with_a_plain_space() -> None:
    """A plain space goes before "?" and "!", and none before a full stop."""
    assert french.finish("où est le hôtel", "?") == "Où est l'hôtel ?"
    assert french.finish("bonjour", "!") == "Bonjour !"
    assert re.fullmatch(r"[^ ]+\.", french.finish("bonjour", "."))
