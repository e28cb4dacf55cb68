# mypy: ignore-errors
import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TranslationView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSLATION_VIEW_UNSPECIFIED: _ClassVar[TranslationView]
    TRANSLATION_VIEW_BASIC: _ClassVar[TranslationView]
    TRANSLATION_VIEW_TOKENS: _ClassVar[TranslationView]
    TRANSLATION_VIEW_ALIGNMENT: _ClassVar[TranslationView]
    TRANSLATION_VIEW_FULL: _ClassVar[TranslationView]
TRANSLATION_VIEW_UNSPECIFIED: TranslationView
TRANSLATION_VIEW_BASIC: TranslationView
TRANSLATION_VIEW_TOKENS: TranslationView
TRANSLATION_VIEW_ALIGNMENT: TranslationView
TRANSLATION_VIEW_FULL: TranslationView

class Model(_message.Message):
    __slots__ = ("name", "display_name", "revision_id", "source_language_code", "target_language_code", "state", "state_reason", "limits", "default_model", "train_time", "metrics")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Model.State]
        LOADING: _ClassVar[Model.State]
        READY: _ClassVar[Model.State]
        DRAINING: _ClassVar[Model.State]
        FAILED: _ClassVar[Model.State]
    STATE_UNSPECIFIED: Model.State
    LOADING: Model.State
    READY: Model.State
    DRAINING: Model.State
    FAILED: Model.State
    class Limits(_message.Message):
        __slots__ = ("max_contents", "max_codepoints", "max_source_tokens", "max_target_tokens", "max_beam_size", "max_attention_cells")
        MAX_CONTENTS_FIELD_NUMBER: _ClassVar[int]
        MAX_CODEPOINTS_FIELD_NUMBER: _ClassVar[int]
        MAX_SOURCE_TOKENS_FIELD_NUMBER: _ClassVar[int]
        MAX_TARGET_TOKENS_FIELD_NUMBER: _ClassVar[int]
        MAX_BEAM_SIZE_FIELD_NUMBER: _ClassVar[int]
        MAX_ATTENTION_CELLS_FIELD_NUMBER: _ClassVar[int]
        max_contents: int
        max_codepoints: int
        max_source_tokens: int
        max_target_tokens: int
        max_beam_size: int
        max_attention_cells: int
        def __init__(self, max_contents: _Optional[int] = ..., max_codepoints: _Optional[int] = ..., max_source_tokens: _Optional[int] = ..., max_target_tokens: _Optional[int] = ..., max_beam_size: _Optional[int] = ..., max_attention_cells: _Optional[int] = ...) -> None: ...
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_MODEL_FIELD_NUMBER: _ClassVar[int]
    TRAIN_TIME_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    revision_id: str
    source_language_code: str
    target_language_code: str
    state: Model.State
    state_reason: str
    limits: Model.Limits
    default_model: bool
    train_time: _timestamp_pb2.Timestamp
    metrics: _containers.ScalarMap[str, float]
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., revision_id: _Optional[str] = ..., source_language_code: _Optional[str] = ..., target_language_code: _Optional[str] = ..., state: _Optional[_Union[Model.State, str]] = ..., state_reason: _Optional[str] = ..., limits: _Optional[_Union[Model.Limits, _Mapping]] = ..., default_model: bool = ..., train_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metrics: _Optional[_Mapping[str, float]] = ...) -> None: ...

class TranslateTextRequest(_message.Message):
    __slots__ = ("model", "contents", "config", "return_partial_success")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONTENTS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    RETURN_PARTIAL_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    model: str
    contents: _containers.RepeatedScalarFieldContainer[str]
    config: TranslationConfig
    return_partial_success: bool
    def __init__(self, model: _Optional[str] = ..., contents: _Optional[_Iterable[str]] = ..., config: _Optional[_Union[TranslationConfig, _Mapping]] = ..., return_partial_success: bool = ...) -> None: ...

class TranslateTextResponse(_message.Message):
    __slots__ = ("translations", "model", "revision_id", "usage")
    TRANSLATIONS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REVISION_ID_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    translations: _containers.RepeatedCompositeFieldContainer[Translation]
    model: str
    revision_id: str
    usage: Usage
    def __init__(self, translations: _Optional[_Iterable[_Union[Translation, _Mapping]]] = ..., model: _Optional[str] = ..., revision_id: _Optional[str] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ...) -> None: ...

class StreamTranslateTextRequest(_message.Message):
    __slots__ = ("model", "content", "config")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    model: str
    content: str
    config: TranslationConfig
    def __init__(self, model: _Optional[str] = ..., content: _Optional[str] = ..., config: _Optional[_Union[TranslationConfig, _Mapping]] = ...) -> None: ...

class StreamTranslateTextResponse(_message.Message):
    __slots__ = ("start", "delta", "result")
    class Start(_message.Message):
        __slots__ = ("model", "revision_id", "segments")
        MODEL_FIELD_NUMBER: _ClassVar[int]
        REVISION_ID_FIELD_NUMBER: _ClassVar[int]
        SEGMENTS_FIELD_NUMBER: _ClassVar[int]
        model: str
        revision_id: str
        segments: _containers.RepeatedCompositeFieldContainer[Segment]
        def __init__(self, model: _Optional[str] = ..., revision_id: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ...) -> None: ...
    class Delta(_message.Message):
        __slots__ = ("segment_index", "text_delta", "token", "attention_row")
        SEGMENT_INDEX_FIELD_NUMBER: _ClassVar[int]
        TEXT_DELTA_FIELD_NUMBER: _ClassVar[int]
        TOKEN_FIELD_NUMBER: _ClassVar[int]
        ATTENTION_ROW_FIELD_NUMBER: _ClassVar[int]
        segment_index: int
        text_delta: str
        token: Token
        attention_row: _containers.RepeatedScalarFieldContainer[float]
        def __init__(self, segment_index: _Optional[int] = ..., text_delta: _Optional[str] = ..., token: _Optional[_Union[Token, _Mapping]] = ..., attention_row: _Optional[_Iterable[float]] = ...) -> None: ...
    START_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    start: StreamTranslateTextResponse.Start
    delta: StreamTranslateTextResponse.Delta
    result: TranslateTextResponse
    def __init__(self, start: _Optional[_Union[StreamTranslateTextResponse.Start, _Mapping]] = ..., delta: _Optional[_Union[StreamTranslateTextResponse.Delta, _Mapping]] = ..., result: _Optional[_Union[TranslateTextResponse, _Mapping]] = ...) -> None: ...

class ScoreTextRequest(_message.Message):
    __slots__ = ("model", "pairs", "view")
    class Pair(_message.Message):
        __slots__ = ("source_text", "target_text")
        SOURCE_TEXT_FIELD_NUMBER: _ClassVar[int]
        TARGET_TEXT_FIELD_NUMBER: _ClassVar[int]
        source_text: str
        target_text: str
        def __init__(self, source_text: _Optional[str] = ..., target_text: _Optional[str] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    model: str
    pairs: _containers.RepeatedCompositeFieldContainer[ScoreTextRequest.Pair]
    view: TranslationView
    def __init__(self, model: _Optional[str] = ..., pairs: _Optional[_Iterable[_Union[ScoreTextRequest.Pair, _Mapping]]] = ..., view: _Optional[_Union[TranslationView, str]] = ...) -> None: ...

class ScoreTextResponse(_message.Message):
    __slots__ = ("segments", "model", "revision_id", "usage")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REVISION_ID_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    model: str
    revision_id: str
    usage: Usage
    def __init__(self, segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., model: _Optional[str] = ..., revision_id: _Optional[str] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ...) -> None: ...

class GetModelRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListModelsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListModelsResponse(_message.Message):
    __slots__ = ("models", "next_page_token")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    next_page_token: str
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FindAlternativesRequest(_message.Message):
    __slots__ = ("model", "content", "config", "count")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    model: str
    content: str
    config: TranslationConfig
    count: int
    def __init__(self, model: _Optional[str] = ..., content: _Optional[str] = ..., config: _Optional[_Union[TranslationConfig, _Mapping]] = ..., count: _Optional[int] = ...) -> None: ...

class FindAlternativesResponse(_message.Message):
    __slots__ = ("alternatives", "model", "revision_id", "usage")
    class Alternative(_message.Message):
        __slots__ = ("word", "log_probability", "translation")
        WORD_FIELD_NUMBER: _ClassVar[int]
        LOG_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
        TRANSLATION_FIELD_NUMBER: _ClassVar[int]
        word: str
        log_probability: float
        translation: Translation
        def __init__(self, word: _Optional[str] = ..., log_probability: _Optional[float] = ..., translation: _Optional[_Union[Translation, _Mapping]] = ...) -> None: ...
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REVISION_ID_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    alternatives: _containers.RepeatedCompositeFieldContainer[FindAlternativesResponse.Alternative]
    model: str
    revision_id: str
    usage: Usage
    def __init__(self, alternatives: _Optional[_Iterable[_Union[FindAlternativesResponse.Alternative, _Mapping]]] = ..., model: _Optional[str] = ..., revision_id: _Optional[str] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ...) -> None: ...

class TranslationConfig(_message.Message):
    __slots__ = ("source_language_code", "target_language_code", "decoding_config", "view", "overflow", "keep")
    class Overflow(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OVERFLOW_UNSPECIFIED: _ClassVar[TranslationConfig.Overflow]
        REJECT: _ClassVar[TranslationConfig.Overflow]
        TRUNCATE: _ClassVar[TranslationConfig.Overflow]
    OVERFLOW_UNSPECIFIED: TranslationConfig.Overflow
    REJECT: TranslationConfig.Overflow
    TRUNCATE: TranslationConfig.Overflow
    SOURCE_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    DECODING_CONFIG_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    OVERFLOW_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    source_language_code: str
    target_language_code: str
    decoding_config: DecodingConfig
    view: TranslationView
    overflow: TranslationConfig.Overflow
    keep: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, source_language_code: _Optional[str] = ..., target_language_code: _Optional[str] = ..., decoding_config: _Optional[_Union[DecodingConfig, _Mapping]] = ..., view: _Optional[_Union[TranslationView, str]] = ..., overflow: _Optional[_Union[TranslationConfig.Overflow, str]] = ..., keep: _Optional[_Iterable[str]] = ...) -> None: ...

class DecodingConfig(_message.Message):
    __slots__ = ("beam_size", "hypothesis_count", "max_target_tokens", "length_penalty", "allow_repetition", "target_prefix")
    BEAM_SIZE_FIELD_NUMBER: _ClassVar[int]
    HYPOTHESIS_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_TARGET_TOKENS_FIELD_NUMBER: _ClassVar[int]
    LENGTH_PENALTY_FIELD_NUMBER: _ClassVar[int]
    ALLOW_REPETITION_FIELD_NUMBER: _ClassVar[int]
    TARGET_PREFIX_FIELD_NUMBER: _ClassVar[int]
    beam_size: int
    hypothesis_count: int
    max_target_tokens: int
    length_penalty: float
    allow_repetition: bool
    target_prefix: str
    def __init__(self, beam_size: _Optional[int] = ..., hypothesis_count: _Optional[int] = ..., max_target_tokens: _Optional[int] = ..., length_penalty: _Optional[float] = ..., allow_repetition: bool = ..., target_prefix: _Optional[str] = ...) -> None: ...

class Translation(_message.Message):
    __slots__ = ("translated_text", "segments", "error")
    TRANSLATED_TEXT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    translated_text: str
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    error: _status_pb2.Status
    def __init__(self, translated_text: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("source_span", "source_tokens", "hypotheses", "source_truncated")
    SOURCE_SPAN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TOKENS_FIELD_NUMBER: _ClassVar[int]
    HYPOTHESES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    source_span: TextSpan
    source_tokens: _containers.RepeatedCompositeFieldContainer[Token]
    hypotheses: _containers.RepeatedCompositeFieldContainer[Hypothesis]
    source_truncated: bool
    def __init__(self, source_span: _Optional[_Union[TextSpan, _Mapping]] = ..., source_tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ..., hypotheses: _Optional[_Iterable[_Union[Hypothesis, _Mapping]]] = ..., source_truncated: bool = ...) -> None: ...

class Hypothesis(_message.Message):
    __slots__ = ("text", "score", "log_probability", "finish_reason", "target_tokens", "alignment_links", "attention", "repetition_avoided", "repetitive")
    class FinishReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FINISH_REASON_UNSPECIFIED: _ClassVar[Hypothesis.FinishReason]
        END_OF_SENTENCE: _ClassVar[Hypothesis.FinishReason]
        LENGTH_LIMIT: _ClassVar[Hypothesis.FinishReason]
    FINISH_REASON_UNSPECIFIED: Hypothesis.FinishReason
    END_OF_SENTENCE: Hypothesis.FinishReason
    LENGTH_LIMIT: Hypothesis.FinishReason
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    LOG_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    TARGET_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ALIGNMENT_LINKS_FIELD_NUMBER: _ClassVar[int]
    ATTENTION_FIELD_NUMBER: _ClassVar[int]
    REPETITION_AVOIDED_FIELD_NUMBER: _ClassVar[int]
    REPETITIVE_FIELD_NUMBER: _ClassVar[int]
    text: str
    score: float
    log_probability: float
    finish_reason: Hypothesis.FinishReason
    target_tokens: _containers.RepeatedCompositeFieldContainer[Token]
    alignment_links: _containers.RepeatedCompositeFieldContainer[AlignmentLink]
    attention: Attention
    repetition_avoided: bool
    repetitive: bool
    def __init__(self, text: _Optional[str] = ..., score: _Optional[float] = ..., log_probability: _Optional[float] = ..., finish_reason: _Optional[_Union[Hypothesis.FinishReason, str]] = ..., target_tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ..., alignment_links: _Optional[_Iterable[_Union[AlignmentLink, _Mapping]]] = ..., attention: _Optional[_Union[Attention, _Mapping]] = ..., repetition_avoided: bool = ..., repetitive: bool = ...) -> None: ...

class Token(_message.Message):
    __slots__ = ("text", "span", "kind", "log_probability")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Token.Kind]
        PIECE: _ClassVar[Token.Kind]
        UNKNOWN: _ClassVar[Token.Kind]
        END_OF_SENTENCE: _ClassVar[Token.Kind]
        PROTECTED: _ClassVar[Token.Kind]
    KIND_UNSPECIFIED: Token.Kind
    PIECE: Token.Kind
    UNKNOWN: Token.Kind
    END_OF_SENTENCE: Token.Kind
    PROTECTED: Token.Kind
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LOG_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    text: str
    span: TextSpan
    kind: Token.Kind
    log_probability: float
    def __init__(self, text: _Optional[str] = ..., span: _Optional[_Union[TextSpan, _Mapping]] = ..., kind: _Optional[_Union[Token.Kind, str]] = ..., log_probability: _Optional[float] = ...) -> None: ...

class TextSpan(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: int
    end: int
    def __init__(self, start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class AlignmentLink(_message.Message):
    __slots__ = ("source_index", "target_index", "weight")
    SOURCE_INDEX_FIELD_NUMBER: _ClassVar[int]
    TARGET_INDEX_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    source_index: int
    target_index: int
    weight: float
    def __init__(self, source_index: _Optional[int] = ..., target_index: _Optional[int] = ..., weight: _Optional[float] = ...) -> None: ...

class Attention(_message.Message):
    __slots__ = ("target_count", "source_count", "weights")
    TARGET_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    target_count: int
    source_count: int
    weights: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, target_count: _Optional[int] = ..., source_count: _Optional[int] = ..., weights: _Optional[_Iterable[float]] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("source_token_count", "target_token_count", "queue_duration", "decode_duration")
    SOURCE_TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    TARGET_TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    QUEUE_DURATION_FIELD_NUMBER: _ClassVar[int]
    DECODE_DURATION_FIELD_NUMBER: _ClassVar[int]
    source_token_count: int
    target_token_count: int
    queue_duration: _duration_pb2.Duration
    decode_duration: _duration_pb2.Duration
    def __init__(self, source_token_count: _Optional[int] = ..., target_token_count: _Optional[int] = ..., queue_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., decode_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
