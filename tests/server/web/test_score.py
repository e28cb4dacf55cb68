"""Given translations, rated over HTTP: the same as over gRPC and in Python."""

from typing import Any

import httpx
import pytest

import serving
from seq2seq.preview.document import preview_from_json, preview_of
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server
from serving import score_request

PAIRS = [("Hello.", "Bonjour."), ("", " "), ("Where is the station?", "la gare")]


def score(client: httpx.Client, pairs: list[tuple[str, str]], **asked: object) -> httpx.Response:
    """Ask what a model says of pairs."""
    named = [{"source_text": source, "target_text": target} for source, target in pairs]
    return client.post("/v1/score", json={"pairs": named, **asked})


def test_it_says_what_python_and_grpc_say(client: httpx.Client, site: Server) -> None:
    """A document for each pair, in order, with the given translation; none for two blanks."""
    answer = score(client, PAIRS).json()
    documents = [preview_from_json(document) for document in answer["previews"]]
    here = [preview_of(translation) for translation in serving.translator().score(PAIRS, attention=True)]
    with serving.stub(site.address) as stub:
        there = stub.ScoreText(score_request(PAIRS, pb.TRANSLATION_VIEW_FULL), timeout=10)

    assert [document.source for document in documents] == [document.source for document in here]
    for document, mine, segment in zip(documents, here, there.segments, strict=True):
        assert len(document.hypotheses) == len(mine.hypotheses) == len(segment.hypotheses)
        for found, expected, wired in zip(
            document.hypotheses, mine.hypotheses, segment.hypotheses, strict=True
        ):
            assert found.text == expected.text == wired.text
            assert found.log_prob == pytest.approx(expected.log_prob, abs=1e-3)
            assert found.score == pytest.approx(wired.score, abs=1e-3)
            assert len(found.tokens) == len(expected.tokens)
            assert found.attention is not None
    assert documents[1].hypotheses == ()
    assert answer["usage"]["source_tokens"] > 0


def test_attention_is_left_out_where_it_is_not_wanted(client: httpx.Client) -> None:
    """And nothing else; any model can be asked."""
    answers: list[dict[str, Any]] = [
        score(client, PAIRS[:1], **asked).json()["previews"][0]["hypotheses"][0]
        for asked in ({}, {"attention": False}, {"model": "plain"})
    ]
    whole, bare, plain = answers

    assert len(whole["attention"]) == len(whole["tokens"])
    assert [bare.get("attention"), plain.get("attention")] == [None, None]
    assert bare["log_prob"] == pytest.approx(whole["log_prob"], abs=1e-3)
    assert plain["log_prob"] != pytest.approx(whole["log_prob"], abs=1e-3)
    assert plain["text"] == "Bonjour."


@pytest.mark.parametrize(
    ("pairs", "asked", "status", "code", "field"),
    [
        ([], {}, 400, "CONTENTS_MISSING", "pairs"),
        ([("a", "b"), ("a", " ")], {}, 400, "CONTENTS_MISSING", "pairs[1].target_text"),
        ([("one two " * 400, "b")], {}, 413, "SENTENCE_TOO_LONG", "pairs[0].source_text"),
        ([("a", "b")], {"model": "none"}, 404, "MODEL_NOT_FOUND", None),
        ([("a", "b")], {"beam": 3}, 400, "MALFORMED_REQUEST", "beam"),
    ],
)
def test_what_cannot_be_rated_is_refused(  # noqa: PLR0913, PLR0917 — a table
    client: httpx.Client,
    pairs: list[tuple[str, str]],
    asked: dict[str, object],
    status: int,
    code: str,
    field: str | None,
) -> None:
    """The whole call, with the part that is wrong by its name."""
    response = score(client, pairs, **asked)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code), error
    assert error.get("field") == field
