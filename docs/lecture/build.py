# noqa: INP001 — a script beside the pages that it fills, not a package
"""Run every command of the lecture's pages and put its real output below it: `make lecture`.

In a block that begins with ```console, each line `$ seq2seq …` is run, from the root of the repository,
and what it writes to standard output replaces what stood below it. Prose, other blocks and other
commands stay as they are, so a command that takes hours stands in a ```sh block. Pages go two at a
time; one that needs what another makes says so: <!-- after 05 -->. Models go to build/lecture/, which
a whole run empties first: no page shows what an older program left there.

The list of the pages in README.md is made from their headings, between <!-- pages --> and <!-- end -->.

What differs from run to run is masked with "…": see `MASKS`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).parent
PAGE_NAME = re.compile(r"(\d\d)-.+\.md")
BLOCK = re.compile(r"(?P<open>^```console\n)(?P<body>.*?)(?P<close>^```$)", re.MULTILINE | re.DOTALL)
LIST = re.compile(r"(?<=<!-- pages -->\n).*?(?=<!-- end -->)", re.DOTALL)
AFTER = re.compile(r"<!-- after (\d\d) -->")
PROMPT = "$ "
PROGRAM = "seq2seq"
AT_ONCE = 2  # pages; each command has one thread

MASKS = (  # what depends on the clock, the day or the place, never on what was learnt
    (re.compile(r"\b\d+(\.\d+)?(?= (s|seconds|minutes|ms)\b)"), "…"),
    (re.compile(r"\b[\d,]+(\.\d+)?(?=( \w+)?/s\b)"), "…"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "…"),
    (re.compile(r"(?<=revision {4})[0-9a-f]{64}\b"), "…"),
    (re.compile(r"(?<=program {5}seq2seq )\S+( [0-9a-f]{12}(-dirty)?)?"), "…"),
    (re.compile(re.escape(f"{ROOT}/")), ""),
)


class CommandFailed(Exception):
    """A command of a page did not end with 0, or its output cannot stand in a page."""

    def __init__(self, page: Path, command: str, why: str) -> None:
        super().__init__(f"{page.name}: {command}\n{why.rstrip()}")


@dataclass(frozen=True)
class Entry:
    """A command of a block with all lines that it takes, and what stands below it."""

    command: str
    output: str  # empty, or ends with a newline


def build(pages: Sequence[Path], root: Path) -> None:
    """Fill pages, two at a time, each when those that it needs are done; a page that fails stays as it was.

    Raises:
        CommandFailed: of the first page that failed; those that are running are finished first.
    """
    done: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for page in pages:  # in their order: what a page waits for has begun before it
                needs = AFTER.findall(page.read_text(encoding="utf-8"))
                earlier = [done[number] for number in needs if number in done]
                done[page.name[:2]] = pool.submit(_when_ready, page, root, earlier)
            for future in done.values():
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def fill(page: Path, root: Path) -> None:
    """Run the commands of one page in their order, and write their output into it."""
    text = page.read_text(encoding="utf-8")
    filled = BLOCK.sub(
        lambda block: block["open"] + _fill_block(block["body"], page, root) + block["close"], text
    )
    if filled != text:
        page.write_text(filled, encoding="utf-8")


def split_block(body: str) -> tuple[str, list[Entry]]:
    """Split a block into what stands above its first command, and its commands."""
    above: list[str] = []
    commands: list[list[str]] = []
    outputs: list[list[str]] = []
    continues = False
    for line in body.splitlines(keepends=True):
        if continues:
            commands[-1].append(line)
        elif line.startswith(PROMPT):
            commands.append([line])
            outputs.append([])
        else:
            (outputs[-1] if outputs else above).append(line)
            continue
        continues = line.endswith("\\\n")
    entries = ["".join(lines) for lines in commands]
    return "".join(above), [Entry(c, "".join(o)) for c, o in zip(entries, outputs, strict=True)]


def masked(output: str) -> str:
    """Output without what differs from run to run, and without spaces at the ends of lines."""
    for pattern, sign in MASKS:
        output = pattern.sub(sign, output)
    return "".join(line.rstrip() + "\n" for line in output.splitlines())


def list_pages(pages: Sequence[Path], readme: Path) -> None:
    """Write the list of the pages, each with its heading, into another page."""
    headings = [
        (page.name, page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")) for page in pages
    ]
    lines = [f"- [{name[:2]}]({name}) {heading}\n" for name, heading in headings]
    text = readme.read_text(encoding="utf-8")
    readme.write_text(LIST.sub(lambda _: "".join(lines), text), encoding="utf-8")


def _when_ready(page: Path, root: Path, earlier: Sequence[Future[None]]) -> None:
    for future in earlier:
        future.result()
    fill(page, root)


def _fill_block(body: str, page: Path, root: Path) -> str:
    above, entries = split_block(body)
    return above + "".join(entry.command + _output(entry, page, root) for entry in entries)


def _output(entry: Entry, page: Path, root: Path) -> str:
    """Run a command of ours; what another one printed stays."""
    command = entry.command.removeprefix(PROMPT).rstrip()
    if not re.match(rf"(\w+=\S+ )*{PROGRAM}\b|.*\| {PROGRAM}\b", command, re.DOTALL):
        return entry.output
    began = time.monotonic()
    ours = f'{PROGRAM}() {{ "{sys.executable}" -m {PROGRAM} "$@"; }}'
    finished = subprocess.run(  # noqa: S603 — a command of our own pages
        ["bash", "-o", "pipefail", "-c", f"{ours}\n{command}"],  # noqa: S607 — whichever bash there is
        cwd=root,
        env={**os.environ, **_environment(root)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    sys.stderr.write(f"{page.name}: {time.monotonic() - began:6.1f} s  {command}\n")
    output = masked(finished.stdout.decode())
    if finished.returncode:
        raise CommandFailed(page, command, f"{finished.stderr.decode()}it ended with {finished.returncode}")
    if re.search(rf"^(```|{re.escape(PROMPT)})", output, re.MULTILINE):
        raise CommandFailed(
            page, command, "a line of its output begins with ``` or $, which ends a block or a command"
        )
    return output


def _environment(root: Path) -> dict[str, str]:
    """One thread, wide lines, no colours: the same page from every terminal."""
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    return {"OMP_NUM_THREADS": "1", "COLUMNS": "100", "NO_COLOR": "1", "PYTHONUTF8": "1", "PYTHONPATH": path}


def main() -> int:
    """Fill all pages, or one."""
    parser = argparse.ArgumentParser(
        description="Run the commands of the lecture's pages and show their output."
    )
    parser.add_argument(
        "--page", metavar="NN", help="this page alone, with the models that are there already"
    )
    parser.add_argument("--list", action="store_true", help="only list the pages in README.md")
    arguments = parser.parse_args()
    wanted = arguments.page
    pages = sorted(path for path in PAGES.iterdir() if PAGE_NAME.fullmatch(path.name))
    list_pages(pages, PAGES / "README.md")
    if arguments.list:
        return 0
    if wanted is None:
        shutil.rmtree(ROOT / "build/lecture", ignore_errors=True)
    else:
        pages = [page for page in pages if page.name.startswith(wanted)]
        if len(pages) != 1:
            parser.error(f"there is no page {wanted!r} in {PAGES.relative_to(ROOT)}")
    began = time.monotonic()
    try:
        build(pages, ROOT)
    except CommandFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stderr.write(f"{len(pages)} pages in {(time.monotonic() - began) / 60:.1f} minutes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
