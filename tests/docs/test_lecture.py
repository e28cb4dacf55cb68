"""The lecture's pages show what their commands print, and nothing else of them changes."""

from importlib.metadata import version
from pathlib import Path

import pytest

from docs.lecture.build import CommandFailed, build, fill, masked, split_block

ROOT = Path(__file__).parents[2]
PROGRAM = """import sys
if sys.argv[1] == "fail":
    sys.exit("nothing to be done")
print(*sys.argv[1:])
"""
PROSE = "# A page\n\nSome words, with `$ seq2seq --help` among them.\n\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A place where `python -m seq2seq` is a program that prints its arguments, in no time."""
    (tmp_path / "seq2seq").mkdir()
    (tmp_path / "seq2seq/__init__.py").touch()
    (tmp_path / "seq2seq/__main__.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def page(directory: Path, body: str, name: str = "01-page.md") -> Path:
    """Write a page with one block of commands."""
    path = directory / name
    path.write_text(f"{PROSE}```console\n{body}```\n\nMore words.\n", encoding="utf-8")
    return path


def block(path: Path) -> str:
    """What stands in the block of a page."""
    return path.read_text(encoding="utf-8").split("```console\n")[1].split("```")[0]


def test_the_program_is_ours_and_runs_at_the_root(tmp_path: Path) -> None:
    """What the page shows is what `seq2seq` prints."""
    path = page(tmp_path, "$ seq2seq --version\n")

    build([path], ROOT)

    assert block(path) == f"$ seq2seq --version\nseq2seq {version('seq2seq')}\n"


def test_what_stands_below_a_command_becomes_what_it_prints(root: Path) -> None:
    """An old output goes, the real one comes, and the second time nothing changes."""
    path = page(root, "$ seq2seq a 'b c'\nold\nand a lie\n$ seq2seq \\\n    d | tr d e\n")

    fill(path, root)
    once = path.read_text(encoding="utf-8")
    fill(path, root)

    assert block(path) == "$ seq2seq a 'b c'\na b c\n$ seq2seq \\\n    d | tr d e\ne\n"
    assert once == path.read_text(encoding="utf-8")


def test_prose_and_other_commands_and_other_blocks_stay(root: Path) -> None:
    """Only commands of ours in console blocks are run."""
    path = page(root, "$ make lecture\nwhat make says\n")
    before = path.read_text(encoding="utf-8") + "```sh\n$ seq2seq fail\nhours later\n```\n"
    path.write_text(before, encoding="utf-8")

    fill(path, root)

    assert path.read_text(encoding="utf-8") == before


def test_a_failing_command_is_named_with_what_it_said_and_the_page_stays(root: Path) -> None:
    """No page is half true, and the pages after it are not begun."""
    path = page(root, "$ seq2seq well\nold\n$ seq2seq fail | cat\n")
    before = path.read_text(encoding="utf-8")

    with pytest.raises(CommandFailed, match=r"01-page.md: seq2seq fail \| cat\nnothing to be done\n.*with 1"):
        build([path], root)

    assert path.read_text(encoding="utf-8") == before


def test_output_that_would_end_its_block_is_refused(root: Path) -> None:
    """Run again, the page would be read otherwise than it was written."""
    path = page(root, "$ seq2seq '$ seq2seq again'\n")

    with pytest.raises(CommandFailed, match=r"begins with ``` or \$"):
        build([path], root)


def test_a_page_waits_for_the_one_that_it_needs(root: Path) -> None:
    """The second page reads what the first one writes."""
    first = page(root, "$ seq2seq one | (sleep 0.5; cat > made)\n", "01-first.md")
    second = page(root, "$ seq2seq two | cat made -\n", "02-second.md")
    second.write_text("<!-- after 01 -->\n" + second.read_text(encoding="utf-8"), encoding="utf-8")

    build([first, second], root)

    assert block(second).splitlines()[1:] == ["one", "two"]


def test_a_command_may_take_several_lines() -> None:
    """A backslash at the end of a line continues the command; the rest is its output."""
    above, entries = split_block("intro\n$ seq2seq a \\\n  b\nout\n$ seq2seq c\n")

    assert above == "intro\n"
    assert [(entry.command, entry.output) for entry in entries] == [
        ("$ seq2seq a \\\n  b\n", "out\n"),
        ("$ seq2seq c\n", ""),
    ]


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("900 updates in 1.4 minutes, seed 1\n", "900 updates in … minutes, seed 1\n"),
        ("loss 1.25 after 12 s  \n", "loss 1.25 after … s\n"),
        ("2,310 tokens/s\n", "… tokens/s\n"),
        ("  created     2026-01-31\n", "  created     …\n"),
        (f"{ROOT}/build/lecture/hello\n", "build/lecture/hello\n"),
        ("  revision    " + "0a" * 32 + "\n", "  revision    …\n"),
        ("accuracy 81.25 % of 2,000 names, 3 seeds\n", "accuracy 81.25 % of 2,000 names, 3 seeds\n"),
    ],
)
def test_what_differs_from_run_to_run_is_masked_and_figures_are_not(printed: str, shown: str) -> None:
    """Times, days, revisions and places would churn; what was measured stays."""
    assert masked(printed) == shown


def test_each_page_of_the_lecture_has_a_number_of_its_own() -> None:
    """Pages wait for others by number."""
    pages = sorted((ROOT / "docs/lecture").glob("[0-9][0-9]-*.md"))

    numbers = [path.name[:2] for path in pages]

    assert len(set(numbers)) == len(numbers)
