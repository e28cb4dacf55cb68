"""A metric of a system that was trained several times: its mean, and what its interval covers.

Two things are left to chance: which sentences are in the test set, and how each training run went. The
first interval resamples the sentences, the same ones for all runs; the second one resamples runs as well,
where there are two or more. Of R runs, R − 1 are drawn with replacement (Rao and Wu 1988): to draw R
of them would make the variance of their mean too small by the factor (R − 1)/R.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.evaluation.measures import Interval, Measure, interval_of


@dataclass(frozen=True, slots=True)
class Spread:
    """A metric over the runs of a system."""

    metric: str
    value: float  # mean over the runs
    values: tuple[float, ...]  # one a run
    signature: str  # sacreBLEU's
    deviation: float | None = None  # standard deviation over the runs; None for one run
    over_sentences: Interval | None = None  # None: nothing was resampled
    over_both: Interval | None = None  # over sentences and runs; None for one run

    @property
    def interval(self) -> Interval | None:
        """The one that covers most."""
        return self.over_both or self.over_sentences


def spread(measures: Sequence[Measure], rows: Sequence[int] | None = None) -> Spread:
    """The metric of some sentences, or of all, over the runs of one system (R)."""
    first = measures[0]
    chosen = [measure.counts if rows is None else measure.counts[list(rows)] for measure in measures]
    values = [measure.value(counts.sum(axis=0)) for measure, counts in zip(measures, chosen, strict=True)]
    is_single = len(values) == 1
    found = Spread(
        first.name,
        float(np.mean(values)),
        tuple(values),
        first.signature(),
        deviation=None if is_single else float(np.std(values, ddof=1)),
    )
    if not first.scoring.bootstrap:
        return found
    drawn = np.stack([measure.resampled(rows) for measure in measures], axis=1)  # (n, R)
    weights = run_weights(*drawn.shape[::-1], seed=first.scoring.seed)
    return Spread(
        *(found.metric, found.value, found.values, found.signature, found.deviation),
        over_sentences=interval_of(drawn.mean(axis=1)),
        over_both=None if weights is None else interval_of((drawn * weights).sum(axis=1)),
    )


def run_weights(runs: int, trials: int, *, seed: int, salt: int = 0) -> NDArray[np.float64] | None:
    """The weight of each run in each resample (n, R), rows adding up to 1; None for a single run.

    Args:
        runs: how many there are.
        trials: how often to draw.
        seed: of the draws.
        salt: other draws for the same seed, for another system.
    """
    if runs == 1:
        return None
    picked = np.random.default_rng([seed, salt]).integers(runs, size=(trials, runs - 1))
    weights: NDArray[np.float64] = (picked[:, :, None] == np.arange(runs)).mean(axis=1)
    return weights
