import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.bundle import Bundle, find_models, write_bundle
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ModelError
from seq2seq.manifest import write_manifest
from seq2seq.model_directory import FORMAT, distinct_tensors


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Write a model once for all tests that only read it."""
    return tiny.bundle(tmp_path_factory.mktemp("models") / "sound", joint=False)


@pytest.fixture
def copy(sound: Bundle, tmp_path: Path) -> Path:
    """Copy it for a test that damages it."""
    return Path(shutil.copytree(sound.directory, tmp_path / "copy"))


def _refusal(directory: Path) -> ModelError:
    with pytest.raises(ModelError) as refused:
        Bundle.open(directory)
    return refused.value


def test_what_was_written_is_read_again(sound: Bundle) -> None:
    """Opening gives configuration, card and search defaults as they were passed in."""
    opened = Bundle.open(sound.directory)

    assert opened == sound
    assert opened.model_config == tiny.model_config().model_dump(mode="json")
    assert opened.search == SearchOptions(beam=3)
    assert opened.max_source_tokens == opened.card.limits.max_source_tokens == 64
    assert opened.card.attention == "bahdanau"
    assert re.fullmatch("[0-9a-f]{64}", opened.revision)


def test_the_same_parts_give_the_same_bytes(sound: Bundle, tmp_path: Path) -> None:
    """The revision depends on nothing but what was passed in."""
    again = tiny.bundle(tmp_path / "sound", joint=False)

    assert again.revision == sound.revision


def test_a_joint_subword_model_is_stored_once(tmp_path: Path) -> None:
    """Source and target of a joint model name one file, and tied embeddings are one tensor."""
    joint = tiny.bundle(tmp_path / "joint")

    assert joint.source_subword == joint.target_subword == tmp_path / "joint" / "joint.spm"
    network = tiny.model(tiny.model_config(tied="all"), tiny.subword().size, tiny.subword().size)
    assert len(distinct_tensors(network)) == len(dict(network.named_parameters()))
    assert joint.card.parameters == sum(parameter.numel() for parameter in network.parameters())


def test_looking_at_a_model_needs_no_torch(sound: Bundle) -> None:
    """A fresh process opens a model and prints its card without importing torch."""
    program = (
        "import sys; from pathlib import Path; from seq2seq.bundle import Bundle; "
        "print(Bundle.open(Path(sys.argv[1])).text()); sys.exit('torch' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(sound.directory)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == sound.text() + "\n"


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
        refused = _refusal(sound.directory)
    finally:
        path.write_bytes(content)

    assert refused.where == str(path)
    assert "SHA-256" in refused.problem


def test_a_truncated_file_is_named_with_both_sizes(copy: Path) -> None:
    """The message says how much of the file is left."""
    weights = copy / "weights.safetensors"
    size = weights.stat().st_size
    weights.write_bytes(weights.read_bytes()[:100])

    refused = _refusal(copy)

    assert refused.where == str(weights)
    assert refused.problem == f"it is damaged: it has 100 bytes, and should have {size:,}"
    assert refused.mend == "Copy the whole model directory again, or train the model again."


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "config.json", "card.json", "source.spm", "target.spm"]
)
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    """Each file of a model has to be there."""
    (copy / name).unlink()

    assert str(_refusal(copy)).startswith(f"{copy / name}: it is missing. ")


def test_a_file_that_does_not_belong_is_named(copy: Path) -> None:
    """A model holds what its manifest lists; files that the system hides are let be."""
    (copy / ".DS_Store").write_bytes(b"")
    Bundle.open(copy)
    (copy / "notes.txt").write_text("mine")

    refused = _refusal(copy)

    assert refused.problem == "'notes.txt' does not belong to this model"
    assert refused.where == str(copy)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl"])
def test_nothing_pickled_is_read(copy: Path, name: str) -> None:
    """A pickle beside the weights is refused, and so is one that the manifest lists."""
    torch.save({"w": torch.zeros(1)}, copy / name)
    beside = _refusal(copy)
    write_manifest(copy, format_number=FORMAT)
    listed = _refusal(copy)

    assert beside.problem == f"'{name}' may be pickled, and reading a pickle can run a stranger's code"
    assert beside.mend == "Remove it: weights are read from .safetensors files only."
    assert f"it lists '{name}', and only .json, .spm, .safetensors files are read" in listed.problem


def test_a_pickle_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    """A single file is no model, whatever it holds."""
    torch.save({}, tmp_path / "model.pt")

    assert _refusal(tmp_path / "model.pt").problem == "it is a file, and a model is a directory"


def test_a_later_format_is_told_from_damage(copy: Path) -> None:
    """A model of another format says which one, and what this program reads."""
    values = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({"format": 99, "parts": values["files"]}))

    refused = _refusal(copy)

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
        ('{"format": 1}', "files: Field required"),
        ('{"format": 1, "files": {}}', "'config.json' does not belong to this model"),
        (" " * 2_000_000, "it has 2,000,000 bytes, and at most 1,048,576 are read"),
    ],
)
def test_a_strange_manifest_is_refused(copy: Path, manifest: str, problem: str) -> None:
    """Whatever stands in the manifest, the answer is a ModelError that says what is wrong."""
    (copy / "card.json").rename(copy / ".card.json")
    (copy / "manifest.json").write_text(manifest)

    assert _refusal(copy).problem == problem


@pytest.mark.parametrize(
    "name", ["../outside.json", "/etc/passwd.json", "a/b.json", "..", "manifest.json", ""]
)
def test_names_in_a_manifest_cannot_leave_the_directory(copy: Path, name: str) -> None:
    """Only plain names are read."""
    values = json.loads((copy / "manifest.json").read_text())
    values["files"][name] = values["files"]["card.json"]
    (copy / "manifest.json").write_text(json.dumps(values))

    assert _refusal(copy).problem == f"{name!r} is not the plain name of a file in this directory"


def test_a_manifest_that_forgets_the_weights_is_refused(copy: Path) -> None:
    """A model needs all of its parts."""
    (copy / "weights.safetensors").rename(copy / ".weights")
    write_manifest(copy, format_number=FORMAT)
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["files"][".weights"]
    (copy / "manifest.json").write_text(json.dumps(manifest))

    assert _refusal(copy).problem == "it does not list 'weights.safetensors'"


def test_an_exchanged_subword_model_is_named(copy: Path) -> None:
    """A tokenizer of another model is refused, also when the manifest was made to agree."""
    shutil.copyfile(copy / "target.spm", copy / "source.spm")
    against_manifest = _refusal(copy)
    write_manifest(copy, format_number=FORMAT)
    against_config = _refusal(copy)

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
        ({"max_source_tokens": 0}, "max_source_tokens is 0: Input should be greater than 0"),
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

    refused = _refusal(copy)

    assert refused.problem.startswith(problem)
    assert refused.where.startswith(str(copy / "config.json"))


def test_a_directory_in_place_of_a_file_is_refused(copy: Path) -> None:
    """What is no regular file is not read: a pipe would never end."""
    (copy / "card.json").unlink()
    (copy / "card.json").mkdir()

    assert _refusal(copy).problem == "it is not a file"


def test_a_mistyped_path_names_the_closest_model(sound: Bundle) -> None:
    """The message ends with the model that was probably meant."""
    models = sound.directory.parent

    assert _refusal(models / "sond").problem == "there is no such model directory"
    assert _refusal(models / "sond").mend == f"Did you mean '{sound.directory}'?"
    assert _refusal(models).problem == "this directory is not a model: it has no manifest.json"
    assert _refusal(models).mend == f"Did you mean '{sound.directory}'?"


def test_a_path_unlike_any_model_says_how_to_make_one(sound: Bundle, tmp_path: Path) -> None:
    """Where nothing alike can be suggested, the commands that train are named."""
    shutil.copytree(sound.directory, tmp_path / "something-else-altogether")

    refused = _refusal(tmp_path / "x")

    assert (
        refused.mend
        == "Check the path; `seq2seq model list` shows what there is, and `seq2seq train` makes models."
    )


def test_models_are_found_below_a_directory(sound: Bundle, tmp_path: Path) -> None:
    """Sound ones are opened in order of their paths; damaged and hidden ones are left out."""
    for place in ("b/model", "a", ".hidden", "damaged"):
        shutil.copytree(sound.directory, tmp_path / place)
    (tmp_path / "damaged" / "card.json").unlink()

    found = find_models(tmp_path)

    assert [bundle.directory for bundle in found] == [tmp_path / "a", tmp_path / "b/model"]


def test_a_newer_model_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    """Nothing of the old one is left, and nothing stands beside the new one."""
    old = tiny.bundle(tmp_path / "model", seed=1, joint=False)
    new = tiny.bundle(tmp_path / "model", seed=2)

    assert not old.is_current()
    assert Bundle.open(tmp_path / "model") == new
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_writer_killed_between_its_renames_leaves_the_old_model(tmp_path: Path) -> None:
    """The path still opens, and the next write cleans up."""
    old = tiny.bundle(tmp_path / "model", seed=1)
    (tmp_path / "model").rename(tmp_path / ".model.old")
    (tmp_path / ".model.new").mkdir()
    (tmp_path / ".model.new" / "half").write_text("")

    assert Bundle.open(tmp_path / "model").revision == old.revision
    new = tiny.bundle(tmp_path / "model", seed=2)

    assert Bundle.open(tmp_path / "model") == new
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_directory_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    """Writing a model over a user's files is refused, and they stay."""
    (tmp_path / "thesis.tex").write_text("all of it")

    with pytest.raises(ModelError, match="it is not a model, and would have been overwritten"):
        tiny.bundle(tmp_path)

    assert (tmp_path / "thesis.tex").read_text() == "all of it"


def test_every_file_may_be_read_by_those_who_may_read_the_others(sound: Bundle) -> None:
    """A service under another account can load the weights, not only the card."""
    assert len({path.stat().st_mode for path in sound.directory.iterdir()}) == 1


def test_a_link_to_a_model_stays_a_link(tmp_path: Path) -> None:
    """Writing through a link replaces the model behind it."""
    tiny.bundle(tmp_path / "model", seed=1)
    (tmp_path / "latest").symlink_to("model")

    new = tiny.bundle(tmp_path / "latest", seed=2)

    assert (tmp_path / "latest").is_symlink()
    assert new.directory == tmp_path / "model"
    assert Bundle.open(tmp_path / "latest").revision == new.revision


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    """What the system says is passed on, with the directory."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ModelError, match=r"file/model: the model cannot be written \(Not a directory\)"):
        tiny.bundle(tmp_path / "file" / "model")


def test_weights_that_are_not_finite_are_not_written(tmp_path: Path) -> None:
    """A diverged model does not replace a good one."""
    subword = tiny.subword()
    network = tiny.model(tiny.model_config(), subword.size, subword.size)
    with torch.no_grad():
        network.output_bias[5] = np.nan

    with pytest.raises(ModelError, match="the weights of 'output_bias' are not finite"):
        write_bundle(
            tmp_path / "model",
            model=network,
            model_config=tiny.model_config(),
            source_subword=subword,
            target_subword=subword,
            card=tiny.card(),
            search=SearchOptions(),
        )

    assert list(tmp_path.iterdir()) == []
