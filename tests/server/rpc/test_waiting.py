import threading
from dataclasses import replace

import grpc
import pytest
from grpc import StatusCode

import serving
from seq2seq.v1 import translation_service_pb2 as pb
from serving import Stub, decoding, refused, stream_request, translate_request


def test_a_deadline_of_a_millisecond(stub: Stub) -> None:
    """It is exceeded, and nothing else happens."""
    refusal = refused(lambda: stub.TranslateText(translate_request(*serving.SENTENCES), timeout=0.001))

    assert refusal.code is StatusCode.DEADLINE_EXCEEDED
    assert stub.TranslateText(translate_request("Hello."), timeout=10).translations[0].translated_text


def test_without_a_deadline_the_server_sets_one() -> None:
    """The status has a reason then, because it is the server that ends the call."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.05)), default_deadline_s=0.2) as server,
        serving.stub(server.address) as stub,
    ):
        refusal = refused(lambda: stub.TranslateText(translate_request("Hello.")))

    assert (refusal.code, refusal.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE")


@pytest.mark.parametrize("method", ["TranslateText", "StreamTranslateText"])
def test_a_cancelled_call_frees_its_rows(method: str) -> None:
    """The model thread stops stepping for it."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.01))) as server,
        serving.stub(server.address) as stub,
    ):
        engine = serving.engine(server)
        before = replace(engine.counters)
        config = decoding(max_target_tokens=200)
        if method == "TranslateText":
            call = stub.TranslateText.future(translate_request(*serving.SENTENCES, config=config), timeout=60)
        else:
            call = stub.StreamTranslateText(stream_request(serving.SENTENCES[4], config), timeout=60)
        serving.until(lambda: engine.counters.steps > before.steps)

        call.cancel()
        serving.until(lambda: engine.counters.dropped > 0)
        serving.until(lambda: engine.stalled_s == 0.0)
        steps = engine.counters.steps
        threading.Event().wait(0.1)

        assert engine.counters.steps == steps
        assert stub.TranslateText(translate_request("Hello."), timeout=10).translations[0].translated_text


def test_what_expires_in_the_line_costs_no_work() -> None:
    """A call whose time is over before its turn never reaches the model."""
    with (
        serving.running(serving.hosted(load=lambda: serving.slow(0.02)), max_rows=2) as server,
        serving.stub(server.address) as stub,
    ):
        engine = serving.engine(server)
        config = decoding(max_target_tokens=60)
        long = stub.TranslateText.future(translate_request(serving.SENTENCES[4], config=config), timeout=30)
        serving.until(lambda: engine.counters.admitted == 2)  # the first was the one to warm up

        refusal = refused(lambda: stub.TranslateText(translate_request(*serving.SENTENCES), timeout=0.1))
        long.result()

        assert refusal.code is StatusCode.DEADLINE_EXCEEDED
        assert engine.counters.admitted == 2


def test_a_full_line_says_when_to_come_back() -> None:
    """RESOURCE_EXHAUSTED with RetryInfo and a pushback; what could never be taken is INVALID_ARGUMENT."""
    tokens = len(serving.translator().prepare(serving.SENTENCES[4]).tokens)
    model = serving.hosted(load=lambda: serving.slow(0.02))
    with (
        serving.running(model, max_rows=2, queue_tokens=3 * tokens) as server,
        serving.stub(server.address) as stub,
    ):
        engine = serving.engine(server)
        config = decoding(max_target_tokens=60)
        request = translate_request(serving.SENTENCES[4], config=config)
        calls = [stub.TranslateText.future(request, timeout=30) for _ in range(2)]
        serving.until(lambda: engine.counters.admitted == 2 and engine.queued_tokens > 0)

        full = refused(lambda: stub.TranslateText(translate_request(*[serving.SENTENCES[4]] * 3), timeout=10))
        never = refused(lambda: stub.TranslateText(translate_request(*serving.SENTENCES), timeout=10))
        for call in calls:
            call.cancel()

    assert (full.code, full.reason) == (StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")
    assert full.retry_s is not None
    assert 40 <= int(full.trailers["grpc-retry-pushback-ms"]) <= 6_000
    assert (never.code, never.reason) == (StatusCode.INVALID_ARGUMENT, "TEXT_TOO_LONG")


def test_a_reader_that_stops_reading_is_let_go() -> None:
    """It holds no rows: its stream ends with CLIENT_TOO_SLOW, which it sees when it reads on."""
    narrow = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1_000)]
    config = decoding(beam_size=16, hypothesis_count=16, max_target_tokens=200)
    config.view = pb.TRANSLATION_VIEW_FULL
    with (
        serving.running(send_timeout_s=0.1) as server,
        grpc.insecure_channel(server.address, options=narrow) as channel,
    ):
        stub = Stub(channel)  # type: ignore[no-untyped-call]
        events = stub.StreamTranslateText(stream_request(serving.SENTENCES[4], config), timeout=30)
        next(events)
        threading.Event().wait(1.0)

        refusal = refused(lambda: list(events))

        assert serving.engine(server).stalled_s == 0.0
    assert (refusal.code, refusal.reason) == (StatusCode.DEADLINE_EXCEEDED, "CLIENT_TOO_SLOW")
