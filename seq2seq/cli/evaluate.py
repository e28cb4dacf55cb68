"""`seq2seq evaluate`: how good a model is on a test set."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import writing
from seq2seq.cli.options import Beam, Device, Json, LengthPenalty, Model, Quiet, Server, Threads
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
from seq2seq.evaluation.gates import check_gate
from seq2seq.evaluation.measures import Scoring


def evaluate(  # noqa: PLR0913 — its options
    *,
    model: Model = None,
    test: Test = None,
    test_tsv: TestTsv = None,
    tokenize: Tokenize = "13a",
    beam: Beam = None,
    length_penalty: LengthPenalty = None,
    fail_under: Annotated[
        float | None, typer.Option(help="Exit with 6 when BLEU is below this; for continuous integration.")
    ] = None,
    hypotheses: Annotated[
        Path | None, typer.Option("--hypotheses", help="Also write the translations here, one a line.")
    ] = None,
    report: Report = None,
    as_json: Json = False,
    server: Server = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Translate a test set and score it: BLEU and chrF with signature, by source length, what went wrong."""
    wanted = SearchWish(beam=beam, length_penalty=length_penalty)
    ways = Ways(wanted, Scoring(tokenize=tokenize), server, device, threads, quiet)
    found = measure_system(model, read_test_set(test, test_tsv), ways)
    if hypotheses is not None:
        with writing(hypotheses) as out:
            out.writelines(f"{line}\n" for line in found.translations)
    document = json.dumps(found.to_json(), ensure_ascii=False)
    write_report(report, {"report.json": document + "\n", "report.md": found.markdown()})
    typer.echo(document if as_json else found.text())
    if fail_under is not None:
        check_gate(found, fail_under)
