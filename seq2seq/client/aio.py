"""The client for asyncio: the verbs of `TranslationClient`, awaited."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from seq2seq.client import wire
from seq2seq.client.refusals import Refused, answers, check_address
from seq2seq.client.sync import TIMEOUT_S
from seq2seq.client.wire import Answer, Delta, ServedModel, Wish
from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import Seq2SeqError
from seq2seq.translation import Alternative, Translation
from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc


class AsyncTranslationClient:
    """A connection to a server, for one event loop; the verbs and errors are those of `TranslationClient`.

    Args:
        address: such as "127.0.0.1:50051".

    Raises:
        UsageError: the address cannot be one.
    """

    def __init__(self, address: str) -> None:
        self.address = check_address(address)
        self._channel = grpc.aio.insecure_channel(address)
        self._stub = rpc.TranslationServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._health: Any = health_pb2_grpc.HealthStub(self._channel)  # its types are those of the sync one

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls in work fail."""
        await self._channel.close()

    async def translate(
        self,
        text: str,
        *,
        model: str = "",
        options: SearchOptions | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> Translation:
        """Translate one sentence."""
        (answer,) = await self._translate([text], Wish(model, options, attention, timeout_s))
        if isinstance(answer, Seq2SeqError):
            raise answer
        return answer

    async def translate_all(  # noqa: PLR0913 — the arguments of `translate`, and one more
        self,
        texts: Iterable[str],
        *,
        model: str = "",
        options: SearchOptions | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
        window: int = 4,
    ) -> AsyncIterator[Answer]:
        """Translate any number of sentences, in their order, with `window` calls in flight.

        A sentence that cannot be translated gives its error in its place.
        """
        wish = Wish(model, options, attention, timeout_s)
        flying: deque[asyncio.Task[list[Answer]]] = deque()
        try:
            for pack in wire.packed(texts):
                if len(flying) >= window:
                    for answer in await flying.popleft():
                        yield answer
                flying.append(asyncio.create_task(self._translate(pack, wish)))
            while flying:
                for answer in await flying.popleft():
                    yield answer
        finally:
            for task in flying:
                task.cancel()

    async def stream(
        self,
        text: str,
        *,
        model: str = "",
        options: SearchOptions | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> AsyncIterator[Delta]:
        """Translate one sentence and give each piece as soon as it is final, the whole at the end."""
        request = Wish(model, options, attention, timeout_s).stream_request(text)
        call = self._stub.StreamTranslateText(request, timeout=timeout_s)
        try:
            async for event in call:
                if event.HasField("delta"):
                    yield wire.delta(event.delta)
                elif event.HasField("result"):
                    yield Delta("", translation=wire.translation(text, event.result.translations[0]))
        except grpc.RpcError as error:
            raise Refused.of_error(error).as_error(self.address, timeout_s) from None
        finally:
            call.cancel()  # nothing, when it has ended

    async def alternatives(  # noqa: PLR0913 — the arguments of `translate`, and two more
        self,
        text: str,
        target_prefix: str = "",
        count: int = 5,
        *,
        model: str = "",
        options: SearchOptions | SearchWish | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> list[Alternative]:
        """Find the words that may come next after a prefix, and where each leads: `seq2seq.alternatives`."""
        options = replace(options or SearchWish(), target_prefix=target_prefix)
        wish = Wish(model, options, attention, timeout_s)
        request = wish.alternatives_request(text, count)
        return wire.alternatives(text, await self._call(self._stub.FindAlternatives, request, timeout_s))

    async def score(
        self,
        pairs: Sequence[tuple[str, str]],
        *,
        model: str = "",
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> list[Translation]:
        """Rate given translations; each answer has the target as its one candidate."""
        scored: list[Translation] = []
        for start in range(0, len(pairs), wire.CONTENTS_A_CALL):
            some = pairs[start : start + wire.CONTENTS_A_CALL]
            request = wire.score_request(some, model, attention=attention)
            response = await self._call(self._stub.ScoreText, request, timeout_s)
            scored += [
                wire.segment_translation(source, segment)
                for (source, _), segment in zip(some, response.segments, strict=True)
            ]
        return scored

    async def models(self, *, timeout_s: float = TIMEOUT_S) -> list[ServedModel]:
        """List the models of the server; the first is the default."""
        found: list[ServedModel] = []
        token = ""
        while True:
            page = await self._call(self._stub.ListModels, pb.ListModelsRequest(page_token=token), timeout_s)
            found += [wire.served_model(model) for model in page.models]
            token = page.next_page_token
            if not token:
                return found

    async def model(self, name: str = "", *, timeout_s: float = TIMEOUT_S) -> ServedModel:
        """Look at one model; the default one when no name is given."""
        if not name:
            return next(model for model in await self.models(timeout_s=timeout_s) if model.is_default)
        request = pb.GetModelRequest(name=wire.full_name(name))
        return wire.served_model(await self._call(self._stub.GetModel, request, timeout_s))

    async def health(self, service: str = "", *, timeout_s: float = TIMEOUT_S) -> str:
        """Ask how the server is: "SERVING" or "NOT_SERVING"."""
        request = health_pb2.HealthCheckRequest(service=service)
        response = await self._call(self._health.Check, request, timeout_s)
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))

    async def _translate(self, texts: Sequence[str], wish: Wish) -> list[Answer]:
        outcome = await self._try(self._stub.TranslateText, wish.request(texts), wish.timeout_s)
        if isinstance(outcome, Refused):
            if outcome.is_too_large and len(texts) > 1:
                first, second = wire.halves(texts)
                return await self._translate(first, wish) + await self._translate(second, wish)
            raise outcome.as_error(self.address, wish.timeout_s)
        return answers(texts, outcome, self.address, wish.timeout_s)

    async def _call(self, method: Callable[..., Any], request: object, timeout_s: float) -> Any:  # noqa: ANN401 — the stubs have no types
        outcome = await self._try(method, request, timeout_s)
        if isinstance(outcome, Refused):
            raise outcome.as_error(self.address, timeout_s)
        return outcome

    async def _try(self, method: Callable[..., Any], request: object, timeout_s: float) -> Any | Refused:  # noqa: ANN401 — as above
        """Call, and call again while that is of use and there is time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        tried = 0
        while True:
            tried += 1
            try:
                return await method(request, timeout=deadline - loop.time())
            except grpc.RpcError as error:
                refused = Refused.of_error(error)
                pause_s = refused.pause_s(tried)
                if pause_s is None or loop.time() + pause_s >= deadline:
                    return refused
            await asyncio.sleep(pause_s)
