"""sacreBLEU's metrics as one row of counts a sentence.

A corpus score is a function of the summed counts. With the rows kept, the score of any choice of
sentences (a length bucket, a bootstrap resample, a shuffle of two systems) costs one sum. Rows and scores
are sacreBLEU's own; its public functions take whole corpora only, hence the two underscored calls here,
and the tests that hold them to `corpus_score`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from seq2seq.amounts import amount
from seq2seq.errors import InputError

TOKENIZERS = ("13a", "intl", "zh", "char", "none")  # those of sacreBLEU's that need no further package
NUMBERS_AT_ONCE = 2_000_000  # held while resampling, whatever the number of sentences and trials

References = Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class Scoring:
    """How translations are scored; all of it is in the signature.

    Raises:
        InputError: an unknown tokenizer, or a count below zero.
    """

    tokenize: str = "13a"  # BLEU's; one of TOKENIZERS
    lowercase: bool = False
    bootstrap: int = 1_000  # resamples of a confidence interval; 0 for none
    seed: int = 12_345  # sacreBLEU's own default

    def __post_init__(self) -> None:
        if self.tokenize not in TOKENIZERS:
            raise InputError(
                f"'{self.tokenize}' is not a tokenizer for BLEU",
                where="tokenize",
                mend=f"Known: {', '.join(TOKENIZERS)}.",
            )
        if self.bootstrap < 0:
            raise InputError(f"bootstrap is {self.bootstrap}, and must not be negative", where="bootstrap")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}, and must not be negative", where="seed")


@dataclass(frozen=True, slots=True)
class Interval:
    """Where 95 % of the resamples lie."""

    mean: float  # of the resamples
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """What stands after the ±."""
        return (self.high - self.low) / 2


def interval_of(drawn: NDArray[np.float64]) -> Interval:
    """The interval of values that were drawn (n), by sacreBLEU's rule."""
    ordered = np.sort(drawn)
    tail = len(ordered) // 40
    return Interval(float(ordered.mean()), float(ordered[tail]), float(ordered[-tail - 1]))


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's value and, where it was resampled, the 95 % interval over the choice of sentences."""

    metric: str  # "BLEU" or "chrF2"
    value: float  # 0 to 100
    signature: str  # sacreBLEU's; a value is never written without it
    mean: float | None = None  # of the resamples
    low: float | None = None
    high: float | None = None

    @property
    def half_width(self) -> float | None:
        """Half the interval: what stands after the ±; None without one."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def __str__(self) -> str:
        """With the interval, without the signature: "BLEU 31.2 ± 1.4"."""
        margin = "" if self.half_width is None else f" ± {self.half_width:.1f}"
        return f"{self.metric} {self.value:.1f}{margin}"


@dataclass(frozen=True, eq=False)
class Measure:
    """One metric over one list of hypotheses."""

    name: str
    counts: NDArray[np.float64]  # (N, F): sacreBLEU's sufficient statistics, a row a sentence
    scoring: Scoring
    _metric: Any = field(repr=False)

    def value(self, counts: NDArray[np.float64]) -> float:
        """The score of summed counts (F)."""
        return float(self._metric._compute_score_from_stats(counts.tolist()).score)  # noqa: SLF001 — see the module

    def values(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """The score of each row of summed counts (n, F)."""
        return np.array([self.value(row) for row in sums])

    def of_sentence(self, row: int) -> float:
        """The score of one sentence."""
        return self.value(self.counts[row])

    def resampled(self, rows: Sequence[int] | None = None) -> NDArray[np.float64]:
        """The score in each resample of some sentences, or of all (n), in the order of the draws.

        The same sentences are drawn for every measure of the same `scoring`.
        """
        counts = self._counts(rows)
        draws = resamples(len(counts), self.scoring.bootstrap, self.scoring.seed)
        return np.concatenate([np.zeros(0), *(self.values(picked @ counts) for picked in draws)])

    def signature(self) -> str:
        """sacreBLEU's, with the resamples where there are any."""
        signature = self._metric.get_signature()
        if self.scoring.bootstrap:
            signature.update("bs", self.scoring.bootstrap)
            signature.update("seed", self.scoring.seed)
        return str(signature)

    def of(self, rows: Sequence[int] | None = None) -> Score:
        """The score of some sentences, or of all, with its interval when `scoring` asks for one."""
        value = self.value(self._counts(rows).sum(axis=0))
        if not self.scoring.bootstrap:
            return Score(self.name, value, self.signature())
        interval = interval_of(self.resampled(rows))
        return Score(self.name, value, self.signature(), interval.mean, interval.low, interval.high)

    def _counts(self, rows: Sequence[int] | None) -> NDArray[np.float64]:
        return self.counts if rows is None else self.counts[list(rows)]


def measure_bleu(hypotheses: Sequence[str], references: References, scoring: Scoring) -> Measure:
    """BLEU with sacreBLEU's defaults but for tokenizer and case."""
    # `force` silences a warning on standard error: the same finding is a note in `Scores`.
    metric = BLEU(tokenize=scoring.tokenize, lowercase=scoring.lowercase, force=True)
    return _measure(metric, hypotheses, references, scoring)


def measure_chrf(hypotheses: Sequence[str], references: References, scoring: Scoring) -> Measure:
    """chrF2 with sacreBLEU's defaults but for case."""
    return _measure(CHRF(lowercase=scoring.lowercase), hypotheses, references, scoring)


def check(hypotheses: Sequence[str], references: References) -> None:
    """Refuse what cannot be scored.

    Raises:
        InputError: nothing to score, lists of different lengths, or a sentence without a reference.
    """
    if not hypotheses:
        raise InputError("there are no hypotheses to score")
    if not references:
        raise InputError("there are no references to score against")
    for number, lines in enumerate(references, start=1):
        if len(lines) != len(hypotheses):
            raise InputError(
                f"there are {amount(len(hypotheses), 'hypothesis', 'hypotheses')} and "
                f"{amount(len(lines), 'reference')}",
                where=f"reference set {number}" if len(references) > 1 else "",
                mend="Each line of one needs its line in the other.",
            )
    for line, found in enumerate(zip(*references, strict=True), start=1):
        if all(reference is None for reference in found):
            raise InputError("the sentence has no reference", where=f"line {line}")


def grouped(references: Sequence[Sequence[str]]) -> tuple[tuple[str | None, ...], ...]:
    """Reference sets from the references of each sentence, however many each one has; None fills the gaps."""
    sets = max(map(len, references), default=0)
    return tuple(
        tuple(found[number] if number < len(found) else None for found in references)
        for number in range(sets)
    )


def resamples(sentences: int, trials: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each sentence is drawn in each resample, some trials at a time: arrays (n, N).

    The draws are those of sacreBLEU for the same seed.
    """
    rng = np.random.default_rng(seed)
    for count in portions(sentences, trials):
        drawn = rng.choice(sentences, size=(count, sentences), replace=True)
        yield np.stack([np.bincount(row, minlength=sentences) for row in drawn]).astype(np.float64)


def portions(sentences: int, trials: int) -> Iterator[int]:
    """Cut trials into portions that fit in memory; they add up to `trials`."""
    at_once = max(1, NUMBERS_AT_ONCE // sentences)
    for start in range(0, trials, at_once):
        yield min(at_once, trials - start)


def _measure(metric: Any, hypotheses: Sequence[str], references: References, scoring: Scoring) -> Measure:  # noqa: ANN401 — sacreBLEU has no types
    check(hypotheses, references)
    rows = metric._extract_corpus_statistics(list(hypotheses), [list(lines) for lines in references])  # noqa: SLF001 — see the module
    counts = np.array(rows, dtype=np.float64)
    name = str(metric._compute_score_from_stats(rows[0]).name)  # noqa: SLF001 — see the module
    return Measure(name, counts, scoring, metric)
