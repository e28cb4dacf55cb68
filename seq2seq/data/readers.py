r"""Parallel text from files, line by line, in memory that does not grow with the file.

Lines end at "\n" and nowhere else: U+2028, form feeds and the like are part of a sentence. A "\r"
before the "\n" is stripped, and so is a byte-order mark at the start of a file. gzip is recognised
by its first two bytes. Text is otherwise given as it stands; `normalise` belongs to what follows.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from itertools import islice, zip_longest
from pathlib import Path
from typing import BinaryIO, cast

from seq2seq.amounts import amount
from seq2seq.data.drops import Drops, Reason
from seq2seq.errors import CorpusError

BLOCK = 4096  # pairs taken together where that is faster
MAX_LINE_BYTES = 1 << 20  # a line without end would otherwise fill the memory

_GZIP_MAGIC = b"\x1f\x8b"
_OR = "or let training skip such lines with corpus.skip_bad=true."
_MEND = {
    Reason.ENCODING: f"Convert the file to UTF-8, {_OR}",
    Reason.LONG_LINE: f"Put one sentence on a line, {_OR}",
    Reason.COLUMNS: f"Separate source and target by a tab, {_OR}",
    Reason.BLANK: f"Remove the pair from both sides, {_OR}",
}


@dataclass(frozen=True, slots=True)
class TextPair:
    """A sentence and its translation, as they stand in the file."""

    source: str
    target: str
    line: int  # 1-based
    file: str = ""  # the file of the source side

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.file}:{self.line}"


class ReadReport:
    """What a reader met, counted as it goes: pairs given and lines skipped."""

    def __init__(self) -> None:
        self.pairs = 0
        self.skipped = Drops()


def read_lines(path: Path) -> Iterator[str]:
    """Give the lines of a file, plain or gzip.

    Raises:
        CorpusError: the file is missing or damaged, or a line is not UTF-8.
    """
    for number, line in _numbered(path):
        if isinstance(line, _Bad):
            raise line.error(path, number)
        yield line


def read_parallel(
    source: Path, target: Path, *, skip_bad: bool = False, report: ReadReport | None = None
) -> Iterator[TextPair]:
    """Give the pairs of two files whose n-th lines belong together.

    Args:
        source: the file of the sentences.
        target: the file of their translations.
        skip_bad: count and skip pairs with a bad side, on both sides; else they are errors.
        report: where pairs and skipped lines are counted.

    Raises:
        CorpusError: the files have different numbers of lines (whatever `skip_bad` says; known
            only at the end), one is missing or damaged, or a line is bad.
    """
    report = report or ReadReport()
    lines = zip_longest(_numbered(source), _numbered(target))
    for left, right in lines:
        if left is None or right is None:
            number = (left or right or (0, ""))[0]
            counts = number - 1, number + sum(1 for _ in lines)
            raise _different_counts(source, target, counts if left is None else counts[::-1])
        number = left[0]
        sides = [_sided(path, side) for path, side in ((source, left[1]), (target, right[1]))]
        bad = next(((path, side) for path, side in sides if isinstance(side, _Bad)), None)
        if bad is not None:
            _refuse(bad[1], bad[0], number, skip_bad, report)
            continue
        report.pairs += 1
        yield TextPair(str(sides[0][1]), str(sides[1][1]), number, str(source))


def read_tsv(
    path: Path,
    *,
    columns: tuple[int, int] = (1, 2),
    skip_bad: bool = False,
    report: ReadReport | None = None,
) -> Iterator[TextPair]:
    """Give the pairs of a file with a pair a line, separated by a tab.

    Columns other than the two that are named are ignored (Tatoeba has its attribution in the
    third). There is no quoting: a quotation mark is part of the sentence.

    Args:
        path: the file.
        columns: 1-based columns of source and target; (2, 1) turns the direction round.
        skip_bad: count and skip bad lines; else they are errors.
        report: where pairs and skipped lines are counted.

    Raises:
        CorpusError: the file is missing or damaged, or a line is bad.
    """
    report = report or ReadReport()
    for number, line in _numbered(path):
        pair = line if isinstance(line, _Bad) else _cells(line, columns)
        if isinstance(pair, _Bad):
            _refuse(pair, path, number, skip_bad, report)
            continue
        report.pairs += 1
        yield TextPair(*pair, number, str(path))


def blocks(pairs: Iterable[TextPair]) -> Iterator[list[TextPair]]:
    """Give pairs a few thousand at a time."""
    iterator = iter(pairs)
    while block := list(islice(iterator, BLOCK)):
        yield block


@dataclass(frozen=True, slots=True)
class _Bad:
    reason: Reason
    detail: str

    def error(self, path: Path, number: int) -> CorpusError:
        return CorpusError(self.detail, where=f"{path}:{number}", mend=_MEND[self.reason])


def _refuse(bad: _Bad, path: Path, number: int, skip_bad: bool, report: ReadReport) -> None:  # noqa: FBT001 — private, always by its own name
    if not skip_bad:
        raise bad.error(path, number)
    report.skipped.add(bad.reason, f"{path}:{number}")


def _sided(path: Path, line: "str | _Bad") -> "tuple[Path, str | _Bad]":
    if isinstance(line, str) and not line.strip():
        return path, _Bad(Reason.BLANK, "the line is blank")
    return path, line


def _cells(line: str, columns: tuple[int, int]) -> "tuple[str, str] | _Bad":
    cells = line.split("\t")
    if len(cells) < max(columns):
        found = "is blank" if not line.strip() else f"has {len(cells)} column{'s'[: len(cells) > 1]}"
        return _Bad(Reason.COLUMNS, f"the line {found}, and {max(columns)} are needed")
    source, target = (cells[column - 1] for column in columns)
    for side, text in (("source", source), ("target", target)):
        if not text.strip():
            return _Bad(Reason.BLANK, f"the {side} is blank")
    return source, target


def _different_counts(source: Path, target: Path, lines: tuple[int, int]) -> CorpusError:
    return CorpusError(
        f"{source} has {amount(lines[0], 'line')} but {target} has {lines[1]:,}",
        mend="The n-th lines of both files must belong together; align them anew.",
    )


def _numbered(path: Path) -> "Iterator[tuple[int, str | _Bad]]":
    """Give every line with its number, decoded, or what is wrong with it."""
    with _opened(path) as stream:
        for number, raw in enumerate(iter(lambda: stream.readline(MAX_LINE_BYTES + 1), b""), start=1):
            if len(raw) > MAX_LINE_BYTES:
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(MAX_LINE_BYTES)  # noqa: PLW2901 — the rest of the same line
                yield number, _Bad(Reason.LONG_LINE, f"the line is longer than {MAX_LINE_BYTES:,} bytes")
                continue
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                detail = f"byte 0x{raw[error.start]:02x} at offset {error.start} of the line is not UTF-8"
                yield number, _Bad(Reason.ENCODING, detail)
                continue
            yield number, text.removesuffix("\n").removesuffix("\r")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a plain or gzip file for reading bytes; what goes wrong inside names the path."""
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == _GZIP_MAGIC:
                with gzip.open(file) as stream:
                    # gzip reads a line in Python; a buffer around it is three times as fast
                    yield BufferedReader(cast("RawIOBase", stream), 1 << 16)
            elif path.suffix == ".gz" and file.peek(1):
                raise CorpusError("named .gz but not gzip", where=str(path), mend="Rename or compress it.")
            else:
                yield file
    except FileNotFoundError as error:
        raise CorpusError("there is no such file", where=str(path), mend="Check the path.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        mend = "Fetch or make the file again."
        raise CorpusError(
            f"the gzip data is damaged or cut short ({error})", where=str(path), mend=mend
        ) from error
    except OSError as error:
        raise CorpusError(f"cannot be read ({error.strerror})", where=str(path)) from error
