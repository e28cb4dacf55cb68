"""Pronouns as objects: they go before the French verb, and a participle behind them agrees."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    NEVER,
    NOT,
    Action,
    Tense,
    action,
    clause,
    copula,
    described,
    infinitive,
    question,
    verbs_in,
    when,
)
from seq2seq.data.phrasebook.conjugation import Person
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.lexicon import Verb
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import (
    HE,
    SHE,
    THEY,
    WE,
    YOU,
    Clitic,
    I,
    NounPhrase,
    noun_phrase,
    same,
    some_object,
    someone,
    subject,
)
from seq2seq.data.phrasebook.text import AND, BUT, COMMA, NOTHING, Text, ask, say

# who it is -> the object, the indirect object
_OBJECTS = {
    I: (Clitic("me", "me"), Text("me", "me")),
    YOU: (Clitic("you", "vous"), Text("you", "vous")),
    HE: (Clitic("him", "le"), Text("him", "lui")),
    SHE: (Clitic("her", "la", feminine=True), Text("her", "lui")),
    WE: (Clitic("us", "nous", plural=True), Text("us", "nous")),
    THEY: (Clitic("them", "les", plural=True), Text("them", "leur")),
}
_SAME = {I: (I, WE), WE: (I, WE, YOU), YOU: (YOU, WE)}
_TENSES = (Tense.PRESENT, Tense.PROGRESSIVE, Tense.PAST, Tense.PAST, Tense.FUTURE, Tense.NEAR)


def _whom(draw: Draw, who: NounPhrase) -> NounPhrase:
    """Choose a person who is not the subject: nobody sees himself here."""
    return draw.one([other for other in _OBJECTS if other not in _SAME.get(who, ())])


def _person_verb(draw: Draw, tense: Tense) -> Verb:
    return draw.entry(verbs_in(tense, "person"))


def sees_her(draw: Draw) -> Text:
    """I saw her yesterday. / Je l'ai vue hier."""
    who, tense = subject(draw), draw.one(_TENSES)
    pronoun = _OBJECTS[_whom(draw, who)][0]
    what = Action(_person_verb(draw, tense), clitic=pronoun)
    negation = draw.one((NOTHING, NOTHING, NOT, NEVER)) if tense in {Tense.PRESENT, Tense.PAST} else NOTHING
    return say(
        clause(
            who,
            what.then(when(draw, tense)) if draw.chance(0.3) and not negation.french else what,
            tense,
            negation,
        )
    )


def asks_about_her(draw: Draw) -> Text:
    """Do you know him? / Est-ce que vous le connaissez ?"""
    who, tense = draw.one((YOU, YOU, HE, SHE, THEY)), draw.one([Tense.PRESENT, Tense.PAST, Tense.NEAR])
    pronoun = _OBJECTS[_whom(draw, who)][0]
    return ask(question(who, Action(_person_verb(draw, tense), clitic=pronoun), tense))


def gives_him(draw: Draw) -> Text:
    """She gave me the key. / Elle m'a donné la clé."""
    who, tense = subject(draw), draw.one([Tense.PAST, Tense.FUTURE, Tense.NEAR, Tense.PRESENT])
    indirect = _OBJECTS[_whom(draw, who)][1]
    verb = draw.entry([lexicon.verb(base) for base in ("give", "offer", "show", "send", "lend", "bring")])
    thing = some_object(draw, draw.noun("small", "text"))
    negation = NOT if draw.chance(0.2) else NOTHING
    return say(clause(who, Action(verb, thing, indirect=indirect), tense, negation))


def give_me(draw: Draw) -> Text:
    """Give me the menu, please. / Donnez-moi le menu, s'il vous plaît."""
    verb = draw.entry([lexicon.verb(base) for base in ("give", "show", "send", "lend", "bring")])
    whom, pronoun = draw.one((("me", "moi"), ("us", "nous"), ("him", "lui"), ("them", "leur")))
    thing = some_object(draw, draw.noun("small", "text", "drink", "food"))
    order = Text(f"{verb.base} {whom}", f"{verb.french.present[Person.YOU]}-{pronoun}")
    return say(order + thing + COMMA + Text("please", "s'il vous plaît"))


def can_help_me(draw: Draw) -> Text:
    """Can you wait for us? / Est-ce que vous pouvez nous attendre ?"""
    who = draw.one((YOU, YOU, HE, SHE, THEY))
    pronoun = _OBJECTS[_whom(draw, who)][0]
    modal = draw.use("can").french.present[who.person]
    what = Action(_person_verb(draw, Tense.NEAR), clitic=pronoun)
    return ask(Text("can", "est-ce que") + who + Text("", modal) + infinitive(what))


def wants_to_see_them(draw: Draw) -> Text:
    """We want to invite them. / Nous voulons les inviter."""
    who = subject(draw)
    pronoun = _OBJECTS[_whom(draw, who)][0]
    modal, english = draw.one(
        (("want", "wants to" if who.person is Person.HE else "want to"), ("can", "can"), ("must", "must"))
    )
    verb = draw.use(modal).french.present[who.person]
    return say(who + Text(english, verb) + infinitive(Action(_person_verb(draw, Tense.NEAR), clitic=pronoun)))


def found_it(draw: Draw) -> Text:
    """Marie lost her key, but Paul found it. / Marie a perdu sa clé, mais Paul l'a trouvée."""
    noun = draw.noun("small", "garment", "text", "luggage", "furniture")
    verbs = [verb for verb in verbs_in(Tense.PAST, *sorted(noun.kinds)) if "stative" not in verb.kinds]
    first, second = draw.entries(verbs, 2)
    thing = noun_phrase(noun, draw.one(["the", "a", "my", "his", "this"]), plural=draw.chance(0.3))
    if thing.plural:
        thing = noun_phrase(noun, draw.one(["the", "my", "this"]), plural=True)
    tense, other = draw.one(
        ((Tense.PAST, Tense.PAST), (Tense.PAST, Tense.FUTURE), (Tense.FUTURE, Tense.FUTURE))
    )
    negation = NOT if draw.chance(0.2) else NOTHING
    return say(
        clause(subject(draw), Action(first, thing), tense)
        + COMMA
        + draw.one((AND, BUT))
        + clause(subject(draw), Action(second, clitic=thing.clitic), other, negation)
    )


def it_is_described(draw: Draw) -> Text:
    """I like this dress because it is pretty. / J'aime cette robe parce qu'elle est jolie."""
    noun = draw.noun("garment", "text", "furniture", "vehicle", "thing", "show")
    judging = [
        lexicon.verb(base)
        for base in ("like", "love", "hate", "prefer", "buy", "choose", "want", "sell", "keep", "use")
    ]
    verb = draw.entry([verb for verb in judging if verb.objects & noun.kinds])
    thing = noun_phrase(noun, draw.one(["this", "the"]), plural=draw.chance(0.3))
    adjective = draw.adjective_for(noun.kinds)
    negation = NOT if draw.chance(0.3) else NOTHING
    reason = thing.pronoun + copula(thing.pronoun, negation=negation) + described(thing, adjective)
    tense = Tense.PRESENT
    return say(clause(subject(draw), Action(verb, thing), tense) + Text("because", "parce que") + reason)


def where_is_it(draw: Draw) -> Text:
    """Where is my bag? I do not see it. / Où est mon sac ? Je ne le vois pas."""
    noun = draw.noun("small", "garment", "paper", "pet")
    thing = noun_phrase(noun, draw.one(["my", "your", "the", "her"]), plural=draw.chance(0.3))
    asked = ask(Text("where", "où") + copula(thing) + thing)
    verb = draw.entry([lexicon.verb("see"), lexicon.verb("find"), lexicon.verb("look for")])
    who = draw.one((I, WE))
    if verb.base == "look for":
        return asked + say(clause(who, Action(verb, clitic=thing.clitic), Tense.PROGRESSIVE))
    return asked + say(clause(who, Action(verb, clitic=thing.clitic), Tense.PRESENT, NOT))


def invited_and(draw: Draw) -> Text:
    """Paul called Marie, but she did not hear him. / Paul a appelé Marie, mais elle ..."""
    first = someone(draw)
    second = some_object(draw, draw.noun("person", "family"), plain=True)
    verbs = [
        verb for verb in verbs_in(Tense.PAST, "person") if "family" in verb.objects and verb.base != "see"
    ]
    verb = draw.entry(verbs)
    reply = action(draw, tense=Tense.PAST)
    pronoun = same(second)
    negation = NOT if draw.chance(0.3) else NOTHING
    return say(
        clause(first, Action(verb, second), Tense.PAST)
        + COMMA
        + BUT
        + clause(pronoun, reply, Tense.PAST, negation)
    )


PATTERNS = (
    Pattern(sees_her, 1.6),
    Pattern(asks_about_her, 0.6),
    Pattern(gives_him, 1.4),
    Pattern(give_me, 0.8),
    Pattern(can_help_me, 0.4),
    Pattern(wants_to_see_them, 0.8),
    Pattern(found_it, 1.6),
    Pattern(it_is_described, 1.2),
    Pattern(where_is_it, 0.8),
    Pattern(invited_and, 0.8),
)
