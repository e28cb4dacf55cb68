"""Two or more systems on the same sentences: which is better, and is it more than chance?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from seq2seq.amounts import amount
from seq2seq.errors import InputError
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.examples import Examples, choose
from seq2seq.evaluation.significance import Difference, Trials, difference
from seq2seq.evaluation.system import System

ONE_RUN = (
    "Intervals and tests cover the choice of test sentences, not that of training seeds: one run of each was "
    "compared. They tell of these {}, not of the kinds of model."
)
UNEVEN_RUNS = (
    "Intervals of differences and tests cover the choice of test sentences, not that of training seeds: a "
    "system has one run only. They tell of these {}, not of the kinds of model."
)
SEVERAL_RUNS = "Intervals cover the choice of test sentences and that of training seeds."


@dataclass(frozen=True)
class Pairing:
    """One system beside the baseline."""

    system: System
    bleu: Difference
    chrf: Difference
    examples: Examples


@dataclass(frozen=True)
class Comparison:
    """Systems on one test set; the first is what the others are measured against."""

    baseline: System
    pairings: tuple[Pairing, ...]
    trials: Trials

    @property
    def systems(self) -> tuple[System, ...]:
        """All of them, the baseline first."""
        return (self.baseline, *(pairing.system for pairing in self.pairings))

    @property
    def sentences(self) -> int:
        """How many the test set has."""
        return self.baseline.first.sentences

    @property
    def covers_seeds(self) -> bool:
        """Whether every system was trained more than once."""
        return all(len(system.runs) > 1 for system in self.systems)

    @property
    def answer(self) -> tuple[str, ...]:
        """What was found, in sentences that claim no more than the tests can show."""
        return tuple(_answer(self.baseline, pairing) for pairing in self.pairings)

    @property
    def scope(self) -> str:
        """What intervals and tests speak of."""
        if self.covers_seeds:
            return SEVERAL_RUNS
        alone = ONE_RUN if all(len(system.runs) == 1 for system in self.systems) else UNEVEN_RUNS
        return alone.format(_kind(self.systems))

    def between(self, worse: System, better: System) -> Difference:
        """The difference in BLEU of any two of the systems."""
        for pairing in self.pairings:
            if worse is self.baseline and better is pairing.system:
                return pairing.bleu
        return _difference(worse, better, self.trials)


def compare(systems: Sequence[System], trials: Trials | None = None) -> Comparison:
    """Compare systems with the first one; systems of one name get a number.

    Raises:
        InputError: fewer than two systems, or they were not scored on the same test set in the same way.
    """
    check_several(systems)
    trials = trials or Trials()
    baseline, *others = _distinct(systems)
    for run in [*baseline.runs[1:], *(run for system in others for run in system.runs)]:
        _check_same_test(baseline.first, run)
    pairings = [
        Pairing(
            system=system,
            bleu=_difference(baseline, system, trials),
            chrf=difference([run.chrf for run in baseline.runs], [run.chrf for run in system.runs], trials),
            examples=choose(baseline.first, system.first),
        )
        for system in others
    ]
    return Comparison(baseline, tuple(pairings), trials)


def _difference(baseline: System, system: System, trials: Trials) -> Difference:
    return difference([run.bleu for run in baseline.runs], [run.bleu for run in system.runs], trials)


def check_several(systems: Sequence[object]) -> None:
    """See that there is something to compare.

    Raises:
        InputError: there are fewer than two systems.
    """
    if len(systems) < 2:  # noqa: PLR2004 — a pair
        raise InputError("a comparison needs two systems", mend="Name a second one.")


def distinct(names: Sequence[str]) -> list[str]:
    """Names of systems, from the second of equal ones on with a number."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def _distinct(systems: Sequence[System]) -> list[System]:
    """Runs are called as their system, which no other is called."""
    return [
        System(name, tuple(replace(run, name=name) for run in system.runs))
        for name, system in zip(distinct([system.name for system in systems]), systems, strict=True)
    ]


def _check_same_test(baseline: Evaluation, system: Evaluation) -> None:
    where = f"{baseline.name} and {system.name}"
    if baseline.sentences != system.sentences:
        raise InputError(
            f"scored on different test sets, of {baseline.sentences:,} and of "
            f"{amount(system.sentences, 'sentence')}",
            where=where,
        )
    ours = list(zip(baseline.sources, *baseline.references, strict=True))
    theirs = list(zip(system.sources, *system.references, strict=True))
    for line, (one, other) in enumerate(zip(ours, theirs, strict=True), start=1):
        if one != other:
            raise InputError(f"scored on different test sets: line {line} differs", where=where)
    edges = [[bucket.longest for bucket in item.by_length] for item in (baseline, system)]
    if baseline.bleu.scoring != system.bleu.scoring or edges[0] != edges[1]:
        raise InputError(
            "scored in different ways", where=where, mend="Evaluate both with the same settings."
        )


def _answer(baseline: System, pairing: Pairing) -> str:
    found, system = pairing.bleu, pairing.system
    interval = f"[{found.interval.low:+.1f}, {found.interval.high:+.1f}]"
    tests = (
        f"p = {found.p_bootstrap:.4f} by paired bootstrap, "
        f"p = {found.p_randomisation:.4f} by approximate randomisation"
    )
    if found.p_both is not None:
        tests += f", p = {found.p_both:.4f} by bootstrap over sentences and seeds"
    number = system.first.sentences
    sentences = "this one sentence" if number == 1 else f"these {number:,} sentences"
    if found.over_both is not None:
        sentences += f" with {len(baseline.runs)} and {len(system.runs)} seeds"
    if not found.is_shown:
        return (
            f"No difference shown between {system.name} and {baseline.name} on {sentences}: "
            f"{found.delta:+.1f} BLEU {interval} ({tests})."
        )
    side = "above" if found.delta > 0 else "below"
    # One run of each says nothing about another run of either: no "significant" without seeds.
    shown = (
        f"shown for these {_kind([baseline, system])}, on {sentences}"
        if found.over_both is None
        else f"significant on {sentences}"
    )
    return (
        f"{system.name} is {abs(found.delta):.1f} BLEU {side} {baseline.name} {interval}; {shown} ({tests})."
    )


def _kind(systems: Sequence[System]) -> str:
    """What was compared, where nothing can be said of more than that."""
    count = "two " if [len(system.runs) for system in systems] == [1, 1] else ""
    is_of_files = any(run.search is None for system in systems for run in system.runs)
    return f"{count}{'outputs' if is_of_files else 'trained models'}"
