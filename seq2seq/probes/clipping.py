"""Exploding gradients, and what clipping does to them.

Pascanu, Mikolov and Bengio 2013 (arXiv:1211.5063), section 3.2: where the gradient over all weights is
longer than a threshold it is shortened to it, and keeps its direction. That bounds how far one update
goes; it gives nothing back to a gradient that has vanished.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seq2seq.amounts import amount
from seq2seq.errors import TrainingError
from seq2seq.evaluation.tables import aligned
from seq2seq.plots.charts import Curve, Figure, LineChart
from seq2seq.plots.terminal import draw_chart
from seq2seq.probes.learning import Budget, Learnt, learn
from seq2seq.probes.tasks import Task
from seq2seq.probes.variants import Variant

SMOOTHED_UPDATES = 20  # a point of the loss curve is the mean of so many


@dataclass(frozen=True)
class ClippedRun:
    """One run, with or without clipping."""

    variant: Variant
    max_grad_norm: float  # 0: not clipped
    learnt: Learnt | None  # None: the loss or the gradient left the finite numbers
    trouble: str = ""

    @property
    def norms(self) -> tuple[float, ...]:
        """Of each update's gradient, as it was."""
        return () if self.learnt is None else self.learnt.trained.gradient_norms

    @property
    def clipped_norms(self) -> list[float]:
        """The same as the optimiser got it."""
        return [min(norm, self.max_grad_norm) if self.max_grad_norm else norm for norm in self.norms]

    def row(self) -> list[str]:
        """Its line of the table."""
        clip = f"{self.max_grad_norm:g}" if self.max_grad_norm else "off"
        if self.learnt is None:
            return [self.variant.name, clip, "-", "-", "-", "-", self.trouble]
        norms, after = np.array(self.norms), np.array(self.clipped_norms)
        return [
            self.variant.name,
            clip,
            f"{np.median(norms):.2g}",
            f"{norms.max():.3g}",
            f"{after.max():.3g}",
            f"{100 * float((after < norms).mean()):.0f} %",
            f"{self.learnt.loss:.4f}",
        ]


@dataclass(frozen=True)
class ClippingReport:
    """What `seq2seq probe clipping` found."""

    task: Task
    budget: Budget
    runs: tuple[ClippedRun, ...]

    def text(self, width: int = 80) -> str:
        """A table, and the norms before and after as a chart."""
        header = ["", "clip at", "median norm", "largest", "after clipping", "clipped", "loss"]
        conditions = (
            f"{self.task.name} over {amount(self.task.length, 'step')}, "
            f"{amount(self.budget.hidden_size, 'unit')}, {amount(self.budget.updates, 'update')} at most; "
            "norm of the gradient over all weights"
        )
        return "\n".join(
            [
                conditions,
                "",
                draw_chart(self._norms(), width=width),
                "",
                aligned([header, *(run.row() for run in self.runs)]),
                f"loss without memory: {self.task.baseline:.4f}",
            ]
        )

    def figure(self) -> Figure:
        """Norms before and after, and the loss with and without clipping."""
        return Figure(
            [self._norms(), self._losses()],
            columns=2,
            title=f"Exploding gradients and clipping: {self.task.name}, {amount(self.task.length, 'step')}",
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "task": self.task.name,
            "length": self.task.length,
            "baseline": self.task.baseline,
            "budget": self.budget.model_dump(mode="json"),
            "runs": [
                {
                    "variant": run.variant.name,
                    "max_grad_norm": run.max_grad_norm,
                    "norms": list(run.norms),
                    "clipped_norms": run.clipped_norms,
                    "loss": None if run.learnt is None else run.learnt.loss,
                    "losses": [] if run.learnt is None else list(run.learnt.trained.losses),
                    "trouble": run.trouble,
                }
                for run in self.runs
            ],
        }

    def _norms(self) -> LineChart:
        curves = []
        for run in (run for run in self.runs if run.max_grad_norm and run.learnt is not None):
            updates = list(range(1, len(run.norms) + 1))
            curves += [
                Curve(f"{run.variant.name}, as it was", updates, run.norms),
                Curve(f"{run.variant.name}, clipped", updates, run.clipped_norms),
            ]
        return LineChart("gradient norms", curves, "update", "norm over all weights", y_scale="log")

    def _losses(self) -> LineChart:
        curves = []
        for run in (run for run in self.runs if run.learnt is not None):
            losses = np.array(run.learnt.trained.losses if run.learnt else ())
            whole = len(losses) // SMOOTHED_UPDATES * SMOOTHED_UPDATES
            means = losses[:whole].reshape(-1, SMOOTHED_UPDATES).mean(axis=1).tolist()
            ends = [SMOOTHED_UPDATES * (number + 1) for number in range(len(means))]
            how = f"clipped at {run.max_grad_norm:g}" if run.max_grad_norm else "not clipped"
            curves.append(Curve(f"{run.variant.name}, {how}", ends, means))
        curves.append(
            Curve(
                "no memory", [1, self.budget.updates], [self.task.baseline, self.task.baseline], dashed=True
            )
        )
        return LineChart("training loss", curves, "update", "loss")


def probe_clipping(task: Task, variant: Variant, budget: Budget) -> Iterator[ClippedRun]:
    """Train a variant twice, the same but for the clipping at `budget.max_grad_norm`."""
    for clip in (0.0, budget.max_grad_norm):
        try:
            learnt = learn(task, variant, budget.model_copy(update={"max_grad_norm": clip}))
        except TrainingError as error:
            yield ClippedRun(variant, clip, None, error.problem)
        else:
            yield ClippedRun(variant, clip, learnt)
