"""What single units of a character model do along a text (Karpathy, Johnson and Fei-Fei 2015, 1506.02078).

A unit is counted through all layers: layer l's unit i is number l·H + i. Its value is its h, between
-1 and 1, after it has read the character.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from seq2seq.applications.text_model import TextModel
from seq2seq.data.characters import Characters
from seq2seq.errors import InputError
from seq2seq.plots.charts import Figure, HeatMap

FeatureName = Literal["line-position", "word-position", "in-quotes", "line-break", "upper-case", "vowel"]
VOWELS = frozenset("aeiouyAEIOUY")


@dataclass(frozen=True)
class Trace:
    """All units along a text."""

    text: str
    values: NDArray[np.float32]  # (characters, layers·H)

    def unit(self, number: int) -> list[float]:
        """One unit's value after each character.

        Raises:
            InputError: there is no such unit.
        """
        units = self.values.shape[1]
        if not 0 <= number < units:
            raise InputError(f"unit {number} was asked for, and there are 0 to {units - 1}", where="--unit")
        return [float(value) for value in self.values[:, number]]


@dataclass(frozen=True)
class Correlated:
    """A unit and how closely it follows a feature of the text."""

    unit: int
    correlation: float  # Pearson's, from -1 to 1


def trace(model: TextModel, text: str) -> Trace:
    """Read a text from the beginning and keep every unit's value.

    Raises:
        InputError: the model reads word pieces, or the text is empty.
    """
    if not isinstance(model.vocabulary, Characters):
        raise InputError(
            "this model reads word pieces, and units are shown character by character",
            mend='Train one with corpus.pieces = "characters".',
        )
    if not text:
        raise InputError("the text is empty: there is nothing to show")
    tokens = torch.tensor([model.vocabulary.encode(text)], device=model.network.device)  # (1, T)
    with torch.inference_mode():
        hidden = model.network.hidden(tokens)[0]  # (T, layers·H)
    return Trace(text, hidden.float().cpu().numpy())


def follow(found: Trace, feature: FeatureName, count: int = 5) -> list[Correlated]:
    """The units that follow a feature most closely, in either direction, closest first.

    Raises:
        InputError: the text does not vary in this feature.
    """
    wanted = np.array(FEATURES[feature](found.text), dtype=np.float64)  # (T,)
    if not wanted.std() > 0.0:
        raise InputError(
            f"nothing in this text differs in '{feature}'",
            where="--find",
            mend="Give a longer text, or look for something else.",
        )
    values = found.values.astype(np.float64)
    wanted = (wanted - wanted.mean()) / wanted.std()
    spread = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(spread > 0.0, spread, np.inf)  # a dead unit: 0
    correlations = wanted @ standard / len(wanted)  # (layers·H,)
    order = np.argsort(-np.abs(correlations), kind="stable")[:count]
    return [Correlated(int(unit), float(correlations[unit])) for unit in order]


def as_figure(found: Trace, units: Sequence[int], *, width: int = 60, rows: int = 4) -> Figure:
    """The beginning of the text in rows of `width` characters, and for each unit a stripe above them."""
    starts = range(0, min(len(found.text), width * rows), width)
    return Figure([_stripes(found, units, start, start + width) for start in starts], widths=(11.0,))


def _stripes(found: Trace, units: Sequence[int], start: int, end: int) -> HeatMap:
    shown = found.text[start:end].replace("\n", "⏎")
    return HeatMap(
        title=f"Characters {start + 1} to {start + len(shown)}",
        values=[found.unit(unit)[start:end] for unit in units],
        row_labels=[f"unit {unit}" for unit in units],
        column_labels=list(shown),
        value_label="h",
        low=-1.0,
        high=1.0,
    )


def _line_position(text: str) -> list[float]:
    """How many characters of the line have been read; a line break has the length of its line."""
    return _since(text, lambda sign: sign == "\n")


def _word_position(text: str) -> list[float]:
    return _since(text, lambda sign: not sign.isalnum())


def _since(text: str, ends: Callable[[str], bool]) -> list[float]:
    places, place = [], 0
    for sign in text:
        place += 1
        places.append(float(place))
        if ends(sign):
            place = 0
    return places


def _in_quotes(text: str) -> list[float]:
    """1 from an opening quotation mark to before the closing one; a line break closes."""
    inside, found = False, []
    for sign in text:
        inside = (
            sign in '"“«'
            if sign in '"“”«»' and not (inside and sign == '"')
            else inside and sign not in '"\n'
        )
        found.append(float(inside))
    return found


FEATURES: dict[FeatureName, Callable[[str], list[float]]] = {
    "line-position": _line_position,
    "word-position": _word_position,
    "in-quotes": _in_quotes,
    "line-break": lambda text: [float(sign == "\n") for sign in text],
    "upper-case": lambda text: [float(sign.isupper()) for sign in text],
    "vowel": lambda text: [float(sign in VOWELS) for sign in text],
}
"""What a unit may follow, as a number for each character."""
