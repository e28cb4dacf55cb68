"""Word alignment out of attention: Pharaoh links.

A Pharaoh line holds `i-j` for source word i and target word j, counted from zero, as a text split at
white space has them. Two rules are offered, and attention is no alignment under either of them:

* **argmax** (no threshold): each target word is linked to the source word with the largest weight, the
  first of equals. Where that is the end of the sentence the word stays unlinked.
* **threshold p**: each pair of words whose weight is at least p is linked.

The end of the sentence is left out on both sides.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from seq2seq.errors import InputError
from seq2seq.preview.document import Preview
from seq2seq.preview.grid import Grid, word_grid


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Target word `target` comes from source word `source`; both zero-based."""

    target: int
    source: int


def align(preview: Preview, *, threshold: float | None = None) -> tuple[Link, ...]:
    """The links of the best translation, in the order of the target; a blank sentence has none.

    Args:
        preview: the document, with attention.
        threshold: the least weight of a link, above 0 and at most 1; None links by argmax.

    Raises:
        InputError: the model has no attention, or the threshold is outside its range.
    """
    if threshold is not None and not 0.0 < threshold <= 1.0:
        raise InputError(
            f"the threshold is {threshold}, and must be above 0 and at most 1", where="threshold"
        )
    if not preview.hypotheses:
        return ()
    grid = _grid(preview)
    weights = grid.weights
    if threshold is None:
        linked = weights.argmax(axis=1)[:, None] == np.arange(len(grid.source))
    else:
        linked = weights >= threshold
    return tuple(
        Link(target.number, source.number)
        for row, target in enumerate(grid.target)
        for column, source in enumerate(grid.source)
        if linked[row, column] and not target.is_end and not source.is_end
    )


def to_pharaoh(links: Iterable[Link]) -> str:
    """One Pharaoh line, source before target; empty for no links."""
    return " ".join(f"{link.source}-{link.target}" for link in links)


def _grid(preview: Preview) -> Grid:
    hypothesis = preview.hypotheses[0]
    if hypothesis.attention is None:
        raise InputError(
            "this model has no attention, so there is nothing to align by",
            mend="Use a model trained with attention.",
        )
    return word_grid(preview.source, hypothesis)
