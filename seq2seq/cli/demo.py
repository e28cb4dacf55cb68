"""`seq2seq demo`: the whole road in a few minutes: corpus, twins, comparison, service, attention."""

import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Overrides
from seq2seq.cli.prepare import report_text
from seq2seq.decoding.options import SearchWish

ONE = "Where is the station?"
SEVERAL = (
    "The red car is faster than the bus.",
    "I do not see the old church.",
    "The nurse bought three apples.",
)
LOOKED_AT = "The old doctor visited the beautiful castle."


def demo(
    *,
    out: Annotated[Path, typer.Option("--out", help="Where corpus and models go.")] = Path("runs/demo"),
    overrides: Overrides = None,
) -> None:
    """Train the plain and the attentive twin on the built-in phrasebook, compare, serve, look.

    Needs no network and no files, and a few minutes on two CPU cores. The same command again goes
    on where a stopped one left off, and uses what is trained already.
    """
    began = time.monotonic()
    models = [out / kind / "model" for kind in ("plain", "attention")]
    pairs = _corpus(out, overrides or [])
    _train(out, overrides or [])
    _compare(models, pairs, out / "report")
    _serve(models)
    _say(f"Done in {(time.monotonic() - began) / 60:.1f} minutes; the models are in {out}.")
    typer.echo(f"""Next:
  seq2seq translate -m {models[1]} "How much is the ticket?"
  seq2seq attend    -m {models[1]} "{ONE}"
  seq2seq serve     -m {models[1]} -m {models[0]}    (both in the browser: http://127.0.0.1:8080/)
  seq2seq model info {models[1]}
  seq2seq train phrasebook --twin --set corpus.size=50000""")


def _corpus(out: Path, overrides: list[str]) -> list[tuple[str, str]]:
    """Make and store the corpus; give its test pairs, which no training sees."""
    from seq2seq.experiment import load_experiment, prepare_corpus  # noqa: PLC0415 — imports torch

    _say("1. The corpus: the built-in English-French phrasebook")
    dataset = prepare_corpus(load_experiment("phrasebook", overrides), out)
    pairs = dataset.test_text()
    typer.echo(f"{report_text(dataset.report)}\ntest sentences, none of them in training: {len(pairs):,}")
    for source, target in pairs[:3]:
        typer.echo(f"  {source}\n    {target}")
    return pairs


def _train(out: Path, overrides: list[str]) -> None:
    """Train by the commands that a user would type, side by side: a core for each."""
    _say("2. The twins: the same data, seed and sizes, without and with attention")
    settings = [part for override in overrides for part in ("--set", override)]
    common = ["train", "phrasebook", "--out", str(out), "--threads", "1", *settings]
    plain, attentive = (
        [*common, "--set", f"model.attention={attention}"] for attention in ("none", "bahdanau")
    )
    log = out / "plain.log"
    typer.echo(f"$ {shlex.join(['seq2seq', *plain])} 2> {log} &")
    typer.echo(f"$ {shlex.join(['seq2seq', *attentive])}")
    program = [sys.executable, "-m", "seq2seq"]
    with (
        log.open("w", encoding="utf-8") as stream,
        subprocess.Popen(  # noqa: S603 — ourselves
            [*program, *plain], stderr=stream
        ) as beside,
    ):
        try:
            status = subprocess.run([*program, *attentive], check=False).returncode  # noqa: S603 — ourselves
            typer.echo("waiting for the plain twin")
            status = status or beside.wait()
        finally:
            beside.terminate()  # nothing, when it has ended
    if status:
        raise typer.Exit(status)
    marks = [line for line in log.read_text(encoding="utf-8").splitlines() if "validation at" in line]
    typer.echo("\n".join(marks))


def _compare(models: list[Path], pairs: list[tuple[str, str]], directory: Path) -> None:
    from seq2seq.cli.systems import Bench  # noqa: PLC0415 — imports numpy, pydantic and sacreBLEU
    from seq2seq.cli.testing import TestSet, Ways, write_report  # noqa: PLC0415
    from seq2seq.evaluation.compare import compare  # noqa: PLC0415
    from seq2seq.evaluation.measures import Scoring  # noqa: PLC0415
    from seq2seq.evaluation.rendering import renderings  # noqa: PLC0415
    from seq2seq.evaluation.report import report_of  # noqa: PLC0415
    from seq2seq.evaluation.system import system_of  # noqa: PLC0415
    from seq2seq.evaluation.terminal import text  # noqa: PLC0415

    _say("3. Plain against attention, on sentences that neither has seen")
    test = TestSet([source for source, _ in pairs], [[target for _, target in pairs]])
    bench = Bench([test], Ways(SearchWish(attention=True), Scoring()))
    systems = [system_of(*bench.measure(model), name=model.parent.name) for model in models]
    report = report_of(compare(systems), command="seq2seq demo")
    typer.echo(text(report))
    write_report(directory, renderings(report))
    typer.echo(f"\nthe same with plots, examples and attention: {directory / 'report.html'}")


def _serve(models: list[Path]) -> None:
    """Start a server with both models, call it as any client would, and stop it."""
    from seq2seq.client.sync import TranslationClient  # noqa: PLC0415 — imports grpc
    from seq2seq.preview.cells import glyphs_for  # noqa: PLC0415
    from seq2seq.preview.document import Model, preview_of  # noqa: PLC0415
    from seq2seq.preview.terminal import draw  # noqa: PLC0415
    from server.app import in_background  # noqa: PLC0415 — imports torch
    from server.config import ServerConfig  # noqa: PLC0415
    from server.engine.catalogue import open_models  # noqa: PLC0415

    _say("4. The service: both models over gRPC")
    config = ServerConfig(grpc="127.0.0.1:0", http="")
    with (
        in_background(config, open_models([models[1], models[0]], config)) as server,
        TranslationClient(server.address) as client,
    ):
        typer.echo(f"listening at {server.address}, health {client.health('seq2seq.v1.TranslationService')}")
        served = client.models()
        for model in served:
            typer.echo(f"  {model.name}: {client.translate(ONE, model=model.name).text}")
        typer.echo("one call with several sentences:")
        for source, answer in zip(SEVERAL, client.translate_all(SEVERAL), strict=True):
            typer.echo(f"  {source}\n    {getattr(answer, 'text', answer)}")
        looked = client.translate(LOOKED_AT, attention=True)
    typer.echo("server stopped")
    _say("5. Where the decoder looked")
    label = Model(served[0].name, served[0].source_language, served[0].target_language)
    drawing = draw(
        preview_of(looked, label),
        width=shutil.get_terminal_size().columns,
        glyphs=glyphs_for(sys.stdout.encoding),
        colour=sys.stdout.isatty(),
    )
    typer.echo(f"{LOOKED_AT}\n{looked.text}\n\n{drawing}")


def _say(title: str) -> None:
    typer.echo(f"\n{title}\n")
    sys.stdout.flush()
