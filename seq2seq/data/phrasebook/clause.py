"""Clauses: what a subject does, in any tense, affirmed, negated or asked, in both languages."""

from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache

from seq2seq.data.phrasebook import french, lexicon
from seq2seq.data.phrasebook.conjugation import Person
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.lexicon import Adjective, Noun, Verb
from seq2seq.data.phrasebook.phrase import Clitic, NounPhrase, general, some_object
from seq2seq.data.phrasebook.text import NOTHING, Text


class Tense(Enum):
    """When it happens: the English form and, after the arrow, the French one."""

    PRESENT = auto()  # eats -> mange
    PROGRESSIVE = auto()  # is eating -> mange
    PAST = auto()  # ate -> a mangé
    HABIT = auto()  # used to eat -> mangeait
    FUTURE = auto()  # will eat -> mangera
    NEAR = auto()  # is going to eat -> va manger


NOT, NEVER, NO_LONGER = Text("not", "pas"), Text("never", "jamais"), Text("no longer", "plus")

_BE = {Person.I: "am", Person.HE: "is"}
_WAS = {Person.I: "was", Person.HE: "was"}


@dataclass(frozen=True)
class Action:
    """A verb with all that follows it, ready for any subject and tense."""

    verb: Verb
    object: NounPhrase | None = None
    clitic: Clitic | None = None  # "it", "la"; in place of the object
    indirect: Text = NOTHING  # "him" and "lui"
    tail: Text = NOTHING  # place, manner, time
    manner: Text = NOTHING  # "well": at the end in English, before the French participle
    adverb: Text = NOTHING  # "often", beside the verb

    def then(self, tail: Text) -> "Action":
        """Return the same action with more at its end."""
        return replace(self, tail=self.tail + tail)


def clause(subject: NounPhrase, action: Action, tense: Tense, negation: Text = NOTHING) -> Text:
    """Build a statement without capital and full stop."""
    return subject + predicate(subject, action, tense, negation)


def predicate(subject: NounPhrase, action: Action, tense: Tense, negation: Text = NOTHING) -> Text:
    """Build a statement without its subject."""
    english = _english_verb(subject, action, tense, negation.english)
    words = french_verb(subject, action, tense, negation.french)
    rest = complement(action, is_negated=bool(negation.french))
    return Text(english, words) + Text(action.manner.english, "") + rest


def question(subject: NounPhrase, action: Action, tense: Tense) -> Text:
    """Build a yes-or-no question, "est-ce que" in French, without capital and mark."""
    auxiliary, rest = _english_question(subject, action, tense)
    opening = Text(auxiliary, "est-ce que") + subject
    verb = Text(f"{rest} {action.manner.english}".strip(), french_verb(subject, action, tense, ""))
    return opening + verb + complement(action)


def infinitive(action: Action) -> Text:
    """Build "give it to me", "le donner": an English base form, a French infinitive."""
    clitics = _clitics(action)
    return Text(action.verb.base, f"{clitics} {action.verb.french.infinitive}".strip()) + complement(action)


def complement(action: Action, *, is_negated: bool = False) -> Text:
    """Build what follows the verb and its manner."""
    thing: Text = NOTHING
    if action.clitic is not None:
        thing = Text(action.clitic.english, "")
    elif action.object is not None:
        negated = action.object.negated if is_negated else None
        thing = negated or Text(action.object.english, action.object.french)
    return Text(action.indirect.english, "") + thing + action.tail


def copula(subject: NounPhrase, tense: Tense = Tense.PRESENT, negation: Text = NOTHING) -> Text:
    """Build a form of "be"; the past is the imparfait, for it describes."""
    etre = lexicon.verb("be").french
    forms = {
        Tense.PRESENT: (be(subject), etre.present[subject.person]),
        Tense.PAST: (_WAS.get(subject.person, "were"), etre.imparfait(subject.person)),
        Tense.FUTURE: ("will", etre.futur(subject.person)),
    }
    english, word = forms[tense]
    english = f"{english} {negation.english}".strip() + (" be" if tense is Tense.FUTURE else "")
    return Text(english, f"ne {word} {negation.french}" if negation.french else word)


def described(subject: NounPhrase, adjective: Adjective) -> Text:
    """Make an adjective agree with the subject that it describes."""
    form = adjective.agree(is_feminine=subject.feminine, is_plural=subject.plural)
    return Text(adjective.english, form)


def be(subject: NounPhrase) -> str:
    """Return "am", "is" or "are"."""
    return _BE.get(subject.person, "are")


def does(subject: NounPhrase) -> str:
    """Return "does" or "do"."""
    return "does" if subject.person is Person.HE else "do"


def french_verb(subject: NounPhrase, action: Action, tense: Tense, negation: str) -> str:
    """Build the French verb with its negation, object pronouns, adverb and agreement."""
    verb, person = action.verb.french, subject.person
    pronouns, after = _clitics(action), ""
    if tense is Tense.PAST:
        auxiliary = lexicon.verb("be" if verb.uses_etre else "have").french
        finite, after = auxiliary.present[person], _participle(subject, action)
    elif tense is Tense.NEAR:
        finite, after = lexicon.verb("go").french.present[person], f"{pronouns} {verb.infinitive}".strip()
        pronouns = ""
    elif tense is Tense.HABIT:
        finite = verb.imparfait(person)
    elif tense is Tense.FUTURE:
        finite = verb.futur(person)
    else:
        finite = verb.present[person]
    ne = "ne" if negation else ""
    adverbs = (action.adverb.french, action.manner.french)
    return " ".join(part for part in (ne, pronouns, finite, negation, *adverbs, after) if part)


def action(draw: Draw, *, tense: Tense = Tense.PRESENT) -> Action:
    """Choose something that a person does, fit for a tense."""
    if draw.chance(0.68):
        verb = draw.entry(verbs_in(tense))
        return Action(verb, object_of(draw, verb))
    if draw.chance(0.5):
        verb = draw.verb("alone")
        return Action(verb, tail=_beside(draw, verb))
    if draw.chance(0.3) and tense is not Tense.NEAR:  # the form for infinitives, which have no manner here
        return Action(draw.verb("skill"), manner=draw.word("manner"))
    return Action(draw.verb("motion"), tail=destination(draw))


def deed(draw: Draw) -> Action:
    """Choose something that a person does again and again: it goes on, and is no feeling."""
    return action(draw, tense=Tense.PROGRESSIVE)


def _beside(draw: Draw, verb: Verb) -> Text:
    return draw.word("company") if verb.base != "sleep" and draw.chance(0.3) else somewhere(draw, verb)


def object_of(draw: Draw, verb: Verb, *, plain: bool = False) -> NounPhrase:
    """Choose an object that suits a verb."""
    noun = draw.noun(*sorted(verb.objects))
    if "taste" in verb.kinds:
        if noun.kinds & {"food", "drink", "snack", "animal"} and not plain:
            return general(noun)
        plain = True
    return some_object(draw, noun, plain=plain)


def somewhere(draw: Draw, verb: Verb) -> Text:
    """Choose where someone does something: "at the station", "in the park", "in Paris"."""
    if verb.base == "swim":
        return inside(draw.noun("water"))
    if draw.chance(0.25) or verb.base == "travel":
        place = draw.place("city", "country")
        return Text(f"in {place.english}", place.inside)
    return inside(draw.noun("at", "in"))


def inside(noun: Noun) -> Text:
    """Build "at the station" or "in the park"."""
    place = french.definite(noun.french, feminine=noun.feminine)
    if "at" not in noun.kinds:
        return Text(f"in the {noun.singular}", f"dans {place}")
    return Text(f"at the {noun.singular}", french.after_a(place))


def destination(draw: Draw) -> Text:
    """Choose where someone goes: "to the station", "to Spain"."""
    if draw.chance(0.35):
        place = draw.place("city", "country")
        return Text(f"to {place.english}", place.inside)
    noun = draw.noun("at")
    return Text(
        f"to the {noun.singular}", french.after_a(french.definite(noun.french, feminine=noun.feminine))
    )


def when(draw: Draw, tense: Tense) -> Text:
    """Choose an expression of time that suits a tense."""
    if tense is Tense.PAST:
        return draw.word("past")
    if tense in {Tense.FUTURE, Tense.NEAR}:
        return draw.word("future")
    return draw.word("now" if tense is Tense.PROGRESSIVE else "habit")


@cache
def verbs_in(tense: Tense, *kinds: str) -> tuple[Verb, ...]:
    """Return the transitive verbs that suit a tense, and take an object of any of these kinds, if given."""
    return tuple(
        verb
        for verb in lexicon.transitive_verbs()
        if _fits(verb, tense) and (not kinds or verb.objects.intersection(kinds))
    )


def _fits(verb: Verb, tense: Tense) -> bool:
    if tense is Tense.PAST:  # "had" and "knew" would need the imparfait
        return bool(verb.past) and "lasting" not in verb.kinds
    if tense is Tense.PROGRESSIVE:
        return not verb.kinds & {"stative", "instant"}
    return "stative" not in verb.kinds or tense in {Tense.PRESENT, Tense.HABIT}


def _english_verb(subject: NounPhrase, action: Action, tense: Tense, negation: str) -> str:
    verb, is_he = action.verb, subject.person is Person.HE
    before = " ".join(part for part in (negation if negation != "not" else "", action.adverb.english) if part)
    is_not = negation == "not"
    auxiliary, main = {
        Tense.PRESENT: (does(subject), verb.base) if is_not else ("", verb.third if is_he else verb.base),
        Tense.PAST: ("did", verb.base) if is_not else ("", verb.past),
        Tense.PROGRESSIVE: (be(subject), verb.ing),
        Tense.HABIT: ("", f"used to {verb.base}"),
        Tense.FUTURE: ("will", verb.base),
        Tense.NEAR: (be(subject), f"going to {verb.base}"),
    }[tense]
    return " ".join(part for part in (auxiliary, "not" if is_not else "", before, main) if part)


def _english_question(subject: NounPhrase, action: Action, tense: Tense) -> tuple[str, str]:
    verb = action.verb
    auxiliary, main = {
        Tense.PRESENT: (does(subject), verb.base),
        Tense.PAST: ("did", verb.base),
        Tense.PROGRESSIVE: (be(subject), verb.ing),
        Tense.HABIT: ("did", f"use to {verb.base}"),
        Tense.FUTURE: ("will", verb.base),
        Tense.NEAR: (be(subject), f"going to {verb.base}"),
    }[tense]
    return auxiliary, f"{action.adverb.english} {main}".strip()


def _clitics(action: Action) -> str:
    direct = action.clitic.french if action.clitic is not None else ""
    indirect = action.indirect.french
    # "me le", but "le lui"
    parts = (direct, indirect) if indirect in {"lui", "leur"} else (indirect, direct)
    return " ".join(part for part in parts if part)


def _participle(subject: NounPhrase, action: Action) -> str:
    """Agree with the subject after "être", and with an object that stands before "avoir"."""
    verb = action.verb.french
    governor = subject if verb.uses_etre else action.clitic
    if governor is None:
        return verb.participle
    return french.agree(verb.participle, is_feminine=governor.feminine, is_plural=governor.plural)
