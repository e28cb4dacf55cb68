"""Which cell remembers over how many steps, within an equal budget."""

from dataclasses import dataclass
from typing import Any

from seq2seq.amounts import amount
from seq2seq.evaluation.tables import aligned
from seq2seq.plots.charts import Curve, Figure, LineChart
from seq2seq.plots.terminal import draw_chart
from seq2seq.probes.learning import SOLVED_SHARE, Budget, learn
from seq2seq.probes.tasks import Task
from seq2seq.probes.variants import Variant


@dataclass(frozen=True)
class Remembered:
    """How one cell did on one task."""

    task: Task
    variant: Variant
    loss: float  # a scored position, on sequences that were held out
    accuracy: float
    updates: int  # until it was solved, or until its best
    is_solved: bool

    @property
    def share(self) -> float:
        """Loss as a share of the loss without memory: 1 has remembered nothing."""
        return self.loss / self.task.baseline

    def row(self) -> list[str]:
        """Its line of the table."""
        task = self.task
        return [
            f"{task.name} {task.length}",
            self.variant.name,
            f"{self.loss:.4f}",
            f"{task.baseline:.4f}",
            f"{100 * self.accuracy:.1f} %",
            f"{100 * task.chance:.1f} %",
            f"{self.updates:,}",
            "solved" if self.is_solved else "-",
        ]

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "task": self.task.name,
            "length": self.task.length,
            "variant": self.variant.name,
            "loss": self.loss,
            "baseline": self.task.baseline,
            "accuracy": self.accuracy,
            "chance": self.task.chance,
            "updates": self.updates,
            "solved": self.is_solved,
        }


@dataclass(frozen=True)
class MemoryReport:
    """What `seq2seq probe memory` found."""

    budget: Budget
    found: tuple[Remembered, ...]

    def text(self, width: int = 80) -> str:
        """Which cell solved which length, every number, and a chart a task."""
        header = ["", "cell", "loss", "no memory", "right", "chance", "updates", ""]
        budget = self.budget
        conditions = (
            f"{amount(budget.hidden_size, 'unit')}, {amount(budget.updates, 'update')} of "
            f"{amount(budget.rows, 'sequence')} at most; "
            f"solved: below {100 * SOLVED_SHARE:.0f} % of the loss without memory"
        )
        told = [
            conditions,
            "",
            aligned(self._table()),
            "",
            aligned([header, *(one.row() for one in self.found)]),
        ]
        for chart in self._charts():
            told += ["", draw_chart(chart, width=width, height=10)]
        return "\n".join(told)

    def figure(self) -> Figure:
        """Loss against length, a chart a task."""
        charts = self._charts()
        title = f"What a cell remembers within {amount(self.budget.updates, 'update')}"
        return Figure(charts, columns=len(charts), title=title)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "budget": self.budget.model_dump(mode="json"),
            "solved_below": SOLVED_SHARE,
            "results": [one.to_json() for one in self.found],
        }

    def _table(self) -> list[list[str]]:
        """A line a cell, a column a task: the update at which it was solved."""
        tasks = list(dict.fromkeys((one.task.name, one.task.length) for one in self.found))
        done = {(one.variant.name, one.task.name, one.task.length): one for one in self.found}
        rows = [["solved at update", *(f"{name} {length}" for name, length in tasks)]]
        for name in dict.fromkeys(one.variant.name for one in self.found):
            cells = [done[(name, *task)] for task in tasks]
            rows.append([name, *(f"{cell.updates:,}" if cell.is_solved else "-" for cell in cells)])
        return rows

    def _charts(self) -> list[LineChart]:
        return [self._chart(name) for name in dict.fromkeys(one.task.name for one in self.found)]

    def _chart(self, task: str) -> LineChart:
        chosen = [one for one in self.found if one.task.name == task]
        curves = []
        for name in dict.fromkeys(one.variant.name for one in chosen):
            line = [one for one in chosen if one.variant.name == name]
            curves.append(Curve(name, [one.task.length for one in line], [one.share for one in line]))
        ends = [min(one.task.length for one in chosen), max(one.task.length for one in chosen)]
        curves.append(Curve("no memory", ends, [1.0, 1.0], dashed=True))
        lengths = sorted({one.task.length for one in chosen})
        return LineChart(
            task,
            curves,
            "steps to remember over",
            "share of the loss without memory",
            "log",
            "log",
            x_ticks=[(length, str(length)) for length in lengths],
        )


def probe_memory(task: Task, variant: Variant, budget: Budget) -> Remembered:
    """Train a variant on a task within a budget."""
    learnt = learn(task, variant, budget)
    best = learnt.trained.best
    return Remembered(task, variant, learnt.loss, learnt.accuracy, best.update, learnt.trained.reached_goal)
