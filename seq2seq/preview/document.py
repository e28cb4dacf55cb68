"""The preview document: one schema for the terminal, files, the page and the service.

`attention-preview/1` holds the model's own pieces, the number of the word that each belongs to, and
the attention rows, so that no reader cuts text again. Numbers are rounded to four decimals when the
document is made; each attention row is rounded so that it still sums to 1.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from seq2seq.amounts import amount
from seq2seq.errors import DecodingError, InputError
from seq2seq.misfits import misfits
from seq2seq.preview.words import word_numbers
from seq2seq.translation import Candidate, FinishReason, Piece, PieceKind, Source, Translation

FORMAT = "attention-preview/1"
DECIMALS = 4

Finite = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Model:
    """Which model translated; left out where it is not known."""

    id: str
    source_language: str = ""
    target_language: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece in its text: code points `start` to `end`, end excluded."""

    text: str
    word: Count  # zero-based; the end of the sentence has a number of its own
    start: Count
    end: Count
    kind: PieceKind = PieceKind.PIECE
    log_prob: Finite | None = None  # natural logarithm; target tokens only
    entropy: Finite | None = None  # of its attention row, in bits; target tokens only


@dataclass(frozen=True, slots=True)
class SourceText:
    """What was translated."""

    text: str
    direction: str  # "ltr" or "rtl", by the first letter that has one
    tokens: tuple[Token, ...]  # the last one is the end of the sentence; none when the text is blank
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class TargetText:
    """One translation and where the decoder looked."""

    text: str
    direction: str
    tokens: tuple[Token, ...]
    log_prob: Finite
    score: Finite
    finished: bool  # False: cut off at the length limit
    attention: tuple[tuple[Finite, ...], ...] | None = None  # (T, S); None for a plain model
    repetition_avoided: bool = False  # the search was kept from going in circles
    repetitive: bool = False  # it goes in circles


@dataclass(frozen=True, slots=True)
class Preview:
    """A source and its translations, best first; a blank source has none."""

    source: SourceText
    hypotheses: tuple[TargetText, ...]
    model: Model | None = None

    def __post_init__(self) -> None:
        columns = len(self.source.tokens)
        for number, hypothesis in enumerate(self.hypotheses):
            if hypothesis.attention is None:
                continue
            widths = {len(row) for row in hypothesis.attention}
            if len(hypothesis.attention) != len(hypothesis.tokens) or widths - {columns}:
                raise ValueError(
                    f"the attention of hypothesis {number} has {amount(len(hypothesis.attention), 'row')} of "
                    f"{sorted(widths)} weights, for {amount(len(hypothesis.tokens), 'target token')} and "
                    f"{amount(columns, 'source token')}"
                )

    def to_json(self) -> dict[str, Any]:
        """The document as values that `json.dump` takes; what is None is left out."""
        body = _PREVIEW.dump_python(self, mode="json", exclude_none=True)
        return {"format": FORMAT, **body}


def preview_of(translation: Translation, model: Model | None = None) -> Preview:
    """Make the document of a translation.

    Raises:
        DecodingError: a score or a weight is not finite, or a row of weights does not sum to 1.
    """
    source = translation.source
    return Preview(
        source=SourceText(source.text, direction(source.text), _source_tokens(source), source.truncated),
        hypotheses=tuple(_target(candidate) for candidate in translation.candidates),
        model=model,
    )


def preview_from_json(document: Mapping[str, Any], *, where: str = "preview") -> Preview:
    """Read a document back; keys that this version does not know are passed over.

    Raises:
        InputError: it has another format, or something in it is missing or does not fit.
    """
    found = document.get("format")
    if found != FORMAT:
        raise InputError(
            f"the format is {found!r}, and this program reads {FORMAT!r}",
            where=where,
            mend="Save the preview again with this version.",
        )
    try:
        return _PREVIEW.validate_python(dict(document))
    except ValidationError as error:
        first = misfits(error, Preview)[0]
        raise InputError(first.problem, where=where, mend=first.mend) from error


def direction(text: str) -> str:
    """Say "rtl" when the first letter with a direction is written right to left, else "ltr"."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def _source_tokens(source: Source) -> tuple[Token, ...]:
    numbers = word_numbers(source.text, source.pieces)
    return tuple(_token(piece, word) for piece, word in zip(source.pieces, numbers, strict=True))


def _target(candidate: Candidate) -> TargetText:
    values = [candidate.score, candidate.log_prob, *(piece.log_prob or 0.0 for piece in candidate.pieces)]
    if not np.isfinite(values).all():
        raise DecodingError("a score of the translation is not finite")
    numbers = word_numbers(candidate.text, candidate.pieces)
    weights = None if candidate.attention is None else candidate.attention.astype(np.float64)  # (T, S)
    entropies = [None] * len(numbers) if weights is None else _entropies(weights)
    tokens = [
        _token(piece, word, entropy)
        for piece, word, entropy in zip(candidate.pieces, numbers, entropies, strict=True)
    ]
    return TargetText(
        text=candidate.text,
        direction=direction(candidate.text),
        tokens=tuple(tokens),
        log_prob=round(candidate.log_prob, DECIMALS),
        score=round(candidate.score, DECIMALS),
        finished=candidate.finish_reason is FinishReason.END_OF_SENTENCE,
        attention=None if weights is None else tuple(_rounded(row) for row in weights),
        repetition_avoided=candidate.repetition_avoided,
        repetitive=candidate.is_repetitive,
    )


def _token(piece: Piece, word: int, entropy: float | None = None) -> Token:
    log_prob = None if piece.log_prob is None else round(piece.log_prob, DECIMALS)
    return Token(piece.text, word, piece.span.start, piece.span.end, piece.kind, log_prob, entropy)


def _entropies(weights: NDArray[np.float64]) -> list[float]:
    if not np.isfinite(weights).all():
        raise DecodingError("the attention has weights that are not finite")
    if weights.size and np.abs(weights.sum(axis=1) - 1.0).max() > 1e-3:  # noqa: PLR2004 — float16 rounding
        raise DecodingError("the attention has a row that does not sum to 1")
    logarithms = np.log2(weights, where=weights > 0, out=np.zeros_like(weights))
    # Adding 0 turns the -0.0 of a certain row into 0.0.
    return [round(float(value), DECIMALS) + 0.0 for value in -(weights * logarithms).sum(axis=1)]


def _rounded(row: NDArray[np.float64]) -> tuple[float, ...]:
    """Round to four decimals by largest remainder, so that the row sums to 1 exactly."""
    whole = 10**DECIMALS
    scaled = row / row.sum() * whole
    floor = np.floor(scaled)
    order = np.argsort(floor - scaled, kind="stable")  # the largest remainder first
    floor[order[: round(whole - floor.sum())]] += 1
    return tuple(round(float(value) / whole, DECIMALS) for value in floor)


_PREVIEW = TypeAdapter(Preview)
