"""Lines in, lines out: split on newlines only, in UTF-8, written aside and renamed."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from seq2seq.errors import InputError


def note(text: str) -> None:
    """Say something to people, on standard error."""
    sys.stderr.write(f"seq2seq: {text}\n")


def read_lines(path: Path | None) -> Iterator[str]:
    r"""Give the lines of a file, or of standard input, without their "\n".

    Nothing but "\n" ends a line, and a "\r" before it is left out. Bytes that are not UTF-8 become
    U+FFFD, and a note says in which line.

    Raises:
        InputError: there is no such file.
    """
    with ExitStack() as stack:
        stream: BinaryIO = sys.stdin.buffer
        if path is not None and str(path) != "-":
            try:
                stream = stack.enter_context(path.open("rb"))
            except OSError as error:
                raise InputError(f"the file cannot be read ({error.strerror})", where=str(path)) from error
        elif sys.stdin.isatty():
            note("reading from the terminal: one sentence a line, Ctrl-D ends")
        for number, line in enumerate(stream, start=1):
            content = line.removesuffix(b"\n").removesuffix(b"\r")
            text = content.decode("utf-8", errors="replace")
            if "\ufffd" in text and "\ufffd".encode() not in content:
                note(f"line {number} is not UTF-8; what could not be read became U+FFFD")
            yield text


@contextmanager
def writing(path: Path | None) -> Iterator[TextIO]:
    """Open a file aside, to be renamed when the block ends well; None or "-" is standard output.

    A pipe or a device, such as /dev/null, is written to as it is: a file put in its place would end it.
    Where the path is a link, the file that it leads to is replaced.

    Raises:
        InputError: the file cannot be written.
    """
    if path is None or str(path) == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    file = path.resolve()
    is_replaced = file.is_file() or not file.exists()
    aside = file.with_name(f".{file.name}.part") if is_replaced else file
    try:
        stream = aside.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"the file cannot be written ({error.strerror})", where=str(path)) from error
    try:
        with stream:
            yield stream
            stream.flush()
            if is_replaced:
                os.fsync(stream.fileno())
    except BaseException:
        if is_replaced:
            aside.unlink(missing_ok=True)
        raise
    if is_replaced:
        aside.replace(file)
