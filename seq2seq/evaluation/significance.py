"""Is the difference between two systems more than the choice of test sentences?

Two tests on the same counts: paired bootstrap (Koehn 2004, with the shift of Riezler and Maxwell 2005)
and paired approximate randomisation (Riezler and Maxwell 2005). sacreBLEU has both, and they are not
used here for two reasons: its seed comes only from the environment, and it counts `>` where we count `≥`,
so that a system tested against itself comes out at p = 0.001 there, and at p = 1 here.

Both speak about test sentences, whatever runs there are. Where each system was trained several times, the
bootstrap over sentences **and** runs (`seeds`) says how other runs on other sentences would have ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from seq2seq.errors import InputError
from seq2seq.evaluation.measures import Interval, Measure, interval_of, portions, resamples
from seq2seq.evaluation.seeds import run_weights

LEVEL = 0.05
ROUNDING = 1e-9  # differences closer than this are equal
EXHAUSTIVE = 7  # outputs of a sentence whose orders are all listed; of more, as many orders are drawn


@dataclass(frozen=True, slots=True)
class Trials:
    """How much to resample.

    Raises:
        InputError: a count is below one, or the seed below zero.
    """

    samples: int = 1_000  # of the paired bootstrap
    shuffles: int = 10_000  # of approximate randomisation
    seed: int = 12_345

    def __post_init__(self) -> None:
        for name, value, least in (
            ("samples", self.samples, 1),
            ("shuffles", self.shuffles, 1),
            ("seed", self.seed, 0),
        ):
            if value < least:
                raise InputError(f"{name} is {value}, and must be at least {least}", where=name)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a system gains over the baseline on one metric, each by its mean over runs."""

    metric: str
    delta: float  # system minus baseline
    over_sentences: Interval  # of delta, over resamples of the test sentences
    p_bootstrap: float
    p_randomisation: float
    trials: Trials
    over_both: Interval | None = None  # over sentences and runs; None where a system has one run
    p_both: float | None = None

    @property
    def interval(self) -> Interval:
        """The one that covers most."""
        return self.over_both or self.over_sentences

    @property
    def p(self) -> float:
        """The largest of the p-values."""
        return max(self.p_bootstrap, self.p_randomisation, self.p_both or 0.0)

    @property
    def is_shown(self) -> bool:
        """True when every test puts chance below one in twenty."""
        return self.p < LEVEL


def difference(
    baselines: Sequence[Measure], systems: Sequence[Measure], trials: Trials | None = None
) -> Difference:
    """Test two systems on the same sentences, each with one measure a run; two-sided."""
    first = baselines[0]
    assert {measure.counts.shape for measure in (*baselines, *systems)} == {first.counts.shape}, (
        "both systems translate the same sentences"
    )
    trials = trials or Trials()
    delta = _mean_value(systems) - _mean_value(baselines)
    drawn = [_resampled(measures, trials) for measures in (baselines, systems)]  # (n, R) each
    over_sentences = drawn[1].mean(axis=1) - drawn[0].mean(axis=1)
    weights = [
        run_weights(len(measures), trials.samples, seed=trials.seed, salt=salt)
        for salt, measures in enumerate((baselines, systems))
    ]
    found = Difference(
        metric=first.name,
        delta=delta,
        over_sentences=interval_of(over_sentences),
        p_bootstrap=_share_beyond(over_sentences - over_sentences.mean(), delta),
        p_randomisation=_share_beyond(_shuffled(baselines, systems, trials), delta),
        trials=trials,
    )
    if weights[0] is None or weights[1] is None:
        return found
    over_both = (drawn[1] * weights[1]).sum(axis=1) - (drawn[0] * weights[0]).sum(axis=1)
    return replace(
        found,
        over_both=interval_of(over_both),
        p_both=_share_beyond(over_both - over_both.mean(), delta),
    )


def _mean_value(measures: Sequence[Measure]) -> float:
    return float(np.mean([measure.value(measure.counts.sum(axis=0)) for measure in measures]))


def _resampled(measures: Sequence[Measure], trials: Trials) -> NDArray[np.float64]:
    """The score of each run in each resample (n, R); the draws are the same for every system."""
    draws = resamples(len(measures[0].counts), trials.samples, trials.seed)
    return np.concatenate(
        [
            np.stack([measure.values(picked @ measure.counts) for measure in measures], axis=1)
            for picked in draws
        ]
    )


def _shuffled(
    baselines: Sequence[Measure], systems: Sequence[Measure], trials: Trials
) -> NDArray[np.float64]:
    """The difference when the outputs of each sentence are dealt out anew to all runs of both systems (n)."""
    measures = (*baselines, *systems)
    counts = np.stack([measure.counts for measure in measures])  # (K, N, F)
    found = []
    for dealt in _deals(counts.shape[0], counts.shape[1], trials):
        values = np.stack(
            [
                measure.values(
                    sum(
                        (dealt[place] == output).astype(np.float64) @ counts[output]
                        for output in range(len(measures))
                    )
                )
                for place, measure in enumerate(measures)
            ]
        )  # (K, n)
        found.append(values[len(baselines) :].mean(axis=0) - values[: len(baselines)].mean(axis=0))
    return np.concatenate(found)


def _deals(outputs: int, sentences: int, trials: Trials) -> Iterator[NDArray[np.int8]]:
    """Which output each place gets, for each trial and sentence: arrays (K, n, N)."""
    rng = np.random.default_rng(trials.seed)
    if outputs <= EXHAUSTIVE:
        table = np.array(list(permutations(range(outputs))), dtype=np.int8)  # (K!, K)
    else:
        every = np.arange(outputs, dtype=np.int8)
        table = rng.permuted(np.tile(every, (factorial(EXHAUSTIVE), 1)), axis=1)
    for count in portions(sentences * outputs, trials.shuffles):
        yield table.T[:, rng.integers(len(table), size=(count, sentences))]


def _share_beyond(drawn: NDArray[np.float64], delta: float) -> float:
    """The p-value: how often chance alone reaches the difference found, which counts as one more trial."""
    beyond = int((np.abs(drawn) >= abs(delta) - ROUNDING).sum())
    return (beyond + 1) / (len(drawn) + 1)
