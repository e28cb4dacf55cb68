"""The words: tables in `words/`, one word a line, read into one value a word."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from seq2seq.data.phrasebook import english, french
from seq2seq.data.phrasebook.conjugation import Conjugation, conjugate


@dataclass(frozen=True)
class Noun:
    """A noun in both languages; `plural` is empty where English does not count it."""

    singular: str
    plural: str
    french: str
    french_plural: str
    feminine: bool
    kinds: frozenset[str]

    @property
    def lemma(self) -> str:
        """Name the word once in the whole lexicon."""
        return f"noun:{self.singular}"

    @property
    def is_mass(self) -> bool:
        """Tell whether the noun is measured and not counted."""
        return "mass" in self.kinds


@dataclass(frozen=True)
class Adjective:
    """An adjective; `place` is "before" or "after" a French noun, or "alone": after a verb only."""

    english: str
    masculine: str
    feminine: str
    masculine_plural: str
    before_vowel: str  # masculine singular before a vowel: "bel", "nouvel", "vieil"
    place: str
    comparative: str  # "taller", "more important", or empty where there are no degrees
    kinds: frozenset[str]

    @property
    def lemma(self) -> str:
        """Name the word once in the whole lexicon."""
        return f"adjective:{self.english}"

    @property
    def superlative(self) -> str:
        """Return "tallest" or "most important"."""
        if self.comparative.startswith("more "):
            return "most " + self.english
        return self.comparative.removesuffix("r") + "st"

    def agree(self, *, is_feminine: bool, is_plural: bool) -> str:
        """Return the French form for a gender and a number."""
        if is_feminine and is_plural:
            return self.masculine_plural if self.feminine == self.masculine else self.feminine + "s"
        if is_feminine:
            return self.feminine
        return self.masculine_plural if is_plural else self.masculine


@dataclass(frozen=True)
class Verb:
    """A verb in both languages; `objects` are the kinds of noun that it takes."""

    base: str
    third: str
    past: str  # empty where it is spelt like the base, and so could not be told from the present
    ing: str
    french: Conjugation
    kinds: frozenset[str]
    objects: frozenset[str]

    @property
    def lemma(self) -> str:
        """Name the word once in the whole lexicon."""
        return f"verb:{self.base}"


@dataclass(frozen=True)
class Place:
    """A city or a country, with the French for "in" or "to" it and "from" it."""

    english: str
    french: str
    inside: str  # "à Paris", "en France", "au Japon", "aux Pays-Bas"
    origin: str  # "de Paris", "de France", "du Japon", "des Pays-Bas"
    kind: str

    @property
    def lemma(self) -> str:
        """Name the word once in the whole lexicon."""
        return f"{self.kind}:{self.english}"


@dataclass(frozen=True)
class Word:
    """A word or an expression that does not change."""

    english: str
    french: str
    kind: str

    @property
    def lemma(self) -> str:
        """Name the word once in the whole lexicon."""
        return f"{self.kind}:{self.english}"


Entry = Noun | Adjective | Verb | Place | Word


@cache
def nouns() -> tuple[Noun, ...]:
    """Return all nouns."""
    return tuple(
        Noun(
            singular,
            "" if plural == "-" else plural or english.plural(singular),
            word,
            french_plural or french.plural(word),
            gender == "f",
            frozenset(kinds.split()),
        )
        for singular, word, gender, kinds, plural, french_plural in _rows("nouns", 6)
    )


@cache
def adjectives() -> tuple[Adjective, ...]:
    """Return all adjectives."""
    return tuple(
        Adjective(
            word,
            masculine,
            feminine or french.feminine(masculine),
            plural or french.plural(masculine),
            vowel or masculine,
            place,
            "" if comparative == "-" else comparative or f"more {word}",
            frozenset(kinds.split()),
        )
        for word, masculine, feminine, place, kinds, comparative, plural, vowel in _rows("adjectives", 8)
    )


@cache
def verbs() -> tuple[Verb, ...]:
    """Return all verbs."""
    return tuple(
        Verb(
            base,
            english.third_person(base),
            "" if past == "-" else past,
            ing,
            conjugate(
                infinitive,
                present=present,
                participle=participle,
                future_stem=future,
                uses_etre="être" in kinds.split(),
            ),
            frozenset(kinds.split()),
            frozenset(objects.split()),
        )
        for base, past, ing, infinitive, present, participle, future, kinds, objects in _rows("verbs", 9)
    )


@cache
def places() -> tuple[Place, ...]:
    """Return cities and countries."""
    return tuple(_place(*row) for row in _rows("geography", 4))


@cache
def words() -> tuple[Word, ...]:
    """Return names, adverbs, days and other words that do not change."""
    return tuple(Word(word, translation, kind) for kind, word, translation in _rows("words", 3))


@cache
def nouns_of(*kinds: str) -> tuple[Noun, ...]:
    """Return the nouns that are of any of these kinds."""
    return tuple(noun for noun in nouns() if noun.kinds.intersection(kinds))


@cache
def words_of(kind: str) -> tuple[Word, ...]:
    """Return the words of one kind, such as "weekday"."""
    return tuple(word for word in words() if word.kind == kind)


@cache
def places_of(*kinds: str) -> tuple[Place, ...]:
    """Return the cities, the countries, or both."""
    return tuple(place for place in places() if place.kind in kinds)


@cache
def adjectives_of(
    kinds: frozenset[str], *, beside_noun: bool = False, graded: bool = False
) -> tuple[Adjective, ...]:
    """Return the adjectives that may describe a noun of these kinds."""
    return tuple(
        adjective
        for adjective in adjectives()
        if adjective.kinds & kinds
        and not (beside_noun and adjective.place == "alone")
        and not (graded and not adjective.comparative)
    )


@cache
def verbs_of(*kinds: str) -> tuple[Verb, ...]:
    """Return the verbs of any of these kinds."""
    return tuple(entry for entry in verbs() if entry.kinds.intersection(kinds))


@cache
def actions() -> tuple[Verb, ...]:
    """Return the transitive verbs of what people do, without those of how they feel."""
    return tuple(entry for entry in transitive_verbs() if "stative" not in entry.kinds)


@cache
def transitive_verbs() -> tuple[Verb, ...]:
    """Return the verbs with a direct object that any person may take."""
    return tuple(entry for entry in verbs() if entry.objects and "special" not in entry.kinds)


@cache
def verb(base: str) -> Verb:
    """Look a verb up by its English base form."""
    return next(entry for entry in verbs() if entry.base == base)


def lexicon() -> list[Entry]:
    """Return every word of every table."""
    return [*nouns(), *adjectives(), *verbs(), *places(), *words()]


def _place(kind: str, name: str, translation: str, gender: str) -> Place:
    if kind == "city":
        return Place(name, translation, f"à {translation}", f"de {translation}", kind)
    plain, inside, origin = {
        "f": (french.definite(translation, feminine=True), f"en {translation}", f"de {translation}"),
        "m": (f"le {translation}", f"au {translation}", f"du {translation}"),
        "p": (f"les {translation}", f"aux {translation}", f"des {translation}"),
    }[gender]
    return Place(name, plain, inside, origin, kind)


def _rows(table: str, columns: int) -> Iterator[list[str]]:
    text = files("seq2seq.data.phrasebook").joinpath("words", f"{table}.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line in lines[1:]:  # the first names the columns
        fields = line.split("\t")
        yield fields + [""] * (columns - len(fields))
