"""Values of the library into messages of the wire; every conversion of an answer is here."""

from collections.abc import Sequence
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

_KINDS = {
    PieceKind.PIECE: pb.Token.PIECE,
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
    return pb.TranslateTextResponse(
        translations=[_translation(outcome, view) for outcome in outcomes],
        model=hosted.name,
        revision_id=hosted.bundle.revision,
        usage=usage(outcomes, answer),
    )


def score_response(answer: Answer, hosted: Hosted, view: View) -> pb.ScoreTextResponse:
    """The answer to ScoreText, all of whose pairs were scored."""
    scored = [outcome for outcome in answer.outcomes if isinstance(outcome, Translation)]
    return pb.ScoreTextResponse(
        segments=[_segment(translation, view) for translation in scored],
        model=hosted.name,
        revision_id=hosted.bundle.revision,
        usage=usage(scored, answer),
    )


def alternatives_response(ways: Ways) -> pb.FindAlternativesResponse:
    """The answer of FindAlternatives."""
    return pb.FindAlternativesResponse(
        alternatives=[
            pb.FindAlternativesResponse.Alternative(
                word=alternative.word,
                log_probability=alternative.log_prob,
                translation=_translation(alternative.translation, ways.view),
            )
            for alternative in ways.alternatives
        ],
        model=ways.hosted.name,
        revision_id=ways.hosted.bundle.revision,
        usage=usage([alternative.translation for alternative in ways.alternatives], ways.answer),
    )


def start_event(source: Source, hosted: Hosted, view: View) -> pb.StreamTranslateTextResponse:
    """The first message of a stream."""
    segments = [] if source.is_blank else [_source_segment(source, view)]
    start = pb.StreamTranslateTextResponse.Start(
        model=hosted.name, revision_id=hosted.bundle.revision, segments=segments
    )
    return pb.StreamTranslateTextResponse(start=start)


def delta_event(delta: Delta, view: View) -> pb.StreamTranslateTextResponse:
    """One piece of a stream."""
    token = _token(delta.piece) if view >= View.TOKENS else None
    message = pb.StreamTranslateTextResponse.Delta(text_delta=delta.text, token=token)
    if view == View.FULL and delta.attention is not None:
        message.attention_row.extend(delta.attention.tolist())
    return pb.StreamTranslateTextResponse(delta=message)


def usage(outcomes: Sequence[Translation | Refusal], answer: Answer) -> pb.Usage:
    """What a call cost."""
    read, written = tokens_of(outcomes)
    return pb.Usage(
        source_token_count=read,
        target_token_count=written,
        queue_duration=_duration(answer.queue_s),
        decode_duration=_duration(answer.decode_s),
    )


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


def _translation(outcome: Translation | Refusal, view: View) -> pb.Translation:
    if isinstance(outcome, Refusal):
        return pb.Translation(error=rich_status(outcome))
    if outcome.source.is_blank:
        return pb.Translation()
    return pb.Translation(translated_text=outcome.text, segments=[_segment(outcome, view)])


def _segment(translation: Translation, view: View) -> pb.Segment:
    segment = _source_segment(translation.source, view)
    segment.hypotheses.extend(_hypothesis(candidate, view) for candidate in translation.candidates)
    return segment


def _source_segment(source: Source, view: View) -> pb.Segment:
    end = source.pieces[-2].span.end if source.truncated else len(source.text)
    return pb.Segment(
        source_span=pb.TextSpan(start=0, end=end),
        source_tokens=[_token(piece) for piece in source.pieces] if view >= View.TOKENS else [],
        source_truncated=source.truncated,
    )


def _hypothesis(candidate: Candidate, view: View) -> pb.Hypothesis:
    message = pb.Hypothesis(
        text=candidate.text,
        score=candidate.score,
        log_probability=candidate.log_prob,
        finish_reason=_FINISH_REASONS[candidate.finish_reason],
        target_tokens=[_token(piece) for piece in candidate.pieces] if view >= View.TOKENS else [],
        repetition_avoided=candidate.repetition_avoided,
        repetitive=candidate.is_repetitive,
    )
    weights = candidate.attention
    if view >= View.ALIGNMENT and weights is not None:
        best = np.argmax(weights, axis=1).tolist()  # (T,)
        message.alignment_links.extend(
            pb.AlignmentLink(source_index=s, target_index=t, weight=weights[t, s]) for t, s in enumerate(best)
        )
    if view == View.FULL and weights is not None:
        message.attention.target_count, message.attention.source_count = weights.shape
        message.attention.weights.extend(weights.ravel().tolist())
    return message


def _token(piece: Piece) -> dict[str, object]:
    """Fields of a pb.Token: messages made of them at once take half as long as messages of messages."""
    return {
        "text": piece.text,
        "span": {"start": piece.span.start, "end": piece.span.end},
        "kind": _KINDS[piece.kind],
        "log_probability": piece.log_prob or 0.0,
    }


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration
