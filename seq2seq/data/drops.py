"""Counts of pairs that have something in common, or were left out, with the first places of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

EXAMPLES = 5  # places remembered for each reason


class Reason(Enum):
    """Why a pair was left out, in words that end 'dropped because …'."""

    ENCODING = "not valid UTF-8"
    LONG_LINE = "line longer than 1 MiB"
    COLUMNS = "too few columns"
    BLANK = "blank source or target"
    TOO_LONG = "too many characters or words"
    TOO_MANY_PIECES = "too many pieces"
    RATIO = "lengths too different"
    IDENTICAL = "source and target identical"
    DUPLICATE = "duplicate pair"
    IN_VALIDATION = "sentence occurs in the validation set"
    IN_TEST = "sentence occurs in the test set"


@dataclass(frozen=True)
class Finding:
    """Pairs that have something in common, and where the first of them are."""

    pairs: int
    examples: tuple[str, ...]  # file:line

    def places(self) -> str:
        """Give the examples for people: train.tsv.gz:3, 17, 20, …."""
        shown: list[str] = []
        last = ""
        for example in self.examples:
            file, _, line = example.rpartition(":")
            shown.append(line if file == last else f"{file.rpartition('/')[2]}:{line}")
            last = file
        return ", ".join([*shown, "…"] if self.pairs > len(self.examples) else shown)


class Places:
    """Counts places and remembers the first; bounded, however large the corpus."""

    def __init__(self) -> None:
        self._count = 0
        self._examples: list[str] = []

    def extend(self, places: Iterable[str]) -> None:
        """Count places, each a file and a line."""
        for place in places:
            self._count += 1
            if len(self._examples) < EXAMPLES:
                self._examples.append(place)

    def finding(self) -> Finding:
        """Give what was counted so far."""
        return Finding(self._count, tuple(self._examples))


class Drops:
    """The pairs that were left out, by reason."""

    def __init__(self) -> None:
        self._places: dict[Reason, Places] = {}

    def add(self, reason: Reason, place: str) -> None:
        """Count one pair; `place` is its file and line."""
        self._places.setdefault(reason, Places()).extend([place])

    def findings(self) -> Mapping[Reason, Finding]:
        """Give what was left out, in the order of `Reason`, only what occurred."""
        return {reason: self._places[reason].finding() for reason in Reason if reason in self._places}

    @property
    def total(self) -> int:
        """How many pairs were left out."""
        return sum(finding.pairs for finding in self.findings().values())

    def to_json(self) -> dict[str, object]:
        """Reason to count and examples."""
        return {
            reason.name.lower(): {
                "because": reason.value,
                "pairs": finding.pairs,
                "examples": list(finding.examples),
            }
            for reason, finding in self.findings().items()
        }

    def text(self) -> str:
        """One line for each reason that occurred; empty when nothing was dropped."""
        return "\n".join(
            f"  {finding.pairs:>10,}  {reason.value}  ({finding.places()})"
            for reason, finding in self.findings().items()
        )
