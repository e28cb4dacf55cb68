"""`seq2seq compare`: which of two systems is better, and whether that is shown."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Beam, Device, Json, LengthPenalty, Precision, Quiet, Threads
from seq2seq.cli.roads import Machine
from seq2seq.cli.systems import Bench, Named
from seq2seq.cli.testing import (
    Corpus,
    Record,
    Test,
    TestName,
    TestSet,
    TestTsv,
    Tokenize,
    Ways,
    name_of,
    read_test_set,
    write_report,
)
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import UsageError
from seq2seq.evaluation.compare import compare as set_side_by_side
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.gates import Requirement, check_gates
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.record import append, result_of
from seq2seq.evaluation.report import Report, report_of
from seq2seq.evaluation.stretch import SEED, stretch_of, stretched
from seq2seq.evaluation.system import system_of
from seq2seq.evaluation.terminal import text

Runs = list[list[Evaluation]]  # of one system: for each run, an evaluation a test set


def compare(  # noqa: PLR0913 — its options
    systems: Annotated[
        list[str],
        typer.Argument(
            metavar="BASELINE SYSTEM…",
            help="Models or files of translations; DIR,DIR: seeds; DIR+DIR: an ensemble; name=DIR: a name.",
        ),
    ],
    *,
    test: Test = None,
    test_tsv: TestTsv = None,
    tokenize: Tokenize = "13a",
    beam: Beam = None,
    length_penalty: LengthPenalty = None,
    stretch: Annotated[
        str | None,
        typer.Option(metavar="1,2,…", help="Also score so many sentences joined and translated as one."),
    ] = None,
    stretch_seed: Annotated[int, typer.Option(help="Which sentences are joined.", min=0)] = SEED,
    corpus: Corpus = None,
    fail_under: Annotated[
        float | None,
        typer.Option(help="Exit with 6 when BLEU of a system other than the baseline is below this."),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar='"BETTER>WORSE"',
            help="Exit with 6 unless one system is shown to be better than the other in BLEU, p < 0.05 by "
            "every test. Names, or parts of them; may be repeated.",
        ),
    ] = None,
    record: Record = None,
    test_name: TestName = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Directory for report.html, .md, .json and figures; made if need be."),
    ] = None,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
    precision: Precision = "float32",
    quiet: Quiet = False,
) -> None:
    """Compare systems on the same sentences: scores with intervals and tests, by length, where they differ.

    The first system is the baseline. Several models a side, trained from several seeds, make the intervals
    cover the choice of seeds as well as that of test sentences.
    """
    named = [Named.parse(system) for system in systems]
    requirements = tuple(Requirement.parse(one) for one in require or ())
    ways = Ways(
        SearchWish(beam=beam, length_penalty=length_penalty, attention=True),
        Scoring(tokenize=tokenize),
        machine=Machine(device, threads, precision),
        quiet=quiet,
    )
    joined = _numbers(stretch)
    bench = Bench(_test_sets(read_test_set(test, test_tsv), joined, stretch_seed), ways, corpus)
    measured = [[bench.measure(path) for path in system.paths] for system in named]
    if record is not None:
        _record(record, name_of(test, test_tsv, test_name), named, measured, bench)
    found = _reported(named, measured, bench, joined)
    document = json.dumps(found.to_json(), ensure_ascii=False)
    if report is not None:
        from seq2seq.evaluation.rendering import renderings  # noqa: PLC0415 — imports Matplotlib

        write_report(report, renderings(found))
    typer.echo(document if as_json else text(found))
    check_gates(found.comparison, fail_under, requirements)


def _numbers(stretch: str | None) -> list[int]:
    try:
        return sorted({int(part) for part in stretch.split(",")}) if stretch is not None else []
    except ValueError as error:
        raise UsageError(
            f"'{stretch}' is not a list of numbers", where="--stretch", mend="Write it as 1,2,3,4."
        ) from error


def _test_sets(test: TestSet, joined: Sequence[int], seed: int) -> list[TestSet]:
    """The test set, and then a longer one for each number of sentences above one."""
    longer = [
        TestSet(*stretched(test.sources, test.references, number, seed=seed), f"{number} sentences joined")
        for number in joined
        if number != 1
    ]
    return [test, *longer]


def _record(
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


def _reported(
    named: Sequence[Named], measured: Sequence[Runs], bench: Bench, joined: Sequence[int]
) -> Report:
    groups = [  # a test set each, and in it a system each
        [
            system_of(*(run[place] for run in runs), name=system.name)
            for system, runs in zip(named, measured, strict=True)
        ]
        for place in range(len(bench.tests))
    ]
    places = {1: 0} | {number: place for place, number in enumerate((n for n in joined if n != 1), start=1)}
    return report_of(
        set_side_by_side(groups[0]),
        [stretch_of(number, groups[places[number]]) for number in joined],
        shlex.join(["seq2seq", *sys.argv[1:]]),
    )
