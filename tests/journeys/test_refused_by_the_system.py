"""What the system refuses is told as any mistake is."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")


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
