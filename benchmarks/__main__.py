"""Measure decoding, its growth, serving, memory, training, the start, and where the time goes.

    python -m benchmarks [--threads N] [--rounds N] [--only PART] [--clock wall|cpu] [--publish]

Ends with 1 when a packed network has lost its lead over the network itself in the same run.
"""

import argparse
from collections.abc import Iterable, Iterator

import torch

from benchmarks import breakdown, decoding, growth, memory, serving, start, training
from benchmarks.rates import CLOCKS, Line, machine
from benchmarks.report import publish

PARTS = {
    "decoding": decoding.measure,
    "growth": growth.measure,
    "serving": serving.measure,
    "memory": memory.measure,
    "training": training.measure,
    "start": start.measure,
    "breakdown": breakdown.measure,
}


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description="Measure this program on this machine.")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md too")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    where = machine(asked.threads, asked.clock)
    for name in [asked.only] if asked.only else PARTS:
        print(f"{name}: {where}\n", flush=True)
        lines = list(_printed(PARTS[name](asked.rounds, CLOCKS[asked.clock])))
        if asked.publish:
            publish(f"{name.capitalize()}, threads: {asked.threads}", [where, "", *lines])


def _printed(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        print(line, flush=True)
        yield line
    print(flush=True)


main()
