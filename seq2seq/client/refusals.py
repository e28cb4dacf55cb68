"""gRPC's statuses as errors of the library: a plain sentence, what to do, and whether to try again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from seq2seq.client.wire import Answer, translation
from seq2seq.errors import InputError, NothingWritten, SentenceTooLong, Seq2SeqError, ServiceError, UsageError
from seq2seq.v1 import translation_service_pb2 as pb

_TRIES = 4
_FIRST_PAUSE_S = 0.1
_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True)
class Refused:
    """Why there is no answer, taken out of a status."""

    code: grpc.StatusCode
    message: str
    reason: str = ""  # such as QUEUE_FULL; empty when the transport says it
    field: str = ""
    problem: str = ""  # of the field
    retry_after_s: float | None = None

    @staticmethod
    def of_error(error: grpc.RpcError) -> "Refused":
        """Read what a call raised."""
        call: Any = error  # both kinds of grpc raise their calls, of types that have nothing in common
        for key, value in call.trailing_metadata() or ():
            if key == _DETAILS:
                return Refused.of_status(Status.FromString(value))
        return Refused(call.code(), call.details() or "")

    @staticmethod
    def of_status(status: Status) -> "Refused":
        """Read a status that came with its details."""
        info, bad_request, retry = ErrorInfo(), BadRequest(), RetryInfo()
        field = problem = ""
        retry_after_s = None
        for detail in status.details:
            detail.Unpack(info)
            if detail.Unpack(bad_request):
                for violation in bad_request.field_violations[:1]:
                    field, problem = violation.field, violation.description
            if detail.Unpack(retry):
                retry_after_s = retry.retry_delay.ToMilliseconds() / 1000
        code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
        return Refused(code, status.message, info.reason, field, problem, retry_after_s)

    @property
    def is_too_large(self) -> bool:
        """Whether fewer contents in a call would help."""
        return self.reason == "RESPONSE_TOO_LARGE"

    def pause_s(self, tried: int) -> float | None:
        """How long to wait before trying again after `tried` tries; None: it would be no use."""
        if tried >= _TRIES:
            return None
        if self.retry_after_s is not None:
            return self.retry_after_s
        if self.code is grpc.StatusCode.UNAVAILABLE:
            return _FIRST_PAUSE_S * 2.0 ** (tried - 1) * random.uniform(0.8, 1.2)  # noqa: S311 — no secret
        return None

    def as_error(self, address: str, timeout_s: float) -> Seq2SeqError:
        """Say it in the library's words."""
        if self.code in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}:
            kind = SentenceTooLong if self.reason == "SENTENCE_TOO_LONG" else InputError
            return kind(_sentence(self.problem or self.message), where=self.field)
        if self.code is grpc.StatusCode.DEADLINE_EXCEEDED:
            problem = f"no answer within {timeout_s:g} s"
            return ServiceError(problem, where=address, mend="Allow more time, or send less text.")
        if self.reason == "NO_TRANSLATION":
            return NothingWritten(_sentence(self.message), where=address)
        if self.reason:
            return ServiceError(_sentence(self.message), where=address)
        if self.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return InputError(f"the message is larger than is taken ({self.message})", where=address)
        return _transport_error(self.code, address)


def answers(
    texts: Sequence[str], response: pb.TranslateTextResponse, address: str, timeout_s: float
) -> list[Answer]:
    """Read a translation for each text, or the error that stands in its place."""
    return [
        Refused.of_status(message.error).as_error(address, timeout_s)
        if message.HasField("error")
        else translation(text, message)
        for text, message in zip(texts, response.translations, strict=True)
    ]


def check_address(address: str) -> str:
    """Give an address back if it can be one of a gRPC server.

    Raises:
        UsageError: it has no port, or is that of a page.
    """
    if ":" in address and not address.startswith(("http://", "https://")):
        return address
    raise UsageError(
        f"'{address}' is no address of a gRPC server",
        where="server",
        mend="Write HOST:PORT, such as 127.0.0.1:50051.",
    )


def _transport_error(code: grpc.StatusCode, address: str) -> ServiceError:
    if code is grpc.StatusCode.UNAVAILABLE:
        return ServiceError(
            "no answer", where=address, mend="Is `seq2seq serve` running, and is this its address for gRPC?"
        )
    if code is grpc.StatusCode.CANCELLED:
        return ServiceError("the call was cancelled", where=address)
    return ServiceError("it is no seq2seq server, or one of another version", where=address)


def _sentence(message: str) -> str:
    return message.rstrip(".") or "the server gave no reason"
