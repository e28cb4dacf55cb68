"""The report of a comparison: one value, from which terminal, HTML, Markdown and JSON are made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from seq2seq.evaluation.cautions import Caution, cautions
from seq2seq.evaluation.comparable import Comparability, comparability
from seq2seq.evaluation.compare import Comparison, Pairing
from seq2seq.evaluation.examples import RULE, Example, Output
from seq2seq.evaluation.reproduce import Reproduction, reproduction
from seq2seq.evaluation.significance import Difference
from seq2seq.evaluation.stretch import Stretch

FORMAT = "comparison/2"


@dataclass(frozen=True)
class Report:
    """A comparison and all that belongs beside it."""

    comparison: Comparison
    comparability: Comparability
    cautions: tuple[Caution, ...]
    stretches: tuple[Stretch, ...]  # shortest first; empty: not asked for
    reproduction: Reproduction

    @property
    def title(self) -> str:
        """The systems."""
        return " and ".join(system.name for system in self.comparison.systems)

    def to_json(self) -> dict[str, Any]:
        """All figures and examples as values that `json.dump` takes."""
        comparison = self.comparison
        return {
            "format": FORMAT,
            "title": self.title,
            "answer": list(comparison.answer),
            "scope": comparison.scope,
            "cautions": [asdict(caution) for caution in self.cautions],
            "comparability": asdict(self.comparability),
            "systems": [system.to_json() for system in comparison.systems],
            "pairings": [_pairing(comparison, pairing) for pairing in comparison.pairings],
            "stretches": [asdict(stretch) for stretch in self.stretches],
            "reproduction": asdict(self.reproduction),
        }


def report_of(comparison: Comparison, stretches: Sequence[Stretch] = (), command: str = "") -> Report:
    """Put a report together.

    Args:
        comparison: of systems on the test set as it is.
        stretches: the same systems on joined sentences, in the same order.
        command: that was typed, for whoever does it again.
    """
    known = comparability(comparison.systems)
    return Report(
        comparison=comparison,
        comparability=known,
        cautions=cautions(comparison, known),
        stretches=tuple(stretches),
        reproduction=reproduction(comparison, command),
    )


def _pairing(comparison: Comparison, pairing: Pairing) -> dict[str, Any]:
    return {
        "baseline": comparison.baseline.name,
        "system": pairing.system.name,
        "bleu": _difference(pairing.bleu),
        "chrf": _difference(pairing.chrf),
        "rule": RULE,
        "examples": {
            title: [_example(example) for example in group] for title, group in pairing.examples.titled()
        },
    }


def _difference(found: Difference) -> dict[str, Any]:
    return asdict(found) | {"is_shown": found.is_shown}


def _example(example: Example) -> dict[str, Any]:
    return {
        "line": example.line,
        "source": example.source,
        "references": list(example.references),
        "change": example.change,
        "baseline": _output(example.baseline),
        "system": _output(example.system),
    }


def _output(output: Output) -> dict[str, Any]:
    found = {"name": output.name, "text": output.text, "chrf": output.chrf}
    found["words"] = [asdict(words) for words in output.words]
    grid = output.grid
    found["attention"] = grid and {
        "source": [unit.text for unit in grid.source],
        "target": [unit.text for unit in grid.target],
        "weights": [[round(weight, 4) for weight in row] for row in grid.weights.tolist()],
    }
    return found
