"""Our side of the conversation with a worker; see `worker` for the other."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from benchmarks.peers.systems import ROOT, PeerMissingError
from benchmarks.rates import Run


@dataclass(frozen=True)
class Task:
    """Work that everybody does: its request to a worker, and how much of it there is."""

    label: str
    request: Mapping[str, object]
    pieces: int  # target pieces, ends included
    amount: float  # in the table's unit


@dataclass(frozen=True)
class Peer:
    """A process that works when it is asked to."""

    name: str
    label: str
    version: str
    parameters: int
    requests: IO[str]
    answers: IO[str]

    @property
    def title(self) -> str:
        """What heads its column."""
        size = f"{self.parameters / 1e6:.1f} M"
        return ", ".join(part for part in (f"{self.name} {self.version}", self.label, size) if part)

    def run(self, task: Task) -> Run:
        """Let it do some work in each round."""

        def run() -> float:
            self.requests.write(json.dumps(task.request) + "\n")
            self.requests.flush()
            answer = _read(self.answers)
            if answer is None:
                raise SystemExit(f"{self.name} stopped at “{task.label}”; its message is above")
            if answer["pieces"] != task.pieces:
                raise SystemExit(
                    f"{self.name} dealt with {answer['pieces']} pieces at “{task.label}”, "
                    f"where everybody deals with {task.pieces}: nothing can be compared"
                )
            seconds: float = answer["seconds"]
            return seconds

        return run


@contextmanager
def started(name: str, label: str, command: Sequence[str]) -> Iterator[Peer]:
    """Start a worker, and end it.

    Raises:
        PeerMissingError: it said nothing.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with subprocess.Popen(  # noqa: S603 — a program of this folder
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        who = _read(process.stdout)
        if who is None:
            raise PeerMissingError(f"{name} does not start")
        yield Peer(name, label, who["version"], who["parameters"], process.stdin, process.stdout)


def _read(answers: IO[str]) -> dict[str, Any] | None:
    line = answers.readline()
    if not line:
        return None
    read: dict[str, Any] = json.loads(line)
    return read
