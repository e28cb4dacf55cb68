"""A recurrent layer between a task's inputs and its answers."""

import torch
from torch import Tensor, nn

from seq2seq.nn.cells import CellName
from seq2seq.nn.initialisation import CellInit, initialise
from seq2seq.nn.loss import Loss, cross_entropy
from seq2seq.nn.recurrent import RecurrentLayer
from seq2seq.nn.state import CellState
from seq2seq.probes.tasks import Task, TaskBatch


class TaskNetwork(nn.Module):
    """Reads a sequence with one layer of cells, and says something at its last positions."""

    def __init__(self, task: Task, cell: CellName, hidden_size: int, begin: CellInit) -> None:
        super().__init__()
        self.layer = RecurrentLayer(cell, task.input_size, hidden_size, bidirectional=False)
        self.answer = nn.Linear(hidden_size, task.classes or 1)
        self.classes = task.classes
        initialise(self, begin)

    def forward(self, batch: TaskBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Return the loss over the scored positions: cross-entropy, or the squared error."""
        states = self._states(batch)  # (B, P, H)
        if self.classes is None:
            error = (self.answer(states).squeeze(-1) - batch.targets).square().sum()
            return Loss(error, error.detach(), batch.targets.numel())
        objective, nll = cross_entropy(
            states.flatten(0, 1),
            self.answer.weight,
            self.answer.bias,
            batch.targets.flatten(),
            label_smoothing,
        )
        return Loss(objective, nll, batch.targets.numel())

    def said(self, batch: TaskBatch) -> Tensor:
        """Answer at the scored positions: (B, P, classes or 1)."""
        answers: Tensor = self.answer(self._states(batch))
        return answers

    def last_loss(self, state: CellState, batch: TaskBatch) -> Tensor:
        """Give each sequence's loss at its last position (B,), from the state there."""
        said: Tensor = self.answer(state.h)  # (B, classes or 1)
        if self.classes is None:
            return (said.squeeze(-1) - batch.targets[:, -1]).square()
        return nn.functional.cross_entropy(said, batch.targets[:, -1], reduction="none")

    def _states(self, batch: TaskBatch) -> Tensor:
        rows, steps, _ = batch.inputs.shape
        states: Tensor = self.layer(batch.inputs, torch.full((rows,), steps)).states
        return states[:, -batch.targets.shape[1] :]
