"""A system: one model, or the same model trained from several seeds, on one test set."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from seq2seq.evaluation.attention import Attention, mean_attention
from seq2seq.evaluation.behaviour import behaviour
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.lengths import FEW_IN_BUCKET, rows_between
from seq2seq.evaluation.scores import length_ratio
from seq2seq.evaluation.seeds import Spread, spread


@dataclass(frozen=True, slots=True)
class Habits:
    """What goes wrong, in sentences a run; the rules are those of `behaviour`."""

    length_ratio: float  # of translations over references, in BLEU's tokens
    loops: float
    empty: float
    copies: float


@dataclass(frozen=True, slots=True)
class LengthSpread:
    """The sentences of one range of source lengths."""

    label: str
    sentences: int
    bleu: Spread
    habits: Habits

    @property
    def is_small(self) -> bool:
        """True when there are too few sentences to lean on."""
        return self.sentences < FEW_IN_BUCKET


@dataclass(frozen=True)
class System:
    """What is compared; its figures are means over the runs."""

    name: str
    runs: tuple[Evaluation, ...]  # one a seed, on the same test set

    @property
    def seeds(self) -> str:
        """How many runs, in words, or nothing for one."""
        return f"{len(self.runs)} seeds" if len(self.runs) > 1 else ""

    @property
    def first(self) -> Evaluation:
        """The run that stands for the system where only one can be shown."""
        return self.runs[0]

    @cached_property
    def bleu(self) -> Spread:
        """Of the whole test set."""
        return spread([run.bleu for run in self.runs])

    @cached_property
    def chrf(self) -> Spread:
        """Of the whole test set."""
        return spread([run.chrf for run in self.runs])

    @cached_property
    def habits(self) -> Habits:
        """Of the whole test set."""
        return _habits(self.runs, range(self.first.sentences))

    @cached_property
    def attention(self) -> Attention | None:
        """None when a run has none."""
        return mean_attention([run.attention for run in self.runs])

    @cached_property
    def by_length(self) -> tuple[LengthSpread, ...]:
        """The ranges that have sentences, shortest first."""
        found = []
        for bucket in self.first.by_length:
            rows = rows_between(self.first.sources, bucket.shortest, bucket.longest)
            bleu = spread([run.bleu for run in self.runs], rows)
            found.append(LengthSpread(bucket.label, len(rows), bleu, _habits(self.runs, rows)))
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """All figures, and each run, as values that `json.dump` takes."""
        return {
            "name": self.name,
            "bleu": asdict(self.bleu),
            "chrf": asdict(self.chrf),
            "by_length": [asdict(found) | {"is_small": found.is_small} for found in self.by_length],
            "behaviour": asdict(self.habits),
            "attention": None if self.attention is None else asdict(self.attention),
            "runs": [run.to_json() for run in self.runs],
        }


def system_of(*runs: Evaluation, name: str = "") -> System:
    """Put runs together; without a name, they are called what they call themselves."""
    return System(name or called([run.name for run in runs]), runs)


def called(runs: Sequence[str]) -> str:
    """What a system without a name is called, by what its runs are called."""
    return ", ".join(dict.fromkeys(runs))


def _habits(runs: Sequence[Evaluation], rows: Sequence[int]) -> Habits:
    found = [
        behaviour(
            [run.sources[row] for row in rows],
            [[lines[row] for row in rows] for lines in run.references],
            [run.translations[row] for row in rows],
        )
        for run in runs
    ]
    return Habits(
        length_ratio=float(np.mean([length_ratio(run.bleu, rows) for run in runs])),
        loops=float(np.mean([item.loops.count for item in found])),
        empty=float(np.mean([item.empty.count for item in found])),
        copies=float(np.mean([item.copies.count for item in found])),
    )
