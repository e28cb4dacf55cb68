import pytest
from hypothesis import given
from hypothesis import strategies as st

import systems
from seq2seq.errors import InputError
from seq2seq.evaluation.lengths import by_length
from seq2seq.evaluation.measures import Scoring, measure_bleu, measure_chrf

SCORING = Scoring(bootstrap=20)


def test_sentences_fall_into_the_bucket_of_their_source() -> None:
    """Edges belong below; buckets without sentences are left out; a blank source counts as one word."""
    sources = ["", "a b c d e", "a b c d e f", " ".join("a" * 61), " ".join("a" * 100)]
    bleu, chrf = (measure(sources, [sources], SCORING) for measure in (measure_bleu, measure_chrf))

    buckets = by_length(sources, bleu, chrf)

    assert [(bucket.label, bucket.sentences) for bucket in buckets] == [("1–5", 2), ("6–10", 1), (">60", 2)]


@given(edges=st.lists(st.integers(1, 20), min_size=1, max_size=5, unique=True).map(sorted))
def test_every_sentence_is_in_exactly_one_bucket(edges: list[int]) -> None:
    """Whatever the edges."""
    sources, references = systems.held_out(30)
    scoring = Scoring(bootstrap=0)
    bleu, chrf = (measure(references, [references], scoring) for measure in (measure_bleu, measure_chrf))

    buckets = by_length(sources, bleu, chrf, edges=edges)

    assert sum(bucket.sentences for bucket in buckets) == 30


def test_a_bucket_scores_as_its_sentences_alone() -> None:
    """With an interval, and a flag under 50 sentences."""
    sources, references = systems.held_out(120)
    hypotheses = systems.damaged(references, 0.3)
    rows = [row for row, source in enumerate(sources) if len(source.split()) <= 10]
    bleu, chrf = (measure(hypotheses, [references], SCORING) for measure in (measure_bleu, measure_chrf))

    first, last = by_length(sources, bleu, chrf, edges=[10])

    chosen = [hypotheses[row] for row in rows], [[references[row] for row in rows]]
    assert first.bleu == measure_bleu(*chosen, SCORING).of()
    assert first.chrf == measure_chrf(*chosen, SCORING).of()
    assert (first.is_small, last.is_small) == (len(rows) < 50, 120 - len(rows) < 50)


@pytest.mark.parametrize("edges", [[], [0, 5], [5, 5], [10, 5]])
def test_edges_that_do_not_rise_are_refused(edges: list[int]) -> None:
    """The message shows them."""
    bleu, chrf = (measure(["a"], [["a"]], SCORING) for measure in (measure_bleu, measure_chrf))

    with pytest.raises(InputError, match=r"^edges: the edges are \[.*\], and must rise from 1 or more$"):
        by_length(["a"], bleu, chrf, edges=edges)
