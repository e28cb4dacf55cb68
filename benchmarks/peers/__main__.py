"""Measure peers on the same work as ours, in turns, and write docs/benchmarks.md.

    python -m benchmarks.peers [--threads N] [--rounds N] [--clock wall|cpu]

Each peer is installed into build/peers/NAME the first time.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import torch

from benchmarks.decoding import EAGER, contestants, search
from benchmarks.rates import CLOCKS, Run, header, machine, row, take_turns
from benchmarks.report import publish

ENVIRONMENTS = Path(__file__).parents[2] / "build" / "peers"
CTRANSLATE2 = "ctranslate2==4.8.5"
WORKER = Path(__file__).with_name("ctranslate2_worker.py")
PEER = "CTranslate2, Transformer 3 + 3 x 256, {}"


@dataclass(frozen=True)
class Peer:
    """A process that works when it is asked to."""

    version: str
    requests: IO[str]
    answers: IO[str]

    def search(self, beam: int, together: int) -> Run:
        """Let it translate so many sentences in each round."""

        def run() -> float:
            self.requests.write(json.dumps({"beam": beam, "together": together}) + "\n")
            self.requests.flush()
            seconds: float = json.loads(self.answers.readline())["seconds"]
            return seconds

        return run


def main() -> None:
    """Measure everybody, and write down what was found."""
    parser = argparse.ArgumentParser(description="Measure peers on the same work as ours.")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    where = machine(asked.threads, asked.clock)
    print(where + "\n", flush=True)
    python = _environment("ctranslate2", CTRANSLATE2)
    with ExitStack() as stack:
        peers = {
            PEER.format(kind): stack.enter_context(_started(python, kind, asked.threads, asked.clock))
            for kind in ("float32", "int8")
        }
        lines = []
        for line in _table(peers, asked.rounds, asked.clock):
            print(line, flush=True)
            lines.append(line)
    version = next(iter(peers.values())).version
    text = f"{where} CTranslate2 {version}, one thread a worker.\n\n" + "\n".join(lines)
    publish(f"Peers, threads: {asked.threads}", text)


def _table(peers: dict[str, Peer], rounds: int, clock: str) -> Iterator[str]:
    """Ratios are to the strongest peer, which stands first."""
    ours = contestants("bahdanau")
    names = [*reversed(peers), *ours]
    yield header("sentences a second", names)
    for beam in (1, 5):
        for together in (1, 8, 64):
            runs = {name: peer.search(beam, together) for name, peer in reversed(peers.items())}
            runs |= {name: search(model, beam, together, CLOCKS[clock]) for name, model in ours.items()}
            yield row(f"beam {beam}, {together} at a time", take_turns(runs, together, rounds), names)
    assert EAGER in names, "the network itself stands beside what was made of it"


@contextmanager
def _started(python: Path, kind: str, threads: int, clock: str) -> Iterator[Peer]:
    with subprocess.Popen(  # noqa: S603 — a program of this folder
        [str(python), str(WORKER), kind, str(threads), clock],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        first = process.stdout.readline()
        if not first:
            raise SystemExit("the peer did not start; its message is above")
        yield Peer(json.loads(first)["version"], process.stdin, process.stdout)
        process.stdin.close()


def _environment(name: str, *requirements: str) -> Path:
    """Make an environment with these packages, unless there is one already."""
    directory = ENVIRONMENTS / name
    python = directory / "bin" / "python"
    stamp = directory / ".installed"
    wanted = "\n".join(requirements)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing {', '.join(requirements)} into {directory}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(directory)], check=True)  # noqa: S603 — ours
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *requirements], check=True)  # noqa: S603 — ours
        stamp.write_text(wanted, encoding="utf-8")
    return python


main()
