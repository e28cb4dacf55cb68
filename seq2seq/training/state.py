"""Where a run stands, apart from weights and random numbers: plain values that JSON can keep."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from seq2seq.training.outcome import Mark, Validation


@dataclass(frozen=True)
class Reading:
    """What one update showed."""

    objective: float  # sum over the target pieces, label smoothing included
    nll: float  # sum of the negative log-likelihood of the reference
    tokens: int  # target pieces
    grad_norm: float  # before clipping
    pieces: int  # source and target
    positions: int  # the same with padding
    seconds: float


@dataclass
class Window:
    """Sums over the updates since the last line of the journal."""

    updates: int = 0
    objective: float = 0.0
    nll: float = 0.0
    tokens: int = 0
    grad_norm: float = 0.0
    pieces: int = 0
    positions: int = 0
    seconds: float = 0.0

    def add(self, reading: Reading) -> None:
        """Count one more update."""
        self.updates += 1
        for name, value in asdict(reading).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class RunState:
    """What the loop decides by."""

    update: int = 0  # the last one that is complete
    epoch: int = 0
    tokens: int = 0
    elapsed_s: float = 0.0  # of all calls together
    last: Mark | None = None
    best: Mark | None = None
    waited: int = 0  # validations since the best one
    roll_backs: int = 0
    rate_scale: float = 1.0  # halved by each roll-back
    window: Window = field(default_factory=Window)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "RunState":
        """From what `to_json` gave."""
        nested = {
            "last": _mark(values["last"]),
            "best": _mark(values["best"]),
            "window": Window(**values["window"]),
        }
        return RunState(**{**values, **nested})


def _mark(values: Mapping[str, Any] | None) -> Mark | None:
    if values is None:
        return None
    return Mark(values["update"], values["epoch"], Validation(**values["validation"]))
