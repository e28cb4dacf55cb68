"""Why a call, or one sentence of it, is answered with something else than a translation.

This module speaks no protocol: `server.rpc.status` has the one table from reasons to gRPC statuses, and
`server.web.problems` the one to those of HTTP.
"""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import PurePath


class Reason(StrEnum):
    """What a program reads; part of the contract, so that a member is never renamed."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:  # noqa: ARG004 — the signature is enum's
        return name

    # The request can never be answered as it is.
    MALFORMED_REQUEST = auto()
    CONTENTS_MISSING = auto()
    TOO_MANY_CONTENTS = auto()
    TEXT_TOO_LONG = auto()
    SENTENCE_TOO_LONG = auto()
    BAD_DECODING_CONFIG = auto()
    BAD_TARGET_PREFIX = auto()
    UNKNOWN_ENUM_VALUE = auto()
    RESPONSE_TOO_LARGE = auto()
    BAD_MODEL_NAME = auto()
    BAD_LANGUAGE_CODE = auto()
    UNSUPPORTED_LANGUAGE_PAIR = auto()
    AMBIGUOUS_MODEL = auto()
    BAD_PAGE = auto()
    MODEL_NOT_FOUND = auto()
    MODEL_FAILED = auto()
    # Not now.
    MODEL_LOADING = auto()
    QUEUE_FULL = auto()
    DRAINING = auto()
    DEADLINE = auto()
    CLIENT_TOO_SLOW = auto()
    # Our fault.
    NO_TRANSLATION = auto()
    NON_FINITE = auto()
    ENGINE_FAULT = auto()
    INTERNAL = auto()


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field of a request."""

    field: str  # its path, such as "contents[17]"
    problem: str


@dataclass(frozen=True, slots=True)
class Fields:
    """What an edge calls the parts of a request: a refusal names them as its reader wrote them.

    The names as they stand here are those of JSON.
    """

    texts: str = "texts"
    text: str = "texts[{}]"  # one of them, by its index
    model: str = "model"
    source_language: str = "source_language"
    target_language: str = "target_language"
    beam: str = "beam"
    n_best: str = "nbest"
    length_penalty: str = "length_penalty"
    max_target_tokens: str = "max_target_tokens"
    keep: str = "keep"
    target_prefix: str = "target_prefix"
    count: str = "count"


class Refusal(Exception):
    """No translation, and why.

    Args:
        reason: what a program reads.
        message: what a person reads: the value received and the limit; never a path, the name of a
            class or the user's text.
        violations: the fields that are wrong.
        retry_after_s: when the same call may succeed; None: it is not worth repeating.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        violations: Sequence[Violation] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message
        self.violations = tuple(violations)
        self.retry_after_s = retry_after_s


def wrong_field(reason: Reason, field: str, problem: str) -> Refusal:
    """Refuse a call for one of its fields."""
    return Refusal(
        reason, f"{field}: {problem}" if field else problem, violations=[Violation(field, problem)]
    )


def several(refusals: Sequence[Refusal]) -> Refusal:
    """Refuse a call for several of its fields; the first one leads."""
    first = refusals[0]
    if len(refusals) == 1:
        return first
    alike = [refusal for refusal in refusals if refusal.reason is first.reason]
    return Refusal(
        first.reason,
        f"{first.message}; {len(refusals) - 1} more",
        violations=[violation for refusal in alike for violation in refusal.violations],
        retry_after_s=first.retry_after_s,
    )


def origin(error: BaseException) -> str:
    """Say for the log what was raised and where, without the message: that may quote a user's text."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    steps = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return f"{type(error).__name__} at {' > '.join(steps)}"
