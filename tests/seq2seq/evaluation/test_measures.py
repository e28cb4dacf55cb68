import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

import systems
from seq2seq.errors import InputError
from seq2seq.evaluation.measures import (
    TOKENIZERS,
    Scoring,
    grouped,
    measure_bleu,
    measure_chrf,
    portions,
    resamples,
)

SENTENCE = st.text(st.sampled_from("ab c.,é日"), max_size=12)


@given(
    pairs=st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=8),
    tokenize=st.sampled_from(TOKENIZERS),
)
def test_the_score_is_that_of_sacrebleu(pairs: list[tuple[str, str]], tokenize: str) -> None:
    """The sum of the rows gives what `corpus_score` gives, to the last bit."""
    hypotheses, references = [pair[0] for pair in pairs], [[pair[1] for pair in pairs]]
    scoring = Scoring(tokenize=tokenize, bootstrap=0)

    bleu = measure_bleu(hypotheses, references, scoring).of()
    chrf = measure_chrf(hypotheses, references, scoring).of()

    assert bleu.value == BLEU(tokenize=tokenize, force=True).corpus_score(hypotheses, references).score
    assert chrf.value == CHRF().corpus_score(hypotheses, references).score


def test_the_interval_and_signature_are_those_of_sacrebleu() -> None:
    """The same draws for the same seed, so that `sacrebleu --confidence` prints the same."""
    _, references = systems.held_out(60)
    hypotheses = systems.damaged(references, 0.3)
    metric = BLEU()
    theirs = metric.corpus_score(hypotheses, [references], n_bootstrap=200)

    ours = measure_bleu(hypotheses, [references], Scoring(bootstrap=200)).of()

    assert ours.signature == str(metric.get_signature())
    assert ours.mean == pytest.approx(theirs._mean, abs=1e-4)
    assert ours.half_width == pytest.approx(theirs._ci, abs=1e-4)
    assert str(ours) == f"BLEU {theirs.score:.1f} ± {theirs._ci:.1f}"


def test_case_is_ignored_on_request() -> None:
    """And the signature says so."""
    score = measure_bleu(
        ["Le chat voit la gare"], [["le CHAT voit la gare"]], Scoring(lowercase=True, bootstrap=0)
    ).of()

    assert score.value == pytest.approx(100.0)
    assert "case:lc" in score.signature


def test_sentences_may_have_different_numbers_of_references() -> None:
    """The best reference of each counts, and the signature says that the number varies."""
    references = grouped([["le chat est grand", "un chat est petit"], ["la gare est dans la maison"]])
    hypotheses = ["un chat est petit", "la gare est dans la maison"]

    score = measure_bleu(hypotheses, references, Scoring(bootstrap=0)).of()

    assert references == (
        ("le chat est grand", "la gare est dans la maison"),
        ("un chat est petit", None),
    )
    assert score.value == pytest.approx(100.0)
    assert "nrefs:var" in score.signature


def test_some_sentences_score_as_if_they_were_the_corpus() -> None:
    """Rows are chosen after counting."""
    _, references = systems.held_out(20)
    hypotheses = systems.damaged(references, 0.4)
    scoring = Scoring(bootstrap=50)
    rows = [3, 4, 11, 19]

    some = measure_chrf(hypotheses, [references], scoring).of(rows)

    alone = measure_chrf([hypotheses[row] for row in rows], [[references[row] for row in rows]], scoring).of()
    assert some == alone


def test_portions_do_not_change_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by drawing a few trials at a time; the draws are those of one go."""
    whole = np.concatenate(list(resamples(7, 20, seed=5)))
    monkeypatch.setattr("seq2seq.evaluation.measures.NUMBERS_AT_ONCE", 21)

    parts = list(resamples(7, 20, seed=5))

    assert [len(part) for part in parts] == [3, 3, 3, 3, 3, 3, 2]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert whole.sum(axis=1).tolist() == [7.0] * 20


@given(sentences=st.integers(1, 10**7), trials=st.integers(1, 20))
def test_portions_add_up(sentences: int, trials: int) -> None:
    """However large a test set."""
    assert sum(portions(sentences, trials)) == trials


def test_what_cannot_be_scored_is_refused() -> None:
    """Each with its reason."""
    scoring = Scoring(bootstrap=0)

    with pytest.raises(InputError, match=r"^there are no hypotheses to score$"):
        measure_bleu([], [[]], scoring)
    with pytest.raises(InputError, match=r"^there are no references to score against$"):
        measure_bleu(["a"], [], scoring)
    with pytest.raises(
        InputError, match=r"^there are 1 hypothesis and 2 references\. Each line of one needs"
    ):
        measure_chrf(["a"], [["b", "c"]], scoring)
    with pytest.raises(InputError, match=r"^reference set 2: there are 1 hypothesis and 0 references"):
        measure_chrf(["a"], [["b"], []], scoring)
    with pytest.raises(InputError, match=r"^line 2: the sentence has no reference$"):
        measure_bleu(["a", "b"], [["a", None]], scoring)


def test_settings_outside_their_range_are_refused() -> None:
    """Names what would do."""
    with pytest.raises(
        InputError, match=r"^tokenize: '14a' is not a tokenizer for BLEU\. Known: 13a, intl, zh"
    ):
        Scoring(tokenize="14a")
    with pytest.raises(InputError, match=r"^bootstrap: bootstrap is -1, and must not be negative$"):
        Scoring(bootstrap=-1)
    with pytest.raises(InputError, match=r"^seed: seed is -1, and must not be negative$"):
        Scoring(seed=-1)
