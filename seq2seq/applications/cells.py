"""The same classifier with each cell, over several seeds: how good each is, and how far seeds differ."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seq2seq.amounts import amount
from seq2seq.applications.classify import ClassifyExperiment, train_classifier
from seq2seq.applications.text_classifier import load_classifier
from seq2seq.data.invented.names import oracle
from seq2seq.data.labelled import LabelledCorpus, ceiling
from seq2seq.errors import TrainingError
from seq2seq.evaluation.classification import Confusion, confusion
from seq2seq.evaluation.tables import aligned
from seq2seq.nn.cells import CellName
from seq2seq.training.outcome import Observer

Watch = Callable[[str], AbstractContextManager[Observer | None]]


@dataclass(frozen=True)
class CellResult:
    """One cell, trained from several seeds."""

    cell: CellName
    parameters: int
    minutes: float  # of one training, on average
    found: tuple[Confusion, ...]  # on the test set, one for each seed


@dataclass(frozen=True)
class CellTable:
    """The cells side by side, with what they are to be compared with."""

    cells: tuple[CellResult, ...]
    majority: Confusion
    ceiling: float  # accuracy that no answer can exceed, for texts that have several labels
    oracle: Confusion | None  # answers of someone who knows the grammars of the built-in names

    def text(self) -> str:
        """For people; ± is the standard deviation over seeds."""
        rows = [["", "accuracy %", "macro-F1 %", "parameters", "minutes"]]
        rows.append(["always the most frequent", *_percents([self.majority]), "", ""])
        for result in self.cells:
            measures = _percents(result.found)
            rows.append([result.cell, *measures, f"{result.parameters:,}", f"{result.minutes:.1f}"])
        if self.oracle is not None:
            rows.append(["who knows the grammars", *_percents([self.oracle]), "", ""])
        seeds, texts = len(self.cells[0].found), self.majority.total
        return (
            f"{aligned(rows)}\n\n{amount(texts, 'text')} held out, {amount(seeds, 'seed')}; "
            f"at most {100 * self.ceiling:.1f} % can be right, as some texts have several labels"
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "texts": self.majority.total,
            "ceiling": self.ceiling,
            "majority": _measures([self.majority]),
            "oracle": None if self.oracle is None else _measures([self.oracle]),
            "cells": {
                result.cell: {
                    "parameters": result.parameters,
                    "minutes": result.minutes,
                    **_measures(result.found),
                }
                for result in self.cells
            },
        }


def compare_cells(  # noqa: PLR0913 — all but the subject by name
    experiment: ClassifyExperiment,
    corpus: LabelledCorpus,
    out: Path,
    *,
    cells: Sequence[CellName],
    seeds: Sequence[int],
    command: str,
    device: torch.device,
    watch: Watch,
) -> CellTable:
    """Train each cell from each seed in a directory of its own, and judge all on the same test set.

    What was trained already is not trained again. The split does not change with the seed: settings
    were chosen on its validation set, so another split's test set would hold texts of that one.

    Raises:
        TrainingError: a signal stopped one of the trainings; what it had is kept.
    """
    test = corpus.parts["test"]
    results = []
    for cell in cells:
        found, minutes, parameters = [], [], 0
        for seed in seeds:
            model = experiment.model.model_copy(update={"cell": cell})
            chosen = experiment.model_copy(update={"model": model, "seed": seed})
            with watch(f"{chosen.name} {cell} {seed}") as observer:
                trained = train_classifier(
                    chosen, corpus, out / f"{cell}-{seed}", command=command, device=device, observer=observer
                )
            if not trained.outcome.is_finished:
                raise TrainingError(
                    f"stopped while training {cell} from seed {seed}",
                    where=str(out),
                    mend="The same command goes on from there.",
                )
            judge = load_classifier(trained.model, device.type)
            found.append(judge.judge(test))
            minutes.append(trained.outcome.elapsed_s / 60.0)
            parameters = sum(weight.numel() for weight in judge.network.parameters())
        results.append(CellResult(cell, parameters, statistics.mean(minutes), tuple(found)))
    true = [entry.label for entry in test]
    known = None
    if experiment.corpus.built_in == "names":
        answers = oracle([entry.text for entry in test], experiment.corpus.size)
        known = confusion(corpus.labels, true, answers)
    return CellTable(tuple(results), results[0].found[0].majority, ceiling(test), known)


def _percents(found: Sequence[Confusion]) -> list[str]:
    both = ([one.accuracy for one in found], [one.macro_f1 for one in found])
    return [_spread([100 * value for value in values]) for values in both]


def _spread(values: Sequence[float]) -> str:
    mean = statistics.mean(values)
    return f"{mean:.1f}" if len(values) == 1 else f"{mean:.1f} ± {statistics.stdev(values):.1f}"


def _measures(found: Sequence[Confusion]) -> dict[str, list[float]]:
    return {"accuracy": [one.accuracy for one in found], "macro_f1": [one.macro_f1 for one in found]}
