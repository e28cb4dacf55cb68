"""`seq2seq compare`: which of two systems is better, and whether that is shown."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Beam, Device, Json, LengthPenalty, Precision, Quiet, Threads
from seq2seq.cli.roads import Machine
from seq2seq.cli.testing import (
    Report,
    Test,
    TestTsv,
    Tokenize,
    Ways,
    measure_system,
    read_test_set,
    write_report,
)
from seq2seq.decoding.options import SearchWish
from seq2seq.evaluation.compare import compare as set_side_by_side
from seq2seq.evaluation.measures import Scoring


def compare(  # noqa: PLR0913 — its options
    baseline: Annotated[Path, typer.Argument(help="Model directory, or a file of its translations.")],
    system: Annotated[Path, typer.Argument(help="The same of the system that is compared with it.")],
    *,
    test: Test = None,
    test_tsv: TestTsv = None,
    tokenize: Tokenize = "13a",
    beam: Beam = None,
    length_penalty: LengthPenalty = None,
    report: Report = None,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
    precision: Precision = "auto",
    quiet: Quiet = False,
) -> None:
    """Compare two systems on the same sentences: scores with intervals, by length, where they differ most."""
    wanted = SearchWish(beam=beam, length_penalty=length_penalty)
    ways = Ways(wanted, Scoring(tokenize=tokenize), None, Machine(device, threads, precision), quiet)
    chosen = read_test_set(test, test_tsv)
    found = set_side_by_side([measure_system(one, chosen, ways) for one in (baseline, system)])
    document = json.dumps(found.to_json(), ensure_ascii=False)
    write_report(report, document, found.markdown())
    typer.echo(document if as_json else found.text())
