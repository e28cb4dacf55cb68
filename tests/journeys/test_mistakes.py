"""Mistakes, and what the system refuses: told in a few lines, with an exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

from programs import run

FULL = Path("/dev/full")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("translate", "-m", "nowhere", "x"), 4, "there is no such model directory"),
        (("translate", "-m", "tatoeba-en-fr-atention", "x"), 4, "Did you mean 'tatoeba-en-fr-attention'"),
        (
            ("translate", "--server", "127.0.0.1:1", "x"),
            5,
            "Is `seq2seq serve` running, and is this its address for gRPC?",
        ),
        (("health", "--server", "127.0.0.1:1"), 5, "127.0.0.1:1"),
        (("train", "phrasebok"), 2, "Did you mean 'phrasebook'?"),
        (("train", "phrasebook", "--set", "training.update=5"), 2, "Did you mean 'updates'?"),
        (("evaluate", "-m", "x"), 2, "Name one with --test SOURCE REFERENCE"),
        (("attend", "--view", "matrx", "x"), 2, "Did you mean 'matrix'?"),
        (("corpus", "phrasebook"), 2, "Name a directory with --out"),
        (("model", "list", "nowhere"), 2, "there is no such directory"),
        (("translate", "-i", "nowhere.txt", "-m", "MODEL"), 3, "nowhere.txt"),
        (
            ("translate", "-i", "nowhere.txt", "-m", "MODEL", "x"),
            2,
            "there are sentences, and a file of them",
        ),
        (("translate", "--alignment", "x.links", "-m", "MODEL", "x"), 3, "this model has no attention"),
        (("translate", "-o", ".", "-m", "MODEL", "x"), 3, "the file cannot be written (Is a directory)"),
        (("translate", "--server", "nonsense", "x"), 2, "Write HOST:PORT"),
        (("train", "phrasebook", "--set", "corpus.size=50", "--out", "/dev/null"), 1, "where: /dev/null"),
        (("evaluate", "--test", "a", "b", "--test-tsv", "c"), 2, "two test sets"),
        (("translate", "--beam", "99", "-m", "MODEL", "x"), 3, "must be from 1 to 16"),
        (("translat",), 2, "translate"),
        # Told before so much as the test set is read.
        (
            (*("compare", "MODEL", "MODEL", "--test", "no.en", "no.fr"), "--require", "plian>plain (2)"),
            2,
            "Did you mean 'plain'? Compared are plain, plain (2).",
        ),
        (("compare", "MODEL", "nowhere", "--test", "no.en", "no.fr"), 4, "there is no such model directory"),
    ],
)
def test_a_mistake_is_explained_and_has_its_exit_code(
    arguments: tuple[str, ...], code: int, message: str, models: Path, tmp_path: Path
) -> None:
    """What, where, how to mend it; no traceback."""
    done = run(*(str(models / "plain") if part == "MODEL" else part for part in arguments), cwd=tmp_path)

    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full, as Linux has")
def test_a_full_disk_is_said_in_one_line() -> None:
    """Also where the output is written at the very end; no traceback, and the exit code of a failure."""
    command = [sys.executable, "-m", "seq2seq", "corpus", "phrasebook", "--sample", "3"]
    with FULL.open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=100, check=False
        )

    assert done.returncode == 1
    assert done.stderr == "seq2seq: the system refuses: No space left on device\n"
