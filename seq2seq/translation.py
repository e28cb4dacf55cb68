"""What crosses the library's edge: texts, pieces, scores and attention as plain numbers.

Nothing here imports torch, so that the client, the preview and the service can hold these values
without the model. Offsets are half-open ranges of Unicode code points (`text[start:end]`).
"""

from dataclasses import dataclass
from enum import Enum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from seq2seq.errors import DecodingError, Seq2SeqError


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece stands in its text: code points `start` to `end`, end excluded."""

    start: int
    end: int


class PieceKind(Enum):
    """What a piece stands for."""

    PIECE = "piece"
    UNKNOWN = "unknown"
    PROTECTED = "protected"  # a part of the source that is kept as it is: `seq2seq.data.protected`
    END_OF_SENTENCE = "end"


@dataclass(frozen=True, slots=True)
class Piece:
    """One unit that the model reads or writes.

    `text` is the surface: what `span` cuts out of the text, empty for the end of the sentence and
    for the later bytes of a character that needed several.
    """

    text: str
    span: Span
    kind: PieceKind = PieceKind.PIECE
    log_prob: float | None = None  # natural logarithm; target pieces only


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence made ready for a model; the last piece is the end of the sentence."""

    text: str
    pieces: tuple[Piece, ...]
    tokens: tuple[int, ...]  # as many as pieces, EOS included; none when blank, or when a server cut it
    truncated: bool = False
    in_capitals: bool = False  # all of it, and the model reads it as if it were not: `seq2seq.data.case`
    protected: tuple[str, ...] = ()  # what its placeholders stand for: `seq2seq.data.protected`
    prefix: tuple[int, ...] = ()  # target tokens that its translation begins with
    is_prefix_open: bool = True  # what comes after the prefix may belong to its last word

    @property
    def is_blank(self) -> bool:
        """True when there is nothing to translate."""
        return not self.pieces


class FinishReason(Enum):
    """Why the search stopped."""

    END_OF_SENTENCE = "end"
    LENGTH_LIMIT = "length"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One translation that the search found.

    `attention` has a row for each target piece, the end included, and a column for each source
    piece, the end included; each row sums to 1. It is None for a plain model and where it was not
    asked for.
    """

    text: str
    pieces: tuple[Piece, ...]
    log_prob: float  # sum of the pieces' log probabilities
    score: float  # after length normalisation; what candidates are ordered by
    finish_reason: FinishReason
    attention: NDArray[np.float32] | None = None  # (T, S)
    repetition_avoided: bool = False  # the search was kept from going in circles; it might have found another
    is_repetitive: bool = False  # it goes in circles: the rule of `seq2seq.decoding.repetition`


@dataclass(frozen=True, slots=True)
class Translation:
    """A source and its candidates, best first; a blank source has none."""

    source: Source
    candidates: tuple[Candidate, ...]

    @property
    def text(self) -> str:
        """The best candidate's text; empty exactly when the source is blank."""
        return self.candidates[0].text if self.candidates else ""

    @property
    def score(self) -> float:
        """The best candidate's score; 0 when the source is blank."""
        return self.candidates[0].score if self.candidates else 0.0

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The best candidate's pieces."""
        return self.candidates[0].pieces if self.candidates else ()

    @property
    def attention(self) -> NDArray[np.float32] | None:
        """The best candidate's attention (T, S)."""
        return self.candidates[0].attention if self.candidates else None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word that may come next in a translation, and the translation that it leads to."""

    word: str  # all of it, where the prefix ends within; empty: the translation ends here
    log_prob: float  # of its first piece after the prefix; of several ways to it, together
    translation: Translation


@dataclass(frozen=True, slots=True)
class Failure:
    """What stands in the place of a line's translation that could not be made."""

    line: int  # from 1
    text: str  # the line
    error: Seq2SeqError


def check_candidate(candidate: Candidate, source: Source) -> Candidate:
    """Let no number out that is not one, and no attention that is not a distribution.

    Raises:
        DecodingError: a score or a weight is not finite.
    """
    numbers = [candidate.score, *(piece.log_prob for piece in candidate.pieces if piece.log_prob is not None)]
    weights = candidate.attention
    if not all(map(isfinite, numbers)) or (weights is not None and not np.isfinite(weights).all()):
        raise DecodingError(
            "the model's numbers are not finite",
            mend="Its weights are damaged or its training diverged: use another model.",
        )
    if weights is not None:
        shape = (len(candidate.pieces), len(source.pieces))
        assert weights.shape == shape, f"attention is {weights.shape}, and the pieces are {shape}"
        assert np.allclose(weights.sum(axis=1), 1.0, atol=1e-4), "a row of attention does not sum to 1"
    return candidate
