"""Noun phrases and subjects: determiners, adjectives and their agreement."""

from dataclasses import dataclass

from seq2seq.data.phrasebook import english, french, lexicon
from seq2seq.data.phrasebook.conjugation import Person
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.lexicon import Adjective, Noun
from seq2seq.data.phrasebook.numerals import english_number, french_number
from seq2seq.data.phrasebook.text import Text

# English word -> masculine, feminine, plural
_FRENCH_DETERMINERS = {
    "the": ("le", "la", "les"),
    "a": ("un", "une", "des"),
    "some": ("du", "de la", "des"),
    "this": ("ce", "cette", "ces"),
    "my": ("mon", "ma", "mes"),
    "your": ("votre", "votre", "vos"),
    "his": ("son", "sa", "ses"),
    "her": ("son", "sa", "ses"),
    "our": ("notre", "notre", "nos"),
    "their": ("leur", "leur", "leurs"),
}
_BEFORE_VOWEL = {"ce": "cet", "ma": "mon", "sa": "son", "du": "de l'", "de la": "de l'"}
POSSESSIVES = ("my", "your", "his", "her", "our", "their")


@dataclass(frozen=True)
class Clitic(Text):
    """An object pronoun; a past participle behind it agrees with what it stands for."""

    feminine: bool = False
    plural: bool = False


@dataclass(frozen=True)
class NounPhrase(Text):
    """A noun phrase with what verbs, adjectives and pronouns must know of it."""

    person: Person = Person.HE
    feminine: bool = False
    plural: bool = False
    negated: Text | None = None  # as the object of a negated verb: "any bread", "de pain"

    @property
    def clitic(self) -> Clitic:
        """Return the object pronoun that stands for this thing."""
        if self.plural:
            return Clitic("them", "les", self.feminine, plural=True)
        return Clitic("it", "la" if self.feminine else "le", self.feminine)

    @property
    def pronoun(self) -> "NounPhrase":
        """Return the subject pronoun that stands for this thing."""
        if self.plural:
            return NounPhrase(
                "they", "elles" if self.feminine else "ils", Person.THEY, self.feminine, plural=True
            )
        return NounPhrase("it", "elle" if self.feminine else "il", Person.HE, self.feminine)


I = NounPhrase("I", "je", Person.I)  # noqa: E741 — the English pronoun
YOU = NounPhrase("you", "vous", Person.YOU)  # polite, one man
HE = NounPhrase("he", "il", Person.HE)
SHE = NounPhrase("she", "elle", Person.HE, feminine=True)
WE = NounPhrase("we", "nous", Person.WE, plural=True)
THEY = NounPhrase("they", "ils", Person.THEY, plural=True)
PRONOUNS = (I, YOU, HE, SHE, WE, THEY)


def noun_phrase(
    noun: Noun, determiner: str | int, *, plural: bool = False, adjective: Adjective | None = None
) -> NounPhrase:
    """Build a phrase such as "this old house", "some bread", "three blue cars".

    Args:
        noun: the noun.
        determiner: an English determiner or a number in figures, which implies the plural.
        plural: only for a noun that is counted.
        adjective: goes before or after the French noun as the lexicon says.
    """
    number = determiner if isinstance(determiner, int) else None
    plural = plural or (number is not None and number > 1)
    group = _english_group(noun, adjective, plural=plural)
    words = _french_group(noun, adjective, plural=plural)
    if number is not None:
        text = Text(
            f"{english_number(number)} {group}", f"{french_number(number, feminine=noun.feminine)} {words}"
        )
    else:
        is_before = adjective is not None and adjective.place == "before"
        text = Text(
            _english_determiner(str(determiner), group, plural=plural),
            _french_determiner(
                str(determiner), words, feminine=noun.feminine, plural=plural, is_before=is_before
            ),
        )
    negated = None
    if number is not None or determiner in {"a", "some"}:
        article = group if plural or noun.is_mass else english.a(group)
        negated = Text(f"any {group}" if plural or noun.is_mass else article, french.elide(f"de {words}"))
    person = Person.THEY if plural else Person.HE
    return NounPhrase(text.english, text.french, person, noun.feminine, plural, negated)


def general(noun: Noun) -> NounPhrase:
    """Build the phrase for a kind of thing: "coffee" is "le café", "apples" are "les pommes"."""
    plural = not noun.is_mass
    words = noun.french_plural if plural else noun.french
    return NounPhrase(
        noun.plural if plural else noun.singular,
        french.definite(words, feminine=noun.feminine, plural=plural),
        Person.THEY if plural else Person.HE,
        noun.feminine,
        plural,
    )


def the(noun: Noun, *, plural: bool = False) -> NounPhrase:
    """Build "the station", "la gare"."""
    return noun_phrase(noun, "the", plural=plural)


def some_object(draw: Draw, noun: Noun, *, plain: bool = False) -> NounPhrase:
    """Choose a determiner, a number and perhaps an adjective that suit a noun; `plain` means definite."""
    adjective = None
    if draw.chance(0.22) and lexicon.adjectives_of(noun.kinds, beside_noun=True):
        adjective = draw.adjective_for(noun.kinds, beside_noun=True)
    if noun.is_mass:
        return noun_phrase(noun, "the" if plain or draw.chance(0.4) else "some", adjective=adjective)
    if "family" in noun.kinds or "close" in noun.kinds:
        return noun_phrase(
            noun,
            owner_of(draw, noun),
            adjective=adjective,
            plural=draw.chance(0.15) and "single" not in noun.kinds,
        )
    plural = draw.chance(0.3) and "single" not in noun.kinds
    fixed = ["the", "the", "the", "this", owner_of(draw, noun)]
    if noun.kinds & {"person", "place", "show"}:
        fixed = ["the", "the", "this"]
    if plain or noun.kinds & {"place", "topic"} or draw.chance(0.6):
        return noun_phrase(noun, draw.one(fixed), plural=plural, adjective=adjective)
    if plural:
        return noun_phrase(
            noun, draw.number(2, 12) if draw.chance(0.5) else "some", plural=True, adjective=adjective
        )
    return noun_phrase(noun, "a", adjective=adjective)


def owner_of(draw: Draw, noun: Noun) -> str:
    """Choose a possessive that suits a noun: a husband is "hers", a wife "his"."""
    if "spouse" in noun.kinds:
        return draw.one(["my", "your", "his" if noun.feminine else "her"])
    return draw.one(POSSESSIVES)


def name(draw: Draw) -> NounPhrase:
    """Choose a first name."""
    kind = draw.one(["woman", "man"])
    text = draw.word(kind)
    return NounPhrase(text.english, text.french, feminine=kind == "woman")


def two_names(draw: Draw) -> NounPhrase:
    """Choose two first names: "Marie and Paul"."""
    first, second = name(draw), name(draw)
    while second.english == first.english:
        second = name(draw)
    both = first + Text("and", "et") + second
    return NounPhrase(both.english, both.french, Person.THEY, first.feminine and second.feminine, plural=True)


def someone(draw: Draw) -> NounPhrase:
    """Choose a third person who is named or described, in the singular or the plural."""
    if draw.chance(0.35):
        return name(draw)
    if draw.chance(0.15):
        return two_names(draw)
    return some_object(draw, draw.noun("person", "family"), plain=True)


def subject(draw: Draw) -> NounPhrase:
    """Choose who does something."""
    return draw.one(PRONOUNS) if draw.chance(0.45) else someone(draw)


def same(who: NounPhrase) -> NounPhrase:
    """Return the subject pronoun for a person who was just named: "he", "elles"."""
    if who.person not in {Person.HE, Person.THEY}:
        return who
    if who.plural:
        return who.pronoun
    return SHE if who.feminine else HE


def _english_group(noun: Noun, adjective: Adjective | None, *, plural: bool) -> str:
    word = noun.plural if plural else noun.singular
    assert word, f"{noun.lemma} has no plural"
    return f"{adjective.english} {word}" if adjective else word


def _french_group(noun: Noun, adjective: Adjective | None, *, plural: bool) -> str:
    word = noun.french_plural if plural else noun.french
    if adjective is None:
        return word
    form = adjective.agree(is_feminine=noun.feminine, is_plural=plural)
    if adjective.place != "before":
        return f"{word} {form}"
    if not noun.feminine and not plural and french.starts_with_vowel(word):
        form = adjective.before_vowel
    return f"{form} {word}"


def _english_determiner(determiner: str, group: str, *, plural: bool) -> str:
    if determiner == "a":
        return english.a(group)
    return f"these {group}" if determiner == "this" and plural else f"{determiner} {group}"


def _french_determiner(determiner: str, words: str, *, feminine: bool, plural: bool, is_before: bool) -> str:
    masculine_form, feminine_form, plural_form = _FRENCH_DETERMINERS[determiner]
    form = plural_form if plural else feminine_form if feminine else masculine_form
    if form == "des" and is_before:  # "de vieux livres"
        form = "de"
    if french.starts_with_vowel(words):
        form = _BEFORE_VOWEL.get(form, form)
    return french.elide(form + ("" if form.endswith("'") else " ") + words)
