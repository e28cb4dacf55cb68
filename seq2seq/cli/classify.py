"""`seq2seq classify`: which language a name or a text is from. Many to one."""

import json
import shlex
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated, get_args

import typer

from seq2seq.cli.lines import note, read_lines
from seq2seq.cli.options import Device, Json, Overrides, Quiet, Threads, choice
from seq2seq.cli.training import watch
from seq2seq.errors import UsageError

app = typer.Typer(help="Tell the language of a name or a text: many to one.", no_args_is_help=True)

Recipe = Annotated[str, typer.Argument(help="Experiment file, or the name of a recipe: names, language-id.")]
Out = Annotated[Path | None, typer.Option("--out", help="The run's directory. Default: runs/NAME.")]
Classifier = Annotated[
    Path, typer.Option("-m", "--model", help="Model directory of a classifier that 'classify train' wrote.")
]
Figure = Annotated[
    Path | None, typer.Option("--figure", help="Also draw the confusion matrix here (.svg or .png).")
]


@app.command()
def train(  # noqa: PLR0913 — its options
    experiment: Recipe = "names",
    *,
    out: Out = None,
    overrides: Overrides = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train a classifier; the same command again goes on where a stopped one left off.

    Repeats are taken out before the texts are split; the parts are in OUT/corpus, the model in OUT/model.
    """
    from seq2seq.applications.classify import ClassifyExperiment, train_classifier  # noqa: PLC0415 — imports torch
    from seq2seq.config import load_recipe  # noqa: PLC0415
    from seq2seq.data.labelled import open_labelled  # noqa: PLC0415

    chosen = load_recipe(experiment, ClassifyExperiment, overrides)
    corpus = open_labelled(chosen.corpus)
    if not quiet:
        note(corpus.report())
    training = partial(train_classifier, chosen, corpus, out or Path("runs") / chosen.name)
    watch(chosen.name, training, device=device, threads=threads, quiet=quiet)


@app.command()
def predict(  # noqa: PLR0913 — its options
    texts: Annotated[
        list[str] | None, typer.Argument(help="Names or texts. Default: lines of standard input.")
    ] = None,
    *,
    model: Classifier,
    top: Annotated[int, typer.Option(help="Labels to show of each text.", min=1)] = 3,
    trace: Annotated[
        bool, typer.Option("--trace", help="The belief after each character, as if the text ended there.")
    ] = False,
    figure: Annotated[
        Path | None, typer.Option("--figure", help="Also draw the trace of one text here (.svg or .png).")
    ] = None,
    as_json: Json = False,
    device: Device = "auto",
) -> None:
    """Say which label is how probable, for each text."""
    from seq2seq.applications.text_classifier import load_classifier  # noqa: PLC0415 — imports torch
    from seq2seq.evaluation.beliefs import belief_table, draw_trace, trace_table  # noqa: PLC0415
    from seq2seq.plots.figure import check_figure_path, write_figure  # noqa: PLC0415

    given = texts or list(read_lines(None))
    if figure is not None:
        check_figure_path(figure)
        if not trace or len(given) != 1:
            raise UsageError(
                "a figure shows the trace of one text", where="--figure", mend="Give one text, and --trace."
            )
    classifier = load_classifier(model, device)
    if figure is not None:
        write_figure(figure, draw_trace(classifier.trace(given[0]), top))
    if trace:
        for text in given:
            beliefs = classifier.trace(text)
            if as_json:
                typer.echo(json.dumps([belief.to_json() for belief in beliefs], ensure_ascii=False))
            else:
                typer.echo(trace_table(beliefs, top, encoding=sys.stdout.encoding))
        return
    beliefs = classifier.classify(given)
    if as_json:
        for belief in beliefs:
            typer.echo(json.dumps(belief.to_json(), ensure_ascii=False))
    elif beliefs:
        typer.echo(belief_table(beliefs, top))


@app.command()
def evaluate(  # noqa: PLR0913 — its options
    *,
    model: Classifier,
    test: Annotated[
        Path | None,
        typer.Option("--test", help="Table of text, tab, label. Default: what training kept out."),
    ] = None,
    cut: Annotated[
        str, typer.Option("--cut", metavar="N,N,…", help="Judge the first N characters of each text instead.")
    ] = "",
    figure: Figure = None,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Judge held-out texts: accuracy, F1 by label, macro-F1, and what was taken for what."""
    from seq2seq.applications.classify import held_out  # noqa: PLC0415 — imports torch
    from seq2seq.applications.text_classifier import load_classifier  # noqa: PLC0415
    from seq2seq.evaluation.beliefs import confusion_report, draw_confusion, length_table  # noqa: PLC0415
    from seq2seq.loading import use_threads  # noqa: PLC0415
    from seq2seq.plots.figure import check_figure_path, write_figure  # noqa: PLC0415

    if figure is not None:
        check_figure_path(figure)
    use_threads(threads)
    classifier, entries = load_classifier(model, device), held_out(model, test)
    if cut:
        found = classifier.judge_beginnings(entries, _numbers(cut, "--cut"))
        typer.echo(
            json.dumps([{"characters": length, **one.to_json()} for length, one in found])
            if as_json
            else length_table(found)
        )
        return
    whole = classifier.judge(entries)
    if figure is not None:
        write_figure(figure, draw_confusion(whole))
    report = confusion_report(whole, encoding=sys.stdout.encoding)
    typer.echo(json.dumps(whole.to_json(), ensure_ascii=False) if as_json else report)


@app.command()
def cells(  # noqa: PLR0913 — its options
    experiment: Recipe = "names",
    *,
    out: Out = None,
    names: Annotated[str, typer.Option("--cells", metavar="CELL,…", help="rnn, lstm, gru, gru-cho.")] = (
        "rnn,lstm,gru"
    ),
    seeds: Annotated[str, typer.Option("--seeds", metavar="N,…", help="One training for each.")] = "1,2,3",
    overrides: Overrides = None,
    as_json: Json = False,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train the same classifier with each cell from each seed, and compare them on the same test set."""
    from seq2seq.applications.cells import compare_cells  # noqa: PLC0415 — imports torch
    from seq2seq.applications.classify import ClassifyExperiment  # noqa: PLC0415
    from seq2seq.config import load_recipe  # noqa: PLC0415
    from seq2seq.data.labelled import open_labelled  # noqa: PLC0415
    from seq2seq.loading import device_named, use_threads  # noqa: PLC0415
    from seq2seq.nn.cells import CellName  # noqa: PLC0415
    from seq2seq.training.progress import show_progress  # noqa: PLC0415

    chosen = load_recipe(experiment, ClassifyExperiment, overrides)
    use_threads(threads)
    corpus = open_labelled(chosen.corpus)
    if not quiet:
        note(corpus.report())
    table = compare_cells(
        chosen,
        corpus,
        out or Path("runs") / f"{chosen.name}-cells",
        cells=[choice(name.strip(), get_args(CellName), "--cells") for name in names.split(",")],
        seeds=_numbers(seeds, "--seeds"),
        command=shlex.join(["seq2seq", *sys.argv[1:]]),
        device=device_named(device),
        watch=lambda title: nullcontext() if quiet else show_progress(title),
    )
    typer.echo(json.dumps(table.to_json()) if as_json else table.text())


def _numbers(text: str, option: str) -> list[int]:
    numbers = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    if not all(numbers):
        raise UsageError(
            f"'{text}' is not a list of whole numbers from 1 on", where=option, mend="Write it as 1,2,3."
        )
    return numbers
