"""The options that the commands of `seq2seq probe` share."""

from pathlib import Path
from typing import Annotated

import typer

Variants = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CELL[:OPTION,…]",
        help="rnn, lstm, gru, gru-cho; options orthogonal, normal, uniform, gain=1.5, horizon=100, chrono, "
        "truncate=20. Default: rnn lstm gru.",
    ),
]
FigureFile = Annotated[
    Path | None, typer.Option("--figure", help="Also draw it into this file, .svg or .png.")
]
Hidden = Annotated[int, typer.Option(help="Units of the layer.", min=1)]
Updates = Annotated[int, typer.Option(help="Updates at most; training ends early once solved.", min=2)]
LearningRate = Annotated[float, typer.Option(help="At its peak.", min=1e-9)]
Seed = Annotated[int, typer.Option(help="Of everything that is random.", min=0)]
Threads = Annotated[
    int, typer.Option(help="CPU threads; these networks are too small for more than 1.", min=1)
]
TaskOption = Annotated[str, typer.Option(help="adding, recall or copy.")]
Length = Annotated[int, typer.Option(help="Steps over which something has to be remembered.", min=4)]

DEFAULT_VARIANTS = ("rnn", "lstm", "gru")
