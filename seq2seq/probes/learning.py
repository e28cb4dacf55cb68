"""A task network trained by the one loop, within a stated budget."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from seq2seq.batch import Batch
from seq2seq.config import Section
from seq2seq.nn.loss import Loss
from seq2seq.probes.network import TaskNetwork
from seq2seq.probes.tasks import Task, TaskBatches, held_out
from seq2seq.probes.variants import Variant
from seq2seq.training.config import TrainingConfig
from seq2seq.training.journal import NAME as JOURNAL
from seq2seq.training.learner import BatchSource
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all

SOLVED_SHARE = 0.1  # of the loss without memory; below that a task counts as solved


class Budget(Section):
    """What every cell gets, all the same."""

    updates: PositiveInt = 1_000
    rows: PositiveInt = 32  # sequences a batch
    hidden_size: PositiveInt = 32  # H
    learning_rate: PositiveFloat = 5e-3
    max_grad_norm: NonNegativeFloat = 1.0
    measured_rows: PositiveInt = 500  # sequences that were never trained on
    validate_every: PositiveInt = 50
    seed: NonNegativeInt = 1

    def training(self) -> TrainingConfig:
        """The settings of the loop."""
        return TrainingConfig(
            updates=self.updates,
            learning_rate=self.learning_rate,
            warmup_updates=min(50, self.updates - 1),
            max_grad_norm=self.max_grad_norm,
            label_smoothing=0.0,
            ema_decay=0.0,
            validate_every=self.validate_every,
            checkpoint_every=self.updates,
            choose_by="loss",
            patience=0,
            journal_every=1,
        )


@dataclass(frozen=True)
class Trained:
    """What a run gave."""

    best: Mark
    reached_goal: bool
    gradient_norms: tuple[float, ...]  # of each line of the journal, over all weights, before clipping
    losses: tuple[float, ...]  # the objective on what was trained on, likewise


@dataclass(frozen=True)
class Learnt:
    """The best network of a task, and how good it is."""

    network: TaskNetwork
    accuracy: float  # on sequences that were held out
    trained: Trained

    @property
    def loss(self) -> float:
        """A scored position, on the same sequences."""
        return self.trained.best.validation.loss


def untrained(task: Task, variant: Variant, budget: Budget) -> TaskNetwork:
    """Make the network as it begins; the same seed makes the same weights."""
    seed_all(budget.seed)
    return TaskNetwork(task, variant.cell, budget.hidden_size, variant.begin(task.length))


def learn(task: Task, variant: Variant, budget: Budget, observer: Observer | None = None) -> Learnt:
    """Train until the task is solved or the budget is spent.

    Raises:
        KeyboardInterrupt: the user stopped it.
    """
    network = untrained(task, variant, budget)
    batches = TaskBatches(task, budget.rows, budget.seed)
    test = held_out(task, budget.measured_rows, budget.seed)
    goal = SOLVED_SHARE * task.baseline
    trained = train(network, batches, budget.training(), test, goal=goal, seed=budget.seed, observer=observer)
    with torch.no_grad():
        accuracy = task.accuracy(network.said(test), test.targets)
    return Learnt(network, accuracy, trained)


def train(  # noqa: PLR0913 — all but the subject by name
    network: nn.Module,
    batches: BatchSource,
    config: TrainingConfig,
    test: Batch,
    *,
    goal: float,
    seed: int,
    observer: Observer | None = None,
) -> Trained:
    """Train a small network nowhere on the disk; afterwards it has its best weights, and is at rest.

    Args:
        network: gives a `Loss` for a batch.
        batches: to learn from.
        config: the settings of the loop.
        test: what the loss is measured on.
        goal: loss on it below which training ends early.
        seed: of every random generator.
        observer: is told of progress.

    Raises:
        KeyboardInterrupt: the user stopped it.
        TrainingError: the loss or the gradient is not finite.
    """
    best = _Best(test, goal)
    with TemporaryDirectory(prefix="seq2seq-probe-") as directory:
        outcome = fit(
            Path(directory),
            network,
            batches,
            config,
            validate=best.validate,
            save_best=best.keep,
            identity={},
            seed=seed,
            observer=observer,
            stop=best.reached,
        )
        lines = [json.loads(line) for line in (Path(directory) / JOURNAL).read_text("utf-8").splitlines()]
    if outcome.signal is not None:
        raise KeyboardInterrupt
    assert outcome.best is not None, "a run validates before it ends"
    network.load_state_dict(best.weights)
    network.eval()
    updates = [line for line in lines if line["kind"] == "update"]
    return Trained(
        outcome.best,
        best.reached.is_set(),
        tuple(line["grad_norm"] for line in updates),
        tuple(line["loss"] for line in updates),
    )


class _Best:
    """Validates on what was held out, keeps the best weights, and says when the goal is reached."""

    def __init__(self, test: Batch, goal: float) -> None:
        self.weights: dict[str, Tensor] = {}
        self.reached = threading.Event()
        self._test = test
        self._goal = goal

    def validate(self, network: nn.Module) -> Validation:
        loss: Loss = network(self._test)
        return Validation(float(loss.nll) / loss.tokens)

    def keep(self, network: nn.Module, mark: Mark) -> None:
        self.weights = {name: weight.clone() for name, weight in network.state_dict().items()}
        if mark.validation.loss < self._goal:
            self.reached.set()
