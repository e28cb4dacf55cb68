"""Why an HTTP request is answered with something else than what it asked for, as JSON.

{"error": {"code": "SENTENCE_TOO_LONG", "message": "texts[3]: the sentence has more tokens than ...",
           "mend": "Split it into sentences.", "field": "texts[3]",
           "fields": [{"field": "texts[3]", "problem": "..."}], "retry_after_s": null}}
"""

from collections.abc import Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from starlette.responses import JSONResponse, Response

from server.errors import Reason, Refusal, Violation

_MOST_FIELDS = 50

STATUS = {
    Reason.MALFORMED_REQUEST: HTTPStatus.BAD_REQUEST,
    Reason.CONTENTS_MISSING: HTTPStatus.BAD_REQUEST,
    Reason.TOO_MANY_CONTENTS: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.TEXT_TOO_LONG: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.SENTENCE_TOO_LONG: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.BAD_DECODING_CONFIG: HTTPStatus.BAD_REQUEST,
    Reason.BAD_TARGET_PREFIX: HTTPStatus.BAD_REQUEST,
    Reason.UNKNOWN_ENUM_VALUE: HTTPStatus.BAD_REQUEST,
    Reason.RESPONSE_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.BAD_MODEL_NAME: HTTPStatus.BAD_REQUEST,
    Reason.BAD_LANGUAGE_CODE: HTTPStatus.BAD_REQUEST,
    Reason.UNSUPPORTED_LANGUAGE_PAIR: HTTPStatus.BAD_REQUEST,
    Reason.AMBIGUOUS_MODEL: HTTPStatus.BAD_REQUEST,
    Reason.BAD_PAGE: HTTPStatus.BAD_REQUEST,
    Reason.MODEL_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.MODEL_FAILED: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.MODEL_LOADING: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.QUEUE_FULL: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.DRAINING: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.DEADLINE: HTTPStatus.GATEWAY_TIMEOUT,
    Reason.CLIENT_TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Reason.NO_TRANSLATION: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.NON_FINITE: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.ENGINE_FAULT: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_MENDS = {
    Reason.CONTENTS_MISSING: "Send at least one text.",
    Reason.TOO_MANY_CONTENTS: "Send several requests.",
    Reason.TEXT_TOO_LONG: "Send it in parts.",
    Reason.SENTENCE_TOO_LONG: "Split it into sentences, or set truncate.",
    Reason.RESPONSE_TOO_LARGE: "Ask for less, or for no attention.",
    Reason.BAD_MODEL_NAME: "GET /v1/models lists the models.",
    Reason.MODEL_NOT_FOUND: "GET /v1/models lists the models.",
    Reason.UNSUPPORTED_LANGUAGE_PAIR: "GET /v1/models lists the models.",
    Reason.AMBIGUOUS_MODEL: "Name a model.",
    Reason.MODEL_FAILED: "Use another model, or look into the server's log.",
    Reason.MODEL_LOADING: "Try again in a moment.",
    Reason.QUEUE_FULL: "Try again in a moment.",
    Reason.DRAINING: "Try again when the server has been started again.",
    Reason.DEADLINE: "Try again, send less, or set a longer deadline_s.",
    Reason.CLIENT_TOO_SLOW: "Send the request at once.",
    Reason.NO_TRANSLATION: "Try a wider beam or another model.",
    Reason.INTERNAL: "The server's log has the request id.",
}


class Problem(Exception):
    """A request that is no business of the models: it is wrong as HTTP.

    Args:
        status: of the answer.
        message: what is wrong.
        mend: what to do about it.
        code: what a program reads; None is the status by its name.
        violations: the fields that are wrong.
    """

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        mend: str = "",
        code: str | None = None,
        violations: Sequence[Violation] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.mend = mend
        self.code = code or status.name
        self.violations = tuple(violations)


def told(refusal: Refusal) -> dict[str, Any]:
    """A refusal as the value of `error`."""
    retry_s = refusal.retry_after_s
    return _error(
        refusal.reason, refusal.message, _MENDS.get(refusal.reason, ""), refusal.violations, retry_s
    )


def refusal_response(refusal: Refusal) -> Response:
    """Answer a call that was refused."""
    retry_s = refusal.retry_after_s
    headers = {} if retry_s is None else {"retry-after": str(max(1, ceil(retry_s)))}
    return JSONResponse({"error": told(refusal)}, STATUS[refusal.reason], headers)


def problem_response(problem: Problem) -> Response:
    """Answer what is no call."""
    error = _error(problem.code, problem.message, problem.mend, problem.violations, None)
    return JSONResponse({"error": error}, problem.status)


def _error(
    code: str, message: str, mend: str, violations: Sequence[Violation], retry_s: float | None
) -> dict[str, Any]:
    fields = [{"field": wrong.field, "problem": wrong.problem} for wrong in violations[:_MOST_FIELDS]]
    return {
        "code": str(code),
        "message": message,
        "mend": mend,
        "field": fields[0]["field"] if fields else None,
        "fields": fields,
        "retry_after_s": retry_s,
    }
