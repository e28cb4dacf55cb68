"""Where a run stands, apart from weights and random numbers: plain values that JSON can keep."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from seq2seq.training.config import TrainingConfig
from seq2seq.training.outcome import Mark, Outcome, StoppedBy, Validation


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

    @property
    def is_validated(self) -> bool:
        """The weights have not changed since the last validation."""
        return self.last is not None and self.last.update == self.update

    def finished(self, config: TrainingConfig) -> StoppedBy | None:
        """Say why the run is over, by its configuration; None: it is not."""
        if self.update >= config.updates:
            return "updates"
        if config.epochs is not None and self.epoch >= config.epochs:
            return "epochs"
        if config.patience and self.waited >= config.patience:
            return "patience"
        if config.time_limit_s is not None and self.elapsed_s >= config.time_limit_s:
            return "time_limit"
        return None

    def outcome(self, reason: StoppedBy, signal: int | None = None) -> Outcome:
        """Give what those outside may know, now that the run ends."""
        return Outcome(
            update=self.update,
            epoch=self.epoch,
            tokens=self.tokens,
            elapsed_s=self.elapsed_s,
            stopped_by=reason,
            signal=signal if reason == "signal" else None,
            last=self.last,
            best=self.best,
        )

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
