"""`seq2seq evaluate`: how good a model is on a test set."""

import json
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import writing
from seq2seq.cli.options import (
    AllowRepetition,
    Beam,
    Device,
    Json,
    LengthPenalty,
    Model,
    Precision,
    Quiet,
    Record,
    Report,
    Server,
    Test,
    TestName,
    TestTsv,
    Threads,
    Tokenize,
)
from seq2seq.decoding.options import SearchWish


def evaluate(  # noqa: PLR0913 — its options
    *,
    model: Model = None,
    test: Test = None,
    test_tsv: TestTsv = None,
    tokenize: Tokenize = "13a",
    beam: Beam = None,
    length_penalty: LengthPenalty = None,
    allow_repetition: AllowRepetition = False,
    fail_under: Annotated[
        float | None, typer.Option(help="Exit with 6 when BLEU is below this; for continuous integration.")
    ] = None,
    hypotheses: Annotated[
        Path | None, typer.Option("--hypotheses", help="Also write the translations here, one a line.")
    ] = None,
    record: Record = None,
    test_name: TestName = None,
    report: Report = None,
    as_json: Json = False,
    server: Server = None,
    device: Device = "auto",
    threads: Threads = None,
    precision: Precision = "auto",
    quiet: Quiet = False,
) -> None:
    """Translate a test set and score it: BLEU and chrF with signature, by source length, what went wrong."""
    from seq2seq.cli.roads import Machine  # noqa: PLC0415 — imports numpy, pydantic and sacreBLEU
    from seq2seq.cli.testing import (  # noqa: PLC0415
        Ways,
        card_of,
        measure_system,
        name_of,
        read_test_set,
        write_report,
    )
    from seq2seq.evaluation.gates import check_gate  # noqa: PLC0415
    from seq2seq.evaluation.measures import Scoring  # noqa: PLC0415
    from seq2seq.evaluation.record import append, result_of  # noqa: PLC0415

    wanted = SearchWish(beam=beam, length_penalty=length_penalty, allow_repetition=allow_repetition)
    ways = Ways(wanted, Scoring(tokenize=tokenize), server, Machine(device, threads, precision), quiet)
    found = measure_system(model, read_test_set(test, test_tsv), ways)
    if hypotheses is not None:
        with writing(hypotheses) as out:
            out.writelines(f"{line}\n" for line in found.translations)
    document = json.dumps(found.to_json(), ensure_ascii=False)
    write_report(report, {"report.json": document + "\n", "report.md": found.markdown()})
    typer.echo(document if as_json else found.text())
    if record is not None:
        card = None if server is not None else card_of(model)
        append(record, result_of(found, name_of(test, test_tsv, test_name), card))
    if fail_under is not None:
        check_gate(found, fail_under)
