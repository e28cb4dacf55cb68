"""Is the difference between two systems more than the choice of test sentences?

Two tests on the same counts: paired bootstrap (Koehn 2004, with the shift of Riezler and Maxwell 2005)
and paired approximate randomisation (Riezler and Maxwell 2005). sacreBLEU has both, and they are not
used here for two reasons: its seed comes only from the environment, and it counts `>` where we count `≥`,
so that a system tested against itself comes out at p = 0.001 there, and at p = 1 here.

Both speak about test sentences. Neither says how another training run would have ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.errors import InputError
from seq2seq.evaluation.measures import Measure, portions, resamples

LEVEL = 0.05
ROUNDING = 1e-9  # differences closer than this are equal


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
    """What a system gains over the baseline on one metric."""

    metric: str
    delta: float  # system minus baseline
    low: float  # 95 % interval of delta over resamples of the test sentences
    high: float
    p_bootstrap: float
    p_randomisation: float
    trials: Trials

    @property
    def is_shown(self) -> bool:
        """True when both tests put chance below one in twenty."""
        return max(self.p_bootstrap, self.p_randomisation) < LEVEL


def difference(baseline: Measure, system: Measure, trials: Trials | None = None) -> Difference:
    """Test two systems on the same sentences; two-sided."""
    assert baseline.counts.shape == system.counts.shape, "both systems translate the same sentences"
    trials = trials or Trials()
    delta = system.value(system.counts.sum(axis=0)) - baseline.value(baseline.counts.sum(axis=0))
    drawn = _bootstrap(baseline, system, trials)
    ordered = np.sort(drawn)
    tail = trials.samples // 40
    return Difference(
        metric=baseline.name,
        delta=delta,
        low=float(ordered[tail]),
        high=float(ordered[-tail - 1]),
        p_bootstrap=_share_beyond(drawn - drawn.mean(), delta),
        p_randomisation=_share_beyond(_shuffled(baseline, system, trials), delta),
        trials=trials,
    )


def _bootstrap(baseline: Measure, system: Measure, trials: Trials) -> NDArray[np.float64]:
    """The difference in each resample (n); both systems get the same sentences."""
    return np.concatenate(
        [
            system.values(picked @ system.counts) - baseline.values(picked @ baseline.counts)
            for picked in resamples(len(system.counts), trials.samples, trials.seed)
        ]
    )


def _shuffled(baseline: Measure, system: Measure, trials: Trials) -> NDArray[np.float64]:
    """The difference when each sentence's two translations are swapped or not by the toss of a coin (n)."""
    gain = system.counts - baseline.counts  # (N, F)
    ends = baseline.counts.sum(axis=0), system.counts.sum(axis=0)
    found = []
    for swapped in _coins(len(gain), trials):
        moved = swapped @ gain  # (n, F)
        found.append(system.values(ends[1] - moved) - baseline.values(ends[0] + moved))
    return np.concatenate(found)


def _coins(sentences: int, trials: Trials) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(trials.seed)
    for count in portions(sentences, trials.shuffles):
        yield rng.integers(2, size=(count, sentences)).astype(np.float64)


def _share_beyond(drawn: NDArray[np.float64], delta: float) -> float:
    """The p-value: how often chance alone reaches the difference found, which counts as one more trial."""
    beyond = int((np.abs(drawn) >= abs(delta) - ROUNDING).sum())
    return (beyond + 1) / (len(drawn) + 1)
