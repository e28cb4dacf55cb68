"""What the model thread is given, and what it says of itself."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic

from seq2seq.decoding.hypothesis import StablePrefix
from seq2seq.decoding.options import SearchOptions
from seq2seq.translation import Source, Translation
from server.errors import Refusal


@dataclass(eq=False, slots=True)
class Ticket:
    """One sentence to translate or, where there is a target, to score; its own key in the search."""

    call: Hashable  # whose it is
    source: Source
    options: SearchOptions
    deadline: float  # time.monotonic()
    settle: Callable[[Translation | Refusal], None]  # called in the model thread, once or, dropped, never
    watch: Callable[[StablePrefix], None] | None = None  # called in the model thread as pieces become final
    target: str | None = None
    taken_at: float | None = None  # time.monotonic() when it left the line
    is_dropped: bool = False  # nobody waits any more
    watched: int = 0  # final pieces that `watch` has seen

    @property
    def tokens(self) -> int:
        """Its share of the waiting line."""
        return len(self.source.tokens)

    @property
    def rows(self) -> int:
        """The rows it takes in a step; scoring takes a single pass."""
        return self.options.beam if self.target is None else 1

    @property
    def is_alive(self) -> bool:
        """Whether an answer would still reach somebody."""
        return not self.is_dropped and monotonic() < self.deadline


@dataclass(slots=True)
class Counters:
    """What a model thread has done; written by that thread only."""

    steps: int = 0  # of the whole batch
    row_steps: int = 0  # rows, added up over the steps
    most_rows: int = 0
    admissions: int = 0  # times that newcomers were encoded, together
    admitted: int = 0  # sentences
    finished: int = 0
    dropped: int = 0  # in the midst of their work
    faults: int = 0  # exceptions in the model thread
    faults_in_a_row: int = 0  # sentences failed by the engine since the last that was translated
    source_tokens: int = 0
    busy_s: float = 0.0

    @property
    def mean_rows(self) -> float:
        """How full the batch was."""
        return self.row_steps / self.steps if self.steps else 0.0
