"""How long one waits for the first line of a command: seconds, torch's own beside it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter

import torch

from benchmarks.processes import environment
from benchmarks.rates import Clock, Line, Row, header, take_turns

COMMANDS = {
    "python -c 'import torch'": ["-c", "import torch"],
    "seq2seq --help": ["-m", "seq2seq", "--help"],
    'seq2seq translate "Where is the station?"': ["-m", "seq2seq", "translate", "Where is the station?"],
}
SECONDS = "seconds"


def measure(rounds: int, clock: Clock) -> Iterator[Line]:  # noqa: ARG001 — a wait is wall time
    """Yield the table line by line."""
    yield header("until it has ended", [SECONDS])
    threads = torch.get_num_threads()
    runs = {label: lambda command=command: _wait(command, threads) for label, command in COMMANDS.items()}
    for label, rates in take_turns(runs, 1.0, rounds).items():
        waits = tuple(1.0 / rate for rate in rates.values)
        text = f"| {label} | {1.0 / rates.median:.2f} ({min(waits):.2f} to {max(waits):.2f}) |"
        yield Row(label, {SECONDS: waits}, text)


def _wait(command: Sequence[str], threads: int) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True, env=environment(threads))  # noqa: S603 — ourselves
    return perf_counter() - began
