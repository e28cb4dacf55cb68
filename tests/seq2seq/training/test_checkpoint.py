import hashlib
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

import runs
from seq2seq.errors import TrainingError
from seq2seq.training.checkpoint import (
    DAMAGED,
    NAME,
    PARTIAL,
    PREVIOUS,
    Checkpoint,
    differences,
    read_checkpoint,
    write_checkpoint,
)


def checkpoint(update: int) -> Checkpoint:
    """One with tensors of several types and shapes."""
    tensors = {
        "model/weight": torch.full((2, 3), 1 / update),
        "model/half": torch.ones(3, dtype=torch.bfloat16),
        "optimiser/weight/step": torch.tensor(float(update)),
        "random/torch": torch.get_rng_state(),
    }
    return Checkpoint({"update": update, "elapsed_s": 0.1 + 0.2}, tensors)


def read(run: Path) -> tuple[int, list[str]]:
    """The update that is read, and what is said about it."""
    notices: list[str] = []
    found = read_checkpoint(run, notices.append)
    assert found is not None
    return found.state["update"], notices


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Every bit of state and tensors."""
    written = checkpoint(7)
    write_checkpoint(tmp_path, written)

    found = read_checkpoint(tmp_path, pytest.fail)

    assert found is not None
    assert found.state == written.state
    assert found.tensors.keys() == written.tensors.keys()
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in written.tensors.items())
    assert found.under("model").keys() == {"weight", "half"}


def test_there_may_be_none(tmp_path: Path) -> None:
    """A run that begins."""
    assert read_checkpoint(tmp_path, pytest.fail) is None


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    """And nothing else is left."""
    for update in (1, 2, 3):
        write_checkpoint(tmp_path, checkpoint(update))

    assert {path.name for path in tmp_path.iterdir()} == {NAME, PREVIOUS}
    assert read(tmp_path) == (3, [])


@given(share=st.floats(0, 1), damage=st.sampled_from(["cut", "changed"]))
def test_a_damaged_one_gives_way_to_the_one_before(
    tmp_path_factory: pytest.TempPathFactory, share: float, damage: str
) -> None:
    """Whether it ends early or a byte of it changed, wherever; and the good one stays good."""
    run = tmp_path_factory.mktemp("run")
    for update in (1, 2):
        write_checkpoint(run, checkpoint(update))
    content = bytearray((run / NAME).read_bytes())
    place = min(int(share * len(content)), len(content) - 1)
    content[place] ^= 1
    (run / NAME).write_bytes(content if damage == "changed" else content[:place])

    update, notices = read(run)

    assert update == 1
    assert notices[0].startswith("checkpoint.safetensors is damaged (")
    assert f"going on from the checkpoint before it ({DAMAGED} keeps the bad one)" in notices[0]
    write_checkpoint(run, checkpoint(3))
    assert read(run) == (3, [])


def test_a_kill_between_the_renames_leaves_a_good_one(tmp_path: Path) -> None:
    """The one before is read when there is no last one, and a half-written one is no matter."""
    for update in (1, 2):
        write_checkpoint(tmp_path, checkpoint(update))
    (tmp_path / NAME).replace(tmp_path / PREVIOUS)
    (tmp_path / PARTIAL).write_bytes(b"half")

    assert read(tmp_path) == (2, [])


def test_two_damaged_ones_are_an_error(tmp_path: Path) -> None:
    """It names both and what to do."""
    for name in (NAME, PREVIOUS):
        (tmp_path / name).write_bytes(b"nothing")

    with pytest.raises(TrainingError) as caught:
        read_checkpoint(tmp_path, pytest.fail)

    assert f"{tmp_path}: no checkpoint can be read: {NAME} is damaged" in str(caught.value)
    assert f"{PREVIOUS} is damaged" in str(caught.value)
    assert "Bring them back from a copy, or delete this directory to train from the start." in str(
        caught.value
    )


def test_another_format_is_refused(tmp_path: Path) -> None:
    """A newer program wrote it: not damage, and not to be trained over."""
    digest = hashlib.sha256(b"2 {}").hexdigest()
    save_file({}, tmp_path / NAME, metadata={"format": "2", "state": "{}", "digest": digest})

    with pytest.raises(
        TrainingError, match=r"has format 2, and this program reads format 1. Go on with the program"
    ):
        read_checkpoint(tmp_path, pytest.fail)


def test_differences_are_named_with_both_values() -> None:
    """Nested names joined by dots; equal ones left out."""
    before = {"model": {"hidden": 6, "cell": "gru"}, "data": "a"}
    now = json.loads(json.dumps({"model": {"hidden": 8, "cell": "gru", "layers": 2}, "data": "a"}))

    assert differences(before, now) == ["model.hidden was 6, now 8", "model.layers was absent, now 2"]


def test_a_run_survives_the_loss_of_its_last_checkpoint(tmp_path: Path) -> None:
    """It goes on from the one before, and ends as if nothing had happened."""
    _, weights = runs.train(tmp_path / "whole")
    runs.train(tmp_path / "damaged", runs.config(updates=12, schedule="constant"))
    _, expected = runs.train(tmp_path / "sound", runs.config(schedule="constant"))
    (tmp_path / "damaged" / NAME).write_bytes(b"nothing")
    watcher = runs.Watcher()

    _, resumed = runs.train(tmp_path / "damaged", runs.config(schedule="constant"), observer=watcher)

    assert "going on from the checkpoint before it" in watcher.notices[0]
    assert watcher.notices[1].startswith("going on from update 8")
    assert all(torch.equal(resumed[name], expected[name]) for name in weights)


def test_a_disk_that_refuses_is_an_error_and_the_last_one_stays(tmp_path: Path) -> None:
    """The run can be resumed when there is room again."""
    write_checkpoint(tmp_path, checkpoint(1))
    (tmp_path / PARTIAL).mkdir()

    with pytest.raises(TrainingError, match=r"the checkpoint cannot be written \(.*The one before is kept"):
        write_checkpoint(tmp_path, checkpoint(2))

    assert read(tmp_path) == (1, [])
