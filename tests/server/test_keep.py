"""Words that a request wants kept come through both edges of the service, or the request is refused."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

import serving
from seq2seq.bundle import Bundle, default_model
from seq2seq.client import TranslationClient
from seq2seq.decoding.options import SearchWish
from seq2seq.translation import PieceKind, Translation
from seq2seq.translator import load_translator
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server
from server.engine.catalogue import Hosted

TEXT = "I like Blue Cat very much."
KEEP = ("Blue Cat",)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with a model that keeps words, by default, and with one that has not learnt to."""
    path = default_model()
    keeps = Hosted("models/keeps", Bundle.open(path), lambda: load_translator(path, device="cpu"))
    with serving.running(keeps, serving.hosted(), http="127.0.0.1:0") as server:
        yield server


def test_they_come_over_grpc(server: Server) -> None:
    """Whole, streamed, and from many lines, as in the same process."""
    own = load_translator(default_model(), device="cpu")
    options = replace(own.defaults, keep=KEEP)
    here = own.translate(TEXT, options).text
    assert "Blue Cat" in here
    with TranslationClient(server.address) as client:
        whole = client.translate(TEXT, options=options)
        *deltas, _ = client.stream(TEXT, options=options)
        (line,) = client.using("").translate_lines([TEXT], SearchWish(keep=KEEP))
        without = client.translate(TEXT)

    assert whole.text == here == "".join(delta.text for delta in deltas)
    assert isinstance(line, Translation)
    assert line.text == here
    assert [piece.text for piece in whole.pieces if piece.kind is PieceKind.PROTECTED] == list(KEEP)
    assert all(piece.kind is not PieceKind.PROTECTED for piece in without.pieces)


def test_they_come_over_http(server: Server) -> None:
    """In each of several texts."""
    with httpx.Client(base_url=server.page, timeout=20, trust_env=False) as client:
        answer = client.post("/v1/translate", json={"texts": [TEXT, "Blue Cat!"], "keep": KEEP}).json()

    for preview in answer["previews"]:
        tokens = preview["hypotheses"][0]["tokens"]
        assert [token["text"] for token in tokens if token["kind"] == "protected"] == ["Blue Cat"]


def test_who_cannot_keep_refuses(server: Server) -> None:
    """And so does everybody what is blank; the field is named as its edge calls it."""
    wanted = serving.translate_request(TEXT, model="models/attentive", config=pb.TranslationConfig(keep=KEEP))
    wrong = serving.translate_request(TEXT, config=pb.TranslationConfig(keep=["a", " "]))
    with serving.stub(server.address) as stub:
        cannot = serving.refused(lambda: stub.TranslateText(wanted))
        blank = serving.refused(lambda: stub.TranslateText(wrong))
    with httpx.Client(base_url=server.page, timeout=20, trust_env=False) as client:
        asked = {"text": TEXT, "model": "attentive", "keep": KEEP}
        error = client.post("/v1/translate", json=asked).json()["error"]
        other = client.post("/v1/translate", json={"text": TEXT, "keep": ["a", " "]}).json()["error"]

    assert (cannot.reason, cannot.fields) == ("BAD_DECODING_CONFIG", ("config.keep",))
    assert (blank.reason, blank.fields) == ("BAD_DECODING_CONFIG", ("config.keep[1]",))
    assert (error["code"], error["field"]) == ("BAD_DECODING_CONFIG", "keep")
    assert (other["code"], other["field"]) == ("BAD_DECODING_CONFIG", "keep[1]")
    assert "not learnt to keep" in error["message"]
