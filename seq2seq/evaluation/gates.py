"""What a system must reach, for scripts that build on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from seq2seq.errors import GateNotMet, UsageError
from seq2seq.evaluation.compare import Comparison
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.significance import LEVEL


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

    def among(self, names: Sequence[str]) -> "Requirement":
        """The same with whole names, of those that are compared.

        Raises:
            UsageError: it names no system, or more than one, or one twice.
        """
        better, worse = _named(self.better, names), _named(self.worse, names)
        if better == worse:
            raise UsageError(f"{better} cannot be better than itself", where="--require")
        return Requirement(better, worse)


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
        UsageError: as `Requirement.among`.
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
    systems = {system.name: system for system in comparison.systems}
    wanted = requirement.among(list(systems))
    better, worse = systems[wanted.better], systems[wanted.worse]
    found = comparison.between(worse, better)
    if found.delta > 0 and found.is_shown:
        return []
    interval = f"[{found.interval.low:+.2f}, {found.interval.high:+.2f}]"
    problem = (
        f"the difference is {found.delta:+.2f} BLEU {interval} with p = {found.p:.4f}, and one above 0 "
        f"with p < {LEVEL:g} by every test was demanded ({better.bleu.signature})"
    )
    return [(f"{better.name}>{worse.name}", problem)]


def _named(wanted: str, names: Sequence[str]) -> str:
    """The name that is meant: as it stands, or by a part of it."""
    found = [wanted] if wanted in names else [name for name in names if wanted in name]
    if len(found) == 1:
        return found[0]
    mend = f"Compared are {', '.join(names)}."
    if found:
        raise UsageError(f"'{wanted}' is in the name of more than one system", where="--require", mend=mend)
    words = [word for name in names for word in re.findall(r"\w+", name)]
    telling = [word for word in words if sum(word in name for name in names) == 1]
    close = get_close_matches(wanted, [*names, *telling], n=1)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    raise UsageError(f"'{wanted}' is the name of no system", where="--require", mend=hint + mend)
