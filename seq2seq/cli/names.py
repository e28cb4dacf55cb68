"""`seq2seq names`: names of a language, drawn character by character. One to many."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import note
from seq2seq.cli.options import Device, Json, Overrides, Quiet, Threads
from seq2seq.cli.training import watch

app = typer.Typer(help="Make up names of a language: one to many.", no_args_is_help=True)

Generator = Annotated[
    Path, typer.Option("-m", "--model", help="Model directory of a generator that 'names train' wrote.")
]
Temperature = Annotated[
    float, typer.Option(help="Below 1 the likely more often, above 1 the odd; 0 only the likeliest.", min=0.0)
]
TopK = Annotated[int | None, typer.Option(help="Draw among so many of the likeliest characters.", min=1)]
TopP = Annotated[float, typer.Option(help="Draw among the likeliest that together have this probability.")]
Seed = Annotated[int, typer.Option(help="The same seed draws the same names.", min=0)]


@app.command()
def train(  # noqa: PLR0913 — its options
    experiment: Annotated[
        str, typer.Argument(help="Experiment file, or the name of a recipe: name-generator.")
    ] = "name-generator",
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The run's directory. Default: runs/NAME.")
    ] = None,
    overrides: Overrides = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train a generator; the same command again goes on where a stopped one left off."""
    from seq2seq.applications.names import NamesExperiment, train_generator  # noqa: PLC0415 — imports torch
    from seq2seq.config import load_recipe  # noqa: PLC0415
    from seq2seq.data.labelled import open_labelled  # noqa: PLC0415

    chosen = load_recipe(experiment, NamesExperiment, overrides)
    corpus = open_labelled(chosen.corpus)
    if not quiet:
        note(corpus.report())
    training = partial(train_generator, chosen, corpus, out or Path("runs") / chosen.name)
    watch(chosen.name, training, device=device, threads=threads, quiet=quiet)


@app.command()
def sample(  # noqa: PLR0913 — its options
    category: Annotated[str, typer.Argument(help="The language, as its list was called.")],
    *,
    model: Generator,
    count: Annotated[int, typer.Option("-n", "--count", help="How many.", min=1)] = 5,
    first: Annotated[str, typer.Option("--first", help="How each name begins.")] = "",
    temperature: Temperature = 1.0,
    top_k: TopK = None,
    top_p: TopP = 1.0,
    seed: Seed = 1,
    as_json: Json = False,
    device: Device = "auto",
) -> None:
    """Draw names of a category, one a line."""
    from seq2seq.applications.namer import load_namer  # noqa: PLC0415 — imports torch
    from seq2seq.decoding.options import SamplingOptions  # noqa: PLC0415

    options = SamplingOptions(temperature=temperature, top_k=top_k, top_p=top_p, seed=seed)
    for name in load_namer(model, device).sample(category, count, options, first=first):
        typer.echo(json.dumps(name.to_json(), ensure_ascii=False) if as_json else name.name)


@app.command()
def judge(  # noqa: PLR0913 — its options
    *,
    model: Generator,
    classifier: Annotated[
        Path, typer.Option("--classifier", help="Model directory of a classifier of the same categories.")
    ],
    count: Annotated[int, typer.Option("-n", "--count", help="Names of each category.", min=1)] = 100,
    temperature: Temperature = 1.0,
    top_k: TopK = None,
    top_p: TopP = 1.0,
    seed: Seed = 1,
    as_json: Json = False,
    device: Device = "auto",
) -> None:
    """Draw names of every category, and let a classifier say what they are."""
    from seq2seq.applications.agreement import agreement, learnt_names  # noqa: PLC0415 — imports torch
    from seq2seq.applications.classify import held_out  # noqa: PLC0415
    from seq2seq.applications.namer import load_namer  # noqa: PLC0415
    from seq2seq.applications.text_classifier import load_classifier  # noqa: PLC0415
    from seq2seq.decoding.options import SamplingOptions  # noqa: PLC0415

    options = SamplingOptions(temperature=temperature, top_k=top_k, top_p=top_p, seed=seed)
    knower = load_classifier(classifier, device)
    found = agreement(load_namer(model, device), knower, count, options, learnt_names(model))
    real = knower.judge(held_out(classifier))
    typer.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else found.text(real))
