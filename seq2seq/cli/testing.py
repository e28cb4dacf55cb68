"""Test sets from the command line, and models measured on them."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import read_lines
from seq2seq.cli.progress import counted
from seq2seq.cli.roads import Machine, open_road
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import InputError, UsageError
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.evaluate import evaluate as measure
from seq2seq.evaluation.measures import References, Scoring, grouped
from seq2seq.translation import Failure

Test = Annotated[
    tuple[Path, Path] | None,
    typer.Option("--test", metavar="SOURCE REFERENCE", help="Two files of as many lines; plain or .gz."),
]
TestTsv = Annotated[
    Path | None,
    typer.Option(
        "--test-tsv", help="Source, a tab, reference; lines with the same source are its references."
    ),
]
Tokenize = Annotated[str, typer.Option(help="sacreBLEU's tokenizer: 13a, intl, zh, char or none.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Directory for report.json and report.md; made if need be.")
]


@dataclass(frozen=True)
class TestSet:
    """Sources and the reference sets of each."""

    sources: list[str]
    references: References


def read_test_set(test: tuple[Path, Path] | None, tsv: Path | None) -> TestSet:
    """Read two aligned files, or a TSV whose lines are grouped by source.

    Raises:
        UsageError: neither or both are given.
        CorpusError: a file is missing, the numbers of lines differ, or a side is blank.
    """
    from seq2seq.data.readers import read_parallel, read_tsv  # noqa: PLC0415 — imports numpy

    if (test is None) == (tsv is None):
        raise UsageError(
            "no test set", mend="Name one with --test SOURCE REFERENCE, or with --test-tsv FILE."
        )
    if test is not None:
        pairs = list(read_parallel(*test))
        return TestSet([pair.source for pair in pairs], [[pair.target for pair in pairs]])
    assert tsv is not None
    by_source: dict[str, list[str]] = {}
    for pair in read_tsv(tsv):
        by_source.setdefault(pair.source, []).append(pair.target)
    return TestSet(list(by_source), grouped(list(by_source.values())))


@dataclass(frozen=True)
class Ways:
    """How the systems of one command are run and scored."""

    wanted: SearchWish
    scoring: Scoring
    server: str | None = None
    machine: Machine = Machine()  # noqa: RUF009 — frozen
    quiet: bool = False


def measure_system(system: Path | None, test: TestSet, ways: Ways) -> Evaluation:
    """Measure a model on a test set, or a file of translations that were made before.

    Raises:
        InputError: a sentence of the test set could not be translated.
    """
    if system is not None and system.is_file():
        return measure(
            str(system), test.sources, test.references, list(read_lines(system)), scoring=ways.scoring
        )
    with open_road(system, ways.server, ways.wanted, ways.machine) as opened:
        began = time.monotonic()
        answers = opened.translate_lines(test.sources)
        texts = []
        for answer in counted(answers, opened.model.id, "sentences", quiet=ways.quiet):
            if isinstance(answer, Failure):
                raise InputError(
                    answer.error.problem, where=f"test sentence {answer.line}", mend=answer.error.mend
                )
            texts.append(answer.text)
        return measure(
            opened.model.id,
            test.sources,
            test.references,
            texts,
            scoring=ways.scoring,
            search=opened.search,
            seconds=time.monotonic() - began,
        )


def write_report(directory: Path | None, document: str, markdown: str) -> None:
    """Write what was printed, as JSON and Markdown, into a directory."""
    if directory is None:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the directory cannot be made ({error.strerror})", where=str(directory)) from error
    (directory / "report.json").write_text(document + "\n", encoding="utf-8")
    (directory / "report.md").write_text(markdown, encoding="utf-8")
