from pathlib import Path

import pytest

from seq2seq.swap import aside_old, swap, write_aside


class _KilledError(Exception):
    """Stands for the end of the process."""


def _readable(directory: Path) -> str:
    place = directory if directory.exists() else aside_old(directory)
    return (place / "text").read_text()


def test_a_kill_at_any_moment_leaves_one_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever rename is the last one that happens, the old or the new content can be read whole."""
    directory = tmp_path / "model"
    rename = Path.rename
    for allowed in range(3):
        swap(write_aside(directory, {"text": b"old"}), directory)
        left = allowed

        def fragile(path: Path, target: Path) -> Path:
            nonlocal left
            if left == 0:
                raise _KilledError
            left -= 1
            return rename(path, target)

        aside = write_aside(directory, {"text": b"new"})
        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", fragile)
            if allowed < 2:
                with pytest.raises(_KilledError):
                    swap(aside, directory)
            else:
                swap(aside, directory)

        assert _readable(directory) == ("new" if allowed == 2 else "old")


def test_nothing_is_left_beside(tmp_path: Path) -> None:
    """After a swap there is the one directory, also when an earlier writer was killed."""
    (tmp_path / ".model.new").mkdir()
    (tmp_path / ".model.new" / "half").write_text("")
    (tmp_path / ".model.old").mkdir()

    swap(write_aside(tmp_path / "model", {"text": b"new"}), tmp_path / "model")

    assert [path.name for path in tmp_path.rglob("*")] == ["model", "text"]
