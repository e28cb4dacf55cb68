"""Travel: tickets, times of departure, ways, hotels."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import (
    NEVER,
    Action,
    Tense,
    clause,
    destination,
    infinitive,
    object_of,
    when,
)
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.french import after_a, after_de
from seq2seq.data.phrasebook.numerals import english_number, english_time, french_number, french_time
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.patterns.questions import PLEASE
from seq2seq.data.phrasebook.phrase import I, noun_phrase, subject, the
from seq2seq.data.phrasebook.text import AND, NOTHING, Text, ask, listing, say


def clock(draw: Draw) -> Text:
    """Choose a time of day."""
    hour, minute = draw.number(0, 23), draw.one((0, 0, 0, 15, 30, 30, 45, 5, 10, 20, 40, 50, 55))
    return Text(english_time(hour, minute), french_time(hour, minute))


def at_clock(draw: Draw) -> Text:
    """Choose when: "at noon", "à midi"."""
    return Text("at", "à") + clock(draw)


def counted(count: int, singular: str, plural: str, french: tuple[str, str]) -> Text:
    """Count something: "one night", "une nuit"; "two nights", "deux nuits". The French is feminine."""
    many = count > 1
    return Text(
        f"{english_number(count)} {plural if many else singular}",
        f"{french_number(count, feminine=True)} {french[many]}",
    )


def ticket(draw: Draw) -> Text:
    """I would like two tickets to Lyon, please. / Je voudrais deux billets pour Lyon, s'il vous plaît."""
    count = draw.number(1, 6)
    tickets = Text(
        "a ticket" if count == 1 else f"{english_number(count)} tickets",
        "un billet" if count == 1 else f"{french_number(count)} billets",
    )
    place = draw.place("city", "country")
    day = Text("for", "pour") + draw.word("weekday") if draw.chance(0.4) else NOTHING
    return say(
        Text("I would like", "je voudrais")
        + tickets
        + Text(f"to {place.english}", f"pour {place.french}")
        + day
        + PLEASE
    )


def leaves_at(draw: Draw) -> Text:
    """The train to Lyon leaves at half past three. / Le train pour Lyon part à trois heures et demie."""
    vehicle, place = the(draw.noun("line")), draw.place("city", "country")
    if draw.chance(0.5):
        whence = Text(f"from {place.english}", place.origin)
        return say(vehicle + whence + Text("arrives", "arrive") + at_clock(draw))
    whither = Text(f"to {place.english}", f"pour {place.french}")
    return say(vehicle + whither + Text("leaves", "part") + at_clock(draw))


def asks_departure(draw: Draw) -> Text:
    """At what time does the bus to Nantes leave? / À quelle heure part le bus pour Nantes ?"""
    vehicle, place = the(draw.noun("line")), draw.place("city", "country")
    if draw.chance(0.5):
        return ask(
            Text(
                f"at what time does {vehicle.english} from {place.english} arrive",
                f"à quelle heure arrive {vehicle.french} {place.origin}",
            )
        )
    return ask(
        Text(
            f"at what time does {vehicle.english} to {place.english} leave",
            f"à quelle heure part {vehicle.french} pour {place.french}",
        )
    )


def way_to(draw: Draw) -> Text:
    """How do I get to the station? / Comment est-ce que je peux aller à la gare ?"""
    where = destination(draw)
    opening = draw.one(
        (
            Text("how do I get", "comment est-ce que je peux aller"),
            Text("how can we go", "comment est-ce que nous pouvons aller"),
            Text("would you like to go", "voulez-vous aller"),
        )
    )
    return ask(opening + where)


def directions(draw: Draw) -> Text:
    """Turn left after the church. / Tournez à gauche après l'église."""
    verb = draw.one(
        (
            Text("turn left", "tournez à gauche"),
            Text("turn right", "tournez à droite"),
            Text("stop", "arrêtez-vous"),
            Text("wait for me", "attendez-moi"),
        )
    )
    place = the(draw.noun("public", "outdoors"))
    return say(
        verb
        + draw.one((Text("after", "après"), Text("in front of", "devant"), Text("before", "avant")))
        + place
    )


def on_the_left(draw: Draw) -> Text:
    """The bank is on the left, behind the church. / La banque est à gauche, derrière l'église."""
    noun = draw.noun("public")
    place, other = the(noun), the(draw.other_noun(noun, "public"))
    side = draw.one((Text("on the left", "à gauche"), Text("on the right", "à droite")))
    near = draw.one((("behind", "derrière"), ("in front of", "devant"), ("after", "après")))
    return say(place + Text("is", "est") + side + Text(",", ",") + Text(*near) + other)


def minutes_from(draw: Draw) -> Text:
    """The hotel is ten minutes from the station. / L'hôtel est à dix minutes de la gare."""
    noun = draw.noun("public", "home")
    place, other = the(noun), the(draw.other_noun(noun, "public"))
    count = draw.number(2, 60)
    unit = draw.one((("minutes", "minutes"), ("kilometres", "kilomètres"), ("metres", "mètres")))
    amount = f"{french_number(count, feminine=unit[1] == 'minutes')} {unit[1]}"
    return say(
        place
        + Text(
            f"is {english_number(count)} {unit[0]} from {other.english}",
            f"est à {amount} {after_de(other.french)}",
        )
    )


def hotel_room(draw: Draw) -> Text:
    """We would like a room for two people for three nights. / Nous voudrions une chambre ..."""
    opening = draw.one(
        (
            Text("I would like", "je voudrais"),
            Text("we would like", "nous voudrions"),
            Text("he would like", "il voudrait"),
        )
    )
    people = counted(draw.number(1, 6), "person", "people", ("personne", "personnes"))
    nights = counted(draw.number(1, 14), "night", "nights", ("nuit", "nuits"))
    return say(opening + Text("a room for", "une chambre pour") + people + Text("for", "pour") + nights)


def has_lost(draw: Draw) -> Text:
    """I have lost my passport. / J'ai perdu mon passeport."""
    verb = draw.entry([lexicon.verb("lose"), lexicon.verb("forget"), lexicon.verb("find")])
    participle = {"lose": "lost", "forget": "forgotten", "find": "found"}[verb.base]
    thing = noun_phrase(draw.noun("small", "luggage", "paper", "garment"), "my", plural=draw.chance(0.3))
    action = Action(verb, thing)
    what = clause(I, action, Tense.PAST)
    where = _at(draw) if draw.chance(0.5) else NOTHING
    return say(Text(f"I have {participle} {thing.english}", what.french) + where)


def _at(draw: Draw) -> Text:
    noun = draw.noun("at")
    return Text(f"at the {noun.singular}", after_a(the(noun).french))


def goes_from_to(draw: Draw) -> Text:
    """This train goes from Lyon to Paris. / Ce train va de Lyon à Paris."""
    start, end = draw.entries(lexicon.places_of("city"), 2)
    vehicle = noun_phrase(draw.noun("line"), draw.one(["this", "the"]))
    return say(
        vehicle + Text(f"goes from {start.english} to {end.english}", f"va {start.origin} {end.inside}")
    )


def travels_by(draw: Draw) -> Text:
    """They will go to Spain by train. / Ils iront en Espagne en train."""
    tense = draw.one([Tense.FUTURE, Tense.PAST, Tense.PROGRESSIVE, Tense.PRESENT])
    if draw.chance(0.5):
        place = draw.place("city", "country")
        where, means = Text(f"to {place.english}", place.inside), draw.word("travel", "flight")
    else:
        noun = draw.noun("at")
        where, means = (
            Text(f"to the {noun.singular}", after_a(the(noun).french)),
            draw.word("travel", "stroll"),
        )
    trip = Action(draw.verb("motion"), tail=where + means)
    return say(clause(subject(draw), trip.then(when(draw, tense)) if draw.chance(0.3) else trip, tense))


def where_can_i(draw: Draw) -> Text:
    """Where can I rent a car? / Où est-ce que je peux louer une voiture ?"""
    verb = draw.entry([lexicon.verb(base) for base in ("buy", "rent", "find", "taste", "repair", "wash")])
    who = draw.one((Text("can I", "est-ce que je peux"), Text("can we", "est-ce que nous pouvons")))
    return ask(Text("where", "où") + who + infinitive(Action(verb, object_of(draw, verb))))


def has_never_been(draw: Draw) -> Text:
    """She has never been to Portugal. / Elle n'est jamais allée au Portugal."""
    who, place = subject(draw), draw.place("city", "country")
    gone = clause(who, Action(draw.use("go"), tail=Text("", place.inside)), Tense.PAST, NEVER)
    has = "has" if who.english in {"he", "she"} or (who.person.value == "il") else "have"
    return say(Text(f"{who.english} {has} never been to {place.english}", gone.french))


def opening_hours(draw: Draw) -> Text:
    """The museum opens at nine o'clock and closes at noon. / Le musée ouvre à neuf heures et ferme à midi."""
    place = the(draw.noun("public"))
    first, second = draw.number(6, 11), draw.number(12, 22)
    return say(
        place
        + Text("opens at", "ouvre à")
        + Text(english_time(first, 0), french_time(first, 0))
        + Text("and closes at", "et ferme à")
        + Text(english_time(second, 30), french_time(second, 30))
    )


def take_me(draw: Draw) -> Text:
    """Take me to the airport, please. / Emmenez-moi à l'aéroport, s'il vous plaît."""
    whom = draw.one((("me", "moi"), ("us", "nous"), ("him", "le"), ("them", "les")))
    return say(Text(f"take {whom[0]}", f"emmenez-{whom[1]}") + destination(draw) + PLEASE)


def itinerary(draw: Draw) -> Text:
    """We visited Rome, Milan and Venice last year. / Nous avons visité ..."""
    places = [
        Text(place.english, place.french)
        for place in draw.entries(lexicon.places_of("city"), draw.number(2, 5))
    ]
    tense = draw.one([Tense.PAST, Tense.FUTURE])
    visit = Action(draw.use("visit"), tail=listing(places, AND))
    return say(clause(subject(draw), visit.then(when(draw, tense)), tense))


PATTERNS = (
    Pattern(ticket),
    Pattern(leaves_at, 1.2),
    Pattern(asks_departure, 0.8),
    Pattern(way_to, 0.4),
    Pattern(directions, 0.7),
    Pattern(on_the_left),
    Pattern(minutes_from),
    Pattern(hotel_room, 0.3),
    Pattern(has_lost),
    Pattern(goes_from_to, 0.8),
    Pattern(travels_by, 1.2),
    Pattern(where_can_i, 0.7),
    Pattern(has_never_been, 0.8),
    Pattern(opening_hours, 0.6),
    Pattern(take_me, 0.3),
    Pattern(itinerary),
)
