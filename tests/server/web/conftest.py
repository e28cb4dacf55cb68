"""One server with the twins, and a client of its HTTP side."""

from collections.abc import Iterator

import httpx
import pytest

import serving
from server.app import Server


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
