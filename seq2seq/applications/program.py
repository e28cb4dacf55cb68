"""What the lecture's programs share: the head of their experiment files, and how a run is driven.

A run's directory:

    experiment.json   all settings, defaults included
    journal.jsonl     one line of facts a report
    checkpoint.*      where the same command goes on
    model/            the best model so far, ready to be used
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import NonNegativeInt
from torch import nn

from seq2seq.card import Card, CardData, CardScore, Kind
from seq2seq.config import Section
from seq2seq.training.config import Share, TrainingConfig
from seq2seq.training.learner import BatchSource
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Mark, Observer, Outcome, Validation
from seq2seq.training.provenance import provenance


class ProgramTraining(TrainingConfig):
    """`[training]` of a program: as for a translator, but what is best is told by the loss."""

    choose_by: Literal["bleu", "loss"] = "loss"
    label_smoothing: Share = 0.0


class Program(Section):
    """What every program's experiment file begins with."""

    name: str
    description: str = ""
    licence: str = ""  # of the model: what the corpus allows
    attribution: str = ""
    seed: NonNegativeInt = 1  # of everything that is random
    training: ProgramTraining = ProgramTraining()


class Work(Protocol):
    """What one program does where all others do the same."""

    def validate(self, model: nn.Module) -> Validation:
        """Measure a model: averaged weights, no dropout, no gradients."""
        ...

    def save(self, model: nn.Module, mark: Mark, elapsed_s: float) -> None:
        """Write the model directory; `elapsed_s` is 0 until the run is over."""
        ...

    def load(self) -> nn.Module:
        """The network of the model directory, where it is to be measured."""
        ...


@dataclass(frozen=True)
class Trained:
    """What training left."""

    model: Path  # the model directory; not there before the first validation
    outcome: Outcome


def train_program(  # noqa: PLR0913 — all but the subject by name
    run: Path,
    program: Program,
    model: nn.Module,
    batches: BatchSource,
    work: Work,
    *,
    identity: Mapping[str, Any],
    observer: Observer | None = None,
) -> Trained:
    """Train in a directory; the same call again goes on, and is over at once when nothing is left.

    Args:
        run: the run's directory; the model goes to `run/model`.
        program: all settings.
        model: the untrained network, where it is to be trained.
        batches: what it learns from.
        work: measures and writes it.
        identity: JSON-able facts that must not change between calls: model, data.
        observer: is told of progress.
    """
    run.mkdir(parents=True, exist_ok=True)
    (run / "experiment.json").write_text(program.model_dump_json(indent=2) + "\n", encoding="utf-8")
    outcome = fit(
        run,
        model,
        batches,
        program.training,
        validate=work.validate,
        save_best=lambda best, mark: work.save(best, mark, 0.0),
        identity=identity,
        seed=program.seed,
        observer=observer,
    )
    if outcome.is_finished and outcome.best is not None:
        work.save(work.load(), outcome.best, outcome.elapsed_s)
    return Trained(run / "model", outcome)


def card_of(  # noqa: PLR0913 — the parts of a card, each by its name
    kind: Kind,
    program: Program,
    model: nn.Module,
    mark: Mark,
    *,
    command: str,
    elapsed_s: float,
    data: CardData,
    scores: tuple[CardScore, ...],
    takes: str,
    language: str = "",
) -> Card:
    """Fill in a program's card; `write_model` adds its size."""
    return Card(
        name=program.name,
        kind=kind,
        source_language=language,
        description=program.description,
        licence=program.licence,
        attribution=program.attribution,
        created=datetime.now(tz=UTC).date(),
        data=data,
        training=provenance(
            model, command=command, seed=program.seed, updates=mark.update, elapsed_s=elapsed_s
        ),
        scores=scores,
        takes=takes,
    )
