"""The program: its commands, and the one place where an error becomes a message and an exit code."""

import os
import re
import sys
import traceback
from inspect import getdoc
from typing import Annotated

import typer

from seq2seq.cli.attend import attend
from seq2seq.cli.caption import app as caption
from seq2seq.cli.classify import app as classify
from seq2seq.cli.compare import compare
from seq2seq.cli.corpus import app as corpus
from seq2seq.cli.demo import demo
from seq2seq.cli.distill import distill
from seq2seq.cli.doctor import doctor
from seq2seq.cli.evaluate import evaluate
from seq2seq.cli.health import health
from seq2seq.cli.lm import app as lm
from seq2seq.cli.model import app as model
from seq2seq.cli.names import app as names
from seq2seq.cli.prepare import prepare
from seq2seq.cli.probe import app as probe
from seq2seq.cli.serve import serve
from seq2seq.cli.train import train
from seq2seq.cli.translate import translate
from seq2seq.errors import Seq2SeqError

EXIT_CODES = (
    "Exit codes: 0 done · 1 failed while running · 2 wrong usage · 3 bad input data · "
    "4 model missing or damaged · 5 server unreachable, too slow or refusing · "
    "6 a demanded score was not reached · 130 Ctrl-C."
)

GROUPS = {
    "corpus": corpus,
    "caption": caption,
    "model": model,
    "probe": probe,
    "lm": lm,
    "classify": classify,
    "names": names,
}
# Typer loads pydantic to find out that None means no, and nobody should wait for that to read help.
NOT_ASKED = {"help": False, "install_completion": False, "show_completion": False}

app = typer.Typer(
    name="seq2seq",
    help="Translate with a GRU whose attention you can see: train, compare, serve, look.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "default_map": {**NOT_ASKED, **dict.fromkeys(GROUPS, NOT_ASKED)},
    },
)
app.command()(demo)
app.command()(translate)
app.command()(attend)
app.command()(serve)
app.command()(health)
app.command()(train)
app.command()(prepare)
app.command()(distill)
app.command()(evaluate)
app.command()(compare)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)
app.command()(doctor)
for program_or_group in (app, *GROUPS.values()):
    for command in program_or_group.registered_commands:  # Typer would keep the line ends of the source
        command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", getdoc(command.callback) or "")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 — the signature of an option's callback
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 — not needed by --help

        typer.echo(f"seq2seq {version('seq2seq')}")
        raise typer.Exit


@app.callback()
def program(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Remember how errors are to be shown."""
    _state.debug = debug


class _State:
    debug = False


_state = _State()


def main() -> None:
    """Run the command line; the entry point of `seq2seq`."""
    try:
        app()
    except Seq2SeqError as error:
        _explain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `| head` has seen enough
        _write_no_more()
        sys.exit(0)
    except OSError as error:  # a full disk, a directory that may not be written to
        problem = f"the system refuses: {error.strerror or error}"
        refused = Seq2SeqError(problem, where=str(error.filename or ""))
        refused.__cause__ = error
        _write_no_more()
        _explain(refused)
        sys.exit(refused.exit_code)


def _write_no_more() -> None:
    """What is left unwritten when the program ends must not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: Seq2SeqError) -> None:
    if _state.debug:
        traceback.print_exception(error)
    lines = [f"seq2seq: {error.problem}"]
    lines += [f"  where: {error.where}"] if error.where else []
    lines += [f"  mend:  {error.mend}"] if error.mend else []
    sys.stderr.write("\n".join(lines) + "\n")
