"""Test sets from the command line, and models measured on them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq.bundle import default_model, open_model
from seq2seq.card import Card, joined_card
from seq2seq.cli.lines import read_lines, writing
from seq2seq.cli.progress import counted
from seq2seq.cli.roads import Machine, Opened, open_road
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import InputError, NothingWritten, UsageError
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.evaluate import evaluate as measure
from seq2seq.evaluation.measures import References, Scoring, grouped
from seq2seq.evaluation.origin import Origin
from seq2seq.preview.document import preview_of
from seq2seq.preview.grid import Grid, word_grid
from seq2seq.translation import Translation


@dataclass(frozen=True)
class TestSet:
    """Sources and the reference sets of each."""

    sources: list[str]
    references: References
    name: str = ""  # for the progress, where there are several


def read_test_set(test: tuple[Path, Path] | None, tsv: Path | None) -> TestSet:
    """Read two aligned files, or a TSV whose lines are grouped by source.

    Raises:
        UsageError: neither or both are given.
        CorpusError: a file is missing, the numbers of lines differ, or a side is blank.
    """
    from seq2seq.data.readers import read_parallel, read_tsv  # noqa: PLC0415 — imports numpy

    if (test is None) == (tsv is None):
        raise UsageError(
            "no test set" if test is None else "two test sets, and one is measured",
            mend="Name one with --test SOURCE REFERENCE, or with --test-tsv FILE.",
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
        return measure_file(system, test, ways)
    with open_road(system, ways.server, ways.wanted, ways.machine) as opened:
        return measure_opened(opened, test, ways)


def card_of(system: Path | None) -> Card | None:
    """What is known of a model or an ensemble; nothing of a file of translations."""
    if system is not None and system.is_file():
        return None
    names = str(system or default_model())
    parts = [names] if Path(names).exists() else names.split(",")
    return joined_card([open_model(Path(part)).card for part in parts])


def measure_file(path: Path, test: TestSet, ways: Ways) -> Evaluation:
    """Measure translations that were made before, one a line."""
    lines = list(read_lines(path))
    origin = Origin(str(path))
    return measure(str(path), test.sources, test.references, lines, scoring=ways.scoring, origin=origin)


def measure_opened(
    opened: Opened, test: TestSet, ways: Ways, origin: Origin | None = None, doing: str = ""
) -> Evaluation:
    """Translate a test set and measure what comes out; where the model wrote nothing, nothing is scored.

    Raises:
        InputError: a sentence of the test set could not be translated.
    """
    began = time.monotonic()
    answers = opened.translate_lines(test.sources)
    translations: list[Translation | None] = []  # None: nothing was written
    for answer in counted(answers, f"{opened.model.id}{doing}", "sentence", quiet=ways.quiet):
        if isinstance(answer, Translation):
            translations.append(answer)
        elif isinstance(answer.error, NothingWritten):
            translations.append(None)
        else:
            raise InputError(
                answer.error.problem, where=f"test sentence {answer.line}", mend=answer.error.mend
            )
    seconds = time.monotonic() - began
    return measure(
        opened.model.id,
        test.sources,
        test.references,
        ["" if translation is None else translation.text for translation in translations],
        scoring=ways.scoring,
        search=opened.search,
        precision=opened.precision,
        seconds=seconds,
        grids=_grids(translations),
        origin=origin,
    )


def _grids(translations: Sequence[Translation | None]) -> list[Grid | None]:
    """Where the model looked, word by word; nothing at all for a model that cannot say."""
    grids = [None if translation is None else _grid(translation) for translation in translations]
    return grids if any(grid is not None for grid in grids) else []


def _grid(translation: Translation) -> Grid | None:
    if translation.attention is None:
        return None
    preview = preview_of(translation)
    return word_grid(preview.source, preview.hypotheses[0])


def name_of(test: tuple[Path, Path] | None, tsv: Path | None, name: str | None) -> str:
    """What a test set is called in records."""
    return name or (test[0] if test is not None else tsv or Path()).stem


def write_report(directory: Path | None, files: Mapping[str, str]) -> None:
    """Write files into a directory, which is made if need be, each by its name in it.

    Raises:
        InputError: the directory cannot be made or written to.
    """
    if directory is None:
        return
    for name, content in files.items():
        path = directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"the directory cannot be made ({error.strerror})", where=str(path.parent)
            ) from error
        with writing(path) as out:
            out.write(content)
