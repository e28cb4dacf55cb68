"""Contestants that take turns, so that whatever else the machine does falls on all of them alike."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

import torch

T = TypeVar("T")

Run = Callable[[], float]  # does a fixed amount of work, and says how many seconds it took
Clock = Callable[[], float]

# On a machine that others use too, the time that the processor spent on us says more than the wall's;
# with several threads it adds theirs up.
CLOCKS: dict[str, Clock] = {"wall": perf_counter, "cpu": process_time}


@dataclass(frozen=True)
class Rates:
    """How fast one contestant was in each round."""

    values: tuple[float, ...]  # units of work a second

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def over(self, other: "Rates") -> float:
        """How many times as fast as another in the same rounds: the median of the rounds' ratios."""
        return statistics.median(
            mine / theirs for mine, theirs in zip(self.values, other.values, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.median:,.0f} ({min(self.values):,.0f} to {max(self.values):,.0f})"


@dataclass(frozen=True)
class Row:
    """A line of a table, and what it says: for each column a number a round."""

    label: str
    values: Mapping[str, Sequence[float]]
    text: str

    def __str__(self) -> str:
        return self.text


Line = str | Row


def timed(work: Callable[[], object], clock: Clock) -> Run:
    """Do some work once in each round."""

    def run() -> float:
        began = clock()
        work()
        return clock() - began

    return run


def in_turns(contestants: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Let all work, one after the other: what each gives in each round; a first one is not counted."""
    found: dict[str, list[T]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            given = run()
            if turn:
                found[name].append(given)
    return found


def take_turns(contestants: Mapping[str, Run], amount: float, rounds: int) -> dict[str, Rates]:
    """Let all do the same amount of work in turns."""
    seconds = in_turns(contestants, rounds)
    return {name: Rates(tuple(amount / each for each in found)) for name, found in seconds.items()}


def row(label: str, rates: Mapping[str, Rates], names: Sequence[str], references: int = 1) -> Row:
    """Lay out one kind of work: everybody's rate, and its ratio to each of the first, in their order."""
    against = [rates[name] for name in names[:references]]
    cells = [label]
    for index, name in enumerate(names):
        if name not in rates:
            cells.append("–")
        elif index < references:
            cells.append(str(rates[name]))
        else:
            ratios = ", ".join(f"{rates[name].over(reference):.1f} ×" for reference in against)
            cells.append(f"{rates[name]} = **{ratios}**")
    values = {name: found.values for name, found in rates.items()}
    return Row(label, values, "| " + " | ".join(cells) + " |")


def header(label: str, names: Sequence[str]) -> str:
    """The two lines above the rows."""
    return "| " + " | ".join([label, *names]) + " |\n" + "|---" * (1 + len(names)) + "|"


def machine(threads: int, clock: str) -> str:
    """Say where and with what this is measured."""
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, {threads} used; Python {platform.python_version()}, "
        f"torch {torch.__version__}; {clock} time. The load average at the start was {load:.1f}: where it is "
        f"above the number of cores, others were at work too, and only ratios mean anything."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    features = [flag for flag in ("avx2", "avx512f", "avx512_vnni") if flag in flags]
    return f"{names[0] if names else platform.machine()} ({', '.join(features) or 'no AVX2'})"
