"""Questions: yes or no ("est-ce que" always), and what, where, when, why, who, which, how many, whose."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    Action,
    Tense,
    action,
    be,
    clause,
    copula,
    described,
    infinitive,
    object_of,
    predicate,
    question,
    verbs_in,
    when,
)
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import (
    HE,
    PRONOUNS,
    YOU,
    I,
    noun_phrase,
    some_object,
    someone,
    subject,
    the,
)
from seq2seq.data.phrasebook.text import COMMA, Text, ask

PLEASE = COMMA + Text("please", "s'il vous plaît")


def where_is(draw: Draw) -> Text:
    """Where is the station? / Où est la gare ?"""
    what = (
        the(draw.noun("public", "opening"))
        if draw.chance(0.5)
        else some_object(draw, draw.noun("small", "luggage", "pet", "garment"), plain=True)
    )
    return ask(Text("where", "où") + copula(what) + what)


def is_there_nearby(draw: Draw) -> Text:
    """Is there a bank near here? / Y a-t-il une banque près d'ici ?"""
    where = draw.one(
        (
            ("near here", "près d'ici"),
            ("in this street", "dans cette rue"),
            ("in this village", "dans ce village"),
        )
    )
    return ask(Text("is there", "y a-t-il") + noun_phrase(draw.noun("public"), "a") + Text(*where))


def asks_now(draw: Draw) -> Text:
    """Do you like this film? / Est-ce que vous aimez ce film ?"""
    tense = draw.one([Tense.PRESENT, Tense.PROGRESSIVE])
    return ask(question(subject(draw), action(draw, tense=tense), tense))


def asks_past(draw: Draw) -> Text:
    """Did she go to the market? / Est-ce qu'elle est allée au marché ?"""
    what = action(draw, tense=Tense.PAST)
    return ask(
        question(subject(draw), what.then(when(draw, Tense.PAST)) if draw.chance(0.3) else what, Tense.PAST)
    )


def asks_future(draw: Draw) -> Text:
    """Will you open the shop tomorrow? / Est-ce que vous ouvrirez le magasin demain ?"""
    tense = draw.one([Tense.FUTURE, Tense.NEAR])
    what = action(draw, tense=tense)
    return ask(question(subject(draw), what.then(when(draw, tense)) if draw.chance(0.4) else what, tense))


def what_do(draw: Draw) -> Text:
    """What did Paul buy? / Qu'est-ce que Paul a acheté ?"""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST, Tense.NEAR])
    asked = question(subject(draw), Action(draw.entry(verbs_in(tense))), tense)
    return ask(Text("what", "que") + asked)  # "que est-ce que" is elided at the end


def why(draw: Draw) -> Text:
    """Why is she laughing? / Pourquoi est-ce qu'elle rit ?"""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST])
    return ask(Text("why", "pourquoi") + question(subject(draw), action(draw, tense=tense), tense))


def where_do(draw: Draw) -> Text:
    """Where did you buy this hat? / Où est-ce que vous avez acheté ce chapeau ?"""
    tense = draw.one([Tense.PAST, Tense.NEAR, Tense.PRESENT])
    verb = draw.entry(
        [lexicon.verb(base) for base in ("buy", "find", "sell", "see", "lose", "hide", "repair", "rent")]
    )
    if draw.chance(0.3):
        what = Action(draw.verb("alone"))
    else:
        what = Action(verb, some_object(draw, draw.noun(*sorted(verb.objects)), plain=True))
    return ask(Text("where", "où") + question(subject(draw), what, tense))


def when_do(draw: Draw) -> Text:
    """When will you return to Rome? / Quand est-ce que vous retournerez à Rome ?"""
    tense = draw.one([Tense.PAST, Tense.FUTURE, Tense.NEAR])
    return ask(Text("when", "quand") + question(subject(draw), action(draw, tense=tense), tense))


def who_does(draw: Draw) -> Text:
    """Who closed the window? / Qui a fermé la fenêtre ?"""
    tense = draw.one([Tense.PROGRESSIVE, Tense.PAST, Tense.FUTURE, Tense.PRESENT])
    return ask(Text("who", "qui") + predicate(HE, action(draw, tense=tense), tense))


def who_is(draw: Draw) -> Text:
    """Who are these men? / Qui sont ces hommes ?"""
    noun = draw.noun("person")
    who = noun_phrase(noun, draw.one(["this", "the"]), plural=draw.chance(0.4))
    if draw.chance(0.5):
        adjective = draw.adjective_for(noun.kinds, beside_noun=True)
        who = noun_phrase(noun, "this", plural=who.plural, adjective=adjective)
    return ask(Text("who", "qui") + copula(who) + who)


def which(draw: Draw) -> Text:
    """Which shirt does he prefer? / Quelle chemise est-ce qu'il préfère ?"""
    noun = draw.noun("thing", "garment", "text", "show", "furniture", "snack")
    many = draw.chance(0.3)
    form = ("quelles" if noun.feminine else "quels") if many else ("quelle" if noun.feminine else "quel")
    verb = draw.entry(verbs_in(Tense.PRESENT, *sorted(noun.kinds)))
    tense = draw.one([Tense.PRESENT, Tense.FUTURE]) if "stative" not in verb.kinds else Tense.PRESENT
    opening = Text(
        f"which {noun.plural if many else noun.singular}",
        f"{form} {noun.french_plural if many else noun.french}",
    )
    return ask(opening + question(subject(draw), Action(verb), tense))


def how_many(draw: Draw) -> Text:
    """How many brothers do you have? / Combien de frères est-ce que vous avez ?"""
    noun = draw.noun("animal", "garment", "text", "furniture", "vehicle", "small", "snack")
    verb = draw.entry(
        [lexicon.verb(base) for base in ("have", "want", "see") if lexicon.verb(base).objects & noun.kinds]
        or [lexicon.verb("find")]
    )
    opening = Text(f"how many {noun.plural}", f"combien de {noun.french_plural}")
    return ask(opening + question(subject(draw), Action(verb), Tense.PRESENT))


def whose(draw: Draw) -> Text:
    """Whose keys are these? / À qui sont ces clés ?"""
    noun, many = draw.noun("small", "garment", "luggage", "pet", "vehicle"), draw.chance(0.4)
    what = noun_phrase(noun, "this", plural=many)
    words = noun.plural if many else noun.singular
    return ask(
        Text(
            f"whose {words} {'are these' if many else 'is this'}",
            f"à qui {copula(what).french} {what.french}",
        )
    )


def can(draw: Draw) -> Text:
    """Can I close the window? / Est-ce que je peux fermer la fenêtre ?"""
    who = draw.one((I, I, YOU, *PRONOUNS))
    modal = draw.use("can").french.present[who.person]
    return ask(Text("can", "est-ce que") + who + Text("", modal) + infinitive(action(draw, tense=Tense.NEAR)))


def could_you(draw: Draw) -> Text:
    """Could you open the door, please? / Pourriez-vous ouvrir la porte, s'il vous plaît ?"""
    verb = draw.entry(verbs_in(Tense.PROGRESSIVE))  # nobody is asked to lose or forget
    return ask(Text("could you", "pourriez-vous") + infinitive(Action(verb, object_of(draw, verb))) + PLEASE)


def do_you_know_where(draw: Draw) -> Text:
    """Do you know where the bank is? / Est-ce que vous savez où est la banque ?"""
    what = (
        the(draw.noun("public"))
        if draw.chance(0.5)
        else some_object(draw, draw.noun("small", "garment", "close"), plain=True)
    )
    known = Text(
        f"do you know where {what.english} {be(what)}",
        f"est-ce que vous savez où {copula(what).french} {what.french}",
    )
    return ask(known)


def is_it(draw: Draw) -> Text:
    """Is the museum closed? / Est-ce que le musée est fermé ?"""
    noun = draw.noun("public", "garment", "small", "food", "text", "furniture", "person")
    what = noun_phrase(noun, draw.one(["the", "this"]), plural=not noun.is_mass and draw.chance(0.25))
    adjective = draw.adjective_for(noun.kinds)
    form = copula(what)
    return ask(
        Text(f"{form.english} {what.english}", f"est-ce que {what.french} {form.french}")
        + described(what, adjective)
    )


def would_you_like(draw: Draw) -> Text:
    """Would you like some coffee? / Voulez-vous du café ?"""
    noun = draw.noun("food", "drink", "snack")
    what = noun_phrase(noun, "some" if noun.is_mass else "a")
    return ask(Text("would you like", "voulez-vous") + what)


def do_you_know_why(draw: Draw) -> Text:
    """Do you know why Paul is crying? / Est-ce que vous savez pourquoi Paul pleure ?"""
    words = draw.one((("where", "où"), ("why", "pourquoi"), ("when", "quand")))
    tense = draw.one([Tense.PRESENT, Tense.PAST])
    verb = draw.verb("alone")
    who = someone(draw)
    asked = clause(who, Action(verb), tense)
    return ask(Text("do you know", "est-ce que vous savez") + Text(*words) + asked)


PATTERNS = (
    Pattern(where_is, 1.6),
    Pattern(is_there_nearby, 0.5),
    Pattern(asks_now, 1.4),
    Pattern(asks_past, 1.2),
    Pattern(asks_future, 1.2),
    Pattern(what_do),
    Pattern(why),
    Pattern(where_do),
    Pattern(when_do),
    Pattern(who_does),
    Pattern(who_is, 0.7),
    Pattern(which),
    Pattern(how_many, 0.8),
    Pattern(whose, 0.7),
    Pattern(can),
    Pattern(could_you),
    Pattern(do_you_know_where, 0.8),
    Pattern(is_it),
    Pattern(would_you_like, 0.3),
    Pattern(do_you_know_why, 0.6),
)
