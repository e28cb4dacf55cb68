"""Numbers, prices, clock times and dates in English and French words."""

_EN_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = ["", "", *["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]]
_EN_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_FR_SMALL = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_FR_TENS = [
    "",
    "",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "soixante",
    "quatre-vingt",
    "quatre-vingt",
]

_HALF = 30  # minutes
_HUNDRED, _THOUSAND, _MILLION, _BILLION = 100, 1_000, 1_000_000, 1_000_000_000


def english_number(number: int) -> str:
    """Spell 0 ≤ number < 1,000,000,000 as in "two thousand three hundred and one"."""
    _check(number)
    parts = []
    for size, name in ((_MILLION, "million"), (_THOUSAND, "thousand")):
        count, number = divmod(number, size)
        if count:
            parts.append(f"{_english_hundreds(count)} {name}")
    if number and number < _HUNDRED and parts:
        parts.append("and")
    if number or not parts:
        parts.append(_english_hundreds(number))
    return " ".join(parts)


def english_ordinal(number: int) -> str:
    """Spell 1 ≤ number < 100 as in "twenty-first"."""
    *head, last = english_number(number).split("-")
    last = last[:-1] + "ieth" if last.endswith("y") else _EN_ORDINALS.get(last, last + "th")
    return "-".join([*head, last])


def french_number(number: int, *, feminine: bool = False) -> str:
    """Spell 0 ≤ number < 1,000,000,000 as in "deux mille trois cent un".

    "vingt" and "cent" take an s when multiplied and last, or before "million", which is a noun;
    not before "mille". With `feminine`, a final "un" becomes "une".
    """
    _check(number)
    millions, rest = divmod(number, _MILLION)
    thousands, units = divmod(rest, _THOUSAND)
    parts = []
    if millions:
        parts.append(_french_hundreds(millions, last=True) + (" million" if millions == 1 else " millions"))
    if thousands:
        parts.append("mille" if thousands == 1 else _french_hundreds(thousands, last=False) + " mille")
    if units or not parts:
        parts.append(_french_hundreds(units, last=True))
    words = " ".join(parts)
    return words + "e" if feminine and _ends_in_one(units) else words


def french_count(number: int, noun: str, *, feminine: bool = False) -> str:
    """Spell a number before a noun; "million" alone needs "de": "deux millions d'euros"."""
    link = " de " if number and number % _MILLION == 0 else " "
    return french_number(number, feminine=feminine) + link + noun


def english_time(hour: int, minute: int) -> str:
    """Spell a time in steps of five minutes: "half past three", "twenty to four", "noon".

    "half past twelve" is at noon; the other one is "half past midnight".
    """
    if minute == 0:
        return {0: "midnight", 12: "noon"}.get(hour) or f"{english_number(_twelve(hour))} o'clock"
    link, shown, minutes = ("past", hour, minute) if minute <= _HALF else ("to", hour + 1, 60 - minute)
    amount = {15: "a quarter", 30: "half"}.get(minutes) or english_number(minutes)
    name = "midnight" if shown % 24 == 0 else english_number(_twelve(shown))
    return f"{amount} {link} {name}"


def french_time(hour: int, minute: int) -> str:
    """Spell a time in steps of five minutes: "trois heures et demie", "quatre heures moins vingt", "midi"."""
    shown = hour if minute <= _HALF else hour + 1
    name = {0: "minuit", 12: "midi"}.get(shown % 24)
    if name is None:
        count = _twelve(shown)
        name = f"{french_number(count, feminine=True)} heure{'s' if count > 1 else ''}"
    half = "et demi" if name in {"minuit", "midi"} else "et demie"
    special = {0: "", 15: "et quart", 30: half, 45: "moins le quart"}
    if minute in special:
        return f"{name} {special[minute]}".rstrip()
    return (
        f"{name} {french_number(minute)}" if minute < _HALF else f"{name} moins {french_number(60 - minute)}"
    )


def _check(number: int) -> None:
    assert 0 <= number < _BILLION, f"{number} is outside 0..{_BILLION - 1}"


def _twelve(hour: int) -> int:
    return (hour - 1) % 12 + 1


def _ends_in_one(units: int) -> bool:
    return units % 10 == 1 and units % 100 not in {11, 71, 91}


def _english_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        head = f"{_EN_SMALL[hundreds]} hundred"
        return f"{head} and {_english_hundreds(rest)}" if rest else head
    if rest < len(_EN_SMALL):
        return _EN_SMALL[rest]
    tens, units = divmod(rest, 10)
    return _EN_TENS[tens] + (f"-{_EN_SMALL[units]}" if units else "")


def _french_hundreds(number: int, *, last: bool) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        head = "cent" if hundreds == 1 else f"{_FR_SMALL[hundreds]} cent"
        if rest:
            return f"{head} {_french_tens(rest, last=last)}"
        return head + ("s" if hundreds > 1 and last else "")
    return _french_tens(rest, last=last)


def _french_tens(number: int, *, last: bool) -> str:
    if number < len(_FR_SMALL):
        return _FR_SMALL[number]
    tens, units = divmod(number, 10)
    is_eighties = _FR_TENS[tens] == "quatre-vingt"
    if tens in {7, 9}:  # counted on from sixty and from eighty
        units += 10
    if units == 0:
        return _FR_TENS[tens] + ("s" if is_eighties and last else "")
    if units in {1, 11} and not is_eighties:
        return f"{_FR_TENS[tens]} et {_FR_SMALL[units]}"
    return f"{_FR_TENS[tens]}-{_FR_SMALL[units]}"
