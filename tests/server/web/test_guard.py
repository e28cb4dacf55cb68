import json
import logging

import httpx
import pytest

import serving
from server.app import Server
from server.web.guard import HEADERS, names_for

TEXT = "Where is the station?"


def test_every_answer_tells_the_browser_to_be_careful(client: httpx.Client) -> None:
    """The page, JSON, errors; and none of them is for other sites to read."""
    for response in (
        client.get("/"),
        client.get("/v1/models"),
        client.get("/nothing"),
        client.get("/livez"),
        client.post("/v1/translate", json={}),
    ):
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert response.headers["x-request-id"]
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert "default-src 'self'; img-src 'self' blob: data:" in HEADERS["content-security-policy"]


@pytest.mark.parametrize("page", ["https://example.org", "http://localhost:1", "null", "http://[", ""])
def test_a_page_of_another_site_is_refused(client: httpx.Client, page: str) -> None:
    """A browser names the site of the page that asks; programs name none."""
    foreign = client.post("/v1/translate", json={"text": TEXT}, headers={"origin": page})
    own = str(client.base_url).rstrip("/")
    ours = client.post("/v1/translate", json={"text": TEXT}, headers={"origin": own})

    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "FOREIGN_SITE")
    assert ours.status_code == 200


def test_a_preflight_is_given_nothing(client: httpx.Client) -> None:
    """So a browser does not send JSON for another site."""
    headers = {"origin": "https://example.org", "access-control-request-method": "POST"}

    response = client.request("OPTIONS", "/v1/translate", headers=headers)

    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers


def test_a_name_that_was_made_to_point_here_is_refused(client: httpx.Client) -> None:
    """By a foreign name there is no page and no translation, and health for whoever probes."""
    foreign = {"host": "rebound.example.org"}

    assert client.get("/", headers=foreign).json()["error"]["code"] == "FOREIGN_HOST"
    assert client.post("/v1/translate", json={"text": TEXT}, headers=foreign).status_code == 421
    assert client.get("/", headers={"host": "[::1"}).status_code == 421
    assert client.get("/", headers={"host": "127.0.0.1.example.org"}).status_code == 421
    assert client.get("/livez", headers=foreign).status_code == 200
    assert client.get("/", headers={"host": "localhost:8080"}).status_code == 200
    assert client.get("/", headers={"host": "[::1]:8080"}).status_code == 200


def test_names_are_asked_for_on_loopback_only() -> None:
    """A service that others may reach is called whatever its network calls it."""
    assert names_for("0.0.0.0", "") is None  # noqa: S104 — nothing is bound
    assert names_for("127.0.0.1", "*") is None
    assert names_for("127.0.0.1", "") == ["127.0.0.1", "localhost"]
    assert names_for("127.0.0.1", "translate.lan, other") == [
        "127.0.0.1",
        "localhost",
        "translate.lan",
        "other",
    ]


def test_a_name_can_be_allowed() -> None:
    """For a proxy that passes on the name it was asked by."""
    with serving.running(http="127.0.0.1:0", http_names="translate.lan") as server:
        response = httpx.get(server.page, headers={"host": "translate.lan"}, trust_env=False)

    assert response.status_code == 200


def test_the_log_has_the_call_and_not_the_text(
    client: httpx.Client, site: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """The same line as over gRPC; the request's id may be the client's own."""
    caplog.set_level(logging.INFO, logger="server")

    client.post("/v1/translate", json={"text": TEXT}, headers={"x-request-id": "mine"})
    client.post("/v1/translate", json={"text": TEXT, "beam": 99})

    serving.until(lambda: len(caplog.records) == 2)
    good, bad = [vars(record)["fields"] for record in caplog.records]
    assert (good["method"], good["request_id"], good["code"]) == ("POST /v1/translate", "mine", "OK")
    assert (good["model"], good["view"], good["contents"]) == ("models/attentive", "FULL", 1)
    assert good["source_tokens"] > 0
    assert good["decode_ms"] >= 0
    assert (bad["code"], bad["reason"]) == ("BAD_REQUEST", "BAD_DECODING_CONFIG")
    assert "station" not in json.dumps([good, bad])
    assert site.page.startswith("http://127.0.0.1:")
