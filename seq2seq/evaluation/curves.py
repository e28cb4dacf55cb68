"""What a run's journal says of its training, as points to draw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """A figure after so many updates."""

    update: int
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One run: loss while training, loss and BLEU at each validation."""

    loss: tuple[Point, ...]  # negative log-likelihood a target piece, natural logarithm
    validation_loss: tuple[Point, ...]
    validation_bleu: tuple[Point, ...]  # of the validation set, with the search of training
    signature: str  # of that BLEU


def curve_of(lines: Iterable[Mapping[str, Any]]) -> Curve | None:
    """Pick the points out of a journal; None when there are none."""
    entries = list(lines)
    signatures = [str(entry["signature"]) for entry in entries if entry.get("signature")]
    found = Curve(
        loss=_points(entries, "update", "nll"),
        validation_loss=_points(entries, "validation", "loss"),
        validation_bleu=_points(entries, "validation", "bleu"),
        signature=signatures[-1] if signatures else "",
    )
    return found if found.loss or found.validation_loss else None


def _points(entries: Iterable[Mapping[str, Any]], kind: str, name: str) -> tuple[Point, ...]:
    return tuple(
        Point(int(entry["update"]), float(entry[name]))
        for entry in entries
        if entry.get("kind") == kind and entry.get(name) is not None
    )
