"""The one place where a reason becomes a gRPC status."""

import random

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from server.errors import Reason, Refusal

DOMAIN = "seq2seq"
# Above 8 KiB of metadata clients see RESOURCE_EXHAUSTED instead of the status (probed).
_MAX_VIOLATIONS = 50
_MAX_DETAILS_BYTES = 4 * 1024
_MAX_MESSAGE = 500
_JITTER = 0.2

CODES = {
    Reason.MALFORMED_REQUEST: StatusCode.INVALID_ARGUMENT,
    Reason.CONTENTS_MISSING: StatusCode.INVALID_ARGUMENT,
    Reason.TOO_MANY_CONTENTS: StatusCode.INVALID_ARGUMENT,
    Reason.TEXT_TOO_LONG: StatusCode.INVALID_ARGUMENT,
    Reason.SENTENCE_TOO_LONG: StatusCode.INVALID_ARGUMENT,
    Reason.BAD_DECODING_CONFIG: StatusCode.INVALID_ARGUMENT,
    Reason.BAD_TARGET_PREFIX: StatusCode.INVALID_ARGUMENT,
    Reason.UNKNOWN_ENUM_VALUE: StatusCode.INVALID_ARGUMENT,
    Reason.RESPONSE_TOO_LARGE: StatusCode.INVALID_ARGUMENT,
    Reason.BAD_MODEL_NAME: StatusCode.INVALID_ARGUMENT,
    Reason.BAD_LANGUAGE_CODE: StatusCode.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_LANGUAGE_PAIR: StatusCode.INVALID_ARGUMENT,
    Reason.AMBIGUOUS_MODEL: StatusCode.INVALID_ARGUMENT,
    Reason.BAD_PAGE: StatusCode.INVALID_ARGUMENT,
    Reason.MODEL_NOT_FOUND: StatusCode.NOT_FOUND,
    Reason.MODEL_FAILED: StatusCode.FAILED_PRECONDITION,
    Reason.MODEL_LOADING: StatusCode.UNAVAILABLE,
    Reason.QUEUE_FULL: StatusCode.RESOURCE_EXHAUSTED,
    Reason.DRAINING: StatusCode.UNAVAILABLE,
    Reason.DEADLINE: StatusCode.DEADLINE_EXCEEDED,
    Reason.CLIENT_TOO_SLOW: StatusCode.DEADLINE_EXCEEDED,
    Reason.NO_TRANSLATION: StatusCode.INTERNAL,
    Reason.NON_FINITE: StatusCode.INTERNAL,
    Reason.ENGINE_FAULT: StatusCode.INTERNAL,
    Reason.INTERNAL: StatusCode.INTERNAL,
}


def rich_status(refusal: Refusal, request_id: str = "") -> Status:
    """Say why, for programs and for people: a google.rpc.Status of at most 4 KiB."""
    code: int = CODES[refusal.reason].value[0]
    status = Status(code=code, message=refusal.message[:_MAX_MESSAGE])
    _add(status, ErrorInfo(reason=refusal.reason, domain=DOMAIN))
    if refusal.retry_after_s is not None:
        delay = Duration()
        delay.FromMilliseconds(round(_spread(refusal.retry_after_s) * 1000))
        _add(status, RetryInfo(retry_delay=delay))
    if request_id:
        _add(status, RequestInfo(request_id=request_id))
    if refusal.violations:
        _add(status, _bad_request(refusal, _MAX_DETAILS_BYTES - status.ByteSize() - 100))
    return status


def pushback_ms(status: Status) -> int | None:
    """When the status says that the call is worth repeating, in milliseconds; None: it does not."""
    for detail in status.details:
        info = RetryInfo()
        if detail.Unpack(info):
            return int(info.retry_delay.ToMilliseconds())
    return None


def _bad_request(refusal: Refusal, room: int) -> BadRequest:
    bad_request = BadRequest()
    for violation in refusal.violations[:_MAX_VIOLATIONS]:
        listed = BadRequest.FieldViolation(
            field=violation.field, description=violation.problem, reason=refusal.reason
        )
        room -= listed.ByteSize() + 3  # its tag and length
        if room < 0:
            break
        bad_request.field_violations.append(listed)
    return bad_request


def _add(status: Status, detail: Message) -> None:
    packed = Any()
    packed.Pack(detail)
    status.details.append(packed)


def _spread(seconds: float) -> float:
    """Keep those who were refused together from coming back together."""
    return min(max(seconds, 0.05), 5.0) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 — no secret
