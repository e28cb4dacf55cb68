"""`seq2seq translate`: lines in, lines out."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import read_lines, writing
from seq2seq.cli.options import (
    AllowRepetition,
    Beam,
    Device,
    Keep,
    LengthPenalty,
    Model,
    Precision,
    Prefix,
    Quiet,
    Server,
    Threads,
)
from seq2seq.cli.progress import counted
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import InputError, UsageError

WINDOW = 500  # lines sorted by length together


def translate(  # noqa: PLR0913 — its options
    text: Annotated[list[str] | None, typer.Argument(help="Sentences. Default: lines of -i.")] = None,
    *,
    model: Model = None,
    source: Annotated[
        Path | None, typer.Option("-i", "--input", help="One sentence a line. Default: standard input.")
    ] = None,
    target: Annotated[Path | None, typer.Option("-o", "--output", help="Default: standard output.")] = None,
    beam: Beam = None,
    n_best: Annotated[
        int | None, typer.Option("--nbest", help="So many translations of each line, in Moses' form.", min=1)
    ] = None,
    length_penalty: LengthPenalty = None,
    allow_repetition: AllowRepetition = False,
    keep: Keep = None,
    prefix: Prefix = "",
    max_pieces: Annotated[
        int | None,
        typer.Option(help="Longest translation, in pieces. Default: by the source's length.", min=1),
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Put the score and a tab before each translation.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One preview document a line: pieces, scores, attention.")
    ] = False,
    alignment: Annotated[
        Path | None, typer.Option(help="Write word links here, in Pharaoh form, one line a line.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Link words with at least this weight. Default: the strongest.")
    ] = None,
    server: Server = None,
    device: Device = "auto",
    threads: Threads = None,
    precision: Precision = "auto",
    quiet: Quiet = False,
) -> None:
    """Translate lines: as many out as in, in their order; a blank line stays blank.

    A line that cannot be translated gives an empty line, is named on standard error, and makes the
    command exit with 3 when all others are done.
    """
    from seq2seq.cli.answers import Writer, links_of  # noqa: PLC0415 — imports numpy and pydantic
    from seq2seq.cli.roads import Machine, open_road  # noqa: PLC0415
    from seq2seq.translation import Failure  # noqa: PLC0415

    wanted = SearchWish(
        beam,
        n_best,
        length_penalty,
        max_pieces,
        attention=as_json or alignment is not None,
        allow_repetition=allow_repetition,
        keep=tuple(keep or ()),
        target_prefix=prefix,
    )
    if text and source is not None:
        raise UsageError(
            "there are sentences, and a file of them", where="--input", mend="Leave one of them out."
        )
    lines: Iterable[str] = text or read_lines(source)
    one_by_one = not text and source is None and sys.stdin.isatty()
    failures = 0
    with ExitStack() as stack:
        opened = stack.enter_context(open_road(model, server, wanted, Machine(device, threads, precision)))
        out = stack.enter_context(writing(target))
        links = stack.enter_context(writing(alignment)) if alignment else None
        answers = opened.translate_lines(lines, window=1 if one_by_one else WINDOW)
        write = Writer(out, opened, as_json=as_json, n_best=n_best, scores=scores)
        for number, answer in enumerate(counted(answers, "translating", "line", quiet=quiet or one_by_one)):
            failures += isinstance(answer, Failure)
            if links is not None:  # first, so that what cannot be linked is refused before it is written
                links.write(links_of(answer, threshold) + "\n")
            write(number, answer)
            if one_by_one:
                out.flush()
    if not quiet:
        write.note_repetition()
    if failures:
        lines_are = (
            "line could not be translated, and is"
            if failures == 1
            else "lines could not be translated, and are"
        )
        raise InputError(f"{failures:,} {lines_are} empty in the output")
