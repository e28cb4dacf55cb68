"""Sentences made of clauses: relative clauses, conjunctions."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    NOT,
    Action,
    Tense,
    action,
    clause,
    copula,
    described,
    object_of,
    predicate,
    verbs_in,
)
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import (
    Clitic,
    NounPhrase,
    name,
    noun_phrase,
    same,
    subject,
    the,
)
from seq2seq.data.phrasebook.text import AND, BUT, COMMA, NOTHING, Text, listing, say

_PERSON = frozenset({"person"})
_MOOD = frozenset({"mood"})


def person_who(draw: Draw) -> NounPhrase:
    """Choose a described person: "the man who sells flowers", "l'homme qui vend des fleurs"."""
    noun = draw.noun("person")
    who = noun_phrase(noun, draw.one(["the", "the", "this"]), plural=draw.chance(0.25))
    tense = draw.one([Tense.PRESENT, Tense.PAST, Tense.PROGRESSIVE])
    doing = predicate(who, action(draw, tense=tense), tense)
    return _extended(who, Text("who", "qui") + doing)


def thing_that(draw: Draw) -> NounPhrase:
    """Choose a described thing: "the letter that Paul wrote", "la lettre que Paul a écrite"."""
    noun = draw.noun("small", "garment", "text", "furniture", "snack", "vehicle")
    thing = noun_phrase(noun, "the", plural=draw.chance(0.3))
    verbs = verbs_in(Tense.PAST, *sorted(noun.kinds))
    return _extended(thing, Text("that", "que") + _subordinate(draw, subject(draw), draw.entry(verbs), thing))


def _subordinate(draw: Draw, who: NounPhrase, verb: lexicon.Verb, thing: NounPhrase) -> Text:
    """Build "Paul wrote" with the agreement of "que Paul a écrite"."""
    tense = draw.one([Tense.PAST, Tense.PAST, Tense.PRESENT])
    unspoken = Clitic("", "", thing.feminine, thing.plural)
    return clause(who, Action(verb, clitic=unspoken), tense)


def _extended(phrase: NounPhrase, tail: Text) -> NounPhrase:
    text = Text(phrase.english, phrase.french) + tail
    return NounPhrase(text.english, text.french, phrase.person, phrase.feminine, phrase.plural)


def who_is_described(draw: Draw) -> Text:
    """The woman who sells fruit is Italian. / La femme qui vend des fruits est italienne."""
    who = person_who(draw)
    return say(
        who + copula(who, draw.one([Tense.PRESENT, Tense.PAST])) + described(who, draw.adjective_for(_PERSON))
    )


def who_acts(draw: Draw) -> Text:
    """The man who lives in Rome bought the car. / L'homme qui habite à Rome a acheté la voiture."""
    who, tense = person_who(draw), draw.one([Tense.PAST, Tense.FUTURE, Tense.PROGRESSIVE])
    return say(clause(who, action(draw, tense=tense), tense))


def met_who(draw: Draw) -> Text:
    """I know the girl who is dancing. / Je connais la fille qui danse."""
    verb = draw.entry(
        [lexicon.verb(base) for base in ("know", "see", "meet", "help", "look for", "call", "thank")]
    )
    tense = draw.one([Tense.PRESENT, Tense.PAST])
    return say(clause(subject(draw), Action(verb, person_who(draw)), tense))


def that_is_described(draw: Draw) -> Text:
    """The letter that Paul wrote is long. / La lettre que Paul a écrite est longue."""
    noun = draw.noun("small", "garment", "text", "furniture", "snack", "vehicle")
    thing = noun_phrase(noun, draw.one(["the", "the", "this"]), plural=draw.chance(0.3))
    verbs = verbs_in(Tense.PAST, *sorted(noun.kinds))
    full = _extended(thing, Text("that", "que") + _subordinate(draw, subject(draw), draw.entry(verbs), thing))
    return say(full + copula(full) + described(full, draw.adjective_for(noun.kinds)))


def here_is_that(draw: Draw) -> Text:
    """Here is the book that I borrowed. / Voici le livre que j'ai emprunté."""
    thing = thing_that(draw)
    return say(Text("here are" if thing.plural else "here is", "voici") + thing)


def place_where(draw: Draw) -> Text:
    """This is the village where my mother lives. / C'est le village où ma mère habite."""
    noun = draw.noun("at", "in")
    tense = draw.one([Tense.PRESENT, Tense.PAST, Tense.HABIT])
    doing = Action(draw.verb("alone")) if draw.chance(0.5) else act_on(draw, tense)
    return say(
        Text("this is", "c'est") + the(noun) + Text("where", "où") + clause(subject(draw), doing, tense)
    )


def because(draw: Draw) -> Text:
    """She is sleeping because she is tired. / Elle dort parce qu'elle est fatiguée."""
    who = subject(draw)
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST])
    reason_tense = Tense.PRESENT if tense is Tense.PROGRESSIVE else Tense.PAST
    again = same(who)
    negation = NOT if draw.chance(0.25) else NOTHING
    reason = again + copula(again, reason_tense, negation) + described(again, draw.adjective_for(_MOOD))
    return say(clause(who, action(draw, tense=tense), tense) + Text("because", "parce que") + reason)


def because_acts(draw: Draw) -> Text:
    """We are waiting because Paul lost his key. / Nous attendons parce que Paul a perdu sa clé."""
    first = clause(subject(draw), action(draw, tense=Tense.PROGRESSIVE), Tense.PROGRESSIVE)
    second = clause(
        subject(draw), action(draw, tense=Tense.PAST), Tense.PAST, NOT if draw.chance(0.2) else NOTHING
    )
    return say(first + Text("because", "parce que") + second)


def when_then(draw: Draw) -> Text:
    """When I am tired, I drink coffee. / Quand je suis fatigué, je bois du café."""
    who = subject(draw)
    again = same(who)
    state = who + copula(who) + described(who, draw.adjective_for(_MOOD))
    return say(Text("when", "quand") + state + COMMA + clause(again, action(draw), Tense.PRESENT))


def if_then(draw: Draw) -> Text:
    """If you sell the car, Paul will buy a bicycle. / Si vous vendez la voiture, ..."""
    return say(
        Text("if", "si")
        + clause(subject(draw), action(draw), Tense.PRESENT)
        + COMMA
        + clause(subject(draw), action(draw, tense=Tense.FUTURE), Tense.FUTURE)
    )


def two_acts(draw: Draw) -> Text:
    """Paul is singing, and Marie is dancing. / Paul chante, et Marie danse."""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST, Tense.FUTURE])
    negation = NOT if draw.chance(0.3) else NOTHING
    word = BUT if negation.french or draw.chance(0.4) else AND
    first = clause(subject(draw), action(draw, tense=tense), tense)
    return say(first + COMMA + word + clause(subject(draw), action(draw, tense=tense), tense, negation))


def while_(draw: Draw) -> Text:
    """While the children are playing, we are cooking. / Pendant que les enfants jouent, ..."""
    first = clause(subject(draw), action(draw, tense=Tense.PROGRESSIVE), Tense.PROGRESSIVE)
    second = clause(subject(draw), action(draw, tense=Tense.PROGRESSIVE), Tense.PROGRESSIVE)
    return say(Text("while", "pendant que") + first + COMMA + second)


def thinks_that(draw: Draw) -> Text:
    """I think that the museum is closed. / Je pense que le musée est fermé."""
    verb = draw.use(draw.one(["think", "say", "believe", "hope"]))
    who = subject(draw)
    if draw.chance(0.5):
        other = subject(draw)
        said = other + copula(other) + described(other, draw.adjective_for(_PERSON))
    else:
        tense = draw.one([Tense.PAST, Tense.FUTURE])
        said = clause(subject(draw), action(draw, tense=tense), tense)
    return say(clause(who, Action(verb), Tense.PRESENT) + Text("that", "que") + said)


def then_(draw: Draw) -> Text:
    """First Paul closed the door, then he went to the market. / D'abord, ..."""
    who, tense = name(draw), draw.one([Tense.PAST, Tense.FUTURE])
    first = clause(who, action(draw, tense=tense), tense)
    second = clause(same(who), action(draw, tense=tense), tense)
    return say(Text("first,", "d'abord,") + first + COMMA + Text("and then", "et puis") + second)


def day(draw: Draw) -> Text:
    """In the morning she works, in the afternoon she swims, and in the evening she reads."""
    who, tense = subject(draw), draw.one([Tense.PRESENT, Tense.PAST, Tense.FUTURE])
    again = same(who)
    parts = [
        Text("in the morning,", "le matin,") + clause(who, action(draw, tense=tense), tense),
        Text("in the afternoon,", "l'après-midi,") + clause(again, action(draw, tense=tense), tense),
        Text("in the evening,", "le soir,") + clause(again, action(draw, tense=tense), tense),
    ]
    return say(listing(parts, COMMA + AND))


def act_on(draw: Draw, tense: Tense) -> Action:
    """Choose something that a person does to a thing, in a tense."""
    verb = draw.entry(verbs_in(Tense.PROGRESSIVE if tense in {Tense.PRESENT, Tense.HABIT} else tense))
    return Action(verb, object_of(draw, verb))


PATTERNS = (
    Pattern(who_is_described),
    Pattern(who_acts, 1.0),
    Pattern(met_who),
    Pattern(that_is_described, 1.2),
    Pattern(here_is_that, 0.6),
    Pattern(place_where, 0.8),
    Pattern(because, 1.2),
    Pattern(because_acts, 1.0),
    Pattern(when_then),
    Pattern(if_then),
    Pattern(two_acts, 1.2),
    Pattern(while_, 0.6),
    Pattern(thinks_that, 1.2),
    Pattern(then_, 0.6),
    Pattern(day, 1.0),
)
