import pytest
from hypothesis import given

import previews
from seq2seq.errors import InputError
from seq2seq.preview.alignment import Link, align, to_pharaoh
from seq2seq.preview.document import preview_of
from seq2seq.translation import Translation

CROSSED = [[0.1, 0.9, 0.0], [0.6, 0.4, 0.0], [0.0, 0.3, 0.7]]


def test_argmax_links_each_target_word_to_its_strongest() -> None:
    """`a b` into `b a`: the links cross, and the end of the sentence has none."""
    preview = preview_of(previews.translation("a b", "y x", weights=CROSSED))

    assert to_pharaoh(align(preview)) == "1-0 0-1"


def test_a_threshold_links_every_pair_that_reaches_it() -> None:
    """The second target word reaches 0.4 twice; `</s>` is left out."""
    preview = preview_of(previews.translation("a b", "y x", weights=CROSSED))

    assert to_pharaoh(align(preview, threshold=0.4)) == "1-0 0-1 1-1"


def test_a_word_that_looks_at_the_end_stays_unlinked() -> None:
    """Its largest weight is on the end of the sentence."""
    weights = [[0.2, 0.8], [0.0, 1.0]]

    assert align(preview_of(previews.translation("a", "x", weights=weights))) == ()


def test_links_are_between_words_not_pieces() -> None:
    """Two pieces of 0.3 each beat one of 0.4."""
    weights = [[0.3, 0.3, 0.4, 0.0], [0.0, 0.0, 0.0, 1.0]]
    translation = previews.translation("ab c", "x", weights=weights, cuts={"ab": ["a", "b"]})

    assert align(preview_of(translation)) == (Link(target=0, source=0),)


@given(translation=previews.translations())
def test_links_point_at_words_of_both_texts(translation: Translation) -> None:
    """Numbers are those of the texts split at white space, at most one link a target word."""
    links = align(preview_of(translation))

    targets = [link.target for link in links]
    assert targets == sorted(set(targets))
    assert all(link.source < max(len(translation.source.text.split()), 1) for link in links)
    assert all(link.target < max(len(translation.text.split()), 1) for link in links)


def test_a_plain_model_cannot_align() -> None:
    """And the message says why."""
    preview = preview_of(previews.translation("a", "b", attention=False))

    with pytest.raises(InputError, match="this model has no attention, so there is nothing to align by"):
        align(preview)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, float("nan")])
def test_a_threshold_outside_its_range_is_refused(threshold: float) -> None:
    """Above 0, at most 1."""
    with pytest.raises(
        InputError, match=r"threshold: the threshold is .*, and must be above 0 and at most 1"
    ):
        align(preview_of(previews.translation("a", "b")), threshold=threshold)


def test_a_blank_sentence_has_no_links() -> None:
    """A blank line in is a blank line out, in the alignment file too."""
    assert to_pharaoh(align(preview_of(previews.blank()))) == ""
