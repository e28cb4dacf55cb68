"""The weather: now, then, soon, and what it leads to."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import Action, Tense, action, clause, deed, destination, somewhere
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.numerals import english_number, french_number
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import subject
from seq2seq.data.phrasebook.text import COMMA, NOTHING, Text, say

_COLD = 16  # degrees Celsius; it may be minus so many


def in_place(draw: Draw) -> Text:
    """Choose a city or a country: "in Paris", "à Paris"."""
    place = draw.place("city", "country")
    return Text(f"in {place.english}", place.inside)


def weather_now(draw: Draw) -> Text:
    """It is cold in Paris today. / Il fait froid à Paris aujourd'hui."""
    time = draw.word("now") if draw.chance(0.5) else NOTHING
    return say(draw.word("weather") + in_place(draw) + time)


def weather_by_season(draw: Draw) -> Text:
    """In summer, it is hot in Spain. / En été, il fait chaud en Espagne."""
    return say(draw.word("season") + COMMA + draw.word("condition") + in_place(draw))


def forecast(draw: Draw) -> Text:
    """Tomorrow, it will rain in Lyon. / Demain, il pleuvra à Lyon."""
    time = draw.word("future")
    return say(time + COMMA + draw.word("forecast") + in_place(draw))


def weather_past(draw: Draw) -> Text:
    """Yesterday, it snowed in Oslo. / Hier, il a neigé à Oslo."""
    return say(draw.word("past") + COMMA + draw.word("record") + in_place(draw))


def temperature(draw: Draw) -> Text:
    """It is twenty-one degrees in Rome today. / Il fait vingt et un degrés à Rome aujourd'hui."""
    degrees = draw.number(2, 40)
    minus = Text("minus", "moins") if degrees < _COLD and draw.chance(0.4) else NOTHING
    time = draw.word("now") if draw.chance(0.6) else NOTHING
    return say(
        Text("it is", "il fait")
        + minus
        + Text(f"{english_number(degrees)} degrees", f"{french_number(degrees)} degrés")
        + in_place(draw)
        + time
    )


def when_weather(draw: Draw) -> Text:
    """When it rains, Paul reads a book. / Quand il pleut, Paul lit un livre."""
    what = draw.word("condition")
    if draw.chance(0.3):
        stay = Action(draw.use("stay"), tail=Text("at home", "à la maison"))
        return say(Text("when", "quand") + what + COMMA + clause(subject(draw), stay, Tense.PRESENT))
    return say(Text("when", "quand") + what + COMMA + clause(subject(draw), deed(draw), Tense.PRESENT))


def if_weather(draw: Draw) -> Text:
    """If it rains tomorrow, we will go to the museum. / S'il pleut demain, nous irons au musée."""
    trip = Action(draw.verb("motion"), tail=destination(draw))
    plan = trip if draw.chance(0.5) else action(draw, tense=Tense.FUTURE)
    day = draw.entry([word for word in lexicon.words_of("future") if word.english.startswith("tomorrow")])
    return say(
        Text("if", "si")
        + draw.word("condition")
        + Text(day.english, day.french)
        + COMMA
        + clause(subject(draw), plan, Tense.FUTURE)
    )


def despite_weather(draw: Draw) -> Text:
    """It is raining, but Marie is walking in the park. / Il pleut, mais Marie marche dans le parc."""
    verb = draw.verb("alone")
    walk = Action(verb, tail=somewhere(draw, verb))
    return say(
        draw.word("weather") + COMMA + Text("but", "mais") + clause(subject(draw), walk, Tense.PROGRESSIVE)
    )


PATTERNS = (
    Pattern(weather_now),
    Pattern(weather_by_season, 0.6),
    Pattern(forecast, 0.8),
    Pattern(weather_past, 0.8),
    Pattern(temperature, 0.8),
    Pattern(when_weather),
    Pattern(if_weather),
    Pattern(despite_weather, 0.8),
)
