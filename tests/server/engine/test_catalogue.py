import re
from dataclasses import replace

import pytest

import serving
from server.engine.catalogue import Catalogue, Hosted
from server.errors import Reason, Refusal


def hosted(name: str, source: str, target: str) -> Hosted:
    """Name a model for a pair of languages."""
    model = serving.hosted()
    card = model.bundle.card.model_copy(update={"source_language": source, "target_language": target})
    return Hosted(f"models/{name}", replace(model.bundle, card=card), model.load)


CATALOGUE = Catalogue(
    [
        hosted("att", "en", "fr"),
        hosted("plain", "en", "fr"),
        hosted("german", "en", "de"),
        hosted("brazil", "en", "pt-BR"),
        hosted("back", "fr", "en"),
    ]
)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("", "", ""), "att"),
        (("", "en", "fr"), "att"),
        (("", "", "de"), "german"),
        (("", "fr", ""), "back"),
        (("", "EN-us", "FR"), "att"),
        (("", "en", "pt-br"), "brazil"),
        (("models/plain", "en", "fr"), "plain"),
        (("models/german", "", ""), "german"),
    ],
)
def test_a_model_is_found(asked: tuple[str, str, str], expected: str) -> None:
    """By name, else the first for the languages, else the first of all."""
    assert CATALOGUE.choose(*asked).name == f"models/{expected}"


@pytest.mark.parametrize(
    ("asked", "reason", "message"),
    [
        (
            ("", "en", ""),
            Reason.AMBIGUOUS_MODEL,
            "models of several pairs fit (en→de, en→fr, en→pt-BR): give both languages, or a model",
        ),
        (
            ("", "de", ""),
            Reason.UNSUPPORTED_LANGUAGE_PAIR,
            "no model for these languages; there is en→de, en→fr, en→pt-BR, fr→en",
        ),
        (("", "en", "pt"), Reason.UNSUPPORTED_LANGUAGE_PAIR, "no model for these languages"),
        (("models/back", "en", ""), Reason.UNSUPPORTED_LANGUAGE_PAIR, "there is fr→en"),
        (
            ("", "english language", ""),
            Reason.BAD_LANGUAGE_CODE,
            "source_language: not a BCP-47 code, such as en or pt-BR",
        ),
        (
            ("models/", "", ""),
            Reason.BAD_MODEL_NAME,
            "model: not the name of a model, which is models/ and then a letter and letters, digits, - _ .",
        ),
        (
            ("models/new", "", ""),
            Reason.MODEL_NOT_FOUND,
            "model: no such model; this server has models/att, models/plain, models/german",
        ),
    ],
)
def test_no_model_fits(asked: tuple[str, str, str], reason: Reason, message: str) -> None:
    """The message says what there is."""
    with pytest.raises(Refusal, match=re.escape(message)) as caught:
        CATALOGUE.choose(*asked)

    assert caught.value.reason is reason
