from itertools import product

import numpy as np
import pytest

import systems
from seq2seq.evaluation.measures import Measure, Scoring, measure_bleu, resamples
from seq2seq.evaluation.seeds import run_weights, spread
from seq2seq.evaluation.significance import Trials, difference

_, REFERENCES = systems.held_out(60)
SCORING = Scoring(bootstrap=200, seed=7)


class Mean:
    """A metric that is the mean of a sentence's only count, so that everything can be worked by hand."""

    def _compute_score_from_stats(self, counts: list[float]) -> "Mean":
        self.score = counts[0] / counts[1]
        return self

    def get_signature(self) -> "Mean":
        """Anything."""
        return self

    def update(self, *_: object) -> None:
        """Nothing to remember."""


def counted(*scores: float, bootstrap: int = 400) -> Measure:
    """A run whose sentences have these scores."""
    rows = np.array([[score, 1.0] for score in scores])
    return Measure("mean", rows, Scoring(bootstrap=bootstrap), Mean())


def run(share: float, seed: int) -> Measure:
    """A run that gets a share of the words wrong."""
    return measure_bleu(systems.damaged(REFERENCES, share, seed=seed), [REFERENCES], SCORING)


def test_one_run_has_the_interval_of_its_score_and_none_over_seeds() -> None:
    """What `evaluate` prints and what `compare` prints is the same."""
    measure = run(0.3, 1)
    score = measure.of()

    found = spread([measure])

    assert (found.value, found.values, found.deviation) == (score.value, (score.value,), None)
    assert found.over_sentences is not None
    assert (found.over_sentences.low, found.over_sentences.high) == (score.low, score.high)
    assert found.over_both is None
    assert found.interval == found.over_sentences
    assert found.signature == score.signature


def test_seeds_that_agree_make_no_interval_wider() -> None:
    """Three times the same output: the seeds have nothing to add."""
    found = spread([run(0.3, 1)] * 3)

    assert found.deviation == 0.0
    assert found.over_sentences is not None
    assert found.over_both is not None
    assert found.over_both.low == pytest.approx(found.over_sentences.low)
    assert found.over_both.high == pytest.approx(found.over_sentences.high)


def test_seeds_alone_are_resampled_as_by_hand() -> None:
    """All sentences alike, so that only the draw of seeds counts: of two runs, one is drawn.

    Runs of 10 and 20: each resample is 10 or 20, the mean 15, s.d. 7.07 = 10 / √2 by n − 1.
    """
    found = spread([counted(10.0, 10.0), counted(20.0, 20.0)])

    assert (found.value, found.values) == (15.0, (10.0, 20.0))
    assert found.deviation == pytest.approx(10 / 2**0.5)
    assert found.over_sentences is not None
    assert found.over_both is not None
    assert (found.over_sentences.low, found.over_sentences.high) == (15.0, 15.0)
    assert (found.over_both.low, found.over_both.high) == (10.0, 20.0)
    assert found.over_both.mean == pytest.approx(15.0, abs=1.0)


def test_sentences_and_seeds_are_resampled_together_as_by_hand() -> None:
    """Two sentences, two runs: the mean of two drawn sentences, of the run that is drawn.

    Run one scores 0 and 4, run two 10 and 14: a resample is 0, 2 or 4, or 10, 12 or 14. With 2.5 % cut off
    on each side, 0 and 14 stay, each of which has 1 chance in 8. Over sentences alone: 5, 7 or 9.
    """
    found = spread([counted(0.0, 4.0), counted(10.0, 14.0)])

    assert found.over_sentences is not None
    assert found.over_both is not None
    assert (found.over_sentences.low, found.over_sentences.high) == (5.0, 9.0)
    assert (found.over_both.low, found.over_both.high) == (0.0, 14.0)


def test_the_difference_over_sentences_and_seeds_is_as_by_hand() -> None:
    """Sentences alike; runs of 10 and 20 against runs of 30 and 36: 23 ± what each draw makes of it.

    The four draws give 10, 16, 20 and 26; over sentences alone it is 33 − 15 = 18 each time.
    """
    before = [counted(10.0, 10.0), counted(20.0, 20.0)]
    after = [counted(30.0, 30.0), counted(36.0, 36.0)]

    found = difference(before, after, Trials(samples=400, shuffles=50))

    assert found.delta == 18.0
    assert (found.over_sentences.low, found.over_sentences.high) == (18.0, 18.0)
    assert found.over_both is not None
    assert (found.over_both.low, found.over_both.high) == (10.0, 26.0)
    assert found.p_both == pytest.approx(1 / 401)  # no draw is 18 away from the mean of the draws


def test_drawing_one_run_less_makes_the_variance_of_the_mean_unbiased() -> None:
    """Over all draws of two of three runs, the variance of their mean is s² / 3 with s² by n − 1."""
    values = np.array([1.0, 4.0, 10.0])
    every = [np.mean([values[one], values[other]]) for one, other in product(range(3), repeat=2)]
    weights = run_weights(3, 20_000, seed=1)
    assert weights is not None

    drawn = weights @ values

    assert np.var(every) == pytest.approx(np.var(values, ddof=1) / 3)
    assert drawn.var() == pytest.approx(np.var(every), rel=0.05)
    assert (weights.sum(axis=1) == 1.0).all()


def test_all_runs_are_scored_on_the_same_sentences() -> None:
    """A resample is one choice of sentences, whatever the run."""
    measures = [run(0.2, 1), run(0.4, 2)]
    (picked,) = resamples(60, SCORING.bootstrap, SCORING.seed)

    for measure in measures:
        assert measure.resampled() == pytest.approx(measure.values(picked @ measure.counts))


def test_randomisation_deals_outputs_out_to_all_runs() -> None:
    """Two runs a side that differ in nothing but their side's shift: only few deals reach it.

    One sentence, outputs 0, 0 | 3, 3: of the 24 orders, 4 keep the sides and 4 change them round, so that
    the share of |difference| ≥ 3 is 8 / 24.
    """
    found = difference(
        [counted(0.0), counted(0.0)], [counted(3.0), counted(3.0)], Trials(samples=10, shuffles=6_000)
    )

    assert found.p_randomisation == pytest.approx(8 / 24, abs=0.03)


def test_many_runs_are_dealt_out_too() -> None:
    """More outputs a sentence than orders can be listed of."""
    found = difference(
        [run(0.5, seed) for seed in range(4)],
        [run(0.1, seed) for seed in range(4)],
        Trials(samples=10, shuffles=50),
    )

    assert found.p_randomisation == pytest.approx(1 / 51)
    assert found.is_shown is False  # 10 resamples cannot bring p below 1 / 11
    assert found.p == found.p_bootstrap
