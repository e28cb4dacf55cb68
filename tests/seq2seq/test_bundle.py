import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import tiny
from seq2seq.bundle import Bundle, write_bundle
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ModelError
from seq2seq.model_directory import distinct_tensors


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
