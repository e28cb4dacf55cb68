"""The client for ordinary programs."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from seq2seq.client import wire
from seq2seq.client.refusals import Refused, answers, check_address
from seq2seq.client.wire import Answer, Delta, ServedModel, Wish
from seq2seq.decoding.options import SearchOptions, SearchWish
from seq2seq.errors import Seq2SeqError
from seq2seq.translation import Alternative, Failure, Translation
from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc

TIMEOUT_S = 30.0
_MOST_CALLS = 8  # in flight for a file of lines


class TranslationClient:
    """A connection to a server; any number of threads may share it.

    Calls that the server could not take are tried again a few times. All verbs raise `InputError`
    for what the caller can mend, `NothingWritten` where the model wrote nothing but spaces, and
    `ServiceError` for what the server or the network did.

    Args:
        address: such as "127.0.0.1:50051".

    Raises:
        UsageError: the address cannot be one.
    """

    def __init__(self, address: str) -> None:
        self.address = check_address(address)
        self._channel = grpc.insecure_channel(address)
        self._stub = rpc.TranslationServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._health: Any = health_pb2_grpc.HealthStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls in work fail."""
        self._channel.close()

    def translate(
        self,
        text: str,
        *,
        model: str = "",
        options: SearchOptions | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> Translation:
        """Translate one sentence.

        Args:
            text: the sentence.
            model: its name; empty is the server's default.
            options: how to search; None is the model's own way.
            attention: ask for the attention too.
            timeout_s: how long to wait.
        """
        (answer,) = self._translate([text], Wish(model, options, attention, timeout_s))
        if isinstance(answer, Seq2SeqError):
            raise answer
        return answer

    def translate_all(  # noqa: PLR0913 — the arguments of `translate`, and one more
        self,
        texts: Iterable[str],
        *,
        model: str = "",
        options: SearchOptions | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
        window: int = 4,
    ) -> Iterator[Answer]:
        """Translate any number of sentences, in their order, with several calls in flight.

        A sentence that cannot be translated gives its error in its place. Reads from `texts` no
        further than `window` calls of up to 64 sentences.

        Raises:
            ServiceError, InputError: a whole call failed.
        """
        wish = Wish(model, options, attention, timeout_s)
        return self.translate_packs(wire.packed(texts), wish, window)

    def stream(
        self,
        text: str,
        *,
        model: str = "",
        options: SearchOptions | None = None,
        attention: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> Iterator[Delta]:
        """Translate one sentence and give each piece as soon as it is final, the whole at the end."""
        request = Wish(model, options, attention, timeout_s).stream_request(text)
        call = self._stub.StreamTranslateText(request, timeout=timeout_s)
        try:
            for event in call:
                if event.HasField("delta"):
                    yield wire.delta(event.delta)
                elif event.HasField("result"):
                    yield Delta("", translation=wire.translation(text, event.result.translations[0]))
        except grpc.RpcError as error:
            raise Refused.of_error(error).as_error(self.address, timeout_s) from None
        finally:
            call.cancel()  # nothing, when it has ended

    def alternatives(  # noqa: PLR0913 — the arguments of `translate`, and two more
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
        return wire.alternatives(text, self._call(self._stub.FindAlternatives, request, timeout_s))

    def score(
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
            response = self._call(self._stub.ScoreText, request, timeout_s)
            scored += [
                wire.segment_translation(source, segment)
                for (source, _), segment in zip(some, response.segments, strict=True)
            ]
        return scored

    def models(self, *, timeout_s: float = TIMEOUT_S) -> list[ServedModel]:
        """List the models of the server; the first is the default."""
        found: list[ServedModel] = []
        token = ""
        while True:
            page = self._call(self._stub.ListModels, pb.ListModelsRequest(page_token=token), timeout_s)
            found += [wire.served_model(model) for model in page.models]
            token = page.next_page_token
            if not token:
                return found

    def model(self, name: str = "", *, timeout_s: float = TIMEOUT_S) -> ServedModel:
        """Look at one model; the default one when no name is given."""
        if not name:
            return next(model for model in self.models(timeout_s=timeout_s) if model.is_default)
        request = pb.GetModelRequest(name=wire.full_name(name))
        return wire.served_model(self._call(self._stub.GetModel, request, timeout_s))

    def health(self, service: str = "", *, timeout_s: float = TIMEOUT_S) -> str:
        """Ask how the server is: "SERVING" or "NOT_SERVING".

        Args:
            service: empty for the process, "seq2seq.v1.TranslationService" for readiness, or
                "models/NAME".
            timeout_s: how long to wait.
        """
        request = health_pb2.HealthCheckRequest(service=service)
        response = self._call(self._health.Check, request, timeout_s)
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))

    def using(self, model: str) -> "ServedTranslator":
        """One model of the server, with the verb of a `Translator` for lines."""
        return ServedTranslator(self, model)

    def translate_packs(self, packs: Iterable[Sequence[str]], wish: Wish, window: int) -> Iterator[Answer]:
        """Translate what is cut into calls already; as `translate_all`."""
        flying: deque[tuple[Sequence[str], grpc.Future[pb.TranslateTextResponse]]] = deque()

        def land() -> list[Answer]:
            texts, call = flying.popleft()
            try:
                return answers(texts, call.result(), self.address, wish.timeout_s)
            except grpc.RpcError as error:
                return self._translate(texts, wish, first=error)

        try:
            for texts in packs:
                if len(flying) >= window:
                    yield from land()
                call = self._stub.TranslateText.future(wish.request(texts), timeout=wish.timeout_s)
                flying.append((texts, call))
            while flying:
                yield from land()
        finally:
            for _, call in flying:
                call.cancel()

    def _translate(
        self, texts: Sequence[str], wish: Wish, first: grpc.RpcError | None = None
    ) -> list[Answer]:
        """Translate what fits one call, in more than one call if it does not; `first` is what a try gave."""
        outcome = self._try(self._stub.TranslateText, wish.request(texts), wish.timeout_s, first)
        if isinstance(outcome, Refused):
            if outcome.is_too_large and len(texts) > 1:
                return [answer for half in wire.halves(texts) for answer in self._translate(half, wish)]
            raise outcome.as_error(self.address, wish.timeout_s)
        return answers(texts, outcome, self.address, wish.timeout_s)

    def _call(self, method: Callable[..., Any], request: object, timeout_s: float) -> Any:  # noqa: ANN401 — the stubs have no types
        outcome = self._try(method, request, timeout_s)
        if isinstance(outcome, Refused):
            raise outcome.as_error(self.address, timeout_s)
        return outcome

    def _try(
        self,
        method: Callable[..., Any],
        request: object,
        timeout_s: float,
        first: grpc.RpcError | None = None,
    ) -> Any | Refused:  # noqa: ANN401 — as above
        """Call, and call again while that is of use and there is time."""
        deadline = time.monotonic() + timeout_s
        tried = 0
        while True:
            tried += 1
            try:
                if first is not None:
                    raise first
                return method(request, timeout=deadline - time.monotonic())
            except grpc.RpcError as error:
                first = None
                refused = Refused.of_error(error)
                pause_s = refused.pause_s(tried)
                if pause_s is None or time.monotonic() + pause_s >= deadline:
                    return refused
            time.sleep(pause_s)


@dataclass(frozen=True)
class ServedTranslator:
    """A model of a server, used like one of one's own."""

    client: TranslationClient
    model: str

    def alternatives(
        self, text: str, target_prefix: str, count: int, options: SearchOptions | SearchWish | None = None
    ) -> list[Alternative]:
        """Find the words that may come next, as `TranslationClient.alternatives`."""
        return self.client.alternatives(text, target_prefix, count, model=self.model, options=options)

    def translate_lines(
        self, lines: Iterable[str], options: SearchOptions | SearchWish | None = None, *, window: int = 256
    ) -> Iterator[Translation | Failure]:
        """Translate lines of any number, in their order; at most `window` of them are waited for at a time.

        A line that cannot be translated gives a `Failure`, and the others go on.

        Raises:
            ServiceError, InputError: the server refused, or did not answer.
        """
        texts: deque[str] = deque()

        def noted() -> Iterator[str]:
            for line in lines:
                texts.append(line)
                yield line

        contents = min(wire.CONTENTS_A_CALL, max(1, window))
        attention = options is not None and options.attention
        wish = Wish(self.model, options, attention, TIMEOUT_S)
        calls = max(1, min(_MOST_CALLS, window // contents))
        found = self.client.translate_packs(wire.packed(noted(), contents), wish, calls)
        for number, answer in enumerate(found, start=1):
            text = texts.popleft()
            yield Failure(number, text, answer) if isinstance(answer, Seq2SeqError) else answer
