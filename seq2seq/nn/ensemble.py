"""Several models that translate as one: at each step their probabilities are averaged.

    p(y) = 1/n Σ_i p_i(y)

Sutskever et al. 2014 (arXiv:1409.3215), section 3.6, average so too. Attention is the mean over those
that have any.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.batch import ParallelBatch, SourceBatch
from seq2seq.nn.inference import Network
from seq2seq.nn.model import Forced
from seq2seq.nn.state import DecoderState, Step


@dataclass(frozen=True)
class EnsembleState:
    """The state of each model, all of the same sentences and hypotheses."""

    members: tuple[DecoderState, ...]

    def repeat(self, hypotheses: int) -> "EnsembleState":
        """See `State.repeat`."""
        return self._map(lambda state: state.repeat(hypotheses))

    def reorder(self, rows: Tensor) -> "EnsembleState":
        """See `State.reorder`."""
        return self._map(lambda state: state.reorder(rows))

    def select(self, sentences: Tensor) -> "EnsembleState":
        """See `State.select`."""
        return self._map(lambda state: state.select(sentences))

    def join(self, other: "EnsembleState") -> "EnsembleState":
        """See `State.join`."""
        pairs = zip(self.members, other.members, strict=True)
        return EnsembleState(tuple(mine.join(theirs) for mine, theirs in pairs))

    def _map(self, change: Callable[[DecoderState], DecoderState]) -> "EnsembleState":
        return EnsembleState(tuple(map(change, self.members)))


class Ensemble:
    """A `StepModel[EnsembleState]` over models with the same vocabularies on the same device."""

    def __init__(self, members: Sequence[Network]) -> None:
        assert members, "an ensemble has at least one model"
        self.members = tuple(members)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.members[0].device

    @property
    def is_attentive(self) -> bool:
        """Whether any of the models has attention."""
        return any(member.is_attentive for member in self.members)

    def start(self, source: SourceBatch) -> EnsembleState:
        """Encode the sources with each model."""
        return EnsembleState(tuple(member.start(source) for member in self.members))

    def step(self, previous: Tensor, state: EnsembleState) -> Step[EnsembleState]:
        """Take one step with each model, and average what they say."""
        steps = [member.step(previous, own) for member, own in zip(self.members, state.members, strict=True)]
        log_probs = _mean([step.logits.float().log_softmax(dim=-1) for step in steps])  # (R, V)
        attention = _average([step.attention for step in steps])  # (R, S)
        return Step(log_probs, EnsembleState(tuple(step.state for step in steps)), attention)

    def force(self, batch: ParallelBatch) -> Forced:
        """Rate given targets; see `EncoderDecoder.force`."""
        forced = [member.force(batch) for member in self.members]
        return Forced(
            _mean([one.log_probs for one in forced]),  # (B, T); padding stays 0, the mean of ones
            _average([one.attention for one in forced]),  # (B, T, S)
        )


def _mean(log_probs: Sequence[Tensor]) -> Tensor:
    """The logarithm of the mean probability."""
    return torch.stack(list(log_probs)).logsumexp(dim=0) - math.log(len(log_probs))


def _average(weights: Sequence[Tensor | None]) -> Tensor | None:
    present = [rows for rows in weights if rows is not None]
    return torch.stack(present).mean(dim=0) if present else None
