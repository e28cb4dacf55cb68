"""What things and people are like: adjectives, comparison, place, ownership."""

from seq2seq.data.phrasebook import english
from seq2seq.data.phrasebook.clause import NEVER, NO_LONGER, NOT, Tense, copula, described, inside
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.french import after_de
from seq2seq.data.phrasebook.lexicon import Adjective, Noun
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import (
    NounPhrase,
    name,
    noun_phrase,
    some_object,
    someone,
    subject,
    the,
)
from seq2seq.data.phrasebook.text import AND, BUT, NOTHING, Text, ask, say

_PERSON = frozenset({"person"})
_WIDE = (
    Text("in the village", "du village"),
    Text("in the city", "de la ville"),
    Text("in the world", "du monde"),
)
_KINDS = ("thing", "garment", "furniture", "vehicle", "home", "food", "text", "public", "animal", "show")


def thing(draw: Draw) -> tuple[Noun, NounPhrase]:
    """Choose something to describe: "this house", "my shoes"."""
    noun = draw.noun(*_KINDS)
    return noun, noun_phrase(
        noun,
        draw.one(["the", "this", "my", "your", "our"])
        if not noun.kinds & {"public", "animal", "show"}
        else draw.one(["the", "this"]),
        plural=not noun.is_mass and draw.chance(0.25),
    )


def person_is(draw: Draw) -> Text:
    """She is very tired. / Elle est très fatiguée."""
    who, adjective = subject(draw), draw.adjective_for(_PERSON)
    degree = draw.word("degree") if adjective.comparative and draw.chance(0.35) else NOTHING
    negation = draw.one((NOTHING, NOTHING, NOTHING, NOT, NEVER, NO_LONGER)) if degree is NOTHING else NOTHING
    return say(who + copula(who, negation=negation) + degree + described(who, adjective))


def thing_is(draw: Draw) -> Text:
    """The house is not expensive. / La maison n'est pas chère."""
    noun, what = thing(draw)
    return say(
        what
        + copula(what, negation=NOT if draw.chance(0.3) else NOTHING)
        + described(what, draw.adjective_for(noun.kinds))
    )


def was(draw: Draw) -> Text:
    """The soup was cold. / La soupe était froide."""
    if draw.chance(0.5):
        who, kinds = subject(draw), _PERSON
    else:
        noun, who = thing(draw)
        kinds = noun.kinds
    tense = draw.one([Tense.PAST, Tense.PAST, Tense.FUTURE])
    negation = NOT if draw.chance(0.25) else NOTHING
    return say(who + copula(who, tense, negation) + described(who, draw.adjective_for(kinds)))


def two_adjectives(draw: Draw) -> Text:
    """The waiter is polite and patient. / Le serveur est poli et patient."""
    if draw.chance(0.4):
        who, kinds = subject(draw), _PERSON
    else:
        noun, who = thing(draw)
        kinds = noun.kinds
    first, second = draw.adjective_for(kinds, graded=False), draw.adjective_for(kinds)
    if first.english == second.english or first.masculine == second.masculine:
        return say(who + copula(who) + described(who, first))
    return say(who + copula(who) + described(who, first) + draw.one((AND, BUT)) + described(who, second))


def comparison(draw: Draw, adjective: Adjective, what: NounPhrase) -> Text:
    """Choose "taller than", "less tall than" or "as tall as"."""
    form = described(what, adjective).french
    if adjective.english in {"good", "bad"}:
        return Text(f"as {adjective.english} as", f"aussi {form} que")
    return draw.one(
        (
            Text(f"{adjective.comparative} than", f"plus {form} que"),
            Text(f"{adjective.comparative} than", f"plus {form} que"),
            Text(f"less {adjective.english} than", f"moins {form} que"),
            Text(f"as {adjective.english} as", f"aussi {form} que"),
        )
    )


def compares_people(draw: Draw) -> Text:
    """Marie is taller than Paul. / Marie est plus grande que Paul."""
    who, other = subject(draw), someone(draw)
    adjective = draw.adjective_for(_PERSON, graded=True)
    return say(who + copula(who) + comparison(draw, adjective, who) + other)


def compares_things(draw: Draw) -> Text:
    """The train is as fast as the plane. / Le train est aussi rapide que l'avion."""
    kind = draw.one(["garment", "furniture", "vehicle", "home", "text", "animal", "fruit", "show"])
    noun = draw.noun(kind)
    determiner = draw.one(["the", "this", "my"]) if kind not in {"animal", "show", "fruit"} else "the"
    what = noun_phrase(noun, determiner, plural=draw.chance(0.2))
    other = the(draw.other_noun(noun, kind), plural=what.plural)
    adjective = draw.adjective_for(noun.kinds, graded=True)
    return say(what + copula(what) + comparison(draw, adjective, what) + other)


def superlative(draw: Draw) -> Text:
    """This is the most beautiful house in the village. / C'est la plus belle maison du village."""
    noun = draw.noun("sight", "person", "public")
    adjective = draw.adjective_for(noun.kinds, beside_noun=True, graded=True)
    article = "la" if noun.feminine else "le"
    form = adjective.agree(is_feminine=noun.feminine, is_plural=False)
    if adjective.place == "before":
        words = f"{article} plus {form} {noun.french}"
    else:
        words = f"{the(noun).french} {article} plus {form}"
    if draw.chance(0.5):
        place = draw.place("city", "country")
        where = Text(f"in {place.english}", place.origin)
    else:
        where = draw.one(_WIDE)
    return say(Text(f"this is the {adjective.superlative} {noun.singular}", f"c'est {words}") + where)


def owner(draw: Draw) -> Text:
    """Paul's car is red. / La voiture de Paul est rouge."""
    noun = draw.noun("thing", "garment", "vehicle", "home", "text", "pet")
    who, many = (
        (name(draw) if draw.chance(0.5) else noun_phrase(draw.noun("family", "close", "job"), "my")),
        draw.chance(0.25),
    )
    plain = the(noun, plural=many)
    words = noun.plural if many else noun.singular
    what = NounPhrase(
        f"{english.possessive(who.english)} {words}",
        f"{plain.french} {after_de(who.french)}",
        plain.person,
        noun.feminine,
        many,
    )
    return say(what + copula(what) + described(what, draw.adjective_for(noun.kinds)))


def position(draw: Draw) -> Text:
    """The book is on the table. / Le livre est sur la table."""
    what = some_object(draw, draw.noun("small", "text", "luggage", "pet", "garment"), plain=True)
    return say(what + copula(what, draw.one([Tense.PRESENT, Tense.PRESENT, Tense.PAST])) + beside(draw))


def beside(draw: Draw) -> Text:
    """Choose a place beside furniture or a building: "near the door", "près de la porte"."""
    words = draw.word("position")
    kinds = ("furniture",) if words.english in {"on", "under"} else ("furniture", "opening")
    other = the(draw.noun(*kinds))
    if words.french.endswith(" de"):
        return Text(f"{words.english} {other.english}", f"{words.french[:-3]} {after_de(other.french)}")
    return words + other


def there_is(draw: Draw) -> Text:
    """There is a cat under the table. / Il y a un chat sous la table."""
    noun, many = draw.noun("small", "pet", "text", "furniture", "person", "luggage"), draw.chance(0.3)
    adjective = draw.adjective_for(noun.kinds, beside_noun=True) if draw.chance(0.3) else None
    what = noun_phrase(noun, "some" if many else "a", plural=many, adjective=adjective)
    where = inside(draw.noun("in", "at")) if draw.chance(0.5) or noun.kinds & {"furniture"} else beside(draw)
    if draw.chance(0.25):
        negated = what.negated
        assert negated is not None, "an indefinite phrase has a negated form"
        no = negated.english.removeprefix("any ").removeprefix("a ").removeprefix("an ")
        return say(Text(f"there {'are' if many else 'is'} no {no}", f"il n'y a pas {negated.french}") + where)
    return say(Text(f"there {'are' if many else 'is'}", "il y a") + what + where)


def what_colour(draw: Draw) -> Text:
    """What colour is your car? / De quelle couleur est votre voiture ?"""
    noun = draw.noun("garment", "vehicle", "furniture", "opening")
    what = noun_phrase(noun, draw.one(["your", "his", "her", "the", "their"]), plural=draw.chance(0.3))
    return ask(Text("what colour", "de quelle couleur") + copula(what) + what)


def where_person_is(draw: Draw) -> Text:
    """My father is at the office. / Mon père est au bureau."""
    who, tense = subject(draw), draw.one([Tense.PRESENT, Tense.PAST, Tense.FUTURE])
    return say(
        who + copula(who, tense, NOT if draw.chance(0.25) else NOTHING) + inside(draw.noun("in", "at"))
    )


PATTERNS = (
    Pattern(person_is, 1.6),
    Pattern(thing_is, 1.6),
    Pattern(was, 1.2),
    Pattern(two_adjectives),
    Pattern(compares_people, 1.2),
    Pattern(compares_things, 1.2),
    Pattern(superlative),
    Pattern(owner, 1.2),
    Pattern(position, 1.4),
    Pattern(there_is, 1.2),
    Pattern(what_colour, 0.5),
    Pattern(where_person_is),
)
