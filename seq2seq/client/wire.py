"""Messages of the wire to and from the library's values, for both clients."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import Seq2SeqError
from seq2seq.translation import (
    Alternative,
    Candidate,
    FinishReason,
    Piece,
    PieceKind,
    Source,
    Span,
    Translation,
)
from seq2seq.v1 import translation_service_pb2 as pb

CONTENTS_A_CALL = 64
_CODEPOINTS_A_CALL = 20_000

_SURROGATE = re.compile("[\ud800-\udfff]")

_PIECE = pb.Token.PIECE
_KINDS = {
    _PIECE: PieceKind.PIECE,
    pb.Token.UNKNOWN: PieceKind.UNKNOWN,
    pb.Token.END_OF_SENTENCE: PieceKind.END_OF_SENTENCE,
    pb.Token.PROTECTED: PieceKind.PROTECTED,
}


@dataclass(frozen=True)
class ServedModel:
    """A model of a server."""

    name: str  # without "models/"
    title: str
    revision: str
    source_language: str
    target_language: str
    state: str  # "LOADING", "READY", "DRAINING" or "FAILED"
    problem: str  # why it failed
    is_default: bool
    max_source_tokens: int  # 0 while it is being loaded
    metrics: Mapping[str, float]  # such as "validation_bleu"


@dataclass(frozen=True)
class Delta:
    """One piece of a translation that will not change; the texts joined are the translation's.

    The last one has no piece and no text, but the whole translation.
    """

    text: str
    piece: Piece | None = None
    attention: NDArray[np.float32] | None = None  # (S,)
    translation: Translation | None = None


Answer = Translation | Seq2SeqError


def full_name(model: str) -> str:
    """`attention` and `models/attention` are the same model; empty is the server's choice."""
    return model if not model or model.startswith("models/") else f"models/{model}"


@dataclass(frozen=True, slots=True)
class Wish:
    """How texts are to be translated."""

    model: str  # empty: the server's default
    options: SearchOptions | SearchWish | None  # None, and what a wish leaves open: the model's own way
    attention: bool
    timeout_s: float

    def request(self, texts: Sequence[str]) -> pb.TranslateTextRequest:
        """Ask for translations; one that fails does not fail the others."""
        return pb.TranslateTextRequest(
            model=full_name(self.model),
            contents=[encodable(text) for text in texts],
            config=self._config,
            return_partial_success=True,
        )

    def stream_request(self, text: str) -> pb.StreamTranslateTextRequest:
        """Ask for one translation, piece by piece."""
        name = full_name(self.model)
        return pb.StreamTranslateTextRequest(model=name, content=encodable(text), config=self._config)

    def alternatives_request(self, text: str, count: int) -> pb.FindAlternativesRequest:
        """Ask for the words that may come next after the options' prefix."""
        name = full_name(self.model)
        return pb.FindAlternativesRequest(
            model=name, content=encodable(text), config=self._config, count=count
        )

    @property
    def _config(self) -> pb.TranslationConfig:
        options = self.options
        if options is None:
            return pb.TranslationConfig(view=_view(attention=self.attention))
        decoding = pb.DecodingConfig(
            beam_size=options.beam or 0,
            hypothesis_count=options.n_best or 0,
            max_target_tokens=options.max_target_tokens or 0,
            length_penalty=options.length_penalty,
            allow_repetition=options.allow_repetition,
            target_prefix=encodable(options.target_prefix),
        )
        view = _view(attention=self.attention or options.attention)
        return pb.TranslationConfig(decoding_config=decoding, view=view, keep=map(encodable, options.keep))


def score_request(pairs: Sequence[tuple[str, str]], model: str, *, attention: bool) -> pb.ScoreTextRequest:
    """Ask how good given translations are."""
    return pb.ScoreTextRequest(
        model=full_name(model),
        pairs=[
            pb.ScoreTextRequest.Pair(source_text=encodable(source), target_text=encodable(target))
            for source, target in pairs
        ],
        view=_view(attention=attention),
    )


def encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 does not have, one for one."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def packed(texts: Iterable[str], contents: int = CONTENTS_A_CALL) -> Iterator[list[str]]:
    """Cut any number of texts into lists for one call each, reading no further than needed."""
    pack: list[str] = []
    codepoints = 0
    for text in texts:
        if pack and codepoints + len(text) > _CODEPOINTS_A_CALL:
            yield pack
            pack, codepoints = [], 0
        pack.append(text)
        codepoints += len(text)
        if len(pack) == contents:
            yield pack
            pack, codepoints = [], 0
    if pack:
        yield pack


def translation(text: str, message: pb.Translation) -> Translation:
    """Read the translation of one content."""
    if not message.segments:
        return Translation(Source(text, (), ()), ())
    (segment,) = message.segments
    return segment_translation(text, segment)


def alternatives(text: str, response: pb.FindAlternativesResponse) -> list[Alternative]:
    """Read the words that may come next."""
    return [
        Alternative(found.word, found.log_probability, translation(text, found.translation))
        for found in response.alternatives
    ]


def segment_translation(text: str, segment: pb.Segment) -> Translation:
    """Read one sentence and its candidates."""
    source = Source(text, _pieces(segment.source_tokens), (), truncated=segment.source_truncated)
    return Translation(source, tuple(_candidate(hypothesis) for hypothesis in segment.hypotheses))


def delta(message: pb.StreamTranslateTextResponse.Delta) -> Delta:
    """Read one piece of a stream."""
    row = np.array(message.attention_row, dtype=np.float32) if message.attention_row else None
    (piece,) = _pieces([message.token], are_target=True)
    return Delta(message.text_delta, piece, row)


def served_model(message: pb.Model) -> ServedModel:
    """Read what a server says of a model."""
    return ServedModel(
        name=message.name.removeprefix("models/"),
        title=message.display_name,
        revision=message.revision_id,
        source_language=message.source_language_code,
        target_language=message.target_language_code,
        state=pb.Model.State.Name(message.state),
        problem=message.state_reason,
        is_default=message.default_model,
        max_source_tokens=message.limits.max_source_tokens,
        metrics=dict(message.metrics),
    )


def halves(texts: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Cut what was too much for one call in two."""
    middle = len(texts) // 2
    return texts[:middle], texts[middle:]


def _view(*, attention: bool) -> pb.TranslationView:
    return pb.TRANSLATION_VIEW_FULL if attention else pb.TRANSLATION_VIEW_TOKENS


def _candidate(message: pb.Hypothesis) -> Candidate:
    weights = None
    if message.HasField("attention"):
        shape = message.attention.target_count, message.attention.source_count
        weights = np.array(message.attention.weights, dtype=np.float32).reshape(shape)  # (T, S)
    is_cut = message.finish_reason == pb.Hypothesis.LENGTH_LIMIT
    return Candidate(
        text=message.text,
        pieces=_pieces(message.target_tokens, are_target=True),
        log_prob=message.log_probability,
        score=message.score,
        finish_reason=FinishReason.LENGTH_LIMIT if is_cut else FinishReason.END_OF_SENTENCE,
        attention=weights,
        repetition_avoided=message.repetition_avoided,
        is_repetitive=message.repetitive,
    )


def _pieces(tokens: Iterable[pb.Token], *, are_target: bool = False) -> tuple[Piece, ...]:
    pieces = []
    for token in tokens:  # there are thirty and more in an answer
        span, log_prob = token.span, token.log_probability if are_target else None
        kind = _KINDS.get(token.kind, PieceKind.PIECE)  # of a later server
        pieces.append(Piece(token.text, Span(span.start, span.end), kind, log_prob))
    return tuple(pieces)
