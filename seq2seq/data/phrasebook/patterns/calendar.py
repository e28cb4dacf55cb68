"""Clock times, dates, days and durations."""

from seq2seq.data.phrasebook import english, lexicon
from seq2seq.data.phrasebook.clause import (
    Action,
    Tense,
    action,
    clause,
    copula,
    deed,
    described,
    inside,
    somewhere,
)
from seq2seq.data.phrasebook.conjugation import Person
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.french import after_de, agree
from seq2seq.data.phrasebook.numerals import english_number, english_ordinal, french_number
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.patterns.travel import at_clock, clock
from seq2seq.data.phrasebook.phrase import noun_phrase, someone, subject, the
from seq2seq.data.phrasebook.text import COMMA, NOTHING, Text, say

_LONG = {"February": 29, "April": 30, "June": 30, "September": 30, "November": 30}
_SPANS = (
    ("day", "days", "jour", "jours"),
    ("week", "weeks", "semaine", "semaines"),
    ("month", "months", "mois", "mois"),
    ("year", "years", "an", "ans"),
)


def date(draw: Draw) -> Text:
    """Choose a day: "the first of May", "le premier mai"."""
    month = draw.word("month")
    day = draw.number(1, _LONG.get(month.english, 31))
    words = "premier" if day == 1 else french_number(day)
    return Text(f"the {english_ordinal(day)} of {month.english}", f"le {words} {month.french}")


def span(draw: Draw) -> Text:
    """Choose a length of time: "three weeks", "trois semaines"."""
    count, (one, many, fr_one, fr_many) = draw.number(1, 30), draw.one(_SPANS)
    if count == 1:
        return Text(f"one {one}", f"{french_number(1, feminine=fr_one == 'semaine')} {fr_one}")
    return Text(
        f"{english_number(count)} {many}", f"{french_number(count, feminine=fr_one == 'semaine')} {fr_many}"
    )


def tells_time(draw: Draw) -> Text:
    """It is half past three. / Il est trois heures et demie."""
    return say(Text("it is", "il est") + clock(draw))


def tells_date(draw: Draw) -> Text:
    """Today is the third of March. / Aujourd'hui, c'est le trois mars."""
    day = date(draw)
    if draw.chance(0.5):
        weekday = draw.word("weekday")
        rest = day.french.removeprefix("le ")
        day = Text(f"{weekday.english} {day.english}", f"le {weekday.french} {rest}")
    return say(Text("today is", "aujourd'hui, c'est") + day)


def begins_at(draw: Draw) -> Text:
    """The concert begins on Friday at eight o'clock. / Le concert commence vendredi à huit heures."""
    what = the(draw.noun("event"))
    weekday = draw.word("weekday")
    verb = draw.one((Text("begins", "commence"), Text("ends", "finit")))
    return say(what + verb + Text(f"on {weekday.english}", weekday.french) + at_clock(draw))


def birthday(draw: Draw) -> Text:
    """Marie's birthday is on the second of May. / L'anniversaire de Marie est le deux mai."""
    who = someone(draw)
    day = date(draw)
    return say(
        Text(
            f"{english.possessive(who.english)} birthday is on", f"l'anniversaire {after_de(who.french)} est"
        )
        + day
    )


def since(draw: Draw) -> Text:
    """She has lived in Rome for three years. / Elle habite à Rome depuis trois ans."""
    who = subject(draw)
    has = "has" if who.person is Person.HE else "have"
    if draw.chance(0.5):
        place = draw.place("city", "country")
        verb, participle, where = draw.use("live"), "lived", Text(f"in {place.english}", place.inside)
    else:
        verb, participle = draw.use("work"), "worked"
        where = somewhere(draw, verb)
    length = span(draw)
    now = clause(who, Action(verb, tail=Text("", where.french)), Tense.PRESENT)
    return say(
        Text(
            f"{who.english} {has} {participle} {where.english} for {length.english}",
            f"{now.french} depuis {length.french}",
        )
    )


def lasted(draw: Draw) -> Text:
    """Paul worked at the bank for ten years. / Paul a travaillé à la banque pendant dix ans."""
    verb = draw.verb("skill")
    what = Action(verb, tail=somewhere(draw, verb)).then(Text("for", "pendant") + span(draw))
    return say(clause(subject(draw), what, draw.one([Tense.PAST, Tense.FUTURE])))


def born_in(draw: Draw) -> Text:
    """My sister was born in 1987. / Ma sœur est née en 1987."""
    who = subject(draw)
    year = draw.number(1920, 2019)
    etre = lexicon.verb("be").french.present[who.person]
    born = agree("né", is_feminine=who.feminine, is_plural=who.plural)
    where = NOTHING
    if draw.chance(0.5):
        place = draw.place("city", "country")
        where = Text(f"in {place.english}", place.inside)
    return say(
        who
        + Text(f"{copula(who, Tense.PAST).english} born", f"{etre} {born}")
        + where
        + Text(f"in {year}", f"en {year}")
    )


def every_weekday(draw: Draw) -> Text:
    """On Mondays, we eat soup. / Le lundi, nous mangeons de la soupe."""
    weekday = draw.word("weekday")
    return say(
        Text(f"on {weekday.english}s", f"le {weekday.french}")
        + COMMA
        + clause(subject(draw), deed(draw), Tense.PRESENT)
    )


def on_weekday(draw: Draw) -> Text:
    """On Tuesday, they will visit the castle. / Mardi, ils visiteront le château."""
    weekday = draw.word("weekday")
    tense = draw.one([Tense.FUTURE, Tense.NEAR])
    return say(
        Text(f"on {weekday.english}", weekday.french)
        + COMMA
        + clause(subject(draw), action(draw, tense=tense), tense)
    )


def ago(draw: Draw) -> Text:
    """Three days ago, Paul went to Milan. / Il y a trois jours, Paul est allé à Milan."""
    length = span(draw)
    return say(
        Text(f"{length.english} ago", f"il y a {length.french}")
        + COMMA
        + clause(subject(draw), action(draw, tense=Tense.PAST), Tense.PAST)
    )


def closed_on(draw: Draw) -> Text:
    """The museum is closed on Mondays. / Le musée est fermé le lundi."""
    place = the(draw.noun("public"))
    state = draw.entry([word for word in lexicon.adjectives() if word.english in {"open", "closed"}])
    weekday = draw.word("weekday")
    return say(
        place
        + copula(place)
        + described(place, state)
        + Text(f"on {weekday.english}s", f"le {weekday.french}")
    )


def meets_at(draw: Draw) -> Text:
    """I have a meeting with the director at noon. / J'ai un rendez-vous avec le directeur à midi."""
    whom = noun_phrase(draw.noun("job", "close"), draw.one(["the", "my"]))
    weekday = draw.word("weekday")
    meeting = Action(
        draw.use("have"),
        tail=Text("an appointment with", "un rendez-vous avec")
        + whom
        + Text(f"on {weekday.english}", weekday.french)
        + at_clock(draw),
    )
    return say(clause(subject(draw), meeting, Tense.PRESENT))


def seasonal(draw: Draw) -> Text:
    """In winter, the children play in the garden. / En hiver, les enfants jouent dans le jardin."""
    return say(draw.word("season") + COMMA + clause(subject(draw), deed(draw), Tense.PRESENT))


def month_trip(draw: Draw) -> Text:
    """We will be in Spain in July. / Nous serons en Espagne en juillet."""
    who, month = subject(draw), draw.word("month")
    tense = draw.one([Tense.FUTURE, Tense.PAST])
    place = draw.place("city", "country")
    where = Text(f"in {place.english}", place.inside) if draw.chance(0.7) else inside(draw.noun("at"))
    return say(who + copula(who, tense) + where + Text(f"in {month.english}", f"en {month.french}"))


PATTERNS = (
    Pattern(tells_time, 0.4),
    Pattern(tells_date),
    Pattern(begins_at, 0.8),
    Pattern(birthday, 0.8),
    Pattern(since),
    Pattern(lasted),
    Pattern(born_in),
    Pattern(every_weekday),
    Pattern(on_weekday),
    Pattern(ago),
    Pattern(closed_on, 0.4),
    Pattern(meets_at, 0.8),
    Pattern(seasonal),
    Pattern(month_trip, 0.8),
)
