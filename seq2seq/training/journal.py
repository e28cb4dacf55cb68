"""What happened in a run: `journal.jsonl`, one JSON object a line, and TensorBoard's curves of it."""

import fcntl
import json
import math
import os
from pathlib import Path
from typing import Any, BinaryIO

from seq2seq.errors import TrainingError

NAME = "journal.jsonl"


class Journal:
    """Lines that are on their way to the disk as soon as they are written.

    A checkpoint keeps how long the journal was. To go on from it, what a kill left behind
    that point is cut off, so that no update is told twice.

    Args:
        run: the run's directory.
        length: bytes to keep; 0 starts anew.

    Raises:
        TrainingError: another process has it open, that is, trains in the same directory.
    """

    def __init__(self, run: Path, length: int) -> None:
        self._file: BinaryIO = (run / NAME).open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go when the process ends
        except BlockingIOError as error:
            self._file.close()
            raise TrainingError(
                "another process is training in this directory",
                where=str(run),
                mend="Wait for it or stop it, or train into another directory.",
            ) from error
        self.cut(length)

    def write(self, kind: str, **values: Any) -> None:  # noqa: ANN401 — whatever JSON can hold
        """Add a line. A number that is not finite becomes null, which every reader of JSON knows."""
        plain = {name: _finite(value) for name, value in values.items()}
        self._file.write(json.dumps({"kind": kind, **plain}, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def flush(self) -> int:
        """Bring it to the disk and give its length in bytes."""
        os.fsync(self._file.fileno())
        return os.fstat(self._file.fileno()).st_size

    def cut(self, length: int) -> None:
        """Forget everything after the first `length` bytes."""
        if os.fstat(self._file.fileno()).st_size > length:
            os.ftruncate(self._file.fileno(), length)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_journal(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's journal; none where there is no journal, and a torn last line is left out."""
    try:
        content = (run / NAME).read_text(encoding="utf-8")
    except OSError:
        return []
    entries = []
    for line in content.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        entries += [entry] if isinstance(entry, dict) else []
    return entries


def _finite(value: Any) -> Any:  # noqa: ANN401 — whatever JSON can hold
    return None if isinstance(value, float) and not math.isfinite(value) else value
