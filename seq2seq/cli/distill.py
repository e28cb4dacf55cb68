"""`seq2seq distill`: a teacher's translations of the training sentences, as a corpus for a student."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.amounts import amount
from seq2seq.cli.lines import note
from seq2seq.cli.options import AllowRepetition, Beam, Device, LengthPenalty, Overrides, Quiet, Threads


def distill(  # noqa: PLR0913 — its options
    experiment: Annotated[str, typer.Argument(help="The student's experiment file or recipe.")],
    *,
    model: Annotated[
        str | None,
        typer.Option("-m", "--model", help="Teacher: a model directory, or several as A,B,C."),
    ] = None,
    backward: Annotated[
        str | None, typer.Option(help="Model of the other direction: makes sources for the targets.")
    ] = None,
    tag: Annotated[str, typer.Option(help="Put before each source that --backward made.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the files go. Default: runs/NAME/distilled.")
    ] = None,
    beam: Beam = None,
    length_penalty: LengthPenalty = None,
    allow_repetition: AllowRepetition = False,
    overrides: Overrides = None,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Let models translate the training sentences, and print the command that trains a student on all of it.

    Killed at any moment, the same command goes on; at most 500 translations are lost. Validation and test
    sets are not translated; what would leak into them is left out when the student's corpus is prepared.
    """
    from seq2seq.decoding.options import SearchWish  # noqa: PLC0415 — so that --help is quick
    from seq2seq.distillation import Teacher, Teachers  # noqa: PLC0415
    from seq2seq.distillation import distill as run  # noqa: PLC0415
    from seq2seq.ensembles import load_models  # noqa: PLC0415
    from seq2seq.experiment import load_experiment, prepare_corpus  # noqa: PLC0415

    chosen = load_experiment(experiment, overrides)
    home = Path("runs") / chosen.name
    wanted = SearchWish(beam=beam, length_penalty=length_penalty, allow_repetition=allow_repetition)

    def teacher(names: str | None) -> Teacher | None:
        if names is None:
            return None
        translator = load_models(names, device=device, threads=threads, precision="float32")
        return Teacher(translator, wanted.over(translator.defaults))

    files = run(
        prepare_corpus(chosen, home),
        out or home / "distilled",
        Teachers(teacher(model), teacher(backward), tag),
        on_progress=lambda part, done, of: None if quiet else note(f"{part}: {done:,} of {of:,}"),
    )
    for path, part in files.items():
        note(f"{path}: {amount(part.pairs, 'pair')} of {amount(part.sentences, 'sentence')}")
    typer.echo(_student(experiment, chosen.name, overrides or [], list(files)))


def _student(experiment: str, name: str, overrides: list[str], files: list[Path]) -> str:
    """The command that trains on the files; validation and test stay what they are."""
    settings = [
        *overrides,
        f"name={name}-distilled",
        f"corpus.train={json.dumps([str(path.resolve()) for path in files])}",
        "corpus.train_source=[]",
        "corpus.train_target=[]",
    ]
    return shlex.join(
        ["seq2seq", "train", experiment, *(word for one in settings for word in ("--set", one))]
    )
