import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from seq2seq.cli.lines import writing
from seq2seq.errors import InputError


def test_a_file_is_replaced_when_all_of_it_is_there(tmp_path: Path) -> None:
    """What fails half way leaves the old one, and nothing beside it."""
    path = tmp_path / "out.txt"
    with writing(path) as out:
        out.write("one\n")

    with suppress(KeyboardInterrupt), writing(path) as out:
        out.write("two\n")
        raise KeyboardInterrupt

    assert path.read_text() == "one\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """So do devices: a renamed file in the place of /dev/null would end it."""
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    with writing(path) as out:
        out.write("through\n")
    reader.join()

    assert read == ["through\n"]
    assert path.is_fifo()


def test_a_link_stays_one(tmp_path: Path) -> None:
    """The file that it leads to is written, wherever it lies."""
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there" / "out.txt")
    with writing(link) as out:
        out.write("one\n")

    assert link.is_symlink()
    assert (tmp_path / "there" / "out.txt").read_text() == "one\n"


def test_a_directory_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(InputError, match="the file cannot be written") as refused, writing(tmp_path):
        pytest.fail("the block was entered")

    assert refused.value.where == str(tmp_path)
