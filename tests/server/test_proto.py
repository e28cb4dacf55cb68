"""The generated code is what the .proto says, and the .proto is in good style."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_generated_code_is_current(tmp_path: Path) -> None:
    """Generating again changes nothing; otherwise run `make proto`."""
    _run_generate("--out", str(tmp_path))

    generated = {path.name: path.read_bytes() for path in (tmp_path / "seq2seq/v1").iterdir()}

    committed = (ROOT / "seq2seq/v1").glob("*_pb2*")
    assert generated == {path.name: path.read_bytes() for path in committed}


def test_proto_keeps_the_style_rules() -> None:
    """`buf lint` has nothing to say: every name, comment and number follows the standard rules."""
    assert _run_generate("--lint") == ""


def _run_generate(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "proto/generate.py"), *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout
