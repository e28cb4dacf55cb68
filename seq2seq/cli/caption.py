"""`seq2seq caption`: a sentence from a picture, plain or with attention."""

import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from seq2seq.cli.options import Device, Json, Overrides, Quiet, Threads
from seq2seq.cli.training import watch

app = typer.Typer(help="Write captions for pictures, and see where the decoder looked.", no_args_is_help=True)

Model = Annotated[Path, typer.Option("-m", "--model", help="Model directory that 'caption train' wrote.")]
FigureFile = Annotated[
    Path | None, typer.Option("--figure", metavar="FILE", help="Draw a figure into this .svg or .png.")
]


class _Terminal(TypedDict):
    width: int
    levels: str
    colour: bool


@app.command()
def corpus(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Directory for the pictures of each set and captions.tsv.")
    ] = None,
    count: Annotated[int, typer.Option("--count", help="Pictures of each set.", min=1)] = 4,
    figure: FigureFile = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Draw pictures of two coloured shapes with their captions; the same seed draws the same.

    Prints a table of the sets: training, new pictures of what is trained, combinations never trained.
    """
    from seq2seq.applications.captions.view import overview_figure  # noqa: PLC0415 — imports torch
    from seq2seq.data.pictures.corpus import SET_NAMES, PictureCorpus, PicturesConfig  # noqa: PLC0415
    from seq2seq.data.pictures.files import write_pictures  # noqa: PLC0415
    from seq2seq.plots.figure import write_figure  # noqa: PLC0415

    drawn = PictureCorpus(PicturesConfig(train=count, validation=count, test=count, seed=seed))
    sets = [(name, drawn.draw(name)) for name in SET_NAMES]
    if out is not None:
        for name, pictures in sets:
            write_pictures(out / name, pictures)
    if figure is not None:
        write_figure(figure, overview_figure([one for one in sets if one[0] != "validation"]))  # as "seen"
    typer.echo(drawn.text())


@app.command()
def train(  # noqa: PLR0913 — its options
    experiment: Annotated[str, typer.Argument(help="Experiment file, or the name of a recipe: caption, …")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run's directory. Default: runs/NAME.")
    ] = None,
    overrides: Overrides = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Draw pictures and train a captioner; the same command again goes on where a stopped one left off."""
    from seq2seq.applications.captions.experiment import CaptionProgram  # noqa: PLC0415 — imports torch
    from seq2seq.applications.captions.experiment import train as run  # noqa: PLC0415
    from seq2seq.config import load_recipe  # noqa: PLC0415

    program = load_recipe(experiment, CaptionProgram, overrides)
    training = partial(run, program, out or Path("runs") / program.name)
    watch(program.name, training, device=device, threads=threads, quiet=quiet)


@app.command()
def predict(  # noqa: PLR0913 — its options
    pictures: Annotated[list[Path], typer.Argument(help="Pictures: PNG or JPEG, 32 x 32 pixels.")],
    *,
    model: Model,
    attention: Annotated[
        bool, typer.Option("--attention", help="Draw where the decoder looked before each word.")
    ] = False,
    figure: FigureFile = None,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Write a caption for each picture, one a line, in their order."""
    from seq2seq.applications.captions.captioner import load_captioner  # noqa: PLC0415 — imports torch
    from seq2seq.applications.captions.view import attention_figure, attention_text  # noqa: PLC0415
    from seq2seq.data.pictures.files import read_pictures  # noqa: PLC0415
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415
    from seq2seq.plots.figure import check_figure_path, write_figure  # noqa: PLC0415

    if figure is not None:
        check_figure_path(figure)
    pixels = read_pictures(pictures)
    use_threads(threads)
    captions = load_captioner(model, device_named(device)).caption_all(pixels, attention=True)
    for picture, caption in zip(pixels, captions, strict=True):
        typer.echo(caption.to_json() if as_json else caption.text)
        if attention:
            typer.echo("\n" + attention_text(picture, caption, **_terminal()) + "\n")
    if figure is not None:
        write_figure(figure, attention_figure(pixels, captions))


@app.command()
def evaluate(  # noqa: PLR0913 — its options
    *,
    models: Annotated[
        list[Path], typer.Option("-m", "--model", help="Model that 'caption train' wrote; may be repeated.")
    ],
    count: Annotated[int, typer.Option("--count", help="Pictures of each set.", min=1)] = 500,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Measure models on new pictures: of combinations that were trained, and of some that never were."""
    from seq2seq.applications.captions.captioner import load_captioner  # noqa: PLC0415 — imports torch
    from seq2seq.applications.captions.measure import measure, to_json, to_text  # noqa: PLC0415
    from seq2seq.data.pictures.corpus import PictureCorpus, PicturesConfig  # noqa: PLC0415
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415

    use_threads(threads)
    corpus = PictureCorpus(PicturesConfig(test=count, seed=seed))
    found = [
        measured
        for path in models
        for measured in measure(load_captioner(path, device_named(device)), corpus)
    ]
    typer.echo(to_json(found) if as_json else to_text(found))


def _terminal() -> _Terminal:
    """What the terminal can show."""
    from seq2seq.preview.cells import GLYPHS, glyphs_for  # noqa: PLC0415 — imports numpy and pydantic

    return _Terminal(
        width=shutil.get_terminal_size().columns,
        levels=GLYPHS[glyphs_for(sys.stdout.encoding, "shade")].levels,
        colour=sys.stdout.isatty(),
    )
