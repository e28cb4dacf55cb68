"""How a model spreads its attention, in numbers that two models can be compared by.

Words are the units on both sides, as in the preview: pieces of a source word are summed, those of a target
word averaged. The row of the end of the sentence is left out; its column is kept, because a weight that
rests there is one that no word has. None of this says how good a translation is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from seq2seq.preview.grid import Grid

UNREAD = 0.2  # a source word that all target words together give less than this
REREAD = 2.0  # and one that they give more than this


@dataclass(frozen=True, slots=True)
class Attention:
    """Means over the words of all sentences."""

    entropy: float  # of a target word's weights, in bits; 0 when all of it is on one word
    top: float  # the largest weight of a target word
    at_end: float  # the weight of a target word on the end of the sentence
    coverage: float  # of a source word: the sum of its weights over the target words
    coverage_deviation: float  # its standard deviation
    unread: float  # share of source words whose coverage is below UNREAD
    reread: float  # share of source words whose coverage is above REREAD
    forward: float  # share of steps from one target word to the next that do not go back in the source


def attention_of(grids: Sequence[Grid | None]) -> Attention | None:
    """Measure the attention of some sentences; None when they have no words."""
    entropies, tops, ends, coverages, steps = [], [], [], [], []
    for grid in grids:
        if grid is None:
            continue
        rows = [row for row, unit in enumerate(grid.target) if not unit.is_end]
        weights = grid.weights[rows]
        if not len(weights):
            continue
        logarithms = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
        entropies.append(-(weights * logarithms).sum(axis=1))
        tops.append(weights.max(axis=1))
        is_end = np.array([unit.is_end for unit in grid.source])
        ends.append(weights[:, is_end].sum(axis=1))
        coverages.append(weights[:, ~is_end].sum(axis=0))
        steps.append(np.diff(weights.argmax(axis=1)) >= 0)
    if not entropies:
        return None
    coverage = np.concatenate(coverages)
    stepped = np.concatenate(steps)
    return Attention(
        entropy=float(np.concatenate(entropies).mean()) + 0.0,
        top=float(np.concatenate(tops).mean()),
        at_end=float(np.concatenate(ends).mean()),
        coverage=float(coverage.mean()),
        coverage_deviation=float(coverage.std()),
        unread=float((coverage < UNREAD).mean()),
        reread=float((coverage > REREAD).mean()),
        forward=float(stepped.mean()) if len(stepped) else 1.0,
    )


def mean_attention(found: Sequence[Attention | None]) -> Attention | None:
    """The mean over runs; None where a run has no attention."""
    known = [attention for attention in found if attention is not None]
    if len(known) < len(found):
        return None
    return Attention(
        **{
            field.name: float(np.mean([getattr(attention, field.name) for attention in known]))
            for field in fields(Attention)
        }
    )
