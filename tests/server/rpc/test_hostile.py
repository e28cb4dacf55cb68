"""Every bad input has its documented status and reason, and the next good call succeeds."""

import logging
import re
from collections.abc import Iterator

import grpc
import pytest
from grpc import StatusCode
from hypothesis import given, settings
from hypothesis import strategies as st

import serving
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server
from serving import Stub, decoding, refused, translate_request

MARKER = "zebra-crossing-4711"  # a text of a user


@pytest.fixture(autouse=True)
def _nothing_leaks_and_the_next_call_succeeds(stub: Stub, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG, logger="server")
    yield
    assert stub.TranslateText(translate_request("Hello."), timeout=10).translations[0].translated_text
    logged = " ".join(f"{record.getMessage()} {vars(record).get('fields')}" for record in caplog.records)
    assert MARKER not in logged
    assert "Traceback" not in logged
    assert "/seq2seq/" not in logged


BAD_BYTES = {
    "not a message": b"\xff\xff\xff\xff",
    "cut off": b"\x12\x7fHello",
    "not UTF-8": b"\x12\x02\xc3\x28",
    "an encoded surrogate": b"\x12\x03\xed\xa0\x80",
    "a wrong wire type": b"\x10\x01\x13",
}


@pytest.mark.parametrize("message", BAD_BYTES.values(), ids=BAD_BYTES)
@pytest.mark.parametrize("method", ["TranslateText", "ScoreText", "GetModel", "ListModels"])
def test_bytes_that_are_no_message(server: Server, method: str, message: bytes) -> None:
    """They are refused in words, not as UNKNOWN with the name of a class."""
    refusal = refused(lambda: serving.send_bytes(server.address, method, message + b"\x13"))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")
    assert refusal.message == "the bytes are not the message of this method, or a text in it is not UTF-8"


def test_a_malformed_stream_request(server: Server) -> None:
    """Streams are guarded like the others."""
    with grpc.insecure_channel(server.address) as channel:
        call: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(
            f"/{serving.SERVICE}/StreamTranslateText"
        )
        refusal = refused(lambda: list(call(b"\xff\xff", timeout=10)))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")


@pytest.mark.parametrize("service", ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch"])
def test_malformed_requests_to_the_health_service(server: Server, service: str) -> None:
    """The standard services stand behind the same guard."""
    with grpc.insecure_channel(server.address) as channel:
        call: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(f"/{service}")
        refusal = refused(lambda: list(call(b"\x0a\x02\xc3\x28", timeout=10)))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")


def test_malformed_requests_to_reflection(server: Server) -> None:
    """A stream of requests too."""
    with grpc.insecure_channel(server.address) as channel:
        method: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        )
        refusal = refused(lambda: list(method(iter([b"\xff\xff"]), timeout=10)))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")


@settings(max_examples=150)
@given(message=st.binary(max_size=60) | st.binary(max_size=40).map(lambda tail: b"\x12\x06Hello." + tail))
def test_any_bytes_end_in_a_documented_status(server: Server, stub: Stub, message: bytes) -> None:
    """Never UNKNOWN, never INTERNAL."""
    assert stub
    code = serving.code_of(lambda: serving.send_bytes(server.address, "TranslateText", message))

    assert code in {StatusCode.OK, StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND}


def test_a_message_of_five_mebibytes(server: Server) -> None:
    """The transport refuses it."""
    refusal = refused(lambda: serving.send_bytes(server.address, "TranslateText", bytes(5 * 2**20)))

    assert (refusal.code, refusal.reason) == (StatusCode.RESOURCE_EXHAUSTED, "")


def test_a_bomb_of_64_mebibytes(stub: Stub) -> None:
    """Compressed to almost nothing, it is refused before it is unpacked."""
    request = translate_request("a" * 64 * 2**20)

    refusal = refused(lambda: stub.TranslateText(request, compression=grpc.Compression.Gzip, timeout=20))

    assert refusal.code is StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("count", [1_025, 1_000_000])
def test_too_many_contents(stub: Stub, count: int) -> None:
    """Counted before anything else is looked at."""
    refusal = refused(lambda: stub.TranslateText(translate_request(*[""] * count), timeout=10))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "TOO_MANY_CONTENTS")
    assert refusal.message == (
        f"contents: there are {count}, and at most 1024 are taken; send several requests"
    )
    assert refusal.fields == ("contents",)


WORDS = "word " * 10_000
CASES = {
    "no contents": (translate_request(), "INVALID_ARGUMENT", "CONTENTS_MISSING"),
    "ten thousand words": (translate_request(WORDS), "INVALID_ARGUMENT", "TEXT_TOO_LONG"),
    "too much in all": (translate_request(*["a" * 9_000] * 12), "INVALID_ARGUMENT", "TEXT_TOO_LONG"),
    "a sentence of 3,000 pieces": (
        translate_request("one two " * 1_000),
        "INVALID_ARGUMENT",
        "SENTENCE_TOO_LONG",
    ),
    "an unknown model": (translate_request(MARKER, model="models/unknown"), "NOT_FOUND", "MODEL_NOT_FOUND"),
    "a beam of 17": (
        translate_request("a", config=decoding(beam_size=17)),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "a negative beam": (
        translate_request("a", config=decoding(beam_size=-1)),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "more hypotheses than the beam": (
        translate_request("a", config=decoding(beam_size=2, hypothesis_count=3)),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "negative hypotheses": (
        translate_request("a", config=decoding(hypothesis_count=-1)),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "a negative length": (
        translate_request("a", config=decoding(max_target_tokens=-1)),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "a penalty that is no number": (
        translate_request("a", config=decoding(length_penalty=float("nan"))),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "an infinite penalty": (
        translate_request("a", config=decoding(length_penalty=float("inf"))),
        "INVALID_ARGUMENT",
        "BAD_DECODING_CONFIG",
    ),
    "an unknown view": (
        translate_request("a", config=pb.TranslationConfig(view=99)),  # type: ignore[arg-type]
        "INVALID_ARGUMENT",
        "UNKNOWN_ENUM_VALUE",
    ),
    "an unknown overflow": (
        translate_request("a", config=pb.TranslationConfig(overflow=3)),  # type: ignore[arg-type]
        "INVALID_ARGUMENT",
        "UNKNOWN_ENUM_VALUE",
    ),
    "a language that is none": (
        translate_request("a", config=pb.TranslationConfig(source_language_code="../en")),
        "INVALID_ARGUMENT",
        "BAD_LANGUAGE_CODE",
    ),
    "a language that nobody has": (
        translate_request("a", config=pb.TranslationConfig(target_language_code="de")),
        "INVALID_ARGUMENT",
        "UNSUPPORTED_LANGUAGE_PAIR",
    ),
    "a model of other languages": (
        translate_request("a", model="models/plain", config=pb.TranslationConfig(source_language_code="fr")),
        "INVALID_ARGUMENT",
        "UNSUPPORTED_LANGUAGE_PAIR",
    ),
    "an answer that could be too large": (
        translate_request(
            *["Where is the station? " * 2] * 1_000,
            config=pb.TranslationConfig(
                view=pb.TRANSLATION_VIEW_FULL, decoding_config=pb.DecodingConfig(max_target_tokens=60)
            ),
        ),
        "INVALID_ARGUMENT",
        "RESPONSE_TOO_LARGE",
    ),
}


@pytest.mark.parametrize(("request_", "code", "reason"), CASES.values(), ids=CASES)
def test_bad_requests(stub: Stub, request_: pb.TranslateTextRequest, code: str, reason: str) -> None:
    """Each has the status and the reason of the contract; nothing of the server or the user is told."""
    refusal = refused(lambda: stub.TranslateText(request_, timeout=10))

    assert (refusal.code.name, refusal.reason) == (code, reason)
    told = f"{refusal.message} {refusal.fields}"
    assert not re.search(r"Error|Exception|Traceback|seq2seq/|/tmp|\.py", told)
    assert MARKER not in told


BAD_NAMES = [
    "attentive",
    "models/",
    "models/../attentive",
    "models/a/b",
    "models/%2e%2e",
    "models/1st",
    "models/a\x00",
    "models/a\n",
    "/etc/passwd",
    "models/" + "a" * 64,
    "models/" + "a" * 1_000_000,
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_bad_model_names(stub: Stub, name: str) -> None:
    """The form is looked at before anything is looked up."""
    refusals = [
        refused(lambda: stub.TranslateText(translate_request("a", model=name), timeout=10)),
        refused(lambda: stub.GetModel(pb.GetModelRequest(name=name), timeout=10)),
    ]

    assert {(refusal.code, refusal.reason) for refusal in refusals} == {
        (StatusCode.INVALID_ARGUMENT, "BAD_MODEL_NAME")
    }


def test_options_at_their_edges_are_taken(stub: Stub) -> None:
    """The largest beam, all of its hypotheses, no penalty, one token."""
    for config in (
        decoding(beam_size=16, hypothesis_count=16, length_penalty=0.0, max_target_tokens=4),
        decoding(beam_size=1, max_target_tokens=8, length_penalty=10.0),
        decoding(max_target_tokens=2**31 - 1),
    ):
        response = stub.TranslateText(translate_request("Hello.", config=config), timeout=10)
        assert 1 <= len(response.translations[0].segments[0].hypotheses) <= 16


UNICODE = [
    "\x00", "\ufeff", "\u200b", "\u202eabc\u202c", "a\nb\r\nc\u2028d", "e" + "\u0301" * 20, "👩‍👩‍👧‍👦",
    "𝒳" * 10, "\x01\x02", " \t ", "\U0010ffff", "▁ <s> </s> <0x41>",
]  # fmt: skip


def test_torture_by_unicode(stub: Stub) -> None:
    """One in, one out; never a crash, never an extra line."""
    config = decoding(max_target_tokens=8)

    response = stub.TranslateText(translate_request(*UNICODE, config=config), timeout=20)

    assert len(response.translations) == len(UNICODE)
    assert not any("\n" in translation.translated_text for translation in response.translations)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.ListModelsRequest(page_size=-1), "page_size"),
        (pb.ListModelsRequest(page_token="2"), "page_token"),  # noqa: S106 — of a page
        (pb.ListModelsRequest(page_token="1" * 5_000), "page_token"),
        (pb.ListModelsRequest(page_token="²"), "page_token"),  # noqa: S106 — of a page
    ],
)
def test_bad_pages(stub: Stub, request_: pb.ListModelsRequest, field: str) -> None:
    """Tokens that this server did not give are refused."""
    refusal = refused(lambda: stub.ListModels(request_, timeout=10))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "BAD_PAGE")
    assert refusal.fields == (field,)


@pytest.mark.parametrize(
    ("pairs", "reason", "field"),
    [
        ([], "CONTENTS_MISSING", "pairs"),
        ([("a", "b"), ("a", " ")], "CONTENTS_MISSING", "pairs[1].target_text"),
        ([("", "b")], "CONTENTS_MISSING", "pairs[0].source_text"),
        ([("a", "b" * 10_001)], "TEXT_TOO_LONG", "pairs[0].target_text"),
        ([("a b " * 500, "b")], "SENTENCE_TOO_LONG", "pairs[0].source_text"),
        ([("a", "b c " * 500)], "SENTENCE_TOO_LONG", "pairs[0].target_text"),
    ],
)
def test_bad_pairs(stub: Stub, pairs: list[tuple[str, str]], reason: str, field: str) -> None:
    """Each is named by its side."""
    request = pb.ScoreTextRequest(
        pairs=[pb.ScoreTextRequest.Pair(source_text=s, target_text=t) for s, t in pairs]
    )

    refusal = refused(lambda: stub.ScoreText(request, timeout=10))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, reason)
    assert refusal.fields == (field,)


def test_a_thousand_violations_keep_their_status(stub: Stub) -> None:
    """As many are listed as fit, or the transport would put its own status in their place."""
    request = translate_request(*["a b c d " * 10] * 1_000)  # each over the 64 pieces of the model

    refusal = refused(lambda: stub.TranslateText(request, timeout=10))

    assert (refusal.code, refusal.reason) == (StatusCode.INVALID_ARGUMENT, "SENTENCE_TOO_LONG")
    assert 30 <= len(refusal.fields) <= 50
    assert refusal.message.endswith("; 999 more")


def test_an_unknown_method(server: Server) -> None:
    """It is unimplemented."""
    assert refused(lambda: serving.send_bytes(server.address, "Guess", b"")).code is StatusCode.UNIMPLEMENTED


def test_metadata_of_40_kibibytes(stub: Stub) -> None:
    """The transport refuses it."""
    metadata = (("x-large", "a" * 40_000),)

    refusal = refused(lambda: stub.TranslateText(translate_request("a"), metadata=metadata, timeout=10))

    assert refusal.code is StatusCode.RESOURCE_EXHAUSTED


def test_a_request_id_is_kept_and_returned(stub: Stub) -> None:
    """In the trailers, and in the details of an error."""
    metadata = (("x-request-id", "mine-1"),)

    refusal = refused(lambda: stub.TranslateText(translate_request(), metadata=metadata, timeout=10))
    _, call = stub.TranslateText.with_call(translate_request("a"), metadata=metadata, timeout=10)

    assert (refusal.request_id, refusal.trailers["x-request-id"]) == ("mine-1", "mine-1")
    assert dict(call.trailing_metadata())["x-request-id"] == "mine-1"


@pytest.mark.parametrize("request_id", ["a" * 65, "with space", ""])
def test_a_bad_request_id_is_replaced(stub: Stub, request_id: str) -> None:
    """By one of the server's own."""
    metadata = (("x-request-id", request_id),)

    _, call = stub.TranslateText.with_call(translate_request("a"), metadata=metadata, timeout=10)

    assert re.fullmatch("[0-9a-f]{32}", dict(call.trailing_metadata())["x-request-id"])
