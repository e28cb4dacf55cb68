"""What a run tells those outside: validations, progress, and how it ended."""

from dataclasses import dataclass
from typing import Literal, Protocol

StoppedBy = Literal["updates", "epochs", "time_limit", "patience", "signal", "request"]
RESUMED_AFTER: frozenset[StoppedBy] = frozenset({"signal", "request"})
"""The same call goes on after these; after the others the run is finished."""


@dataclass(frozen=True)
class Validation:
    """How good a model is on the validation set."""

    loss: float  # negative log-likelihood a target piece, natural logarithm
    bleu: float | None = None  # None: not measured
    signature: str = ""  # of sacreBLEU; empty without BLEU

    def is_better_than(self, other: "Validation", choose_by: Literal["bleu", "loss"]) -> bool:
        """Compare by BLEU (the loss decides between equals) or by loss."""
        if choose_by == "loss" or self.bleu is None or other.bleu is None or self.bleu == other.bleu:
            return self.loss < other.loss
        return self.bleu > other.bleu


@dataclass(frozen=True)
class Mark:
    """A validation, and when it was made."""

    update: int
    epoch: int
    validation: Validation


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    update: int
    updates: int
    epoch: int  # complete passes over the corpus
    loss: float  # the objective a target piece, since the last line of the journal or in it
    learning_rate: float
    tokens_per_s: float  # target pieces
    elapsed_s: float  # of all calls together
    seconds_left: float | None  # at the pace of this call; None before its first update
    last: Mark | None  # validation
    best: Mark | None


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    update: int
    epoch: int
    tokens: int  # target pieces trained on
    elapsed_s: float  # of all calls together
    stopped_by: StoppedBy
    signal: int | None  # the signal's number, when one stopped it
    last: Mark | None
    best: Mark | None

    @property
    def is_finished(self) -> bool:
        """False when the same call would go on."""
        return self.stopped_by not in RESUMED_AFTER


class Observer(Protocol):
    """Someone who watches a run."""

    def progress(self, progress: Progress) -> None:
        """Called after each update and each validation."""
        ...

    def notice(self, message: str) -> None:
        """Called with one sentence for people: resumed, rolled back, stopped."""
        ...


class Unobserved:
    """Nobody watches."""

    def progress(self, progress: Progress) -> None:
        """Ignore it."""

    def notice(self, message: str) -> None:
        """Ignore it."""
