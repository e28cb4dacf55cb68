"""`seq2seq model`: look at model directories."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.amounts import amount
from seq2seq.cli.options import Json, Quiet, Test, TestTsv, Threads
from seq2seq.decoding.options import SearchWish
from seq2seq.errors import InputError, UsageError

app = typer.Typer(help="Look at model directories.", no_args_is_help=True)


@app.command()
def info(
    directory: Annotated[Path | None, typer.Argument(help="Model directory. Default: as for -m.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check a model's files and print its card: data, training, scores, limits, licence."""
    from seq2seq.bundle import default_model, open_model  # noqa: PLC0415 — imports pydantic

    model = open_model(directory or default_model())
    typer.echo(model.card.model_dump_json() if as_json else model.text())


@app.command(name="list")
def list_models(
    directory: Annotated[
        Path | None, typer.Argument(help="Where to look. Default: here, and what comes with the program.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """List models, those in and below a directory, one a line."""
    from seq2seq.bundle import find_models  # noqa: PLC0415 — imports pydantic
    from seq2seq.locate import SHIPPED  # noqa: PLC0415

    if directory is not None and not directory.is_dir():
        raise UsageError("there is no such directory", where=str(directory), mend="Check the path.")
    found = find_models(directory or Path())
    if directory is None:
        listed = {model.directory.resolve() for model in found}
        found += [model for model in find_models(SHIPPED) if model.directory.resolve() not in listed]
    for model in found:
        card = model.card
        if as_json:
            typer.echo(card.model_dump_json())
        else:
            typer.echo(f"{model.directory}\t{card.subject.replace(' → ', '→')}\t{card.name}")


@app.command()
def average(
    directories: Annotated[list[Path], typer.Argument(help="Models of one run, such as best/*.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The model directory to write.")],
) -> None:
    """Write one model whose weights are the means of those of several models of one run.

    Training with keep = 5 leaves the five best models of the run in best/.
    """
    from seq2seq.ensembles import average as mean  # noqa: PLC0415 — imports torch

    typer.echo(mean(directories, out, shlex.join(["seq2seq", *sys.argv[1:]])).directory)


@app.command()
def compact(
    directory: Annotated[Path, typer.Argument(help="The model to copy.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The model directory to write.")],
    results: Annotated[
        Path | None, typer.Option(help="Put the scores that --record wrote there for this model on the card.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the copy is called. Default: as the model.")] = None,
) -> None:
    """Copy a model with its weights in float16: half the size, and the same translations but for rounding."""
    from seq2seq.bundle import open_model  # noqa: PLC0415 — imports pydantic
    from seq2seq.evaluation.record import read, scores_of  # noqa: PLC0415 — imports sacrebleu
    from seq2seq.model_directory import compact as write_compact  # noqa: PLC0415

    opened = open_model(directory)
    card = opened.card
    if results is not None:
        scores = scores_of(card, read(results))
        if not scores:
            raise InputError(
                "no result is of this model",
                where=str(results),
                mend=f"Measure it first: seq2seq evaluate -m {directory} … --record {results}",
            )
        card = card.model_copy(update={"scores": (*card.scores, *scores)})
    if name is not None:
        card = card.model_copy(update={"name": name})
    written = write_compact(opened, out, card)
    typer.echo(f"{written.directory}\t{opened.bytes:,} → {written.bytes:,} bytes")


@app.command()
def int8(
    directory: Annotated[Path, typer.Argument(help="The model; its card is written anew, all else stays.")],
    *,
    test: Test = None,
    test_tsv: TestTsv = None,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Measure what int8 costs a model in BLEU, and put that on its card, where --precision auto reads it.

    Give the validation set, not the test set. Training does the same when it ends, on processors with int8.
    """
    from seq2seq.bundle import Bundle  # noqa: PLC0415 — imports pydantic
    from seq2seq.cli.roads import Machine  # noqa: PLC0415 — imports numpy
    from seq2seq.cli.testing import Ways, measure_system, read_test_set  # noqa: PLC0415 — imports sacrebleu
    from seq2seq.evaluation.measures import Scoring  # noqa: PLC0415
    from seq2seq.evaluation.scores import FEW_SENTENCES  # noqa: PLC0415
    from seq2seq.model_directory import with_card  # noqa: PLC0415

    opened = Bundle.open(directory)
    validation = read_test_set(test, test_tsv)
    if (sentences := len(validation.sources)) < FEW_SENTENCES:
        raise InputError(
            f"{amount(sentences, 'sentence is', 'sentences are')} too few to tell what int8 costs",
            mend=f"Give a validation set of at least {FEW_SENTENCES}.",
        )
    scores = {}
    for precision in ("float32", "int8"):
        ways = Ways(
            SearchWish(), Scoring(bootstrap=0), machine=Machine("cpu", threads, precision), quiet=quiet
        )
        scores[precision] = measure_system(opened.directory, validation, ways).scores.bleu.value
    loss = round(scores["float32"] - scores["int8"], 2)
    card = with_card(opened, opened.card.model_copy(update={"int8_bleu_loss": loss})).card
    taken = "takes int8" if card.is_fit_for_int8 else "takes float32"
    typer.echo(
        f"{opened.directory}\tBLEU {scores['float32']:.2f} in float32, {scores['int8']:.2f} in int8: "
        f"--precision auto {taken}"
    )
