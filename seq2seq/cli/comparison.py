"""What `seq2seq compare` does between its options and what it prints."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from seq2seq.cli.systems import Bench, Named
from seq2seq.cli.testing import TestSet
from seq2seq.errors import UsageError
from seq2seq.evaluation.compare import compare
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.record import append, result_of
from seq2seq.evaluation.report import Report, report_of
from seq2seq.evaluation.stretch import stretch_of, stretched
from seq2seq.evaluation.system import system_of

Runs = list[list[Evaluation]]  # of one system: for each run, an evaluation a test set


def numbers(stretch: str | None) -> list[int]:
    """Read how many sentences are to be joined, each number once.

    Raises:
        UsageError: it is no list of numbers.
    """
    try:
        return sorted({int(part) for part in stretch.split(",")}) if stretch is not None else []
    except ValueError as error:
        raise UsageError(
            f"'{stretch}' is not a list of numbers", where="--stretch", mend="Write it as 1,2,3,4."
        ) from error


def test_sets(test: TestSet, joined: Sequence[int], seed: int) -> list[TestSet]:
    """The test set, and then a longer one for each number of sentences above one."""
    longer = [
        TestSet(*stretched(test.sources, test.references, number, seed=seed), f"{number} sentences joined")
        for number in joined
        if number != 1
    ]
    return [test, *longer]


def record_runs(
    record: Path, test_name: str, named: Sequence[Named], measured: Sequence[Runs], bench: Bench
) -> None:
    """Append a line for each run on each test set."""
    for system, runs in zip(named, measured, strict=True):
        for path, run in zip(system.paths, runs, strict=True):
            card = bench.card(path)
            for test, evaluation in zip(bench.tests, run, strict=True):
                label = f"{test_name}, {test.name}" if test.name else test_name
                result = result_of(evaluation, label, card)
                append(record, result.model_copy(update={"system": system.name or result.system}))


def report_on(
    named: Sequence[Named], measured: Sequence[Runs], bench: Bench, joined: Sequence[int]
) -> Report:
    """Set the systems side by side, on the test set and on what was made from it."""
    groups = [  # a test set each, and in it a system each
        [
            system_of(*(run[place] for run in runs), name=system.name)
            for system, runs in zip(named, measured, strict=True)
        ]
        for place in range(len(bench.tests))
    ]
    places = {1: 0} | {number: place for place, number in enumerate((n for n in joined if n != 1), start=1)}
    return report_of(
        compare(groups[0]),
        [stretch_of(number, groups[places[number]]) for number in joined],
        shlex.join(["seq2seq", *sys.argv[1:]]),
    )
