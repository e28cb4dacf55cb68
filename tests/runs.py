"""Small training runs: a model of a few hundred weights, a dozen pairs, and `fit` with short settings.

As a program, `python runs.py RUN UPDATES` trains in RUN and tells each update, so that a test can
kill it.
"""

import json
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import EOS, PAD, ParallelBatch, collate
from seq2seq.nn.loss import Loss
from seq2seq.training.config import TrainingConfig
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Mark, Outcome, Progress, Validation

VOCABULARY = 12


class Guesser(nn.Module):
    """Guesses each target piece from the piece before it and the sum of the source."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 6, padding_idx=PAD)
        self.hidden = nn.Linear(6, 6)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(6, VOCABULARY)
        self.output.weight = self.embedding.weight  # tied, as real models are

    def forward(self, batch: ParallelBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Give the loss of a batch."""
        source = self.embedding(batch.source.tokens) * batch.source.mask.unsqueeze(-1)  # (B, S, E)
        source = source.sum(dim=1, keepdim=True)  # (B, 1, E)
        hidden = torch.tanh(self.hidden(self.embedding(batch.inputs) + source))  # (B, T, E)
        logits = self.output(self.dropout(hidden))[batch.target_mask]  # (N, V)
        targets = batch.target[batch.target_mask]  # (N,)
        objective = F.cross_entropy(logits, targets, reduction="sum", label_smoothing=label_smoothing)
        nll = F.cross_entropy(logits.detach(), targets, reduction="sum")
        return Loss(objective, nll, len(targets))


class Poisoned(Guesser):
    """Gives a loss that is not a number in training calls number `at` to `until`."""

    def __init__(self, at: int, until: int) -> None:
        super().__init__()
        self.at, self.until, self.calls = at, until, 0

    def forward(self, batch: ParallelBatch, *, label_smoothing: float = 0.0) -> Loss:
        """Count, and spoil the loss when its time has come."""
        loss = super().forward(batch, label_smoothing=label_smoothing)
        self.calls += self.training
        if self.training and self.at <= self.calls <= self.until:
            return Loss(loss.sum * torch.nan, loss.nll, loss.tokens)
        return loss


class Shuffled:
    """Twelve pairs, shuffled anew each epoch from (seed, epoch)."""

    def __init__(self, seed: int = 0, size: int = 3) -> None:
        draw = random.Random(5)  # noqa: S311 — nothing is secret
        sentences = [[draw.randrange(4, VOCABULARY) for _ in range(draw.randint(1, 4))] for _ in range(12)]
        self._pairs = [([*sentence, EOS], [*reversed(sentence), EOS]) for sentence in sentences]
        self._seed, self._size = seed, size
        self.epoch, self._next = 0, 0

    @property
    def position(self) -> float:
        """Share of the epoch that is done."""
        return self._next / len(self._pairs)

    def __next__(self) -> ParallelBatch:
        if self._next >= len(self._pairs):
            self.epoch, self._next = self.epoch + 1, 0
        order = list(range(len(self._pairs)))
        random.Random(f"{self._seed} {self.epoch}").shuffle(order)  # noqa: S311 — nothing is secret
        batch = collate([self._pairs[index] for index in order[self._next : self._next + self._size]])
        self._next += self._size
        return batch

    def state_dict(self) -> dict[str, Any]:
        """The place."""
        return {"epoch": self.epoch, "next": self._next}

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Go there."""
        self.epoch, self._next = state["epoch"], state["next"]


@dataclass
class Watcher:
    """Keeps all it is told, and calls `then` after each progress."""

    then: Callable[[Progress], None] = lambda _: None
    seen: list[Progress] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        """Keep it."""
        self.seen.append(progress)
        self.then(progress)

    def notice(self, message: str) -> None:
        """Keep it."""
        self.notices.append(message)


def validate(model: nn.Module) -> Validation:
    """Measure the loss on one batch, and draw from every generator to see that nobody minds."""
    torch.rand(3)
    random.random()  # noqa: S311 — nothing is secret
    assert not model.training
    assert not torch.is_grad_enabled()
    loss: Loss = model(next(Shuffled(seed=9, size=6)))
    return Validation(float(loss.nll) / loss.tokens, bleu=None)


def config(**settings: Any) -> TrainingConfig:  # noqa: ANN401 — whatever the section has
    """Settings of a run of 24 updates that does everything now and then."""
    short = {
        "updates": 24,
        "learning_rate": 0.02,
        "warmup_updates": 4,
        "validate_every": 6,
        "checkpoint_every": 4,
        "journal_every": 3,
        "choose_by": "loss",
        "patience": 0,
    }
    return TrainingConfig.model_validate({**short, **settings})


def begin(seed: int = 1, dropout: float = 0.1) -> Guesser:
    """A model as every call begins with."""
    torch.manual_seed(seed)
    return Guesser(dropout)


def train(  # noqa: PLR0913 — all by name
    run: Path,
    settings: TrainingConfig | None = None,
    *,
    model: nn.Module | None = None,
    identity: Mapping[str, Any] | None = None,
    save_best: Callable[[nn.Module, Mark], None] = lambda _model, _mark: None,
    seed: int = 1,
    size: int = 3,
    **others: Any,  # noqa: ANN401 — what `fit` takes
) -> tuple[Outcome, dict[str, Tensor]]:
    """Fit a small model in `run`, and give the outcome and the final weights."""
    model = begin(seed) if model is None else model
    outcome = fit(
        run,
        model,
        Shuffled(seed, size),
        config() if settings is None else settings,
        **{
            "validate": validate,
            "save_best": save_best,
            "identity": {"model": {"hidden": 6}} if identity is None else identity,
            "seed": seed,
            **others,
        },
    )
    return outcome, {name: weight.detach().clone() for name, weight in model.named_parameters()}


def equal(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether weights are the same, bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def journal(run: Path, kind: str) -> list[dict[str, Any]]:
    """The lines of one kind."""
    lines = [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == kind]


def learnt(run: Path) -> list[dict[str, Any]]:
    """What the journal says of updates and validations, without what depends on the clock."""
    clock = {"elapsed_s", "seconds", "tokens_per_s", "peak_memory_bytes"}
    lines = journal(run, "update") + journal(run, "validation")
    return [{name: value for name, value in line.items() if name not in clock} for line in lines]


if __name__ == "__main__":
    torch.set_num_threads(1)

    def tell(progress: Progress) -> None:
        """Say how far it is."""
        sys.stdout.write(f"{progress.update}\n")
        sys.stdout.flush()

    settings = config(updates=int(sys.argv[2]), journal_every=5, checkpoint_every=7, validate_every=20)
    outcome, _ = train(Path(sys.argv[1]), settings, observer=Watcher(tell))
    sys.exit(0 if outcome.signal is None else 128 + outcome.signal)
