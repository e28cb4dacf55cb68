"""Counts of the pairs that were left out, by reason, with the first places of each."""

from collections.abc import Mapping
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


class Drops:
    """A running count for each reason; bounded, however large the corpus."""

    def __init__(self) -> None:
        self._counts: dict[Reason, int] = {}
        self._examples: dict[Reason, list[str]] = {}

    def add(self, reason: Reason, place: str) -> None:
        """Count one pair; `place` is its file and line."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        examples = self._examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(place)

    def count(self, reason: Reason) -> int:
        """How many pairs were left out for this reason."""
        return self._counts.get(reason, 0)

    def examples(self, reason: Reason) -> tuple[str, ...]:
        """The first places, as `file:line`."""
        return tuple(self._examples.get(reason, ()))

    @property
    def total(self) -> int:
        """How many pairs were left out."""
        return sum(self._counts.values())

    def to_json(self) -> Mapping[str, object]:
        """Reason to count and examples, in the order of `Reason`, only what occurred."""
        return {
            reason.name.lower(): {
                "because": reason.value,
                "pairs": self._counts[reason],
                "examples": self._examples[reason],
            }
            for reason in Reason
            if reason in self._counts
        }

    def text(self) -> str:
        """One line for each reason that occurred; empty when nothing was dropped."""
        return "\n".join(
            f"  {self._counts[reason]:>10,}  {reason.value}  ({', '.join(self._examples[reason])}"
            + (", …)" if self._counts[reason] > len(self._examples[reason]) else ")")
            for reason in Reason
            if reason in self._counts
        )
