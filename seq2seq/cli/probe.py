"""`seq2seq probe`: the lecture's measurements, as tables, charts, figures and JSON."""

from itertools import product
from pathlib import Path
from typing import Annotated, get_args

import typer

from seq2seq.cli.options import Json, Quiet, choice
from seq2seq.cli.probing import (
    DEFAULT_VARIANTS,
    FigureFile,
    Hidden,
    LearningRate,
    Length,
    Seed,
    TaskOption,
    Threads,
    Updates,
    Variants,
)

app = typer.Typer(
    help="Measure what recurrent networks remember, how far gradients reach, and what attention buys.",
    no_args_is_help=True,
)


@app.command()
def gradients(  # noqa: PLR0913 — its options
    variants: Variants = None,
    *,
    task: TaskOption = "recall",
    length: Length = 100,
    seeds: Annotated[int, typer.Option(help="Networks of each kind; the median is shown.", min=1)] = 5,
    train: Annotated[
        bool, typer.Option("--train", help="Measure again after the task has been learnt.")
    ] = False,
    hidden: Hidden = 32,
    updates: Updates = 600,
    learning_rate: LearningRate = 5e-3,
    seed: Seed = 1,
    threads: Threads = 1,
    figure: FigureFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure how far back the gradient of the last loss reaches, as a norm by lag."""
    from seq2seq.cli.probe_report import begin, show  # noqa: PLC0415 — imports numpy
    from seq2seq.cli.progress import counted  # noqa: PLC0415

    begin(figure, threads)
    from seq2seq.probes.gradients import GradientReport, probe_gradients  # noqa: PLC0415 — imports torch
    from seq2seq.probes.learning import Budget  # noqa: PLC0415
    from seq2seq.probes.tasks import TaskName, task_of  # noqa: PLC0415
    from seq2seq.probes.variants import variant  # noqa: PLC0415

    budget = Budget(updates=updates, hidden_size=hidden, learning_rate=learning_rate, seed=seed)
    asked = task_of(choice(task, get_args(TaskName), "--task"), length)
    chosen = [variant(text) for text in variants or DEFAULT_VARIANTS]
    measured = (probe_gradients(asked, one, budget, seeds=seeds, train=train) for one in chosen)
    found = tuple(counted(measured, "gradients", "kind", quiet=quiet))
    show(GradientReport(asked, budget, seeds, found), figure, as_json=as_json)


@app.command()
def clipping(  # noqa: PLR0913 — its options
    variants: Variants = None,
    *,
    task: TaskOption = "recall",
    length: Length = 50,
    max_grad_norm: Annotated[float, typer.Option(help="Norm to clip at.", min=1e-9)] = 1.0,
    hidden: Hidden = 32,
    updates: Updates = 400,
    learning_rate: LearningRate = 5e-3,
    seed: Seed = 1,
    threads: Threads = 1,
    figure: FigureFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train with and without clipping, and show the norms before and after. Default: rnn:normal,gain=1.5."""
    from seq2seq.cli.probe_report import begin, show  # noqa: PLC0415 — imports numpy
    from seq2seq.cli.progress import counted  # noqa: PLC0415

    begin(figure, threads)
    from seq2seq.probes.clipping import ClippingReport, probe_clipping  # noqa: PLC0415 — imports torch
    from seq2seq.probes.learning import Budget  # noqa: PLC0415
    from seq2seq.probes.tasks import TaskName, task_of  # noqa: PLC0415
    from seq2seq.probes.variants import variant  # noqa: PLC0415

    budget = Budget(
        updates=updates,
        hidden_size=hidden,
        learning_rate=learning_rate,
        max_grad_norm=max_grad_norm,
        seed=seed,
    )
    asked = task_of(choice(task, get_args(TaskName), "--task"), length)
    chosen = [variant(text) for text in variants or ["rnn:normal,gain=1.5"]]
    runs = (run for one in chosen for run in probe_clipping(asked, one, budget))
    found = tuple(counted(runs, "clipping", "run", quiet=quiet))
    show(ClippingReport(asked, budget, found), figure, as_json=as_json)


@app.command()
def memory(  # noqa: PLR0913 — its options
    variants: Variants = None,
    *,
    task: Annotated[
        list[str] | None,
        typer.Option(help="adding, recall or copy; may be repeated. Default: adding, recall."),
    ] = None,
    length: Annotated[
        list[int] | None, typer.Option(help="Steps; may be repeated. Default: 10, 40, 100.", min=4)
    ] = None,
    hidden: Hidden = 32,
    rows: Annotated[int, typer.Option(help="Sequences a batch.", min=1)] = 32,
    updates: Updates = 600,
    learning_rate: LearningRate = 5e-3,
    seed: Seed = 1,
    threads: Threads = 1,
    figure: FigureFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train each cell on tasks with known answers: which solves which length within an equal budget."""
    from seq2seq.cli.probe_report import begin, show  # noqa: PLC0415 — imports numpy
    from seq2seq.cli.progress import counted  # noqa: PLC0415

    begin(figure, threads)
    from seq2seq.probes.learning import Budget  # noqa: PLC0415 — imports torch
    from seq2seq.probes.memory import MemoryReport, probe_memory  # noqa: PLC0415
    from seq2seq.probes.tasks import TaskName, task_of  # noqa: PLC0415
    from seq2seq.probes.variants import variant  # noqa: PLC0415

    budget = Budget(updates=updates, rows=rows, hidden_size=hidden, learning_rate=learning_rate, seed=seed)
    names = [choice(name, get_args(TaskName), "--task") for name in task or ["adding", "recall"]]
    tasks = [task_of(name, steps) for name, steps in product(names, length or [10, 40, 100])]
    chosen = [variant(text) for text in variants or DEFAULT_VARIANTS]
    learnt = (probe_memory(asked, one, budget) for asked, one in product(tasks, chosen))
    found = tuple(counted(learnt, "memory", "run", quiet=quiet))
    show(MemoryReport(budget, found), figure, as_json=as_json)


@app.command()
def bottleneck(  # noqa: PLR0913 — its options
    *,
    longest: Annotated[int, typer.Option(help="Symbols of the longest source in training.", min=1)] = 10,
    beyond: Annotated[int, typer.Option(help="Symbols of the longest source that is tried.", min=1)] = 20,
    symbols: Annotated[int, typer.Option(help="Of the alphabet.", min=2)] = 20,
    cell: Annotated[str, typer.Option(help="rnn, lstm, gru or gru-cho.")] = "gru",
    hidden: Annotated[int, typer.Option(help="Units of the decoder.", min=2)] = 64,
    updates: Updates = 800,
    learning_rate: LearningRate = 5e-3,
    tested: Annotated[int, typer.Option(help="Sources of each length.", min=1)] = 100,
    seed: Seed = 1,
    threads: Threads = 1,
    figure: FigureFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy and reverse with one vector for the source and with attention, at lengths beyond training."""
    from seq2seq.cli.probe_report import begin, show  # noqa: PLC0415 — imports numpy
    from seq2seq.cli.progress import counted  # noqa: PLC0415

    begin(figure, threads)
    from seq2seq.nn.cells import CELLS  # noqa: PLC0415 — imports torch
    from seq2seq.probes.bottleneck import (  # noqa: PLC0415
        BottleneckBudget,
        BottleneckReport,
        Kind,
        measure_order,
    )
    from seq2seq.probes.pairs import Order  # noqa: PLC0415

    budget = BottleneckBudget(
        symbols=symbols,
        longest=longest,
        updates=updates,
        cell=choice(cell, list(CELLS), "--cell"),
        hidden_size=hidden,
        learning_rate=learning_rate,
        tested=tested,
        seed=seed,
    )
    lengths = range(1, max(longest, beyond) + 1)
    every = product(get_args(Order), get_args(Kind))
    measured = (measure_order(order, kind, budget, lengths) for order, kind in every)
    found = tuple(counted(measured, "bottleneck", "model", quiet=quiet))
    show(BottleneckReport(budget, found), figure, as_json=as_json)


@app.command()
def cells(  # noqa: PLR0913 — its options
    sentence: Annotated[str, typer.Argument(help="One English sentence.")] = "Where is the small red train?",
    *,
    cell: Annotated[
        list[str] | None,
        typer.Option(help="Cells to train, as elsewhere; may be repeated. Default: rnn, lstm, gru."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("-m", "--model", help="Read with the encoder of this translator instead of training."),
    ] = None,
    hidden: Hidden = 32,
    updates: Updates = 300,
    seed: Seed = 1,
    threads: Threads = 1,
    figure: FigureFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what h, c and the gates do while a cell reads a sentence, character by character."""
    from seq2seq.cli.probe_report import begin, show  # noqa: PLC0415 — imports numpy
    from seq2seq.cli.progress import counted  # noqa: PLC0415

    begin(figure, threads)
    from seq2seq.probes.cells import CellReport, trace_trained, trace_translator  # noqa: PLC0415 — imports torch
    from seq2seq.probes.learning import Budget  # noqa: PLC0415
    from seq2seq.probes.variants import variant  # noqa: PLC0415

    if model is not None:
        show(
            CellReport(sentence, (trace_translator(sentence, model),)),
            figure,
            as_json=as_json,
        )
        return
    budget = Budget(updates=updates, hidden_size=hidden, seed=seed, measured_rows=100)
    traces = (trace_trained(sentence, variant(text), budget) for text in cell or DEFAULT_VARIANTS)
    found = tuple(counted(traces, "cells", "cell", quiet=quiet))
    show(CellReport(sentence, found), figure, as_json=as_json)
