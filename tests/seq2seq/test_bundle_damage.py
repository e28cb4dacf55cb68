import json
import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.bundle import Bundle
from seq2seq.manifest import write_manifest
from seq2seq.model_directory import FORMAT


@pytest.fixture
def copy(sound: Bundle, tmp_path: Path) -> Path:
    """Copy it for a test that damages it."""
    return Path(shutil.copytree(sound.directory, tmp_path / "copy"))


@given(st.data())
def test_one_flipped_bit_is_noticed_and_its_file_named(sound: Bundle, data: st.DataObject) -> None:
    """Whatever bit of whatever file flips, opening fails and names that file."""
    files = sorted(path.name for path in sound.directory.iterdir())
    name = data.draw(st.sampled_from([name for name in files if name != "manifest.json"]))
    path = sound.directory / name
    content = path.read_bytes()
    position = data.draw(st.integers(0, len(content) - 1))
    flipped = content[position] ^ (1 << data.draw(st.integers(0, 7)))

    try:
        path.write_bytes(content[:position] + bytes([flipped]) + content[position + 1 :])
        refused = tiny.refusal(sound.directory)
    finally:
        path.write_bytes(content)

    assert refused.where == str(path)
    assert "SHA-256" in refused.problem


def test_a_truncated_file_is_named_with_both_sizes(copy: Path) -> None:
    """The message says how much of the file is left."""
    weights = copy / "weights.safetensors"
    size = weights.stat().st_size
    weights.write_bytes(weights.read_bytes()[:100])

    refused = tiny.refusal(copy)

    assert refused.where == str(weights)
    assert refused.problem == f"it is damaged: it has 100 bytes, and should have {size:,}"
    assert refused.mend == "Copy the whole model directory again, or train the model again."


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "config.json", "card.json", "source.spm", "target.spm"]
)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    """Each file of a model has to be there."""
    (copy / name).unlink()

    assert str(tiny.refusal(copy)).startswith(f"{copy / name}: it is missing. ")


def test_a_file_that_does_not_belong_is_named(copy: Path) -> None:
    """A model holds what its manifest lists; files that the system hides are let be."""
    (copy / ".DS_Store").write_bytes(b"")
    Bundle.open(copy)
    (copy / "notes.txt").write_text("mine")

    refused = tiny.refusal(copy)

    assert refused.problem == "'notes.txt' does not belong to this model"
    assert refused.where == str(copy)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl"])
def test_nothing_pickled_is_read(copy: Path, name: str) -> None:
    """A pickle beside the weights is refused, and so is one that the manifest lists."""
    torch.save({"w": torch.zeros(1)}, copy / name)
    beside = tiny.refusal(copy)
    write_manifest(copy, format_number=FORMAT)
    listed = tiny.refusal(copy)

    assert beside.problem == f"'{name}' may be pickled, and reading a pickle can run a stranger's code"
    assert beside.mend == "Remove it: weights are read from .safetensors files only."
    assert f"it lists '{name}', and only .json, .spm, .safetensors files are read" in listed.problem


def test_a_pickle_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    """A single file is no model, whatever it holds."""
    torch.save({}, tmp_path / "model.pt")

    assert tiny.refusal(tmp_path / "model.pt").problem == "it is a file, and a model is a directory"


def test_a_later_format_is_told_from_damage(copy: Path) -> None:
    """A model of another format says which one, and what this program reads."""
    values = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({"format": 99, "parts": values["files"]}))

    refused = tiny.refusal(copy)

    assert refused.problem == "this model has format 99, and this program reads up to 1"
    assert refused.mend == "Install a newer seq2seq, or train the model with this one."


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ("", "it is not valid JSON"),
        ("[" * 100_000, "it is not valid JSON"),
        ("[]", "it is not a JSON object"),
        ("{}", "its format is None, and must be a whole number from 1"),
        ('{"format": true}', "its format is True, and must be a whole number from 1"),
        ('{"format": 1}', "files is missing"),
        ('{"format": 1, "files": {}}', "'config.json' does not belong to this model"),
        (" " * 2_000_000, "it has 2,000,000 bytes, and at most 1,048,576 are read"),
    ],
)
def test_a_strange_manifest_is_refused(copy: Path, manifest: str, problem: str) -> None:
    """Whatever stands in the manifest, the answer is a ModelError that says what is wrong."""
    (copy / "card.json").rename(copy / ".card.json")
    (copy / "manifest.json").write_text(manifest)

    assert tiny.refusal(copy).problem == problem


@pytest.mark.parametrize(
    "name", ["../outside.json", "/etc/passwd.json", "a/b.json", "..", "manifest.json", ""]
)
def test_names_in_a_manifest_cannot_leave_the_directory(copy: Path, name: str) -> None:
    """Only plain names are read."""
    values = json.loads((copy / "manifest.json").read_text())
    values["files"][name] = values["files"]["card.json"]
    (copy / "manifest.json").write_text(json.dumps(values))

    assert tiny.refusal(copy).problem == f"{name!r} is not the plain name of a file in this directory"


def test_a_manifest_that_forgets_the_weights_is_refused(copy: Path) -> None:
    """A model needs all of its parts."""
    (copy / "weights.safetensors").rename(copy / ".weights")
    write_manifest(copy, format_number=FORMAT)
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["files"][".weights"]
    (copy / "manifest.json").write_text(json.dumps(manifest))

    assert tiny.refusal(copy).problem == "it does not list 'weights.safetensors'"


def test_an_exchanged_subword_model_is_named(copy: Path) -> None:
    """A tokenizer of another model is refused, also when the manifest was made to agree."""
    shutil.copyfile(copy / "target.spm", copy / "source.spm")
    against_manifest = tiny.refusal(copy)
    write_manifest(copy, format_number=FORMAT)
    against_config = tiny.refusal(copy)

    for refused in (against_manifest, against_config):
        assert refused.where == str(copy / "source.spm")
        assert refused.problem.startswith("it is not the subword model that this model was trained with")
        assert "cannot be exchanged" in refused.mend


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"search": {"beam": 99}}, "beam is 99, and must be from 1 to 16"),
        (
            {"source": {"file": "../x.spm", "sha256": "", "pieces": 3}},
            "its subword model '../x.spm' is not in",
        ),
        ({"max_source_tokens": 0}, "max_source_tokens is 0, and must be above 0"),
        ({"colour": 1}, "unknown key 'colour'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(
    copy: Path, change: dict[str, object], problem: str
) -> None:
    """A hand-made configuration whose digest agrees is still checked."""
    values = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(values | change))
    write_manifest(copy, format_number=FORMAT)

    refused = tiny.refusal(copy)

    assert refused.problem.startswith(problem)
    assert refused.where.startswith(str(copy / "config.json"))


def test_a_directory_in_place_of_a_file_is_refused(copy: Path) -> None:
    """What is no regular file is not read: a pipe would never end."""
    (copy / "card.json").unlink()
    (copy / "card.json").mkdir()

    assert tiny.refusal(copy).problem == "it is not a file"
