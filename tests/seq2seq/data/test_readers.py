import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.drops import Reason
from seq2seq.data.readers import MAX_LINE_BYTES, ReadReport, blocks, read_lines, read_parallel, read_tsv
from seq2seq.errors import CorpusError


def write(path: Path, content: bytes) -> Path:
    """Write bytes, compressed when the name says so."""
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\ufeff", codec="utf-8"))))
def test_lines_end_at_newlines_only(lines: list[str]) -> None:
    """U+2028, form feeds and the like are part of a line."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 — tmp_path is shared by all examples

    with TemporaryDirectory() as directory:
        path = write(Path(directory) / "lines", "".join(line + "\n" for line in lines).encode())

        assert list(read_lines(path)) == lines


@pytest.mark.parametrize("name", ["lines.txt", "lines.gz"])
def test_carriage_returns_and_byte_order_marks_are_stripped(tmp_path: Path, name: str) -> None:
    """A file from Windows reads like any other, plain or gzip."""
    path = write(tmp_path / name, b"\xef\xbb\xbfone\r\ntwo\rtwo\r\nthree")

    assert list(read_lines(path)) == ["one", "two\rtwo", "three"]


def test_gzip_is_recognised_whatever_its_name(tmp_path: Path) -> None:
    """The first two bytes decide."""
    path = tmp_path / "lines.txt"
    path.write_bytes(gzip.compress(b"one\ntwo\n"))

    assert list(read_lines(path)) == ["one", "two"]


def test_lines_of_two_files_belong_together(tmp_path: Path) -> None:
    """The n-th pair has the n-th lines, and the line's number."""
    source = write(tmp_path / "en.gz", b"one\ntwo\n")
    target = write(tmp_path / "fr", b"un\ndeux\n")

    read = list(read_parallel(source, target))

    assert [(pair.source, pair.target, pair.line) for pair in read] == [("one", "un", 1), ("two", "deux", 2)]
    assert read[1].place == f"{source}:2"


def test_different_line_counts_name_both(tmp_path: Path) -> None:
    """Files that are not aligned are refused, skip_bad or not."""
    source, target = write(tmp_path / "en", b"a\nb\nc\nd\n"), write(tmp_path / "fr", b"a\nb\n")

    with pytest.raises(CorpusError, match=r"en has 4 lines but .*fr has 2\. The n-th lines"):
        list(read_parallel(source, target, skip_bad=True))
    with pytest.raises(CorpusError, match=r"fr has 2 lines but .*en has 4\."):
        list(read_parallel(target, source))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\tb\nc\n", r":2: the line has 1 column, and 2 are needed\. Separate source and target"),
        (b"a\tb\n\n", r":2: the line is blank, and 2 are needed"),
        (b"\tb\n", r":1: the source is blank\. Remove the pair"),
        (b"a\tb\na\t \r\n", r":2: the target is blank"),
        (b"a\tb\na\tb\na\t\xff\n", r":3: byte 0xff at offset 2 of the line is not UTF-8\. Convert"),
        (b"x" * (MAX_LINE_BYTES + 1) + b"\ty\n", r":1: the line is longer than 1,048,576 bytes\. Put one"),
    ],
)
def test_a_bad_line_names_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    """The first bad line stops the reader and says how to mend it."""
    path = write(tmp_path / "pairs.tsv", content)

    with pytest.raises(CorpusError, match=r"pairs\.tsv" + message):
        list(read_tsv(path))


def test_bad_lines_are_counted_and_skipped_on_demand(tmp_path: Path) -> None:
    """What follows a bad line keeps its number."""
    long = b"x" * (3 * MAX_LINE_BYTES)
    path = write(tmp_path / "pairs.tsv", b"a\tb\nc\n\td\n\xff\te\n" + long + b"\nf\tg\thidden\n")
    report = ReadReport()

    read = list(read_tsv(path, skip_bad=True, report=report))

    assert [(pair.source, pair.target, pair.line) for pair in read] == [("a", "b", 1), ("f", "g", 6)]
    assert report.pairs == 2
    assert {reason: finding.examples for reason, finding in report.skipped.findings().items()} == {
        Reason.COLUMNS: (f"{path}:2",),
        Reason.BLANK: (f"{path}:3",),
        Reason.ENCODING: (f"{path}:4",),
        Reason.LONG_LINE: (f"{path}:5",),
    }


def test_a_bad_side_drops_the_pair_on_both(tmp_path: Path) -> None:
    """Skipping never shifts one file against the other."""
    source = write(tmp_path / "en", b"one\n \nthree\nfour\n")
    target = write(tmp_path / "fr", b"un\ndeux\n\xff\nquatre\n")
    report = ReadReport()

    read = list(read_parallel(source, target, skip_bad=True, report=report))

    assert [(pair.source, pair.target) for pair in read] == [("one", "un"), ("four", "quatre")]
    assert report.skipped.total == 2


def test_columns_can_be_chosen_and_others_are_ignored(tmp_path: Path) -> None:
    """(2, 1) turns the direction round; a third column is no sentence."""
    path = write(tmp_path / "pairs.tsv", b"en\tfr\tsource: somewhere\n")

    assert [(pair.source, pair.target) for pair in read_tsv(path, columns=(2, 1))] == [("fr", "en")]


def test_damaged_gzip_names_the_file(tmp_path: Path) -> None:
    """Cut short, with a flipped bit, or no gzip at all."""
    whole = gzip.compress("".join(f"line {n}\n" for n in range(1000)).encode())
    cut = tmp_path / "cut.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    flipped = tmp_path / "flipped.gz"
    flipped.write_bytes(whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:])
    plain = tmp_path / "plain.gz"
    plain.write_bytes(b"plain\n")

    with pytest.raises(CorpusError, match=r"cut\.gz: the gzip data is damaged or cut short"):
        list(read_lines(cut))
    with pytest.raises(CorpusError, match=r"flipped\.gz: the gzip data is damaged"):
        list(read_lines(flipped))
    with pytest.raises(CorpusError, match=r"plain\.gz: named \.gz but not gzip"):
        list(read_lines(plain))


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A missing file, and a directory."""
    with pytest.raises(CorpusError, match=r"nowhere: there is no such file\. Check the path"):
        list(read_lines(tmp_path / "nowhere"))
    with pytest.raises(CorpusError, match="cannot be read"):
        list(read_lines(tmp_path))


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    """Not one blank line."""
    assert list(read_lines(write(tmp_path / "empty", b""))) == []
    assert list(blocks([])) == []
