"""Programs measured from outside: started, waited for, ended."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 120.0


def cpu_s(pid: int) -> float:
    """How long the processors have worked for a process, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND  # utime and stime, see proc(5)


def environment(threads: int) -> dict[str, str]:
    """Give a program's variables: those of this one, and how many threads it may use."""
    return {**os.environ, "OMP_NUM_THREADS": str(threads)}


@contextmanager
def listening(arguments: Sequence[str], *, threads: int) -> Iterator[tuple[int, str]]:
    """Run `python ARGUMENTS` until the block ends; gives its id and the address that it says it serves.

    Raises:
        RuntimeError: it ended, or said nothing for too long.
    """
    with TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        with (
            log.open("wb") as stream,
            subprocess.Popen(  # noqa: S603 — ourselves
                [sys.executable, *arguments], stderr=stream, env=environment(threads)
            ) as process,
        ):
            try:
                yield process.pid, _address(process, log)
            finally:
                process.terminate()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("seq2seq: serving "):
                return line.partition(" at ")[2].split()[0]
        time.sleep(0.05)
    raise RuntimeError(f"a server did not start: {log.read_text(encoding='utf-8')}")


def peak_mib(code: str, arguments: Sequence[str], *, threads: int) -> float:
    """Run Python code with arguments in a process of its own; gives the most memory it held, in MiB.

    It is asked for at its end: what the system remembers of a child that has ended counts its parent's
    memory too, from before it became another program.

    Raises:
        RuntimeError: it failed.
    """
    ask = (
        "import atexit, pathlib, sys; "
        "atexit.register(lambda: sys.stderr.write(pathlib.Path('/proc/self/status').read_text())); "
    )
    done = subprocess.run(  # noqa: S603 — ourselves
        [sys.executable, "-c", ask + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(threads),
    )
    found = re.search(r"^VmHWM:\s+(\d+) kB$", done.stderr, re.MULTILINE)
    if done.returncode or found is None:
        raise RuntimeError(f"{arguments} failed: {done.stderr}")
    return int(found[1]) / 1024
