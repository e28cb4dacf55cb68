"""What h, c and the gates of a cell do while it reads one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.amounts import amount
from seq2seq.bundle import Bundle
from seq2seq.data.subword import SubwordModel
from seq2seq.errors import InputError
from seq2seq.loading import load_network
from seq2seq.nn.cells import Cell
from seq2seq.plots.charts import Chart, Figure, HeatMap
from seq2seq.preview.cells import GLYPHS, cells, fill
from seq2seq.probes.characters import NextCharacter
from seq2seq.probes.learning import Budget, learn
from seq2seq.probes.variants import Variant
from seq2seq.translator import Translator

SHOWN_UNITS = 12
STRETCH = 40  # characters that a network is trained over
BOUNDED = frozenset("hgn")  # from -1 to 1; gates are from 0 to 1
MEANING = {
    "i": "input gate: how much of the candidate is taken in",
    "f": "forget gate: how much of c is kept",
    "g": "candidate",
    "o": "output gate: how much of c is shown in h",
    "r": "reset gate: how much of h the candidate sees",
    "z": "update gate: how much of h is kept",
    "n": "candidate",
    "h": "state",
    "c": "cell: the LSTM's memory",
}


@dataclass(frozen=True)
class CellTrace:
    """One cell and one sentence."""

    name: str
    trained: str  # how it came to its weights
    read: tuple[str, ...]  # what was read at each step
    values: dict[str, NDArray[np.float64]]  # gate or state -> (S, H)

    def lines(self) -> list[str]:
        """A row for each gate and state: its mean over the units at every step, of states the mean size."""
        glyphs, widths = GLYPHS["bars"], [max(1, cells(sign)) for sign in self.read]
        lines = [f"{self.name} ({self.trained})"]
        lines.append(
            "    " + "".join(fill(sign, width) for sign, width in zip(self.read, widths, strict=True))
        )
        for name, values in self.values.items():
            means = np.abs(values).mean(axis=1)  # (S,)
            scale = max(1.0, float(means.max()))
            bars = "".join(
                fill(glyphs.level(mean / scale), width) for mean, width in zip(means, widths, strict=True)
            )
            top = f"   (█ is {scale:.1f})" if scale > 1.0 else ""
            lines.append(f"{name:>3} {bars}  {MEANING[name]}{top}")
        return lines

    def charts(self, names: Sequence[str]) -> list[HeatMap]:
        """A heat map of some units for each gate and state that is asked for and there."""
        return [self._chart(name) for name in names if name in self.values]

    def _chart(self, name: str) -> HeatMap:
        shown = self.values[name][:, :SHOWN_UNITS].T  # (units, S)
        largest = 1.0 if name != "c" else max(1.0, float(np.abs(shown).max()))
        return HeatMap(
            f"{self.name}: {name}, {MEANING[name].split(':')[0]}",
            shown,
            [str(unit + 1) for unit in range(len(shown))],
            self.read,
            row_label="unit",
            low=-largest if name in BOUNDED or name == "c" else 0.0,
            high=largest,
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        values = {name: np.round(array, 4).tolist() for name, array in self.values.items()}
        return {"cell": self.name, "trained": self.trained, "read": list(self.read), "values": values}


@dataclass(frozen=True)
class CellReport:
    """What `seq2seq probe cells` found."""

    sentence: str
    traces: tuple[CellTrace, ...]

    def text(self, width: int = 80) -> str:
        """Rows of bars a cell; a long sentence is cut to the width by the terminal alone."""
        del width
        blocks = ["\n".join(trace.lines()) for trace in self.traces]
        return "\n\n".join(["mean over the units, of h, c and the candidates the mean size", *blocks])

    def figure(self) -> Figure:
        """Heat maps of single units: the gates that keep, and the states."""
        charts: list[Chart] = []
        for trace in self.traces:
            charts += trace.charts(("f", "i", "o", "z", "r", "c", "h"))
        return Figure(charts, columns=2 if len(charts) > 1 else 1, title=self.sentence)

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {"sentence": self.sentence, "cells": [trace.to_json() for trace in self.traces]}


def trace(cell: Cell, inputs: Tensor) -> dict[str, NDArray[np.float64]]:
    """Read inputs (S, I) one by one; give every gate and state at every step, each (S, H)."""
    kept: dict[str, list[Tensor]] = {}
    with torch.no_grad():
        state = cell.initial(inputs.new_zeros(1, cell.hidden_size))
        for x in inputs.unsqueeze(1):  # (1, I), S times
            gates = cell.input_gates(x)
            opened = dict(zip(cell.opened_names, cell.opened(gates, state), strict=True))
            state = cell.advance(gates, state)
            states = {"h": state.h} if state.c is None else {"c": state.c, "h": state.h}
            for name, value in {**opened, **states}.items():
                kept.setdefault(name, []).append(value.squeeze(0))
    return {name: torch.stack(rows).double().cpu().numpy() for name, rows in kept.items()}


def trace_trained(sentence: str, variant: Variant, budget: Budget) -> CellTrace:
    """Train a cell on the next character of the built-in phrasebook, and let it read a sentence.

    Raises:
        InputError: the sentence has a character that the phrasebook has not.
    """
    task = NextCharacter(STRETCH, budget.seed)
    unknown = sorted(set(sentence) - set(task.alphabet))
    if unknown or not sentence:
        raise InputError(
            f"the sentence has {', '.join(map(repr, unknown)) or 'no character'}, which training never saw",
            where=sentence,
            mend="Write an English sentence in plain letters, or name a translator with -m.",
        )
    learnt = learn(task, variant, budget)
    best = learnt.trained.best
    loss = f"{learnt.loss:.2f} nats, without memory {task.baseline:.2f}"
    how = f"{amount(best.update, 'update')} on the next character: {loss}"
    values = trace(learnt.network.layer.forward_cell, task.read(sentence))
    return CellTrace(variant.name, how, ("⏎", *sentence), values)


def trace_translator(sentence: str, directory: Path) -> CellTrace:
    """Let the encoder of a translator, its first layer from left to right, read a sentence.

    Raises:
        ModelError: there is no model, or it is damaged.
        InputError: the sentence is blank or too long.
    """
    bundle = Bundle.open(directory)
    source, target = SubwordModel.load(bundle.source_subword), SubwordModel.load(bundle.target_subword)
    network = load_network(
        bundle, source.size, target.size
    )  # as it was trained: a packed one hides its gates
    prepared = Translator(bundle, source, target, network).prepare(sentence)
    if prepared.is_blank:
        raise InputError("the sentence is blank", where="sentence", mend="Give some words.")
    with torch.no_grad():
        embedded = network.source_embedding(torch.tensor(prepared.tokens)) * network.embedding_scale  # (S, E)
    cell = network.encoder.layers[0].forward_cell
    assert isinstance(cell, Cell), "an encoder is made of recurrent layers"
    read = tuple((piece.text.strip() or "⏎") + " " for piece in prepared.pieces)
    return CellTrace(
        network.config.cell, "the translator's encoder, left to right", read, trace(cell, embedded)
    )
