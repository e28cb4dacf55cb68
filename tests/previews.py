"""Small translations with attention for the tests of the preview, and whether two translations agree."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import strategies as st

from seq2seq.translation import (
    Candidate,
    FinishReason,
    Piece,
    PieceKind,
    Source,
    Span,
    Translation,
)

Cuts = Mapping[str, Sequence[str]]


def pieces(text: str, cuts: Cuts | None = None) -> tuple[Piece, ...]:
    """A piece a word, or those that `cuts` names for it, and the end of the sentence."""
    found = []
    for match in re.finditer(r"\S+", text):
        start = match.start()
        for part in (cuts or {}).get(match.group(), [match.group()]):
            found.append(Piece(part, Span(start, start + len(part)), log_prob=-0.25))
            start += len(part)
    return (*found, Piece("", Span(len(text), len(text)), PieceKind.END_OF_SENTENCE, -0.01))


def translation(  # noqa: PLR0913 — a builder
    source: str,
    target: str,
    *,
    weights: Sequence[Sequence[float]] | None = None,
    cuts: Cuts | None = None,
    attention: bool = True,
    finish_reason: FinishReason = FinishReason.END_OF_SENTENCE,
    repetition_avoided: bool = False,
    is_repetitive: bool = False,
) -> Translation:
    """One candidate; without `weights`, attention runs along the diagonal."""
    source_pieces, target_pieces = pieces(source, cuts), pieces(target, cuts)
    if weights is None:
        places = np.linspace(0, len(source_pieces) - 1, len(target_pieces))[:, None]
        raw = np.exp(-((np.arange(len(source_pieces)) - places) ** 2))
        weights = raw / raw.sum(axis=1, keepdims=True)
    return Translation(
        Source(source, source_pieces, tuple(range(4, 4 + len(source_pieces)))),
        (
            Candidate(
                text=target,
                pieces=target_pieces,
                log_prob=-3.25,
                score=-0.25,
                finish_reason=finish_reason,
                attention=np.asarray(weights, dtype=np.float32) if attention else None,
                repetition_avoided=repetition_avoided,
                is_repetitive=is_repetitive,
            ),
        ),
    )


def blank() -> Translation:
    """A blank line, which no model sees."""
    return Translation(Source("  ", (), ()), ())


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, tuple[Piece, ...]]:
    """Any text, cut anywhere: white space inside pieces, and pieces without characters, included."""
    alphabet = st.one_of(
        st.sampled_from(" ab\u00a0é日👩\u200dش\u0301\t\u2028\x1b\u202e|"),
        st.characters(exclude_categories=["Cs"]),
    )
    text = draw(st.text(alphabet, max_size=20))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    edges = [0, *cuts, len(text)]
    found = [Piece(text[start:end], Span(start, end), log_prob=-0.5) for start, end in pairwise(edges)]
    return text, (*found, Piece("", Span(len(text), len(text)), PieceKind.END_OF_SENTENCE, -0.5))


@st.composite
def translations(draw: st.DrawFn) -> Translation:
    """Any cut of any two texts, with any attention between them."""
    source_text, source_pieces = draw(cut_texts())
    target_text, target_pieces = draw(cut_texts())
    seed = draw(st.integers(0, 2**16))
    sharpness = draw(st.sampled_from([0.0, 1.0, 20.0]))
    raw = np.random.default_rng(seed).normal(size=(len(target_pieces), len(source_pieces))) * sharpness
    weights = np.exp(raw - raw.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    candidate = Candidate(
        target_text, target_pieces, -3.0, -0.3, FinishReason.END_OF_SENTENCE, weights.astype(np.float32)
    )
    return Translation(Source(source_text, source_pieces, (4,) * len(source_pieces)), (candidate,))


def agree(one: Translation, other: Translation) -> None:
    """Equal pieces, and numbers within what the order of additions may change."""
    assert one.source == other.source
    assert [candidate.text for candidate in one.candidates] == [
        candidate.text for candidate in other.candidates
    ]
    for mine, theirs in zip(one.candidates, other.candidates, strict=True):
        assert [piece.span for piece in mine.pieces] == [piece.span for piece in theirs.pieces]
        assert mine.score == pytest.approx(theirs.score, abs=1e-4)
        assert (mine.attention is None) == (theirs.attention is None)
        if mine.attention is not None and theirs.attention is not None:
            np.testing.assert_allclose(mine.attention, theirs.attention, atol=1e-4)
