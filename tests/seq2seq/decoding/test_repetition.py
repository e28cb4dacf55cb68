"""What a loop is, and what a source excuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.decoding.repetition import allowance, is_repetitive, repeated, words_of

words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=14)


@given(words=words, times=st.integers(3, 5))
def test_what_is_repeated_is_found_and_nothing_else(words: list[str], times: int) -> None:
    """Against a search of all sequences, by the letter of the rule."""
    joined = f" {' '.join(words)} "
    expected = set()
    for start in range(len(words)):
        for n in range(1, 5):
            once = tuple(words[start : start + n])
            in_a_row = f" {' '.join(once * times)} " in joined
            places = [at for at in range(len(words)) if tuple(words[at : at + 4]) == once]
            if len(once) == n and (in_a_row or (n == 4 and len(places) >= times)):
                expected.add(once)

    assert set(repeated(words, times)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", 2),
        ("Where is the station?", 2),
        ("a very very old house", 2),
        ("a very very very old house", 3),
        ("no no no no no no no no", 8),
        ("No, no, no!", 3),
        ("ha ha, HA HA ha", 5),
        ("1,000,000,000 people", 3),
        ("in october in october in october in october", 4),
        ("a b c d x a b c d y a b c d", 3),
        ("? ? ? ?", 4),
    ],
)
def test_a_source_allows_what_it_does_itself(source: str, expected: int) -> None:
    """Twice whatever it says, and more where it repeats itself more, with or without marks."""
    assert allowance(source) == expected


@pytest.mark.parametrize(
    ("translation", "source", "expected"),
    [
        ("en octobre en octobre en octobre", "in October", True),
        ("quase quase", "almost", False),
        ("nous nous sommes levés", "we got up", False),
        ("non non non", "no, no, no", False),
        ("Non non NON non", "no, no, no", True),
        ("j'ai faim", "no no no no", False),
        ("", "", False),
    ],
)
def test_a_translation_is_repetitive_beyond_its_source(
    translation: str, source: str, *, expected: bool
) -> None:
    """Three times in a row, or more often than the source."""
    assert is_repetitive(translation, source) is expected


@given(source=words)
def test_no_text_is_repetitive_beside_itself(source: list[str]) -> None:
    """Whatever it repeats, it allows."""
    text = " ".join(source)

    assert not is_repetitive(text, text)
    assert not list(repeated(words_of(text), allowance(text) + 1))
