"""Measure peers on the same work as ours, in turns.

    python -m benchmarks.peers [--threads N] [--rounds N] [--only recurrent|transformer]
                               [--clock wall|cpu] [--publish]

Everybody has a process. Each peer is installed into build/peers/NAME the first time; who cannot be is
left out, which is said at the end.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import torch

from benchmarks.peers.lineups import Entry, beside_transformers, enter, learners, searchers
from benchmarks.peers.process import Task
from benchmarks.peers.tables import searches, table, updates
from benchmarks.rates import CLOCKS, Line, machine
from benchmarks.report import publish

RECURRENT = """\
Everybody has a process of their own, the torch named above, a bi-GRU encoder of 2 x 256, a GRU decoder of
512, additive attention, embeddings of 256, 8,000 pieces and an exact softmax over them; in training dropout
of 0.2, Adam, and no label smoothing. "Like theirs" is our network with their order of attention, untied
tables and an output layer that reads 512 numbers; "by default" has a second cell, tied tables and an output
layer that reads 256. M: million parameters. All sentences have 15 pieces, so that batches of like lengths
gain nothing here. What turns text into numbers is not timed. There is a ratio to each peer, in order."""
TRANSFORMER = """\
CTranslate2 has a Transformer of 3 + 3 x 256, inner layers of 1,024, and one thread a worker. M: million
parameters. Ratios are to the first column."""


@dataclass(frozen=True)
class Table:
    """One kind of work."""

    unit: str
    entries: Callable[[], Iterator[Entry]]
    tasks: Callable[[], Sequence[Task]]


@dataclass(frozen=True)
class Part:
    """A section of the page."""

    title: str
    about: str
    tables: tuple[Table, ...]


PARTS = {
    "recurrent": Part(
        "Peers with recurrent networks",
        RECURRENT,
        (
            Table("target tokens a second", learners, updates),
            Table("sentences a second", searchers, lambda: searches((1, 64))),
        ),
    ),
    "transformer": Part(
        "Peers",
        TRANSFORMER,
        (Table("sentences a second", beside_transformers, lambda: searches((1, 8, 64))),),
    ),
}


def main() -> None:
    """Measure everybody, and write down what was found."""
    parser = argparse.ArgumentParser(description="Measure peers on the same work as ours.")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md too")
    asked = parser.parse_args()
    missing: dict[str, str] = {}
    for part in [PARTS[asked.only]] if asked.only else PARTS.values():
        where = machine(asked.threads, asked.clock)
        print(f"{part.title}: {where}\n", flush=True)
        lines = [line for table in part.tables for line in _measured(table, asked, missing)]
        if asked.publish and lines:
            left_out = [f"\nLeft out: {'; '.join(missing.values())}."] if missing else []
            publish(f"{part.title}, threads: {asked.threads}", [where, "", part.about, *left_out, *lines])
    if missing:
        raise SystemExit("not everybody was measured:\n" + "\n".join(missing.values()))


def _measured(kind: Table, asked: argparse.Namespace, missing: dict[str, str]) -> Iterator[Line]:
    """Yield an empty line and a table; nothing if there is nobody to compare with."""
    with ExitStack() as stack:
        lineup = enter(kind.entries(), asked.threads, asked.clock, stack, missing)
        if not lineup.references:
            return
        yield ""
        for line in table(kind.unit, kind.tasks(), lineup, asked.rounds):
            print(line, flush=True)
            yield line
        print(flush=True)


if __name__ == "__main__":
    main()
