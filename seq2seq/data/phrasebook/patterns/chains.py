"""Chains of clauses and lists of up to sixty words, where a model without attention falls behind."""

from collections.abc import Callable

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    NOT,
    Action,
    Tense,
    action,
    clause,
    copula,
    described,
    inside,
    when,
)
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.patterns.joined import act_on, person_who
from seq2seq.data.phrasebook.phrase import (
    general,
    noun_phrase,
    same,
    subject,
)
from seq2seq.data.phrasebook.text import AND, BUT, COMMA, NOTHING, Text, listing, say

LONGEST = 60  # English words


def chain(draw: Draw) -> Text:
    """Paul ..., Marie ..., the teacher ..., and we ...: three to nine clauses, up to sixty words."""
    tense = draw.one([Tense.PAST, Tense.FUTURE, Tense.PROGRESSIVE, Tense.NEAR])
    return say(
        _chained(draw, draw.number(3, 9), lambda: clause(subject(draw), action(draw, tense=tense), tense))
    )


def mixed_chain(draw: Draw) -> Text:
    """A chain in which times and negations change from clause to clause."""

    def one_clause() -> Text:
        tense = draw.one([Tense.PAST, Tense.FUTURE, Tense.PROGRESSIVE])
        what = action(draw, tense=tense)
        if draw.chance(0.3):
            what = what.then(when(draw, tense))
            return clause(subject(draw), what, tense)
        return clause(subject(draw), what, tense, NOT if draw.chance(0.25) else NOTHING)

    return say(_chained(draw, draw.number(3, 7), one_clause))


def relative_chain(draw: Draw) -> Text:
    """People that do things, and why: relative clauses inside a chain."""

    def one_clause() -> Text:
        tense = draw.one([Tense.PAST, Tense.FUTURE])
        return clause(person_who(draw), action(draw, tense=tense), tense)

    return say(_chained(draw, draw.number(2, 5), one_clause))


def list_of_things(draw: Draw) -> Text:
    """In the kitchen, I see a table, four chairs and a lamp. / Dans la cuisine, je vois ..."""
    nouns = draw.entries(
        lexicon.nouns_of("small", "furniture", "text", "luggage", "machine"), draw.number(3, 9)
    )
    things = [noun_phrase(noun, draw.number(2, 12) if draw.chance(0.3) else "a") for noun in nouns]
    return say(inside(draw.noun("in", "at")) + COMMA + Text("I see", "je vois") + listing(things, AND))


def list_of_deeds(draw: Draw) -> Text:
    """Marie closed the door, took her bag and went to the station. / Marie a fermé la porte, ..."""
    who, tense = subject(draw), draw.one([Tense.PAST, Tense.FUTURE])
    pronoun = same(who)
    count = draw.number(2, 5)
    deeds = [clause(who if number == 0 else pronoun, act_on(draw, tense), tense) for number in range(count)]
    return say(listing(deeds, COMMA + AND))


def describes_many(draw: Draw) -> Text:
    """The dog is black, the cat is white, and ... / Le chien est noir, le chat est blanc, et ..."""

    def one_clause() -> Text:
        noun = draw.noun("thing", "garment", "furniture", "vehicle", "animal", "home", "person", "food")
        what = noun_phrase(noun, draw.one(["the", "this"]), plural=not noun.is_mass and draw.chance(0.25))
        return what + copula(what) + described(what, draw.adjective_for(noun.kinds))

    return say(_chained(draw, draw.number(2, 8), one_clause))


def everyone_likes(draw: Draw) -> Text:
    """Paul likes apples, Marie prefers pears, and I love tea. / Paul aime les pommes, ..."""
    nouns = draw.distinct(lexicon.nouns_of("food", "drink", "snack", "animal"), 8)

    def one_clause() -> Text:
        noun = nouns.pop()
        draw.lemmas.append(noun.lemma)
        return clause(
            subject(draw),
            Action(draw.verb("taste"), general(noun)),
            Tense.PRESENT,
            NOT if draw.chance(0.2) else NOTHING,
        )

    return say(_chained(draw, draw.number(2, 8), one_clause))


def _chained(draw: Draw, count: int, one_clause: Callable[[], Text]) -> Text:
    """Join clauses with commas and a last "and" or "but", as many as fit into LONGEST words."""
    clauses = [one_clause() for _ in range(count)]
    while sum(len(part.english.split()) for part in clauses) > LONGEST - 2:
        clauses.pop()
    return listing(clauses, COMMA + draw.one((AND, AND, BUT)))


PATTERNS = (
    Pattern(chain, 8.0),
    Pattern(mixed_chain, 5.5),
    Pattern(relative_chain, 3.5),
    Pattern(list_of_things, 1.6),
    Pattern(list_of_deeds, 1.6),
    Pattern(describes_many, 3.0),
    Pattern(everyone_likes, 2.0),
)
