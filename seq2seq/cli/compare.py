"""`seq2seq compare`: which of two systems is better, and whether that is shown."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    AllowRepetition,
    Beam,
    Corpus,
    Device,
    Json,
    LengthPenalty,
    Precision,
    Quiet,
    Record,
    Test,
    TestName,
    TestTsv,
    Threads,
    Tokenize,
)
from seq2seq.decoding.options import SearchWish


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
    allow_repetition: AllowRepetition = False,
    stretch: Annotated[
        str | None,
        typer.Option(metavar="1,2,…", help="Also score so many sentences joined and translated as one."),
    ] = None,
    stretch_seed: Annotated[int, typer.Option(help="Which sentences are joined.", min=0)] = 1,
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
    precision: Precision = "auto",
    quiet: Quiet = False,
) -> None:
    """Compare systems on the same sentences: scores with intervals and tests, by length, where they differ.

    The first system is the baseline. Several models a side, trained from several seeds, make the intervals
    cover the choice of seeds as well as that of test sentences.
    """
    from seq2seq.cli.comparison import numbers, record_runs, report_on, test_sets  # noqa: PLC0415 — sacreBLEU
    from seq2seq.cli.roads import Machine  # noqa: PLC0415
    from seq2seq.cli.systems import Bench, Named, names_of  # noqa: PLC0415
    from seq2seq.cli.testing import Ways, name_of, read_test_set, write_report  # noqa: PLC0415
    from seq2seq.evaluation.gates import Requirement, check_gates  # noqa: PLC0415
    from seq2seq.evaluation.measures import Scoring  # noqa: PLC0415
    from seq2seq.evaluation.terminal import text  # noqa: PLC0415

    named = [Named.parse(system) for system in systems]
    demanded = [Requirement.parse(one) for one in require or ()]
    names = names_of(named)  # what is mistyped shall not be found out after minutes of translating
    requirements = tuple(one.among(names) for one in demanded)
    ways = Ways(
        SearchWish(
            beam=beam, length_penalty=length_penalty, allow_repetition=allow_repetition, attention=True
        ),
        Scoring(tokenize=tokenize),
        machine=Machine(device, threads, precision),
        quiet=quiet,
    )
    joined = numbers(stretch)
    bench = Bench(test_sets(read_test_set(test, test_tsv), joined, stretch_seed), ways, corpus)
    measured = [[bench.measure(path) for path in system.paths] for system in named]
    if record is not None:
        record_runs(record, name_of(test, test_tsv, test_name), named, measured, bench)
    found = report_on(named, measured, bench, joined)
    document = json.dumps(found.to_json(), ensure_ascii=False)
    if report is not None:
        from seq2seq.evaluation.rendering import renderings  # noqa: PLC0415 — imports Matplotlib

        write_report(report, renderings(found))
    typer.echo(document if as_json else text(found))
    check_gates(found.comparison, fail_under, requirements)
