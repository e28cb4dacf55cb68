"""`seq2seq lm`: a model of a text that foretells the next character."""

import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, get_args

import typer

from seq2seq.cli.lines import note, read_lines
from seq2seq.cli.options import Device, Json, Overrides, Quiet, Threads, choice
from seq2seq.cli.training import watch

app = typer.Typer(
    help="Foretell the next character: train on a text, write, rate, look inside.", no_args_is_help=True
)

Model = Annotated[Path, typer.Option("-m", "--model", help="Model directory that 'lm train' wrote.")]


@app.command()
def train(  # noqa: PLR0913 — its options
    experiment: Annotated[
        str, typer.Argument(help="Experiment file, or the name of a recipe: lm-tiny, lm-shakespeare, …")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run's directory. Default: runs/NAME.")
    ] = None,
    overrides: Overrides = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train on a text; the same command again goes on where a stopped one left off.

    The text is --set corpus.text=FILE, plain or gzip; its last tenth is kept for validation.
    """
    from seq2seq.applications.next_character import TextProgram, train_text_model  # noqa: PLC0415 — imports torch
    from seq2seq.config import load_recipe  # noqa: PLC0415

    program = load_recipe(experiment, TextProgram, overrides)
    training = partial(train_text_model, program, out or Path("runs") / program.name)
    watch(program.name, training, device=device, threads=threads, quiet=quiet)


@app.command()
def sample(  # noqa: PLR0913 — its options
    *,
    model: Model,
    prefix: Annotated[str, typer.Option(help="What the text begins with.")] = "",
    temperature: Annotated[
        float, typer.Option(help="Below 1 more careful, above 1 bolder; 0 is greedy.")
    ] = 1.0,
    top_k: Annotated[int | None, typer.Option(help="Draw from so many of the likeliest pieces.")] = None,
    top_p: Annotated[
        float, typer.Option(help="Draw from the likeliest pieces that have this probability together.")
    ] = 1.0,
    length: Annotated[int, typer.Option(help="Pieces to draw after the prefix.")] = 400,
    texts: Annotated[int, typer.Option(help="How many texts, each with its own draws.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="The same seed draws the same.")] = 1,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Let a model write: the prefix, and what it goes on with."""
    from seq2seq.applications.text_model import TextModel  # noqa: PLC0415 — imports torch
    from seq2seq.decoding.options import SamplingOptions  # noqa: PLC0415
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415

    options = SamplingOptions(temperature, top_k, top_p, length, seed)
    use_threads(threads)
    written = TextModel.load(model, device_named(device)).say(options, prefix=prefix, texts=texts)
    for number, text in enumerate(written):
        if as_json:
            typer.echo(json.dumps({"text": text}, ensure_ascii=False))
        else:
            typer.echo(("---\n" if number else "") + text)


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="A text, plain or gzip; - is standard input.")],
    *,
    model: Model,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Rate a text: how many nats and bits a character costs, in two protocols.

    Cold windows of 256 pieces know nothing of what stood before them, as nanoGPT measures; one pass with
    its state carried on remembers all of it, and is the easier one.
    """
    from seq2seq.applications.text_model import TextModel, scores_text, scores_values  # noqa: PLC0415 — imports torch
    from seq2seq.data.text import read_text  # noqa: PLC0415
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415

    use_threads(threads)
    loaded = TextModel.load(model, device_named(device))
    text = read_text(file) if str(file) != "-" else "".join(f"{line}\n" for line in read_lines(None))
    if unknown := loaded.unknown(text):
        note(f"characters that the model never met cost it much: {' '.join(map(repr, unknown[:10]))}")
    scores = loaded.scores(text)
    typer.echo(json.dumps(scores_values(scores)) if as_json else scores_text(scores))


@app.command()
def cells(  # noqa: PLR0913 — its options
    text: Annotated[list[str] | None, typer.Argument(help="Lines. Default: standard input.")] = None,
    *,
    model: Model,
    unit: Annotated[
        list[int] | None, typer.Option(help="A unit, counted through all layers; may be repeated.")
    ] = None,
    find: Annotated[
        str | None,
        typer.Option(
            help="List the units that follow: line-position, word-position, in-quotes, line-break, "
            "upper-case or vowel."
        ),
    ] = None,
    top: Annotated[int, typer.Option(help="How many to list.", min=1)] = 5,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Draw the units into an .svg or .png file."),
    ] = None,
    as_json: Json = False,
    device: Device = "auto",
) -> None:
    """Colour a text by what single units of the model are after each character.

    Blue is -1 and red is 1; where there are no colours, marks from ▁ to █ stand below each line. With
    --find, the units shown are those that follow a feature of the text most closely.
    """
    from seq2seq.applications.hidden_units import FeatureName, as_figure, follow, trace  # noqa: PLC0415 — imports torch
    from seq2seq.applications.text_model import TextModel  # noqa: PLC0415
    from seq2seq.evaluation.tables import aligned  # noqa: PLC0415
    from seq2seq.loading import device_named  # noqa: PLC0415
    from seq2seq.plots.figure import check_figure_path, write_figure  # noqa: PLC0415
    from seq2seq.preview.cells import glyphs_for  # noqa: PLC0415
    from seq2seq.preview.colouring import colour_text  # noqa: PLC0415

    if figure is not None:
        check_figure_path(figure)
    wanted = None if find is None else choice(find, get_args(FeatureName), "--find")
    lines = "\n".join(text or read_lines(None))
    found = trace(TextModel.load(model, device_named(device)), lines)
    closest = [] if wanted is None else follow(found, wanted, top)
    units = [*(unit or []), *(close.unit for close in closest)] or [0]
    if as_json:
        values = [{"unit": number, "values": found.unit(number)} for number in units]
        typer.echo(json.dumps({"text": found.text, "units": values}, ensure_ascii=False))
    elif closest:
        rows = [[str(close.unit), f"{close.correlation:+.3f}"] for close in closest]
        typer.echo(aligned([["unit", f"correlation with {find}"], *rows]))
    for number in [] if as_json else units[: 1 if closest and not unit else None]:
        shown = colour_text(
            found.text,
            found.unit(number),
            width=shutil.get_terminal_size().columns,
            colour=sys.stdout.isatty(),
            plain=glyphs_for(sys.stdout.encoding) == "digits",
        )
        typer.echo(f"unit {number}\n{shown}")
    if figure is not None:
        write_figure(figure, as_figure(found, units))
