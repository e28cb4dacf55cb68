"""How far back a gradient reaches: the norm of ∂L_T/∂h_{T-k} against the lag k.

Pascanu, Mikolov and Bengio 2013 (arXiv:1211.5063), section 2: the gradient at lag k has been through
k Jacobians of the cell, so it shrinks or grows as their product does.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.amounts import amount
from seq2seq.evaluation.tables import aligned
from seq2seq.nn.state import CellState
from seq2seq.plots.charts import Curve, Figure, LineChart
from seq2seq.plots.terminal import draw_chart
from seq2seq.probes.learning import Budget, learn, untrained
from seq2seq.probes.network import TaskNetwork
from seq2seq.probes.tasks import Task, TaskBatch, held_out
from seq2seq.probes.variants import Variant

MEASURED_ROWS = 32  # sequences whose gradients are averaged
SHOWN_LAGS = (1, 5, 10, 20, 50, 100, 200, 400)


@dataclass(frozen=True)
class StateGradients:
    """Norms by lag, lag 0 first: the mean over sequences of each one's own gradient."""

    h: NDArray[np.float64]  # (S,)
    c: NDArray[np.float64] | None  # (S,), of an LSTM's cell


def state_gradients(network: TaskNetwork, batch: TaskBatch, truncate: int | None = None) -> StateGradients:
    """Measure ‖∂L_T/∂h_{T-k}‖ for each lag k, where L_T is the loss at the last position alone.

    In double precision, so that a small gradient is told from none: with 32 bits it would sink to 0
    by itself near 1e-45.

    Args:
        network: left as it is.
        batch: of sequences.
        truncate: cut the gradient after so many steps, as truncated back-propagation through time
            does: the state that enters the last `truncate` steps is a constant.
    """
    double = deepcopy(network).double()
    states = _watched_states(double, batch.inputs.double(), truncate)
    targets = batch.targets.double() if batch.targets.is_floating_point() else batch.targets
    double.last_loss(states[-1], TaskBatch(batch.inputs, targets)).sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    cells = [state.c for state in states if state.c is not None]
    return StateGradients(_norms([state.h for state in states]), _norms(cells) if cells else None)


def _watched_states(network: TaskNetwork, inputs: Tensor, truncate: int | None) -> list[CellState]:
    """Unroll the cell as it is written, and let every state keep its gradient."""
    cell = network.layer.forward_cell
    state = cell.initial(inputs.new_zeros(inputs.shape[0], cell.hidden_size))
    states: list[CellState] = []
    every = cell.input_gates(inputs).unbind(dim=1)  # (B, G·H), S times
    for t, gates in enumerate(every):
        if truncate is not None and len(every) - t == truncate:
            state = state.map(Tensor.detach)
        state = cell.advance(gates, state)
        for tensor in (state.h, state.c):
            if tensor is not None:
                tensor.retain_grad()
        states.append(state)
    return states


def _norms(states: Sequence[Tensor]) -> NDArray[np.float64]:
    gradients = [state.grad for state in reversed(states)]
    return np.array([0.0 if g is None else float(g.norm(dim=1).mean()) for g in gradients])


@dataclass(frozen=True)
class Reach:
    """What was measured of one variant at one time, for every seed; each (seeds, S)."""

    h: NDArray[np.float64]
    c: NDArray[np.float64] | None

    @staticmethod
    def of(measured: Sequence[StateGradients]) -> "Reach":
        """Put the seeds on top of each other."""
        cells = [one.c for one in measured if one.c is not None]
        return Reach(np.stack([one.h for one in measured]), np.stack(cells) if cells else None)

    def named(self, name: str) -> list[tuple[str, NDArray[np.float64]]]:
        """Shares of the norm at lag 0, (seeds, S), of h and of an LSTM's c."""
        parts = [(name, self.h)] + ([] if self.c is None else [(f"{name}, its c", self.c)])
        return [(label, norms / self.h[:, :1]) for label, norms in parts]

    def curves(self, name: str) -> Iterator[Curve]:
        """Median and quartiles over seeds."""
        for label, shares in self.named(name):
            low, middle, high = (part.tolist() for part in np.quantile(shares, [0.25, 0.5, 0.75], axis=0))
            yield Curve(label, list(range(len(middle))), middle, low, high)

    def to_json(self) -> dict[str, Any]:
        """Norms as they were measured: a list a seed, lag 0 first."""
        return {"h": self.h.tolist(), "c": None if self.c is None else self.c.tolist()}


@dataclass(frozen=True)
class VariantGradients:
    """One variant before training and after."""

    variant: Variant
    begun: Reach
    trained: Reach | None
    losses: tuple[float, ...]  # after training, one a seed
    solved: int  # seeds that solved the task


@dataclass(frozen=True)
class GradientReport:
    """What `seq2seq probe gradients` found."""

    task: Task
    budget: Budget
    seeds: int
    found: tuple[VariantGradients, ...]

    @property
    def lags(self) -> list[int]:
        """The lags of the tables."""
        steps = self.found[0].begun.h.shape[1]
        return [lag for lag in SHOWN_LAGS if lag < steps - 1] + [steps - 1]

    def text(self, width: int = 80) -> str:
        """Tables and charts."""
        conditions = (
            f"{self.task.name} over {amount(self.task.length, 'step')}, "
            f"{amount(self.budget.hidden_size, 'unit')}, median of {amount(self.seeds, 'seed')}; "
            "‖∂L_T/∂h_(T-k)‖ as a share of ‖∂L_T/∂h_T‖"
        )
        told = [conditions]
        for chart in self._charts():
            told += ["", draw_chart(chart, width=width)]
        told += ["", "at initialisation", aligned(self._rows(after=False))]
        if self._is_trained:
            told += [
                "",
                f"after training, {amount(self.budget.updates, 'update')} at most",
                aligned(self._rows(after=True)),
            ]
        return "\n".join(told)

    def figure(self) -> Figure:
        """Both charts side by side."""
        charts = self._charts()
        return Figure(
            charts,
            columns=len(charts),
            title=f"How far back a gradient reaches: {self.task.name}, {amount(self.task.length, 'step')}",
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "task": self.task.name,
            "length": self.task.length,
            "baseline": self.task.baseline,
            "budget": self.budget.model_dump(mode="json"),
            "variants": [
                {
                    "variant": one.variant.name,
                    "begun": one.begun.to_json(),
                    "trained": None if one.trained is None else one.trained.to_json(),
                    "losses": list(one.losses),
                    "solved": one.solved,
                }
                for one in self.found
            ],
        }

    @property
    def _is_trained(self) -> bool:
        return any(one.trained is not None for one in self.found)

    def _charts(self) -> list[LineChart]:
        times = [("at initialisation", [one.begun for one in self.found])]
        if self._is_trained:
            times.append(("after training", [one.trained or one.begun for one in self.found]))
        return [
            LineChart(
                title,
                [
                    curve
                    for one, reach in zip(self.found, reaches, strict=True)
                    for curve in reach.curves(one.variant.name)
                ],
                "lag k in steps",
                "share of the gradient that is left",
                y_scale="log",
            )
            for title, reaches in times
        ]

    def _rows(self, *, after: bool) -> list[list[str]]:
        header = ["", *(f"k={lag}" for lag in self.lags)]
        rows = [[*header, "loss", "solved"] if after else header]
        for one in self.found:
            reach = (one.trained or one.begun) if after else one.begun
            ends = [f"{float(np.median(one.losses)):.3f}", f"{one.solved}/{self.seeds}"] if after else []
            for number, (name, shares) in enumerate(reach.named(one.variant.name)):
                middle = np.median(shares, axis=0)[self.lags]
                written = ["0" if share == 0.0 else f"{share:.2g}" for share in middle]
                rows.append([name, *written, *(["", ""] if number and after else ends)])
        return rows


def probe_gradients(
    task: Task, variant: Variant, budget: Budget, *, seeds: int, train: bool
) -> VariantGradients:
    """Measure a variant as it begins and, with `train`, after it has learnt the task.

    A truncated variant learns without truncation; what is cut is the gradient that is measured.
    """
    begun, trained, losses, solved = [], [], [], 0
    for seed in range(budget.seed, budget.seed + seeds):
        seeded = budget.model_copy(update={"seed": seed})
        batch = held_out(task, MEASURED_ROWS, seed)
        begun.append(state_gradients(untrained(task, variant, seeded), batch, variant.truncate))
        if train:
            learnt = learn(task, variant, seeded)
            trained.append(state_gradients(learnt.network, batch, variant.truncate))
            losses.append(learnt.loss)
            solved += learnt.trained.reached_goal
    return VariantGradients(
        variant, Reach.of(begun), Reach.of(trained) if trained else None, tuple(losses), solved
    )
