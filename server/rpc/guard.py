"""Around every method of every service: malformed messages, request ids, errors as statuses, the log line."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from inspect import isasyncgenfunction
from typing import Any, TypeAlias
from uuid import uuid4

import grpc

from server import journal
from server.errors import Reason, Refusal, origin
from server.journal import Journal, Record
from server.rpc.status import CODES, pushback_ms, rich_status

_REQUEST_ID = re.compile(r"[!-~]{1,64}")  # printable ASCII without spaces

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"  # generic for type checkers only


@dataclass(frozen=True, slots=True)
class _Malformed:
    """Stands for a message that could not be read; a deserializer that raises would give UNKNOWN."""


class Guard(grpc.aio.ServerInterceptor):
    """Lets nothing out but answers and documented statuses."""

    def __init__(self) -> None:
        self._journal = Journal()
        self._guarded: dict[str, Handler] = {}  # by method: only those that there are

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wrap the handler of a call; unknown methods have none and end as UNIMPLEMENTED."""
        name = handler_call_details.method
        if name not in self._guarded:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            self._guarded[name] = self._wrapped(handler, name)
        return self._guarded[name]

    def _wrapped(self, handler: "grpc.RpcMethodHandler[Any, Any]", name: str) -> Handler:
        coders = {
            "request_deserializer": _tolerant(handler.request_deserializer),
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(self._unary(handler.unary_unary, name), **coders)
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(self._writing(handler.unary_stream, name), **coders)
        assert handler.stream_stream, "no service here has a method of another kind"
        return grpc.stream_stream_rpc_method_handler(self._streams(handler.stream_stream, name), **coders)

    def _unary(self, method: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def guarded(request: object, context: Context) -> object:
            async with _Answering(self._journal, name, context):
                return await method(_readable(request), context)

        return guarded

    def _writing(self, method: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def guarded(request: object, context: Context) -> None:
            async with _Answering(self._journal, name, context):
                await method(_readable(request), context)

        return guarded

    def _streams(self, method: Callable[..., Any], name: str) -> Callable[..., Any]:
        assert isasyncgenfunction(method), "written for the reflection service, which yields"

        async def guarded(requests: AsyncIterator[object], context: Context) -> AsyncIterator[object]:
            async with _Answering(self._journal, name, context):
                async for response in method(_all_readable(requests), context):
                    yield response

        return guarded


class _Answering:
    """Around the answering of a call: its record, and how it ends. A generator would take longer to enter."""

    def __init__(self, writer: Journal, name: str, context: Context) -> None:
        self._journal = writer
        self._name = name
        self._context = context
        self._record = Record(name.rpartition("/")[2], _request_id(context), journal.masked(context.peer()))

    async def __aenter__(self) -> None:
        journal.current.set(self._record)
        self._context.set_trailing_metadata((("x-request-id", self._record.request_id),))

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        record = self._record
        try:
            if error is not None:
                await self._end_badly(error)
        finally:
            if self._name.startswith("/seq2seq.") or record.code not in {"OK", "CANCELLED"}:
                self._journal.write(record)

    async def _end_badly(self, error: BaseException) -> None:
        """Say why there is no answer; an error that gRPC or asyncio has raised itself goes on."""
        record, context = self._record, self._context
        if isinstance(error, asyncio.CancelledError):
            record.code = "CANCELLED"
        elif isinstance(error, grpc.aio.AbortError):
            record.code = str(context.code())
        elif isinstance(error, Refusal):
            await _abort(context, record, error)
        elif isinstance(error, Exception):  # one of two edges: nothing of it may reach the wire
            if context.cancelled() or context.done():
                record.code = "CANCELLED"  # a write to a client that is gone raises an error of its own
                raise asyncio.CancelledError from None
            record.error = origin(error)
            await _abort(context, record, Refusal(Reason.INTERNAL, f"internal error {record.request_id}"))


async def _abort(context: Context, record: Record, refusal: Refusal) -> None:
    code = CODES[refusal.reason]
    record.code, record.reason = code.name, refusal.reason
    status = rich_status(refusal, record.request_id)
    trailers: list[tuple[str, str | bytes]] = [
        ("x-request-id", record.request_id),
        ("grpc-status-details-bin", status.SerializeToString()),
    ]
    if (pushback := pushback_ms(status)) is not None:
        trailers.append(("grpc-retry-pushback-ms", str(pushback)))
    await context.abort(code, status.message, tuple(trailers))


def _tolerant(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any]:
    assert deserialize is not None, "generated code names a deserializer"

    def read(message: bytes) -> object:
        try:
            return deserialize(message)
        except Exception:  # noqa: BLE001 — whatever protobuf raises, the bytes are at fault
            return _Malformed()

    return read


def _readable(request: object) -> object:
    if isinstance(request, _Malformed):
        message = "the bytes are not the message of this method, or a text in it is not UTF-8"
        raise Refusal(Reason.MALFORMED_REQUEST, message)
    return request


async def _all_readable(requests: AsyncIterator[object]) -> AsyncIterator[object]:
    async for request in requests:
        yield _readable(request)


def _request_id(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == "x-request-id" and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid4().hex
