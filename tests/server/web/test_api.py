import asyncio
import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import serving
import tiny
from seq2seq.decoding.options import SearchOptions
from seq2seq.preview.document import preview_from_json, preview_of
from seq2seq.translator import Translator
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server
from server.errors import Reason
from server.rpc.status import CODES
from server.web.models import described
from server.web.problems import STATUS
from server.web.requests import AlternativesRequest, Pair, ScoreRequest, TranslateRequest
from serving import translate_request

TEXT = "Where is the station?"


def translate(client: httpx.Client, **asked: object) -> httpx.Response:
    """Ask for a translation."""
    return client.post("/v1/translate", json=asked)


def refused(client: httpx.Client, status: int, **asked: object) -> dict[str, Any]:
    """Ask for what must be refused; give the error."""
    response = translate(client, **asked)
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    return error


def test_it_answers_what_python_answers(client: httpx.Client) -> None:
    """The document is that of the same translator in this process; options are those of the search."""
    options = SearchOptions(beam=4, n_best=3, length_penalty=0.6, max_target_tokens=9, attention=True)
    here = preview_of(serving.translator().translate(TEXT, options))

    answer = translate(client, text=TEXT, beam=4, nbest=3, length_penalty=0.6, max_target_tokens=9).json()

    (document,) = answer["previews"]
    there = preview_from_json(document)
    assert there.source == here.source
    assert [hypothesis.text for hypothesis in there.hypotheses] == [h.text for h in here.hypotheses]
    assert there.hypotheses[0].attention == here.hypotheses[0].attention
    assert document["model"]["id"] == answer["model"] == "models/attentive"


def test_it_answers_what_grpc_answers(client: httpx.Client, site: Server) -> None:
    """One sentence a document, in order; a blank one has no translation; the same engine did both."""
    texts = [*tiny.ENGLISH, "", "  \n"]
    with serving.stub(site.address) as stub:
        wire = stub.TranslateText(translate_request(*texts), timeout=20)

    answer = translate(client, texts=texts).json()

    found = [document["hypotheses"] for document in answer["previews"]]
    assert [best[0]["text"] if best else "" for best in found] == [
        t.translated_text for t in wire.translations
    ]
    assert answer["revision"] == wire.revision_id
    assert answer["usage"]["source_tokens"] == wire.usage.source_token_count


def test_a_plain_model_has_no_attention(client: httpx.Client) -> None:
    """Nor has one that was not asked for it; a model may be named with or without its collection."""
    plain = translate(client, text=TEXT, model="plain").json()
    without = translate(client, text=TEXT, model="models/attentive", attention=False).json()

    assert plain["model"] == "models/plain"
    assert "attention" not in plain["previews"][0]["hypotheses"][0]
    assert "attention" not in without["previews"][0]["hypotheses"][0]


def test_the_stream_ends_with_the_document(client: httpx.Client) -> None:
    """Source, each token with its row, done; the pieces of text make up the translation."""
    whole = translate(client, text=TEXT).json()["previews"][0]

    with client.stream("POST", "/v1/translate:stream", json={"text": TEXT}) as response:
        assert response.headers["content-type"] == "application/x-ndjson"
        first, *tokens, last = [json.loads(line) for line in response.iter_lines()]

    best = whole["hypotheses"][0]
    assert (first["event"], last["event"]) == ("source", "done")
    assert first["preview"]["source"] == whole["source"]
    assert {token["event"] for token in tokens} == {"token"}
    assert "".join(token["text"] for token in tokens) == best["text"]
    assert [token["token"]["text"] for token in tokens] == [token["text"] for token in best["tokens"]]
    assert all(sum(token["attention"]) == pytest.approx(1.0, abs=0.01) for token in tokens)
    assert last["preview"]["hypotheses"][0]["text"] == best["text"]


def test_what_fails_alone_is_reported_alone(client: httpx.Client) -> None:
    """Where that is asked for; otherwise the call fails, and names the text."""
    texts = ["Hello.", "one two " * 200]

    partial = translate(client, texts=texts, partial=True).json()["previews"]
    error = refused(client, 413, texts=texts)

    assert partial[0]["hypotheses"][0]["text"]
    assert partial[1]["error"]["code"] == error["code"] == "SENTENCE_TOO_LONG"
    assert error["field"] == partial[1]["error"]["field"] == "texts[1]"
    assert error["mend"] == "Split it into sentences, or set truncate."


@pytest.mark.parametrize(
    ("asked", "status", "code", "field"),
    [
        ({}, 400, "MALFORMED_REQUEST", None),
        ({"text": "a", "texts": ["a"]}, 400, "MALFORMED_REQUEST", None),
        ({"text": 5}, 400, "MALFORMED_REQUEST", "text"),
        ({"text": "a", "beam": "5"}, 400, "MALFORMED_REQUEST", "beam"),
        ({"text": "a", "beem": 5}, 400, "MALFORMED_REQUEST", "beem"),
        ({"text": "a", "deadline_s": -1}, 400, "MALFORMED_REQUEST", "deadline_s"),
        ({"text": "a", "beam": 17}, 400, "BAD_DECODING_CONFIG", "beam"),
        ({"text": "a", "beam": 2, "nbest": 3}, 400, "BAD_DECODING_CONFIG", "nbest"),
        ({"text": "a", "length_penalty": 11}, 400, "BAD_DECODING_CONFIG", "length_penalty"),
        ({"texts": []}, 400, "CONTENTS_MISSING", "texts"),
        ({"texts": [""] * 1_025}, 413, "TOO_MANY_CONTENTS", "texts"),
        ({"text": "a" * 10_001}, 413, "TEXT_TOO_LONG", "text"),
        ({"texts": ["a" * 9_000] * 12}, 413, "TEXT_TOO_LONG", None),
        ({"text": "one two " * 200}, 413, "SENTENCE_TOO_LONG", "text"),
        ({"text": "a", "model": "nobody"}, 404, "MODEL_NOT_FOUND", None),
        ({"text": "a", "model": "../../etc"}, 400, "BAD_MODEL_NAME", "model"),
        ({"text": "a", "target_language": "de"}, 400, "UNSUPPORTED_LANGUAGE_PAIR", None),
        ({"text": "a", "source_language": "english language"}, 400, "BAD_LANGUAGE_CODE", "source_language"),
        ({"text": "a", "deadline_s": 1e-6}, 504, "DEADLINE", None),
    ],
)
def test_what_cannot_be_taken_is_refused_as_over_grpc(
    client: httpx.Client, asked: dict[str, object], status: int, code: str, field: str | None
) -> None:
    """With the status, the reason, the field as it is called in JSON, and a message."""
    error = refused(client, status, **asked)

    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]
    assert "contents" not in error["message"]


def test_a_mistyped_key_is_recognised(client: httpx.Client) -> None:
    """The mend says what was meant, or what there is."""
    close, far = refused(client, 400, text="a", n_best=2), refused(client, 400, text="a", zzzz=2)

    assert (close["message"], close["mend"]) == ("unknown key 'n_best'", "Did you mean 'nbest'?")
    assert close["fields"] == [{"field": "n_best", "problem": "unknown key 'n_best'. Did you mean 'nbest'?"}]
    assert (far["field"], far["message"]) == ("zzzz", "unknown key 'zzzz'")
    assert far["mend"].startswith("Known: allow_repetition, attention, beam, ")


def test_what_does_not_fit_is_told_without_the_text_that_was_sent(client: httpx.Client) -> None:
    """In the words that experiment files have for it; each part, and what may be sent."""
    error = refused(client, 400, text=5, beam="my secret", deadline_s=0)
    score = client.post("/v1/score", json={"pairs": [{"source_text": "a"}]}).json()["error"]

    assert error["message"] == "text is 5, and must be a string"
    assert [field["problem"] for field in error["fields"]] == [
        "text is 5, and must be a string",
        "beam must be a whole number",
        "deadline_s is 0, and must be above 0",
    ]
    assert error["mend"].startswith("The keys are text, texts, model, ")
    assert (score["field"], score["message"]) == ("pairs[0].target_text", "pairs[0].target_text is missing")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'{"text": ', "application/json", 400, "MALFORMED_REQUEST"),
        (b'{"text": "\\ud800"}', "application/json", 400, "MALFORMED_REQUEST"),
        (b"\xff\xfe", "application/json", 400, "MALFORMED_REQUEST"),
        (b'{"text": ' + b"[" * 100_000, "application/json", 400, "MALFORMED_REQUEST"),
        (b'{"text": "a"}', "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"text=a", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b" " * (4 * 2**20 + 1), "application/json", 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: httpx.Client, body: bytes, kind: str, status: int, code: str
) -> None:
    """What a form of another site can send is no JSON by its type."""
    response = client.post("/v1/translate", content=body, headers={"content-type": kind})

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_a_body_without_a_length_is_bounded_too(client: httpx.Client) -> None:
    """It is counted as it comes."""
    chunks = (b" " * 2**20 for _ in range(5))

    response = client.post("/v1/translate", content=chunks, headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["error"]["code"]) == (413, "BODY_TOO_LARGE")


def test_other_methods_and_paths_are_refused_as_json(client: httpx.Client) -> None:
    """404 and 405, the latter with what is allowed."""
    missing, wrong = client.get("/v1/nothing"), client.get("/v1/translate")

    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert wrong.headers["allow"] == "POST"


def test_models_are_described(client: httpx.Client, site: Server) -> None:
    """The same as over gRPC, and what a page needs to tell twins apart."""
    with serving.stub(site.address) as stub:
        wire = stub.ListModels(pb.ListModelsRequest(), timeout=5).models

    shown = client.get("/v1/models").json()

    models = shown["models"]
    assert [model["name"] for model in models] == [model.name for model in wire]
    assert [model["revision"] for model in models] == [model.revision_id for model in wire]
    assert [(model["attention"], model["default"]) for model in models] == [
        ("bahdanau", True),
        ("none", False),
    ]
    assert [(model["state"], model["memory_size"]) for model in models] == [("ready", 16)] * 2
    assert shown["limits"] == {"texts": 1_024, "codepoints": 100_000, "text_codepoints": 10_000}


def test_a_full_line_is_told_with_when_to_come_back() -> None:
    """429 and Retry-After; what is too much for the line in any case is 413."""
    slow = serving.hosted(load=lambda: serving.slow(0.05))
    with (
        serving.running(slow, http="127.0.0.1:0", max_rows=2, queue_tokens=40) as server,
        httpx.Client(base_url=server.page, timeout=30, trust_env=False) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        answers = list(pool.map(lambda _: translate(client, texts=["Hello."] * 4, beam=2), range(8)))
        too_much = refused(client, 413, texts=["Where is the station?"] * 40)

    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 429}
    full = next(answer for answer in answers if answer.status_code == 429)
    assert full.json()["error"]["code"] == "QUEUE_FULL"
    assert int(full.headers["retry-after"]) >= 1
    assert too_much["code"] == "TEXT_TOO_LONG"


def test_work_for_a_client_that_has_gone_is_dropped() -> None:
    """It leaves the batch before it is finished."""
    slow = serving.hosted(load=lambda: serving.slow(0.02))
    body = json.dumps({"text": TEXT, "beam": 2, "max_target_tokens": 35, "allow_repetition": True}).encode()
    with serving.running(slow, http="127.0.0.1:0") as server:
        counters = serving.engine(server).counters
        for path in ("translate", "translate:stream"):
            admitted, dropped = counters.admitted, counters.dropped
            head = f"POST /v1/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            with socket.create_connection(("127.0.0.1", server.http_port), timeout=5) as connection:
                connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
                serving.until(lambda before=admitted: counters.admitted > before)  # type: ignore[misc]
            serving.until(lambda before=dropped: counters.dropped > before)  # type: ignore[misc]


def test_who_says_half_a_request_does_not_hold_up_the_end() -> None:
    """Nor does one who only keeps a connection open."""
    head = "POST /v1/translate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    with serving.running(http="127.0.0.1:0", send_timeout_s=500) as server:
        address = ("127.0.0.1", server.http_port)
        with socket.create_connection(address) as halting, socket.create_connection(address):
            halting.sendall(f"{head}content-length: 100\r\n\r\n".encode() + b'{"text":')
            with httpx.Client(base_url=server.page, trust_env=False) as client:
                client.get("/livez")
                asyncio.run_coroutine_threadsafe(server.stop(grace_s=0), server.given_up.get_loop()).result(
                    60
                )


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """Nobody holds a place for longer than the service says."""
    head = "POST /v1/translate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    with (
        serving.running(http="127.0.0.1:0", send_timeout_s=0.2) as server,
        socket.create_connection(("127.0.0.1", server.http_port), timeout=30) as connection,
    ):
        connection.sendall(f"{head}content-length: 100\r\n\r\n".encode() + b'{"text":')
        answer = connection.recv(2**16)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_failure_inside_says_nothing_of_the_inside() -> None:
    """500 with a request id, which the log has too."""

    def fail(_: object) -> None:
        if is_broken:
            raise RuntimeError("secret")

    is_broken = False
    broken = serving.hosted(load=lambda: serving.hindered(fail))
    with (
        serving.running(broken, http="127.0.0.1:0") as server,
        httpx.Client(base_url=server.page, timeout=20, trust_env=False) as client,
    ):
        is_broken = True
        response = translate(client, text=TEXT)

    assert (response.status_code, response.json()["error"]["code"]) == (500, "ENGINE_FAULT")
    assert "secret" not in response.text


def test_a_model_that_is_being_loaded_says_when_to_come_back() -> None:
    """503 and Retry-After; the list of models says so too."""
    loaded = serving.hosted()
    gate = threading.Event()

    def late() -> Translator:
        assert gate.wait(20)
        return serving.translator("plain", attention="none")

    late_one = serving.hosted("plain", attention="none", load=late)
    with serving.listening(loaded, late_one, http="127.0.0.1:0") as server:
        serving.until(lambda: loaded.is_serving)
        with httpx.Client(base_url=server.page, timeout=20, trust_env=False) as client:
            states = [model["state"] for model in client.get("/v1/models").json()["models"]]
            response = translate(client, text=TEXT, model="plain")
        gate.set()

    assert states == ["ready", "loading"]
    assert (response.status_code, response.json()["error"]["code"]) == (503, "MODEL_LOADING")
    assert response.headers["retry-after"] == "1"


def test_every_reason_has_a_status() -> None:
    """A new one must be given one in both tables."""
    assert set(STATUS) == set(CODES) == set(Reason)


def test_the_page_about_it_names_every_key_and_status() -> None:
    """docs/http.md is true of requests, models and errors."""
    page = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    forms = (AlternativesRequest, Pair, ScoreRequest, TranslateRequest)
    asked = {key for form in forms for key in form.model_fields}
    keys = {*asked, *described(serving.hosted(), is_default=True)}
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) \|$", page, re.MULTILINE))

    assert [key for key in keys if f"`{key}`" not in page] == []
    answerable = {
        reason: str(int(status)) for reason, status in STATUS.items() if reason is not Reason.BAD_PAGE
    }
    assert answerable.items() <= listed.items()
