"""One server with the twins, and a client of its HTTP side; a server for the browser."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

import serving
from browsing import TIMEOUT_MS, Open
from seq2seq.bundle import default_models
from server.app import Server
from server.config import ServerConfig
from server.engine.catalogue import open_models


@pytest.fixture(scope="session")
def site() -> Iterator[Server]:
    """Run a server whose default model is "attentive"; the other is "plain"."""
    plain = serving.hosted("plain", attention="none")
    with serving.running(serving.hosted(), plain, http="127.0.0.1:0") as server:
        yield server


@pytest.fixture(scope="session")
def client(site: Server) -> Iterator[httpx.Client]:
    """Connect to it."""
    with httpx.Client(base_url=site.page, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    """Serve the models that come with the program: random ones write hardly a word."""
    models = open_models(default_models(), ServerConfig())
    with serving.running(*models, http="127.0.0.1:0", threads=1) as server:
        yield server


@pytest.fixture
def opened(browser: Browser, served: Server) -> Iterator[Open]:
    """Open the page; afterwards, nothing may have gone wrong in it, or have been asked of other hosts."""
    expect.set_options(timeout=TIMEOUT_MS)
    contexts, complaints, asked = [], [], set[str]()

    def open_page(query: str = "", *, routes: dict[str, Any] | None = None, **settings: Any) -> Page:  # noqa: ANN401 — the browser's own
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 900}} | settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.add(request.url))
        for pattern, handler in (routes or {}).items():
            page.route(pattern, handler)
        page.goto(served.page + query)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((served.page, "blob:", "data:"))] == []
