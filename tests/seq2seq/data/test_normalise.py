import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.normalise import align, comparison_key, fold, normalise

# Everything that composes, folds, disappears or stands alone.
HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            "\u0301\u0327\u0f73\u0f75\u0344\u09be\u09c7\u1100\u1161\u11a8\u200d\ufe0f\u2028\u00ad"
        ),
        st.sampled_from("aeAE ﬁ１２\0\t\n\r\x0b\x85\ufeff\u200b\u3000▁_"),
    ),
    max_size=20,
)


@given(HOSTILE)
def test_aligned_text_is_the_normalised_text(text: str) -> None:
    """The slow way with offsets and the fast way without agree."""
    assert align(text).text == normalise(text)


@given(HOSTILE)
def test_normalising_twice_changes_nothing(text: str) -> None:
    """Normalised text is its own normal form."""
    assert normalise(normalise(text)) == normalise(text)


@given(HOSTILE)
def test_ranges_are_in_order_and_do_not_overlap(text: str) -> None:
    """Each character has a range of the original, after that of the one before."""
    aligned = align(text)

    edges = [0]
    for start, end in zip(aligned.starts, aligned.ends, strict=True):
        edges += [start, end]

    assert edges == sorted(edges)
    assert edges[-1] <= len(text)


@given(HOSTILE)
def test_where_nothing_changes_each_character_stands_for_itself(text: str) -> None:
    """A normalised text is aligned with itself, one to one."""
    normal = normalise(text)

    aligned = align(normal)

    assert aligned.starts == list(range(len(normal)))
    assert aligned.ends == list(range(1, len(normal) + 1))


@given(HOSTILE)
def test_normalised_text_is_one_printable_line(text: str) -> None:
    """No line breaks, controls, double spaces or lone surrogates remain."""
    normal = normalise(text)

    normal.encode("utf-8")
    assert len(normal.splitlines()) <= 1
    assert not any(unicodedata.category(character) == "Cc" for character in normal)
    assert normal == normal.strip()
    assert "  " not in normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("e\u0301te\u0301", "été"),
        ("１２３ Ａ！", "123 A!"),
        ("ﬁn", "fin"),
        ("Va\u202f!\u00a0?", "Va ! ?"),
        ("co\u00adop\u200b", "coop"),
        ("a\r\nb\u2028c", "a b c"),
        ("m² ½ ™ …", "m² ½ ™ …"),
        ("👩\u200d👧 ❤\ufe0f", "👩\u200d👧 ❤\ufe0f"),
        ("▁", "_"),
        ("\ud800", "\ufffd"),
        (" \t\n", ""),
    ],
)
def test_examples_of_the_rule(text: str, normal: str) -> None:
    """What the module promises, and what NFKC would have spoilt stays."""
    assert normalise(text) == normal


def test_a_character_made_of_two_has_the_range_of_both() -> None:
    """Composition keeps the whole range; of a ligature the first letter has it."""
    composed, ligature = align("e\u0301t"), align("ﬁn")

    assert list(zip(composed.text, composed.starts, composed.ends, strict=True)) == [
        ("é", 0, 2),
        ("t", 2, 3),
    ]
    assert list(zip(ligature.text, ligature.starts, ligature.ends, strict=True)) == [
        ("f", 0, 1),
        ("i", 1, 1),
        ("n", 1, 2),
    ]


def test_comparison_ignores_case_spaces_and_punctuation() -> None:
    """But letters, digits, accents and lone punctuation count."""
    assert comparison_key("Où est-il ?") == comparison_key("où  EST il!")
    assert comparison_key("Ou est-il ?") != comparison_key("Où est-il ?")
    assert comparison_key("...") != comparison_key("?")


def test_folding_may_remove_or_multiply() -> None:
    """One character can become none or several."""
    assert (fold("\u00ad"), fold("ﬃ"), fold("\u2003"), fold("é")) == ("", "ffi", " ", "é")
