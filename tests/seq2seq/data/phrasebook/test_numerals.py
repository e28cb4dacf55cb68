import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.phrasebook.numerals import (
    english_number,
    english_ordinal,
    english_time,
    french_count,
    french_number,
    french_time,
)


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [
        (0, "zero", "zéro"),
        (1, "one", "un"),
        (16, "sixteen", "seize"),
        (17, "seventeen", "dix-sept"),
        (21, "twenty-one", "vingt et un"),
        (22, "twenty-two", "vingt-deux"),
        (61, "sixty-one", "soixante et un"),
        (70, "seventy", "soixante-dix"),
        (71, "seventy-one", "soixante et onze"),
        (77, "seventy-seven", "soixante-dix-sept"),
        (80, "eighty", "quatre-vingts"),
        (81, "eighty-one", "quatre-vingt-un"),
        (90, "ninety", "quatre-vingt-dix"),
        (91, "ninety-one", "quatre-vingt-onze"),
        (99, "ninety-nine", "quatre-vingt-dix-neuf"),
        (100, "one hundred", "cent"),
        (101, "one hundred and one", "cent un"),
        (200, "two hundred", "deux cents"),
        (201, "two hundred and one", "deux cent un"),
        (380, "three hundred and eighty", "trois cent quatre-vingts"),
        (1_000, "one thousand", "mille"),
        (1_001, "one thousand and one", "mille un"),
        (2_080, "two thousand and eighty", "deux mille quatre-vingts"),
        (80_000, "eighty thousand", "quatre-vingt mille"),
        (200_000, "two hundred thousand", "deux cent mille"),
        (21_000, "twenty-one thousand", "vingt et un mille"),
        (1_000_000, "one million", "un million"),
        (80_000_000, "eighty million", "quatre-vingts millions"),
        (200_000_000, "two hundred million", "deux cents millions"),
        (
            3_271_984,
            "three million two hundred and seventy-one thousand nine hundred and eighty-four",
            "trois millions deux cent soixante et onze mille neuf cent quatre-vingt-quatre",
        ),
    ],
)
def test_numbers_are_spelt(number: int, english: str, french: str) -> None:
    """British "and"; traditional French hyphens and agreement of "vingt" and "cent"."""
    assert (english_number(number), french_number(number)) == (english, french)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "une"),
        (21, "vingt et une"),
        (11, "onze"),
        (71, "soixante et onze"),
        (81, "quatre-vingt-une"),
        (101, "cent une"),
        (21_000, "vingt et un mille"),
    ],
)
def test_one_is_feminine_before_a_feminine_noun(number: int, words: str) -> None:
    """Only a final "un" has a feminine form."""
    assert french_number(number, feminine=True) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1_000_000, "un million d'euros"),
        (2_000_000, "deux millions d'euros"),
        (2_000_001, "deux millions un euros"),
        (1_000, "mille euros"),
        (200, "deux cents euros"),
    ],
)
def test_a_round_million_needs_de(number: int, words: str) -> None:
    """It is a noun in French, so its complement needs "de", elided when the sentence is closed."""
    assert french_count(number, "euros").replace("de euros", "d'euros") == words


@given(st.integers(0, 999_999_999), st.integers(0, 999_999_999))
def test_numbers_are_told_apart(first: int, second: int) -> None:
    """Two numbers never have one spelling, in either language."""
    assert (english_number(first) == english_number(second)) == (first == second)
    assert (french_number(first) == french_number(second)) == (first == second)


@pytest.mark.parametrize(
    ("hour", "minute", "english", "french"),
    [
        (0, 0, "midnight", "minuit"),
        (12, 0, "noon", "midi"),
        (1, 0, "one o'clock", "une heure"),
        (15, 0, "three o'clock", "trois heures"),
        (3, 15, "a quarter past three", "trois heures et quart"),
        (3, 30, "half past three", "trois heures et demie"),
        (12, 30, "half past twelve", "midi et demi"),
        (3, 45, "a quarter to four", "quatre heures moins le quart"),
        (3, 40, "twenty to four", "quatre heures moins vingt"),
        (3, 10, "ten past three", "trois heures dix"),
        (11, 55, "five to twelve", "midi moins cinq"),
        (0, 30, "half past midnight", "minuit et demi"),
        (23, 50, "ten to midnight", "minuit moins dix"),
    ],
)
def test_times_are_spelt(hour: int, minute: int, english: str, french: str) -> None:
    """Twelve hours, "past" and "to", "moins" after the half."""
    assert (english_time(hour, minute), french_time(hour, minute)) == (english, french)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "first"),
        (2, "second"),
        (3, "third"),
        (12, "twelfth"),
        (20, "twentieth"),
        (21, "twenty-first"),
        (31, "thirty-first"),
    ],
)
def test_ordinals_are_spelt(number: int, words: str) -> None:
    """Days of the month."""
    assert english_ordinal(number) == words
