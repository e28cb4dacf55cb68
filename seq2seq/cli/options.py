"""Options that several commands share, declared once."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from seq2seq.errors import UsageError

Model = Annotated[
    Path | None,
    typer.Option(
        "-m",
        "--model",
        help="Model directory that 'train' wrote, or name of a model that comes with the program, or several "
        "as A,B,C, whose probabilities are averaged. Default: tatoeba-en-fr-attention.",
    ),
]
Beam = Annotated[int | None, typer.Option(help="Beam width; 1 is greedy. Default: the model's own.")]
LengthPenalty = Annotated[
    float | None, typer.Option(help="Exponent of the length normalisation. Default: the model's own.")
]
AllowRepetition = Annotated[
    bool,
    typer.Option(
        "--allow-repetition",
        help="Let translations go in circles. Otherwise no words come three times in a row, unless they do "
        "in the source.",
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep", metavar="WORDS", help="Leave these words as they are, such as a name; may be repeated."
    ),
]
Prefix = Annotated[
    str,
    typer.Option(
        "--prefix",
        metavar="TEXT",
        help="What the translation begins with; after a space at its end comes a new word.",
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Threads = Annotated[
    int | None, typer.Option(help="CPU threads of the model. Default: torch's choice.", min=1)
]
Precision = Annotated[
    str,
    typer.Option(
        help="float32; int8 on a CPU that has it: faster, and not quite the same numbers; or auto: int8 "
        "where the model's card says that it changes BLEU by at most 0.2, else float32."
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no notes.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change a setting; may be repeated."),
]
Server = Annotated[
    str | None,
    typer.Option("--server", metavar="HOST:PORT", help="Ask this server; -m is then its model's name."),
]
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
Record = Annotated[
    Path | None, typer.Option("--record", help="Append what was measured here, as lines of JSON.")
]
TestName = Annotated[
    str | None, typer.Option("--test-name", help="The test set's name in --record. Default: its file's.")
]
Corpus = Annotated[
    Path | None,
    typer.Option(
        "--corpus",
        help="Prepared corpus of the models, to look for test pairs in it. Default: the one beside the run.",
    ),
]

T = TypeVar("T", bound=str)


def choice(value: str, known: Sequence[T], option: str) -> T:
    """Find a value among those an option takes.

    Raises:
        UsageError: it is none of them; the closest is named.
    """
    for candidate in known:
        if candidate == value:
            return candidate
    close = get_close_matches(value, known, n=1)
    mend = f"Did you mean '{close[0]}'?" if close else f"Choose one of {', '.join(known)}."
    raise UsageError(f"'{value}' is not known", where=option, mend=mend)
