import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.errors import InputError
from seq2seq.evaluation.stretch import stretched

SOURCES = [f"s{n}." for n in range(10)]
REFERENCES = [f"r{n}." for n in range(10)]


@given(joined=st.integers(1, 10), seed=st.integers(0, 5))
def test_each_sentence_is_used_once_and_stays_with_its_reference(joined: int, seed: int) -> None:
    """Short of fewer than `joined` that are left over."""
    sources, (references,) = stretched(SOURCES, [REFERENCES], joined, seed=seed)

    words = [word for source in sources for word in source.split()]
    assert len(sources) == 10 // joined
    assert len(set(words)) == len(words) == joined * len(sources)
    assert [source.replace("s", "r") for source in sources] == list(references)


def test_a_seed_says_which_sentences_stand_together() -> None:
    """The same one the same way, whatever k: twos are the halves of fours."""
    twos, fours = (stretched(SOURCES, [REFERENCES], joined, seed=3)[0] for joined in (2, 4))

    assert stretched(SOURCES, [REFERENCES], 2, seed=3)[0] == twos
    assert stretched(SOURCES, [REFERENCES], 2, seed=4)[0] != twos
    assert fours == [f"{twos[0]} {twos[1]}", f"{twos[2]} {twos[3]}"]


def test_one_sentence_is_the_test_set_itself() -> None:
    """In its order."""
    assert stretched(SOURCES, [REFERENCES], 1) == (SOURCES, (tuple(REFERENCES),))


def test_references_are_joined_as_far_as_each_sentence_has_one() -> None:
    """Two for each of two make two; where one of them has one, there is one."""
    sources, references = stretched(["a", "b"], [["A1", "B1"], ["A2", "B2"]], 2)
    _, fewer = stretched(["a", "b"], [["A1", "B1"], ["A2", None]], 2)

    expected = {"a b": (("A1 B1",), ("A2 B2",)), "b a": (("B1 A1",), ("B2 A2",))}[sources[0]]
    assert references == expected
    assert fewer == expected[:1]


@pytest.mark.parametrize(
    ("joined", "problem"),
    [
        (0, "stretch: 0 sentences to join, and must be from 1 to 16"),
        (17, "stretch: 17 sentences to join, and must be from 1 to 16"),
        (11, "stretch: the test set has 10 sentences, and 11 are to be joined"),
    ],
)
def test_what_cannot_be_joined_is_refused(joined: int, problem: str) -> None:
    """By its number."""
    with pytest.raises(InputError, match=f"^{problem}$"):
        stretched(SOURCES, [REFERENCES], joined)
