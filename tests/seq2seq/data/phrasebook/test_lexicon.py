from collections import Counter

from seq2seq.data.phrasebook.english import a
from seq2seq.data.phrasebook.grammar import PATTERNS
from seq2seq.data.phrasebook.lexicon import lexicon, nouns, transitive_verbs


def test_there_are_six_hundred_lemmas() -> None:
    """The lexicon is large enough, and each word stands in it once."""
    lemmas = Counter(entry.lemma for entry in lexicon())

    assert len(lemmas) >= 600
    assert [lemma for lemma, count in lemmas.items() if count > 1] == []


def test_there_are_eighty_patterns() -> None:
    """Each pattern has its own name, and says in its docstring what it makes."""
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS) >= 80
    assert all(pattern.build.__doc__ for pattern in PATTERNS)


def test_every_kind_of_object_exists() -> None:
    """A verb's objects are kinds that nouns have: a misspelt one would never be drawn."""
    kinds = {kind for noun in nouns() for kind in noun.kinds}

    assert {kind for verb in transitive_verbs() for kind in verb.objects} <= kinds


def test_articles_follow_the_sound() -> None:
    """A uniform, an umbrella, a European, an hour."""
    words = ["uniform", "umbrella", "university", "honest man", "useful tool", "old man", "house", "European"]

    assert [a(word).split()[0] for word in words] == ["a", "an", "a", "an", "a", "an", "a", "a"]
