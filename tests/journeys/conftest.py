"""Models for the commands, written once."""

from pathlib import Path

import pytest

import tiny


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with an untrained model of each kind."""
    directory = tmp_path_factory.mktemp("models")
    for name, attention in (("attentive", "bahdanau"), ("plain", "none")):
        tiny.bundle(directory / name, attention=attention)
    return directory
