"""The program as a process of its own, run to its end."""

import os
import subprocess
import sys
from pathlib import Path


def run(
    *arguments: str, stdin: str | bytes = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    content = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "seq2seq", *arguments],
        input=content,
        capture_output=True,
        cwd=cwd,
        timeout=100,
        check=False,
        env={**os.environ, "COLUMNS": "80", "OMP_NUM_THREADS": "1"},
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
