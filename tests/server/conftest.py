"""One server with the twins for all tests that do not disturb it."""

from collections.abc import Iterator

import pytest

import serving
from server.app import Server
from serving import Stub


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Run a server whose default model is "attentive"; the other is "plain"."""
    with serving.running(serving.hosted(), serving.hosted("plain", attention="none")) as server:
        yield server


@pytest.fixture(scope="session")
def stub(server: Server) -> Iterator[Stub]:
    """Connect to it."""
    with serving.stub(server.address) as stub:
        yield stub
