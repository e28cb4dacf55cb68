import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tiny
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import prepare
from seq2seq.data.subword_learning import SubwordConfig
from seq2seq.errors import CorpusError

SUBWORD = SubwordConfig(vocabulary_size=320)


def test_the_same_again_is_not_done_again(tmp_path: Path) -> None:
    """The directory is opened as it is, also when the corpus has moved."""
    (tmp_path / "here").mkdir()
    made = tiny.dataset(tmp_path / "here", count=50)
    before = (made.directory / "dataset.json").stat()
    moved = shutil.copytree(tmp_path / "here", tmp_path / "there")
    stages: list[str] = []

    again = prepare(
        tiny.corpus(moved, count=50),
        SUBWORD,
        made.directory,
        1,
        on_progress=lambda stage, _: stages.append(stage),
    )

    assert (again.directory / "dataset.json").stat() == before
    assert again.fingerprint == made.fingerprint
    assert stages == []


@pytest.mark.parametrize("change", ["file", "cleaning", "subword", "seed"])
def test_what_changed_is_prepared_again(tmp_path: Path, change: str) -> None:
    """A line more, another limit, another vocabulary, another seed."""
    made = tiny.dataset(tmp_path, count=50)
    config = tiny.corpus(tmp_path, count=50, cleaning={"max_pieces": 40 if change == "cleaning" else 128})
    if change == "file":
        with (tmp_path / "train.tsv").open("a", encoding="utf-8") as file:
            file.write("a new line\tune ligne\n")
    subword = SubwordConfig(vocabulary_size=325) if change == "subword" else SUBWORD

    again = prepare(config, subword, made.directory, seed=2 if change == "seed" else 1)

    assert again.manifest.key != made.manifest.key
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dataset",
        "test.tsv",
        "train.tsv",
        "validation.tsv",
    ]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """File by file."""
    made = tiny.dataset(tmp_path, count=50)

    again = prepare(tiny.corpus(tmp_path, count=50), SUBWORD, tmp_path / "again", seed=1)

    for path in made.directory.iterdir():
        assert path.read_bytes() == (again.directory / path.name).read_bytes()


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """An older dataset stays as it was."""
    config = tiny.corpus(tmp_path, count=50)
    made = prepare(config, SUBWORD, tmp_path / "dataset", seed=1)
    with (tmp_path / "train.tsv").open("a", encoding="utf-8") as file:
        file.write("no tab\n")

    with pytest.raises(CorpusError, match=r"train\.tsv:51: the line has 1 column"):
        prepare(config, SUBWORD, made.directory, seed=1)

    assert Dataset.open(made.directory).fingerprint == made.fingerprint
    assert not list(tmp_path.glob("*.part"))


def test_what_is_no_dataset_is_not_overwritten(tmp_path: Path) -> None:
    """A directory with somebody's files is left alone; an empty one is taken."""
    config = tiny.corpus(tmp_path, count=50)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("Once")
    (tmp_path / "empty").mkdir()

    with pytest.raises(CorpusError, match=r"thesis: something other than a dataset is there\. Choose"):
        prepare(config, SUBWORD, tmp_path / "thesis", seed=1)
    prepare(config, SUBWORD, tmp_path / "empty", seed=1)

    assert (tmp_path / "thesis" / "chapter1.tex").exists()


KILLED = """
import sys
from pathlib import Path
import tiny
from seq2seq.data.prepare import prepare
from seq2seq.data.subword_learning import SubwordConfig
directory = Path(sys.argv[1])
config = tiny.corpus(directory, 300)
def stop_at(stage, pairs):
    if stage == "encoding train":
        print("encoding", flush=True)
        sys.stdin.read()
prepare(config, SubwordConfig(vocabulary_size=320), directory / "dataset", 1, on_progress=stop_at)
"""


def test_a_kill_leaves_no_half_dataset(tmp_path: Path) -> None:
    """Killed while it encodes; the same command again makes it whole."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(tiny.__file__).parents[1],
        env={"PYTHONPATH": "tests:."},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"encoding\n"
        process.send_signal(signal.SIGKILL)

    assert not (tmp_path / "dataset").exists()
    made = prepare(tiny.corpus(tmp_path, 300), SUBWORD, tmp_path / "dataset", seed=1)
    assert len(made.train) == 300
    assert not list(tmp_path.glob("*.part"))
