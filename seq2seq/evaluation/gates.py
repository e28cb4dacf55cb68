"""What a system must reach, for scripts that build on it."""

import re
from dataclasses import dataclass

from seq2seq.errors import GateNotMet, UsageError
from seq2seq.evaluation.compare import Comparison
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.significance import LEVEL
from seq2seq.evaluation.system import System


@dataclass(frozen=True, slots=True)
class Requirement:
    """One system must be better than another: "attention>plain"."""

    better: str  # a system's name, or a part of it that no other has
    worse: str

    @staticmethod
    def parse(text: str) -> "Requirement":
        """Read what was demanded.

        Raises:
            UsageError: it is not two names with ">" between them.
        """
        match = re.fullmatch(r"\s*([^<>\s][^<>]*?)\s*>\s*([^<>\s][^<>]*?)\s*", text)
        if match is None:
            raise UsageError(
                f"'{text}' is not a requirement",
                where="--require",
                mend='Write two names with ">" between them, in quotes: "attention>plain".',
            )
        return Requirement(match[1], match[2])


def check_gate(evaluation: Evaluation, fail_under: float) -> None:
    """Demand a BLEU of at least `fail_under`.

    Raises:
        GateNotMet: it is below.
    """
    bleu = evaluation.scores.bleu
    if not bleu.value >= fail_under:
        raise GateNotMet(
            f"BLEU is {bleu.value:.4f} and {fail_under:g} was demanded ({bleu.signature})",
            where=evaluation.name,
        )


def check_gates(
    comparison: Comparison, fail_under: float | None, requirements: tuple[Requirement, ...]
) -> None:
    """Demand a mean BLEU of every system but the baseline, and differences in BLEU that are shown.

    A difference is shown when paired bootstrap, approximate randomisation and, with several seeds a system,
    the bootstrap over sentences and seeds all put chance below one in twenty.

    Raises:
        UsageError: a requirement names no system, or more than one.
        GateNotMet: naming everything that was not reached.
    """
    failed = [] if fail_under is None else _below(comparison, fail_under)
    failed += [found for one in requirements for found in _not_shown(comparison, one)]
    if failed:
        raise GateNotMet(
            "; ".join(problem if len(failed) == 1 else f"{where}: {problem}" for where, problem in failed),
            where=", ".join(where for where, _ in failed),
        )


def _below(comparison: Comparison, fail_under: float) -> list[tuple[str, str]]:
    return [
        (system.name, f"BLEU is {bleu.value:.4f} and {fail_under:g} was demanded ({bleu.signature})")
        for system in comparison.systems[1:]
        if not (bleu := system.bleu).value >= fail_under
    ]


def _not_shown(comparison: Comparison, requirement: Requirement) -> list[tuple[str, str]]:
    better, worse = (_named(name, comparison) for name in (requirement.better, requirement.worse))
    if better is worse:
        raise UsageError(f"{better.name} cannot be better than itself", where="--require")
    found = comparison.between(worse, better)
    if found.delta > 0 and found.is_shown:
        return []
    interval = f"[{found.interval.low:+.2f}, {found.interval.high:+.2f}]"
    problem = (
        f"the difference is {found.delta:+.2f} BLEU {interval} with p = {found.p:.4f}, and one above 0 "
        f"with p < {LEVEL:g} by every test was demanded ({better.bleu.signature})"
    )
    return [(f"{better.name}>{worse.name}", problem)]


def _named(name: str, comparison: Comparison) -> System:
    exact = [system for system in comparison.systems if system.name == name]
    found = exact or [system for system in comparison.systems if name in system.name]
    if len(found) != 1:
        names = ", ".join(system.name for system in comparison.systems)
        problem = f"'{name}' is {'the name of no' if not found else 'in the name of more than one'} system"
        raise UsageError(problem, where="--require", mend=f"Compared are {names}.")
    return found[0]
