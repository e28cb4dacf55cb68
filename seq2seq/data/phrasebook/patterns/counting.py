"""Numbers in words, to millions."""

from seq2seq.data.phrasebook import lexicon
from seq2seq.data.phrasebook.clause import inside
from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.numerals import english_number, french_count, french_number
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.phrase import noun_phrase
from seq2seq.data.phrasebook.text import Text, say

_CITY = 20_000  # inhabitants


def any_number(draw: Draw) -> int:
    """Choose a number; small ones and round ones are more frequent."""
    return draw.one(
        (
            draw.number(2, 99),
            draw.number(100, 999),
            draw.number(1_000, 9_999),
            1_000 * draw.number(2, 999),
            1_000_000 * draw.number(1, 90),
            draw.number(10_000, 9_999_999),
        )
    )


def number(draw: Draw) -> Text:
    """Two hundred and one. / Deux cent un."""
    value = any_number(draw)
    return say(Text(english_number(value), french_number(value)))


def addition(draw: Draw) -> Text:
    """Two plus three is five. / Deux plus trois font cinq."""
    first, second = draw.number(1, 60), draw.number(1, 60)
    return say(
        Text(
            f"{english_number(first)} plus {english_number(second)} is {english_number(first + second)}",
            f"{french_number(first)} plus {french_number(second)} font {french_number(first + second)}",
        )
    )


def inhabitants(draw: Draw) -> Text:
    """Lyon has two million inhabitants. / Lyon a deux millions d'habitants."""
    count = draw.one((1_000 * draw.number(21, 999), 1_000_000 * draw.number(1, 30), draw.number(300, 20_000)))
    town = draw.place("city") if count >= _CITY else None
    where = Text(town.english, town.french) if town else Text("this village", "ce village")
    total = Text(f"has {english_number(count)} inhabitants", f"a {french_count(count, 'habitants')}")
    return say(where + total)


def there_are(draw: Draw) -> Text:
    """There are twelve chairs in the kitchen. / Il y a douze chaises dans la cuisine."""
    noun = draw.noun("furniture", "small", "snack", "animal", "person", "text")
    count = draw.one((draw.number(2, 20), draw.number(2, 100), draw.number(100, 400)))
    return say(Text("there are", "il y a") + noun_phrase(noun, count) + inside(draw.noun("in", "at")))


def house_price(draw: Draw) -> Text:
    """This house costs three hundred thousand euros. / Cette maison coûte trois cent mille euros."""
    noun = draw.noun("home", "vehicle", "instrument")
    euros = draw.one((1_000 * draw.number(2, 900), 100 * draw.number(10, 99), 1_000_000 * draw.number(1, 9)))
    what = noun_phrase(noun, draw.one(["this", "the"]))
    return say(what + Text(f"costs {english_number(euros)} euros", f"coûte {french_count(euros, 'euros')}"))


def pages(draw: Draw) -> Text:
    """This book has three hundred and one pages. / Ce livre a trois cent une pages."""
    count = draw.number(20, 900)
    noun = draw.entry(
        [
            word
            for word in lexicon.nouns_of("text")
            if word.singular in {"book", "novel", "report", "dictionary", "magazine", "newspaper"}
        ]
    )
    what = noun_phrase(noun, draw.one(["this", "the", "my", "your"]))
    return say(
        what + Text(f"has {english_number(count)} pages", f"a {french_number(count, feminine=True)} pages")
    )


def distance(draw: Draw) -> Text:
    """Paris is five hundred kilometres from Lyon. / Paris est à cinq cents kilomètres de Lyon."""
    start, end = draw.entries(lexicon.places_of("city"), 2)
    count = draw.one((10 * draw.number(5, 99), draw.number(100, 2_500)))
    return say(
        Text(
            f"{start.english} is {english_number(count)} kilometres from {end.english}",
            f"{start.french} est à {french_number(count)} kilomètres {end.origin}",
        )
    )


def floor(draw: Draw) -> Text:
    """The office is on the third floor. / Le bureau est au troisième étage."""
    noun = draw.noun("upstairs")
    where = draw.word("ordinal")
    what = noun_phrase(noun, draw.one(["the", "my", "your", "our"]))
    return say(what + Text(f"is on the {where.english} floor", f"est au {where.french} étage"))


PATTERNS = (
    Pattern(number),
    Pattern(addition, 0.5),
    Pattern(inhabitants, 0.6),
    Pattern(there_are),
    Pattern(house_price, 0.8),
    Pattern(pages, 0.6),
    Pattern(distance, 0.8),
    Pattern(floor, 0.9),
)
