"""How to make the figures of a report again: commands, versions, machine, digests."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from seq2seq.evaluation.compare import Comparison
from seq2seq.evaluation.evaluate import digest

PROGRAMS = ("seq2seq", "torch", "sacrebleu", "sentencepiece", "numpy")


@dataclass(frozen=True, slots=True)
class Digest:
    """SHA-256 of something that a figure depends on."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Everything that someone else needs."""

    command: str  # that made the report
    training: tuple[str, ...]  # commands that made the models, each once
    versions: tuple[tuple[str, str], ...]
    machine: str
    signatures: tuple[str, ...]
    digests: tuple[Digest, ...]


def reproduction(comparison: Comparison, command: str) -> Reproduction:
    """Collect it from the systems and from this process."""
    systems, first = comparison.systems, comparison.baseline.first
    runs = [run for system in systems for run in system.runs]
    origins = [run.origin for run in runs if run.origin is not None]
    versions = [("Python", platform.python_version()), *((name, version(name)) for name in PROGRAMS)]
    return Reproduction(
        command=command,
        training=tuple(dict.fromkeys(origin.command for origin in origins if origin.command)),
        versions=tuple(versions),
        machine=f"{platform.system()} {platform.machine()}",
        signatures=(
            f"BLEU|{comparison.baseline.bleu.signature}",
            f"{first.chrf.name}|{first.chrf.signature()}",
        ),
        digests=tuple(_digests(comparison, [first.sources, *first.references])),
    )


def _digests(comparison: Comparison, test: Sequence[Sequence[str | None]]) -> list[Digest]:
    sets = len(test) - 1
    names = ["test sources", *("references" if sets == 1 else f"references {n + 1}" for n in range(sets))]
    found = [Digest(name, digest(lines)) for name, lines in zip(names, test, strict=True)]
    for system in comparison.systems:
        for number, run in enumerate(system.runs, start=1):
            label = system.name if len(system.runs) == 1 else f"{system.name}, run {number}"
            if run.origin is not None and run.origin.revision:
                found.append(Digest(f"model {label}", run.origin.revision))
            found.append(Digest(f"translations of {label}", digest(run.translations)))
    return found
