"""Random choices from the lexicon, with a note of every word that was chosen."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.lexicon import Adjective, Entry, Noun, Place, Verb, Word
from seq2seq.data.phrasebook.text import Text

T = TypeVar("T")
E = TypeVar("E", bound=Entry)


class Draw:
    """The choices of one sentence."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.lemmas: list[str] = []

    def one(self, options: Sequence[T]) -> T:
        """Choose one of several things that are no words of the lexicon."""
        return options[int(self._random.random() * len(options))]

    def chance(self, probability: float) -> bool:
        """Return true with this probability."""
        return self._random.random() < probability

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return self._random.random()

    def number(self, low: int, high: int) -> int:
        """Choose a whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def distinct(self, options: Sequence[T], count: int) -> list[T]:
        """Choose several different things."""
        rest = list(options)
        return [rest.pop(int(self._random.random() * len(rest))) for _ in range(count)]

    def entry(self, entries: Sequence[E]) -> E:
        """Choose a word of the lexicon."""
        assert entries, "no word of the lexicon fits this place"
        chosen = self.one(entries)
        self.lemmas.append(chosen.lemma)
        return chosen

    def entries(self, entries: Sequence[E], count: int) -> list[E]:
        """Choose several different words of the lexicon."""
        chosen = self.distinct(entries, count)
        self.lemmas += [entry.lemma for entry in chosen]
        return chosen

    def noun(self, *kinds: str) -> Noun:
        """Choose a noun of any of these kinds."""
        return self.entry(lexicon.nouns_of(*kinds))

    def other_noun(self, noun: Noun, *kinds: str) -> Noun:
        """Choose a noun that is another than `noun` in both languages."""
        return self.entry([other for other in lexicon.nouns_of(*kinds) if other.french != noun.french])

    def adjective_for(
        self, kinds: frozenset[str], *, beside_noun: bool = False, graded: bool = False
    ) -> Adjective:
        """Choose an adjective that may describe a noun of these kinds."""
        return self.entry(lexicon.adjectives_of(kinds, beside_noun=beside_noun, graded=graded))

    def verb(self, *kinds: str) -> Verb:
        """Choose a verb of any of these kinds."""
        return self.entry(lexicon.verbs_of(*kinds))

    def use(self, base: str) -> Verb:
        """Take the verb that a pattern names."""
        self.lemmas.append(f"verb:{base}")
        return lexicon.verb(base)

    def place(self, *kinds: str) -> Place:
        """Choose a city or a country."""
        return self.entry(lexicon.places_of(*kinds))

    def word(self, *kinds: str) -> Text:
        """Choose a word that does not change, of one of these kinds."""
        word: Word = self.entry(lexicon.words_of(self.one(kinds)))
        return Text(word.english, word.french)
