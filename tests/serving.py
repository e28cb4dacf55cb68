"""Real servers on free ports with small random models, and calls as a stranger would make them."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from torch import Tensor

import tiny
from seq2seq.bundle import Bundle
from seq2seq.decoding.options import SearchOptions
from seq2seq.nn.model import TranslationModel
from seq2seq.nn.state import DecoderState, Step
from seq2seq.translator import Translator, load_translator
from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc
from server.app import Server, in_background
from server.config import ServerConfig
from server.engine.catalogue import Hosted
from server.engine.engine import Engine

Stub = rpc.TranslationServiceStub

SERVICE = "seq2seq.v1.TranslationService"
SEARCH = SearchOptions(beam=2, max_target_tokens=16)
SENTENCES = [f"{sentence} {number}" for number in range(16) for sentence in tiny.ENGLISH]


@cache
def directory(name: str = "attentive", *, attention: str = "bahdanau", seed: int = 0) -> Path:
    """Write a model directory, once."""
    path = Path(mkdtemp(prefix="served-")) / name
    tiny.bundle(path, attention=attention, seed=seed, search=SEARCH)
    return path


@cache
def translator(name: str = "attentive", *, attention: str = "bahdanau") -> Translator:
    """Load a small model."""
    return load_translator(directory(name, attention=attention), device="cpu")


BeforeStep = Callable[[DecoderState], None]


class Hindered:
    """A model that calls a function before every step: to wait, to count, or to fail."""

    def __init__(self, model: TranslationModel, before_step: BeforeStep) -> None:
        self._model = model
        self._before_step = before_step

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take a step, or do not."""
        self._before_step(state)
        return self._model.step(previous, state)


def hindered(before_step: BeforeStep, name: str = "attentive") -> Translator:
    """Load a small model that is disturbed at every step."""
    sound = translator(name)
    return replace(sound, model=Hindered(sound.model, before_step))  # type: ignore[arg-type]


def slow(seconds: float = 0.02) -> Translator:
    """Load a small model that takes its time for every step."""
    return hindered(lambda _: time.sleep(seconds))


def hosted(
    name: str = "attentive", *, attention: str = "bahdanau", load: Callable[[], Translator] | None = None
) -> Hosted:
    """Name a model for a server."""
    path = directory(name, attention=attention)
    return Hosted(
        f"models/{name}", Bundle.open(path), load or (lambda: translator(name, attention=attention))
    )


@contextmanager
def running(*models: Hosted, **settings: object) -> Iterator[Server]:
    """Run a server on free ports."""
    config = ServerConfig.model_validate({"grpc": "127.0.0.1:0", "http": "", "grace_s": 2.0} | settings)
    with in_background(config, models or [hosted()]) as server:
        yield server


@contextmanager
def listening(*models: Hosted, **settings: object) -> Iterator[Server]:
    """Run a server that may not be ready yet."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    config = ServerConfig.model_validate({"grpc": "127.0.0.1:0", "http": ""} | settings)
    server = Server(config, models)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(grace_s=0), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def stub(address: str) -> Iterator[Stub]:
    """Connect with the generated stub."""
    with grpc.insecure_channel(address) as channel:
        yield rpc.TranslationServiceStub(channel)  # type: ignore[no-untyped-call]


def send_bytes(address: str, method: str, message: bytes) -> bytes:
    """Send any bytes to a unary method and give the bytes of the answer."""
    with grpc.insecure_channel(address) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{SERVICE}/{method}")
        return call(message, timeout=10)


@dataclass(frozen=True)
class Refusal:
    """What a stranger sees of a refused call."""

    code: grpc.StatusCode
    reason: str  # empty when the transport refused
    message: str
    fields: tuple[str, ...]
    retry_s: float | None
    request_id: str
    trailers: dict[str, str | bytes]


def refused(call: Callable[[], object]) -> Refusal:
    """Make a call that must fail."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return _read(error)
    raise AssertionError(f"it was answered: {str(answer)[:200]}")


def code_of(call: Callable[[], object]) -> grpc.StatusCode:
    """Make a call that may fail."""
    try:
        call()
    except grpc.RpcError as error:
        return _read(error).code
    return grpc.StatusCode.OK


def _read(error: grpc.RpcError) -> Refusal:
    assert isinstance(error, grpc.Call), "what a call raises is the call itself"
    status = rpc_status.from_call(error) or Status()
    info, bad, retry, request = ErrorInfo(), BadRequest(), RetryInfo(), RequestInfo()
    retry_s = None
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
        detail.Unpack(request)
        if detail.Unpack(retry):
            retry_s = retry.retry_delay.ToMilliseconds() / 1000
    assert status.ByteSize() <= 4096, "details of more than 4 KiB may lose the status"
    assert not status.details or info.domain == "seq2seq"
    fields = tuple(violation.field for violation in bad.field_violations)
    trailers = dict(error.trailing_metadata() or ())
    return Refusal(error.code(), info.reason, error.details(), fields, retry_s, request.request_id, trailers)


def translate_request(
    *contents: str, model: str = "", config: pb.TranslationConfig | None = None, partial: bool = False
) -> pb.TranslateTextRequest:
    """Write a request."""
    return pb.TranslateTextRequest(
        contents=contents, model=model, config=config, return_partial_success=partial
    )


def decoding(
    *,
    beam_size: int = 0,
    hypothesis_count: int = 0,
    max_target_tokens: int = 0,
    length_penalty: float | None = None,
) -> pb.TranslationConfig:
    """Write options of the search."""
    config = pb.DecodingConfig(
        beam_size=beam_size,
        hypothesis_count=hypothesis_count,
        max_target_tokens=max_target_tokens,
        length_penalty=length_penalty,
    )
    return pb.TranslationConfig(decoding_config=config)


def stream_request(text: str, config: pb.TranslationConfig | None = None) -> pb.StreamTranslateTextRequest:
    """Write a request."""
    return pb.StreamTranslateTextRequest(content=text, config=config)


def score_request(
    pairs: Sequence[tuple[str, str]], view: pb.TranslationView = pb.TRANSLATION_VIEW_BASIC
) -> pb.ScoreTextRequest:
    """Write a request."""
    made = [pb.ScoreTextRequest.Pair(source_text=source, target_text=target) for source, target in pairs]
    return pb.ScoreTextRequest(pairs=made, view=view)


def engine(server: Server) -> Engine:
    """Give the default model's engine."""
    engine = server.catalogue.default.engine
    assert engine is not None, "the model is loaded"
    return engine


def until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait for something that happens in another thread."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
