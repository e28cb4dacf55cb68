"""A prefix comes through both edges of the service, and so do the words that may follow it, over HTTP."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

import serving
from seq2seq.alternatives import alternatives
from seq2seq.bundle import Bundle, default_model
from seq2seq.client import AsyncTranslationClient, TranslationClient
from seq2seq.errors import InputError
from seq2seq.translation import Alternative
from seq2seq.translator import load_translator
from server.app import Server
from server.engine.catalogue import Hosted

TEXT, PREFIX = "Where is the station?", "Où se "


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the shipped model."""
    path = default_model()
    hosted = Hosted("models/shipped", Bundle.open(path), lambda: load_translator(path, device="cpu"))
    with serving.running(hosted, http="127.0.0.1:0") as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A caller of the JSON interface."""
    with httpx.Client(base_url=server.page, timeout=20, trust_env=False) as client:
        yield client


def test_a_translation_begins_with_its_prefix(server: Server, http: httpx.Client) -> None:
    """Over gRPC, whole and streamed, and as JSON: as in the same process."""
    own = load_translator(default_model(), device="cpu")
    options = replace(own.defaults, target_prefix=PREFIX)
    here = own.translate(TEXT, options).text
    assert here.startswith(PREFIX)
    with TranslationClient(server.address) as client:
        assert client.translate(TEXT, options=options).text == here
        *deltas, _ = client.stream(TEXT, options=options)
        assert "".join(delta.text for delta in deltas) == here
    answer = http.post("/v1/translate", json={"text": TEXT, "target_prefix": PREFIX}).json()
    assert answer["previews"][0]["hypotheses"][0]["text"] == here


def test_words_that_may_follow_come_as_json(http: httpx.Client) -> None:
    """The same as in the same process, each with its preview."""
    own = alternatives(load_translator(default_model(), device="cpu"), TEXT, "Où ", 5)
    answer = http.post("/v1/alternatives", json={"text": TEXT, "target_prefix": "Où ", "count": 5}).json()

    assert [way["word"] for way in answer["alternatives"]] == [alternative.word for alternative in own]
    for way, alternative in zip(answer["alternatives"], own, strict=True):
        assert way["log_prob"] == pytest.approx(alternative.log_prob, abs=1e-3)
        assert way["preview"]["hypotheses"][0]["text"] == alternative.translation.text
        assert way["preview"]["hypotheses"][0]["attention"]
    assert http.post("/v1/alternatives", json={"text": " "}).json()["alternatives"] == []


def test_words_that_may_follow_come_over_grpc(server: Server) -> None:
    """To both clients, and with attention where it is asked for."""
    own = alternatives(load_translator(default_model(), device="cpu"), TEXT, "Où ", 5)

    async def ask() -> list[Alternative]:
        async with AsyncTranslationClient(server.address) as client:
            return await client.alternatives(TEXT, "Où ")

    with TranslationClient(server.address) as client:
        found = client.alternatives(TEXT, "Où ", 5, attention=True)
        assert client.alternatives("  ") == []
        with pytest.raises(InputError, match="count is 17, and must be from 1 to 16"):
            client.alternatives(TEXT, count=17)

    for answers in (found, asyncio.run(ask())):
        assert [one.word for one in answers] == [alternative.word for alternative in own]
        assert [one.translation.text for one in answers] == [one.translation.text for one in own]
        assert [one.log_prob for one in answers] == pytest.approx([one.log_prob for one in own], abs=1e-3)
    assert all(one.translation.attention is not None for one in found)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"text": TEXT, "target_prefix": "la " * 300}, "BAD_TARGET_PREFIX", "target_prefix"),
        ({"text": TEXT, "target_prefix": "x" * 6_000}, "BAD_DECODING_CONFIG", "target_prefix"),
        ({"text": TEXT, "count": 0}, "BAD_DECODING_CONFIG", "count"),
        ({"text": TEXT, "cuont": 3}, "MALFORMED_REQUEST", "cuont"),
        ({"text": "a " * 3_000}, "SENTENCE_TOO_LONG", "text"),
    ],
)
def test_what_cannot_be_is_refused(http: httpx.Client, body: object, code: str, field: str) -> None:
    """With the field named as it was written."""
    answer = http.post("/v1/alternatives", json=body)

    assert answer.status_code in {400, 413}
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)


def test_a_prefix_that_cannot_be_is_refused_over_grpc(server: Server) -> None:
    """With the path of its field."""
    own = load_translator(default_model(), device="cpu")
    with (
        TranslationClient(server.address) as client,
        pytest.raises(InputError, match="target_prefix: it has"),
    ):
        client.translate(TEXT, options=replace(own.defaults, target_prefix="la " * 300))
