"""Values of the library into messages of the wire; every conversion of an answer is here."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time

import numpy as np
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from seq2seq.decoding.options import MAX_BEAM
from seq2seq.translation import Candidate, FinishReason, Piece, PieceKind, Source, Translation
from seq2seq.v1 import translation_service_pb2 as pb
from server.calls import Ways, tokens_of
from server.checks import View
from server.config import Limits
from server.engine.catalogue import Hosted, State
from server.engine.engine import Answer
from server.engine.unfolding import Delta
from server.errors import Refusal
from server.rpc.status import rich_status

_PIECE = pb.Token.PIECE
_KINDS = {
    PieceKind.PIECE: _PIECE,
    PieceKind.UNKNOWN: pb.Token.UNKNOWN,
    PieceKind.END_OF_SENTENCE: pb.Token.END_OF_SENTENCE,
    PieceKind.PROTECTED: pb.Token.PROTECTED,
}
_FINISH_REASONS = {
    FinishReason.END_OF_SENTENCE: pb.Hypothesis.END_OF_SENTENCE,
    FinishReason.LENGTH_LIMIT: pb.Hypothesis.LENGTH_LIMIT,
}
_STATES = {
    State.LOADING: pb.Model.LOADING,
    State.READY: pb.Model.READY,
    State.DRAINING: pb.Model.DRAINING,
    State.FAILED: pb.Model.FAILED,
}


def translate_response(
    outcomes: Sequence[Translation | Refusal], answer: Answer, hosted: Hosted, view: View
) -> pb.TranslateTextResponse:
    """The answer to TranslateText."""
    response = pb.TranslateTextResponse(model=hosted.name, revision_id=hosted.bundle.revision)
    _tell_usage(outcomes, answer, response.usage)
    for outcome in outcomes:
        _tell_translation(outcome, view, response.translations.add())
    return response


def score_response(answer: Answer, hosted: Hosted, view: View) -> pb.ScoreTextResponse:
    """The answer to ScoreText, all of whose pairs were scored."""
    scored = [outcome for outcome in answer.outcomes if isinstance(outcome, Translation)]
    response = pb.ScoreTextResponse(model=hosted.name, revision_id=hosted.bundle.revision)
    _tell_usage(scored, answer, response.usage)
    for translation in scored:
        _tell_segment(translation, view, response.segments.add())
    return response


def alternatives_response(ways: Ways) -> pb.FindAlternativesResponse:
    """The answer of FindAlternatives."""
    translations = [alternative.translation for alternative in ways.alternatives]
    response = pb.FindAlternativesResponse(
        model=ways.hosted.name,
        revision_id=ways.hosted.bundle.revision,
    )
    _tell_usage(translations, ways.answer, response.usage)
    for alternative in ways.alternatives:
        message = response.alternatives.add(word=alternative.word, log_probability=alternative.log_prob)
        _tell_translation(alternative.translation, ways.view, message.translation)
    return response


def start_event(source: Source, hosted: Hosted, view: View) -> pb.StreamTranslateTextResponse:
    """The first message of a stream."""
    event = pb.StreamTranslateTextResponse()
    event.start.model, event.start.revision_id = hosted.name, hosted.bundle.revision
    if not source.is_blank:
        _tell_source(source, view, event.start.segments.add())
    return event


def delta_event(delta: Delta, view: View) -> pb.StreamTranslateTextResponse:
    """One piece of a stream."""
    event = pb.StreamTranslateTextResponse()
    event.delta.text_delta = delta.text
    if view >= View.TOKENS:
        _tell_piece(delta.piece, event.delta.token)
    if view == View.FULL and delta.attention is not None:
        event.delta.attention_row.extend(delta.attention.tolist())
    return event


def model(hosted: Hosted, limits: Limits, *, is_default: bool) -> pb.Model:
    """A model as GetModel and ListModels show it."""
    card = hosted.bundle.card
    translator = hosted.engine.translator if hosted.engine else None
    message = pb.Model(
        name=hosted.name,
        display_name=card.description or card.name,
        revision_id=hosted.bundle.revision,
        source_language_code=card.source_language,
        target_language_code=card.target_language,
        state=_STATES[hosted.state],
        state_reason=hosted.problem,
        limits=pb.Model.Limits(
            max_contents=limits.contents,
            max_codepoints=limits.codepoints,
            max_source_tokens=translator.max_source_tokens if translator else 0,
            max_target_tokens=translator.max_target_tokens if translator else 0,
            max_beam_size=MAX_BEAM,
            max_attention_cells=limits.attention_cells,
        ),
        default_model=is_default,
        metrics={f"{score.set}_{score.metric}".lower(): score.value for score in card.scores}
        | {"parameter_count": float(card.parameters)},
    )
    if card.created is not None:
        midnight = Timestamp()
        midnight.FromDatetime(datetime.combine(card.created, time(), UTC))
        message.train_time.CopyFrom(midnight)
    return message


# A message is filled where it stands: one that is made first and then put into another is copied.


def _tell_usage(outcomes: Sequence[Translation | Refusal], answer: Answer, message: pb.Usage) -> None:
    message.source_token_count, message.target_token_count = tokens_of(outcomes)
    _tell_duration(answer.queue_s, message.queue_duration)
    _tell_duration(answer.decode_s, message.decode_duration)


def _tell_translation(outcome: Translation | Refusal, view: View, message: pb.Translation) -> None:
    if isinstance(outcome, Refusal):
        message.error.CopyFrom(rich_status(outcome))
    elif not outcome.source.is_blank:
        message.translated_text = outcome.text
        _tell_segment(outcome, view, message.segments.add())


def _tell_segment(translation: Translation, view: View, message: pb.Segment) -> None:
    _tell_source(translation.source, view, message)
    for candidate in translation.candidates:
        _tell_hypothesis(candidate, view, message.hypotheses.add())


def _tell_source(source: Source, view: View, message: pb.Segment) -> None:
    end = source.pieces[-2].span.end if source.truncated else len(source.text)
    message.source_span.start, message.source_span.end = 0, end
    message.source_truncated = source.truncated
    if view >= View.TOKENS:
        _tell_pieces(source.pieces, message.source_tokens.add)


def _tell_hypothesis(candidate: Candidate, view: View, message: pb.Hypothesis) -> None:
    message.text = candidate.text
    message.score = candidate.score
    message.log_probability = candidate.log_prob
    message.finish_reason = _FINISH_REASONS[candidate.finish_reason]
    message.repetition_avoided = candidate.repetition_avoided
    message.repetitive = candidate.is_repetitive
    if view >= View.TOKENS:
        _tell_pieces(candidate.pieces, message.target_tokens.add)
    weights = candidate.attention
    if view >= View.ALIGNMENT and weights is not None:
        best = np.argmax(weights, axis=1).tolist()  # (T,)
        message.alignment_links.extend(
            pb.AlignmentLink(source_index=s, target_index=t, weight=weights[t, s]) for t, s in enumerate(best)
        )
    if view == View.FULL and weights is not None:
        message.attention.target_count, message.attention.source_count = weights.shape
        message.attention.weights.extend(weights.ravel().tolist())


def _tell_pieces(pieces: Sequence[Piece], add: Callable[[], pb.Token]) -> None:
    for piece in pieces:
        _tell_piece(piece, add())


def _tell_piece(piece: Piece, message: pb.Token) -> None:
    span, told = piece.span, message.span
    told.start, told.end = span.start, span.end
    message.text = piece.text
    message.kind = _PIECE if piece.kind is PieceKind.PIECE else _KINDS[piece.kind]  # enums are slow keys
    message.log_probability = piece.log_prob or 0.0


def _tell_duration(seconds: float, message: Duration) -> None:
    message.seconds, message.nanos = divmod(round(seconds * 1e9), 1_000_000_000)
