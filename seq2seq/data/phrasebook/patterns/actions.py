"""What people do: every tense, negation, modal verbs, commands."""

from dataclasses import replace

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    NEVER,
    NO_LONGER,
    NOT,
    Action,
    Tense,
    action,
    clause,
    complement,
    deed,
    destination,
    infinitive,
    object_of,
    verbs_in,
    when,
)
from seq2seq.data.phrasebook.conjugation import Person
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.patterns.questions import PLEASE
from seq2seq.data.phrasebook.phrase import HE, THEY, general, same, someone, subject
from seq2seq.data.phrasebook.text import COMMA, NOTHING, Text, say


def does_now(draw: Draw) -> Text:
    """Paul is eating an apple. / Paul mange une pomme."""
    return _plain(draw, Tense.PROGRESSIVE)


def does_often(draw: Draw) -> Text:
    """We drink coffee every morning. / Nous buvons du café tous les matins."""
    return say(clause(subject(draw), deed(draw).then(when(draw, Tense.PRESENT)), Tense.PRESENT))


def did(draw: Draw) -> Text:
    """She went to Rome last year. / Elle est allée à Rome l'année dernière."""
    return _plain(draw, Tense.PAST)


def will_do(draw: Draw) -> Text:
    """They will sell the house. / Ils vendront la maison."""
    return _plain(draw, Tense.FUTURE)


def is_going_to_do(draw: Draw) -> Text:
    """I am going to call the doctor. / Je vais appeler le médecin."""
    return _plain(draw, Tense.NEAR)


def used_to_do(draw: Draw) -> Text:
    """My uncle used to work in a factory. / Mon oncle travaillait ..."""
    return say(clause(subject(draw), action(draw, tense=Tense.HABIT), Tense.HABIT))


def does_not(draw: Draw) -> Text:
    """He does not eat any meat. / Il ne mange pas de viande."""
    tense = draw.one([Tense.PRESENT, Tense.PROGRESSIVE])
    return say(clause(subject(draw), action(draw, tense=tense), tense, NOT))


def did_not(draw: Draw) -> Text:
    """I did not see the thief. / Je n'ai pas vu le voleur."""
    return say(clause(subject(draw), action(draw, tense=Tense.PAST), Tense.PAST, NOT))


def will_not(draw: Draw) -> Text:
    """They will not come back to Paris. / Ils ne reviendront pas à Paris."""
    tense = draw.one([Tense.FUTURE, Tense.NEAR])
    return say(clause(subject(draw), action(draw, tense=tense), tense, NOT))


def never(draw: Draw) -> Text:
    """She never drinks any wine. / Elle ne boit jamais de vin."""
    tense = draw.one([Tense.PRESENT, Tense.PRESENT, Tense.PAST])
    return say(clause(subject(draw), action(draw, tense=tense), tense, NEVER))


def no_longer(draw: Draw) -> Text:
    """Paul no longer smokes. / Paul ne fume plus."""
    return say(clause(subject(draw), action(draw), Tense.PRESENT, NO_LONGER))


def frequency(draw: Draw) -> Text:
    """I often listen to the radio. / J'écoute souvent la radio."""
    return say(clause(subject(draw), replace(deed(draw), adverb=draw.word("frequency")), Tense.PRESENT))


def usually(draw: Draw) -> Text:
    """Usually, we wait for the bus in front of the school. / D'habitude, ..."""
    return say(draw.word("opening") + COMMA + clause(subject(draw), deed(draw), Tense.PRESENT))


def goes_out(draw: Draw) -> Text:
    """The girls arrived yesterday evening. / Les filles sont arrivées hier soir."""
    tense = draw.one([Tense.PAST, Tense.PAST, Tense.FUTURE, Tense.NEAR])
    move = Action(draw.verb("arrival", "departure"))
    return say(clause(subject(draw), move.then(when(draw, tense)), tense))


def can_do(draw: Draw) -> Text:
    """You can open the window. / Vous pouvez ouvrir la fenêtre."""
    who = subject(draw)
    if draw.chance(0.3):
        verb = draw.use("can").french.present[who.person]
        return say(who + Text("cannot", f"ne {verb} pas") + infinitive(_definite(draw)))
    return say(who + Text("can", draw.use("can").french.present[who.person]) + infinitive(_willed(draw)))


def must_do(draw: Draw) -> Text:
    """We must finish the project. / Nous devons finir le projet."""
    who = subject(draw)
    verb = draw.use("must").french.present[who.person]
    if draw.chance(0.2):
        return say(who + Text("must not", f"ne {verb} pas") + infinitive(_definite(draw)))
    return say(who + Text("must", verb) + infinitive(_willed(draw)))


def wants_to_do(draw: Draw) -> Text:
    """Marie wants to buy this bag. / Marie veut acheter ce sac."""
    who = subject(draw)
    negation = NOT if draw.chance(0.25) else NOTHING
    what = _definite(draw) if negation else _willed(draw)
    wish = clause(who, Action(draw.use("want")), Tense.PRESENT, negation)
    return say(wish + Text("to", "") + infinitive(what))


def would_like_to(draw: Draw) -> Text:
    """I would like to visit the castle. / Je voudrais visiter le château."""
    who = subject(draw)
    wish = draw.use("want").french.conditionnel(who.person)
    return say(who + Text("would like to", wish) + infinitive(_willed(draw)))


def likes_to(draw: Draw) -> Text:
    """My son likes swimming in the lake. / Mon fils aime nager ..."""
    who, what = subject(draw), _definite(draw)
    verb = draw.use(draw.one(["like", "love", "hate"]))
    gerund = Text(what.verb.ing, what.verb.french.infinitive) + complement(what)
    return say(clause(who, Action(verb), Tense.PRESENT) + gerund)


def likes(draw: Draw) -> Text:
    """I like coffee, but I prefer tea. / J'aime le café, mais je préfère le thé."""
    who = subject(draw)
    noun = draw.noun("food", "drink", "snack", "animal")
    verb = draw.verb("taste")
    negation = NOT if draw.chance(0.3) else NOTHING
    first = clause(who, Action(verb, general(noun)), Tense.PRESENT, negation)
    if draw.chance(0.6):
        return say(first)
    kinds = sorted(noun.kinds & {"food", "drink", "snack", "animal"})
    other = Action(draw.use("prefer"), general(draw.other_noun(noun, *kinds)))
    return say(first + COMMA + Text("but", "mais") + clause(same(who), other, Tense.PRESENT))


def command(draw: Draw) -> Text:
    """Close the door, please. / Fermez la porte, s'il vous plaît."""
    verb = draw.entry(verbs_in(Tense.PROGRESSIVE))
    what = Action(verb, object_of(draw, verb))
    order = Text(what.verb.base, what.verb.french.present[Person.YOU])
    return say(order + complement(what) + (PLEASE if draw.chance(0.6) else NOTHING))


def forbids(draw: Draw) -> Text:
    """Do not open the window. / N'ouvrez pas la fenêtre."""
    what = _definite(draw)
    verb = what.verb.french.present[Person.YOU]
    return say(Text(f"do not {what.verb.base}", f"ne {verb} pas") + complement(what))


def let_us(draw: Draw) -> Text:
    """Let us go to the beach. / Allons à la plage."""
    what = _willed(draw)
    return say(Text(f"let us {what.verb.base}", what.verb.french.present[Person.WE]) + complement(what))


def has_to(draw: Draw) -> Text:
    """He has to buy a ticket. / Il doit acheter un billet."""
    who = subject(draw)
    has = "has to" if who.person is Person.HE else "have to"
    return say(who + Text(has, draw.use("must").french.present[who.person]) + infinitive(_willed(draw)))


def plays(draw: Draw) -> Text:
    """They play football on Saturdays. / Ils jouent au football le samedi."""
    sport = draw.word("sport")
    article = "aux" if sport.french in {"cartes", "échecs"} else "au"
    game = Action(draw.use("play"), tail=Text(sport.english, f"{article} {sport.french}"))
    tense = draw.one([Tense.PRESENT, Tense.PAST, Tense.PROGRESSIVE, Tense.FUTURE])
    return say(clause(subject(draw), game.then(when(draw, tense)), tense))


def goes_with(draw: Draw) -> Text:
    """She is going to the cinema with Paul. / Elle va au cinéma avec Paul."""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST, Tense.FUTURE])
    who, trip = subject(draw), Action(draw.verb("motion"), tail=destination(draw))
    if draw.chance(0.5):
        who = someone(draw)
        return say(clause(who, trip.then(draw.word("escort")), tense))
    other = subject(draw)
    while other.person in {Person.I, Person.WE, Person.YOU} or other in {HE, THEY} or other.english == "she":
        other = subject(draw)
    return say(clause(who, trip.then(Text("with", "avec") + other), tense))


def _plain(draw: Draw, tense: Tense) -> Text:
    what = action(draw, tense=tense)
    return say(clause(subject(draw), what.then(when(draw, tense)) if draw.chance(0.35) else what, tense))


def _willed(draw: Draw) -> Action:
    return action(draw, tense=Tense.NEAR)


def _definite(draw: Draw) -> Action:
    """Choose an action whose object does not change under a negation that stands before another verb."""
    if draw.chance(0.3):
        return Action(draw.verb("motion"), tail=destination(draw))
    verb = draw.entry(lexicon.actions())
    return Action(verb, object_of(draw, verb, plain=True))


PATTERNS = (
    Pattern(does_now, 1.6),
    Pattern(does_often, 1.4),
    Pattern(did, 2.0),
    Pattern(will_do, 1.6),
    Pattern(is_going_to_do, 1.2),
    Pattern(used_to_do, 1.0),
    Pattern(does_not, 1.4),
    Pattern(did_not, 1.2),
    Pattern(will_not, 1.0),
    Pattern(never, 1.0),
    Pattern(no_longer, 0.8),
    Pattern(frequency, 1.2),
    Pattern(usually, 0.6),
    Pattern(goes_out, 1.2),
    Pattern(can_do, 1.2),
    Pattern(must_do, 1.0),
    Pattern(wants_to_do, 1.2),
    Pattern(would_like_to, 1.0),
    Pattern(likes_to, 0.8),
    Pattern(likes, 1.2),
    Pattern(command, 1.2),
    Pattern(forbids, 0.8),
    Pattern(let_us, 0.6),
    Pattern(has_to, 0.6),
    Pattern(plays, 0.6),
    Pattern(goes_with, 1.0),
)
