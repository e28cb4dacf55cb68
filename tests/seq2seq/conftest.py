"""Models with random weights, written once for all tests that only read them."""

import pytest

import tiny
from seq2seq.bundle import Bundle
from seq2seq.translator import Translator, load_translator


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Write an attentive model with two subword models."""
    return tiny.bundle(tmp_path_factory.mktemp("models") / "sound", joint=False)


@pytest.fixture(scope="session")
def attentive(sound: Bundle) -> Translator:
    """Load it."""
    return load_translator(sound.directory, device="cpu")


@pytest.fixture(scope="session", params=["none", "bahdanau"])
def translator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Translator:
    """Load a plain model, then an attentive one, each with one subword model."""
    directory = tmp_path_factory.mktemp("models") / "model"
    tiny.bundle(directory, attention=request.param)
    return load_translator(directory, device="cpu")
