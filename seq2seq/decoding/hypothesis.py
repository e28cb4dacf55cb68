"""What a search finds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One target sentence that a search found."""

    tokens: tuple[int, ...]  # ends with EOS when `is_finished`
    log_probs: tuple[float, ...]  # one for each token
    log_prob: float  # their sum
    score: float  # after length normalisation
    is_finished: bool  # False: cut off at the length limit
    attention: NDArray[np.float32] | None = None  # (T, S); None: plain model, or not asked for
    repetition_avoided: bool = False  # False: the search found what it would have found without a guard


@dataclass(frozen=True, slots=True)
class StablePrefix:
    """The beginning of a translation that the rest of the search can no longer change."""

    tokens: tuple[int, ...]  # ends with EOS only when the sentence has finished
    log_probs: tuple[float, ...]  # one for each token
    attention: NDArray[np.float32] | None = None  # (T, S); None: plain model, or not asked for
