"""What is asked of speed and memory, and what was measured: the first table of docs/benchmarks.md."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seq2seq.evaluation.tables import markdown_table

Values = Mapping[str, Sequence[float]]  # of a row: for each column a number a round
Rows = Mapping[str, Values]  # of a section, by label
THREADS = (1, 2)


@dataclass(frozen=True)
class Cell:
    """Where a figure stands: the one column of a row whose head has all the words."""

    section: str  # without its number of threads
    row: str
    words: tuple[str, ...]

    def find(self, sections: Mapping[str, Rows], threads: int) -> Sequence[float] | None:
        """Look the figure up; None where it was not measured."""
        values = sections.get(f"{self.section}, threads: {threads}", {}).get(self.row, {})
        found = [numbers for head, numbers in values.items() if all(word in head for word in self.words)]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Goal:
    """A figure, or its ratio to another in the same rounds, and what it should be.

    Attributes:
        asked: at least, or `at_most`.
        milliseconds: the figure is a rate, and is shown as the time that each takes.
    """

    work: str
    figure: Cell
    asked: float
    over: Cell | None = None
    unit: str = ""
    at_most: bool = False
    milliseconds: bool = False

    def measured(self, sections: Mapping[str, Rows], threads: int) -> float | None:
        """Find what was measured; None where it was not."""
        values = self.figure.find(sections, threads)
        if values is None:
            return None
        if self.over is not None:
            others = self.over.find(sections, threads)
            if others is None:
                return None
            return statistics.median(one / other for one, other in zip(values, others, strict=True))
        median = statistics.median(values)
        return 1000.0 / median if self.milliseconds else median

    def is_reached(self, value: float) -> bool:
        """Whether it is as it should be."""
        return value <= self.asked if self.at_most else value >= self.asked

    def shown(self, value: float) -> str:
        """Write a figure with its unit."""
        digits = 2 if value < 2 else 1 if value < 100 else 0  # noqa: PLR2004 — three figures or so
        return f"{value:,.{digits}f} {self.unit or '×'}"


_RECURRENT, _PEERS = "Peers with recurrent networks", "Peers"
_UPDATE = "an update on 80 sentences"
_MEMORY = ("all",)


def _recurrent(row: str, *words: str) -> Cell:
    return Cell(_RECURRENT, row, words)


def _search(beam: int, together: int) -> str:
    return f"beam {beam}, {together} at a time"


def _ahead(beam: int, together: int, of_opennmt: float | None, of_ctranslate2: float) -> list[Goal]:
    row = _search(beam, together)
    what = f"{'greedy' if beam == 1 else f'beam {beam}'}, {together} at a time"
    goals = []
    if of_opennmt is not None:
        for kind in ("like theirs", "by default"):
            ours, theirs = _recurrent(row, "seq2seq", kind, "int8"), _recurrent(row, "OpenNMT-py")
            goals.append(Goal(f"{what}: OpenNMT-py, {kind}", ours, of_opennmt, theirs))
    ours, theirs = Cell(_PEERS, row, ("seq2seq", "int8")), Cell(_PEERS, row, ("CTranslate2", "int8"))
    return [*goals, Goal(f"{what}: CTranslate2, int8", ours, of_ctranslate2, theirs)]


def _updates(peer: str, asked: float) -> list[Goal]:
    return [
        Goal(
            f"training: {peer}, like theirs, {products}",
            _recurrent(_UPDATE, "seq2seq", "like theirs", products),
            asked,
            _recurrent(_UPDATE, peer),
        )
        for products in ("float32", "bfloat16")
    ]


def _against_products(products: str, form: str, shown: str) -> Goal:
    row = "attention bahdanau"
    limit = Cell("Training", row, ("large products", products))
    return Goal(f"training: large {products} products, {shown}", Cell("Training", row, (form,)), 0.75, limit)


def _memory(label: str, work: str, most: float) -> Goal:
    return Goal(work, Cell("Memory", label, _MEMORY), most, unit="MiB", at_most=True)


def _grown(work: str, long: str, short: str) -> Goal:
    return Goal(work, Cell("Memory", long, _MEMORY), 1.05, Cell("Memory", short, _MEMORY), at_most=True)


def _waits(label: str, most: float) -> Goal:
    return Goal(f"start: {label}", Cell("Start", label, ("seconds",)), most, unit="s", at_most=True)


_ALONE = _search(1, 1)
_LONG, _SHORT = (f"translate {count}, int8" for count in ("1,000,000 lines", "10,000 lines"))
_EPOCH = "train, 80 sentences a batch, epochs: "

GOALS: Sequence[Goal] = (
    *_updates("OpenNMT-py", 2.2),
    *_updates("JoeyNMT", 4.0),
    _against_products("float32", "encoder fused", "float32"),
    _against_products("float32", "bfloat16 products", "bfloat16"),
    _against_products("bfloat16", "bfloat16 products", "bfloat16"),
    *_ahead(1, 64, 6.0, 2.0),
    *_ahead(5, 64, 5.0, 1.7),
    *_ahead(1, 1, None, 2.0),
    Goal(
        "greedy, 1 at a time, int8",
        Cell(_PEERS, _ALONE, ("seq2seq", "int8")),
        3.0,
        unit="ms",
        at_most=True,
        milliseconds=True,
    ),
    Goal(
        "served, greedy, 32 callers, int8",
        Cell("Serving", "greedy, 32 callers, one sentence a call", ("int8",)),
        800.0,
        unit="a second",
    ),
    _memory(_EPOCH + "1", "memory: training", 0.8 * 1024),
    _memory(_SHORT, "memory: decoding, int8", 300.0),
    _grown("memory: a million lines over ten thousand", _LONG, _SHORT),
    _grown("memory: two epochs over one", _EPOCH + "2", _EPOCH + "1"),
    Goal(
        "decoding: pieces a second, 4 times as long",
        Cell("Growth", "greedy, 16 at a time", ("60 pieces",)),
        0.9,
        Cell("Growth", "greedy, 16 at a time", ("15 pieces",)),
    ),
    _waits("seq2seq --help", 0.3),
    _waits('seq2seq translate "Where is the station?"', 3.0),
)


def table(sections: Mapping[str, Rows]) -> str:
    """Set out every goal, and what was measured with each number of threads."""
    head = ["work", "goal", *(f"threads: {threads}" for threads in THREADS)]
    return markdown_table(head, [_row(goal, sections) for goal in GOALS])


def _row(goal: Goal, sections: Mapping[str, Rows]) -> list[str]:
    cells = [goal.work, f"{'≤' if goal.at_most else '≥'} {goal.shown(goal.asked)}"]
    for threads in THREADS:
        value = goal.measured(sections, threads)
        if value is None:
            cells.append("–")
        else:
            shown = goal.shown(value)
            cells.append(f"{shown} ✓" if goal.is_reached(value) else shown)
    return cells
