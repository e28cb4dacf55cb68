"""Model directories of every kind: the same writer, the same refusals."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import nn

import tiny
from seq2seq.bundle import Bundle, find_models, open_model
from seq2seq.card import Card
from seq2seq.config import Section
from seq2seq.errors import ConfigError, ModelError
from seq2seq.loading import load_module
from seq2seq.manifest import write_manifest
from seq2seq.model_directory import FORMAT, ModelDirectory, ModelSettings, compact, write_model


class Shape(Section):
    """What the network of these tests is made of."""

    size: int = 3


class Settings(ModelSettings):
    """`config.json` of these tests' program."""

    kind: Literal["classifier"] = "classifier"
    labels: tuple[str, ...]


def _card() -> Card:
    values = tiny.card("letters").model_dump() | {
        "kind": "classifier",
        "source_language": "fr",
        "target_language": "",
    }
    values["data"] |= {"unit": "names"}
    return Card.model_validate(values | {"takes": "a name"})


def _make(shape: Shape) -> nn.Linear:
    return nn.Linear(shape.size, shape.size)


def _write(directory: Path, network: nn.Module | None = None, size: int = 3) -> ModelDirectory:
    settings = Settings(model=Shape(size=size).model_dump(), labels=("en", "fr"))
    return write_model(directory, model=network or _make(Shape(size=size)), settings=settings, card=_card())


def test_a_program_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Settings, card and every weight come back; the card knows kind and size."""
    network = _make(Shape())
    written = _write(tmp_path / "model", network)

    opened = open_model(tmp_path / "model")

    assert opened == written
    assert opened.settings(Settings).labels == ("en", "fr")
    assert (opened.card.kind, opened.card.parameters) == ("classifier", 12)
    loaded = load_module(opened, Shape, _make)
    torch.testing.assert_close(loaded.weight, network.weight.detach(), rtol=0, atol=0)
    assert not loaded.training
    assert not loaded.weight.requires_grad


def test_a_programs_card_says_what_it_is(tmp_path: Path) -> None:
    """`model info` prints the card of every kind, with its own unit and what it takes."""
    model = _write(tmp_path / "model")

    done = subprocess.run(
        [sys.executable, "-m", "seq2seq", "model", "info", str(model.directory)],
        capture_output=True,
        text=True,
        check=True,
    )

    lines = done.stdout.splitlines()
    assert lines[0] == "letters: classifier, fr"
    assert "  takes       a name" in lines
    assert "  data        five sentences, 5 names to learn from" in lines
    assert f"  revision    {model.revision}" in lines


def test_models_of_all_kinds_are_listed(tmp_path: Path) -> None:
    """Translators and programs side by side."""
    _write(tmp_path / "b")
    tiny.bundle(tmp_path / "a")

    found = find_models(tmp_path)

    assert [type(model) for model in found] == [Bundle, ModelDirectory]
    assert [model.card.subject for model in found] == ["en → fr", "classifier, fr"]


def test_a_model_of_another_kind_is_named_with_its_command(tmp_path: Path) -> None:
    """Neither takes the other's model."""
    _write(tmp_path / "program")
    tiny.bundle(tmp_path / "translator")

    with pytest.raises(ModelError) as program:
        Bundle.open(tmp_path / "program")
    with pytest.raises(ModelError) as translator:
        open_model(tmp_path / "translator").settings(Settings)

    assert program.value.problem == "this model is a classifier, and a translator is needed"
    assert program.value.where == str(tmp_path / "program")
    assert program.value.mend == "Use it with `seq2seq classify`."
    assert translator.value.problem == "this model is a translator, and a classifier is needed"
    assert translator.value.mend == "Use it with `seq2seq translate`."


def test_a_translator_that_does_not_say_its_kind_is_opened(tmp_path: Path) -> None:
    """Models that were written before there were other kinds have no `kind` in their files."""
    bundle = tiny.bundle(tmp_path / "model")
    for name in ("config.json", "card.json"):
        path = bundle.directory / name
        values = json.loads(path.read_text())
        for added in ("kind", "takes"):
            values.pop(added, None)
        if "data" in values:
            del values["data"]["unit"]
        path.write_text(json.dumps(values))
    write_manifest(bundle.directory, format_number=FORMAT)

    opened = open_model(bundle.directory)

    assert isinstance(opened, Bundle)
    assert (opened.config, opened.card) == (bundle.config, bundle.card)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    """Settings and weights have to agree."""
    opened = _write(tmp_path / "model", nn.Linear(2, 2))

    with pytest.raises(ModelError, match="the weights do not fit the configuration"):
        load_module(opened, Shape, _make)


def test_a_shape_that_cannot_be_built_says_so(tmp_path: Path) -> None:
    """A setting that this program refuses is the model's fault, not the user's."""

    def refuse(_shape: Shape) -> nn.Linear:
        raise ConfigError("size is odd", where="model.size")

    with pytest.raises(ModelError, match="its network cannot be built \\(size is odd\\)"):
        load_module(_write(tmp_path / "model"), Shape, refuse)


def test_a_killed_writer_leaves_the_older_model(tmp_path: Path) -> None:
    """What fails its check does not take the place of what can be opened."""
    older = _write(tmp_path / "model")

    def refuse(_directory: Path) -> object:
        raise ModelError("no")

    with pytest.raises(ModelError, match="no"):
        write_model(
            tmp_path / "model",
            model=_make(Shape()),
            settings=Settings(model={"size": 3}, labels=()),
            card=_card(),
            check=refuse,
        )

    assert open_model(tmp_path / "model").revision == older.revision


def test_a_translators_card_needs_both_languages() -> None:
    """A program may have none."""
    values = tiny.card().model_dump()

    with pytest.raises(ValueError, match="target_language is missing, and a translator has one"):
        Card.model_validate(values | {"target_language": ""})
    assert Card.model_validate(values | {"kind": "captioner", "source_language": ""}).subject == "captioner"


def test_a_compact_copy_computes_with_nearly_the_same_weights(tmp_path: Path) -> None:
    """Half the bytes, read as float32, each weight with its first eleven bits; the card is what was given."""
    network = nn.Linear(200, 200)
    whole = _write(tmp_path / "whole", network, size=200)

    small = compact(whole, tmp_path / "small", whole.card.model_copy(update={"description": "small"}))

    assert small.weights.stat().st_size < 0.51 * whole.weights.stat().st_size
    assert (small.is_compact(), whole.is_compact()) == (True, False)
    assert ("size", f"{small.bytes:,} bytes, weights in float16") in small.facts()
    assert open_model(tmp_path / "small").card.description == "small"
    loaded = load_module(small, Shape, _make)
    assert loaded.weight.dtype == torch.float32
    torch.testing.assert_close(loaded.weight, network.weight.detach().half().float(), rtol=0, atol=0)
    assert small.settings(Settings) == whole.settings(Settings)


def test_a_weight_that_float16_cannot_hold_is_refused(tmp_path: Path) -> None:
    """By name; nothing is written."""
    network = _make(Shape())
    with torch.no_grad():
        network.bias[1] = 1e6

    with pytest.raises(ModelError, match="a weight of 'bias' is too large for float16"):
        compact(_write(tmp_path / "whole", network), tmp_path / "small")

    assert not (tmp_path / "small").exists()
