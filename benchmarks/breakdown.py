"""Where the time goes: milliseconds of each part of a search and of an update, before and after packing.

Before is the network itself, and the recurrence with each step written out; after is what programs use.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, ParamSpec, TypeVar

import torch
from torch.autograd.profiler import profile
from torch.autograd.profiler_util import FunctionEventAvg

from benchmarks.decoding import NAMES, contestants
from benchmarks.rates import Clock, Line, Row, header, in_turns
from benchmarks.sizes import BATCH, PIECES
from benchmarks.training import FUSED, MIXED, WRITTEN_OUT, learner
from benchmarks.work import network, sentences
from seq2seq.batch import SourceBatch, collate
from seq2seq.decoding import beam
from seq2seq.decoding.candidates import candidates_of
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.inference import Network, PackedModel
from seq2seq.nn.state import Run, Step
from seq2seq.training.precision import multiplies_bfloat16

ENCODER, STEPS, BEST, SEARCH = "encoder", "steps", "best pieces", "the search between"
PARTS = [ENCODER, STEPS, BEST, SEARCH]
PRODUCTS, POINTWISE, MOVES, OPTIMISER, REST = (
    "products",
    "gates, attention, loss: number by number",
    "copies, casts, views",
    "optimiser",
    "between: Python, autograd, the profiler",
)
KINDS = [PRODUCTS, POINTWISE, MOVES, OPTIMISER, REST]
# By the names of torch's operations, without "aten::"; the first that fits, and else number by number.
OPERATIONS = {
    PRODUCTS: r"(add|b|addb|baddb)?mm_?|addmv_?|matmul|linear|mkldnn.*",
    OPTIMISER: r".*(adam|foreach|norm).*",
    MOVES: r".*(copy|cat|stack|select|index|gather|clone|slice|view|reshape|expand|transpose|strided|empty"
    r"|split|zero|fill|new|chunk|embedding|resize|unbind|narrow|detach|permute|squeeze|alias|arange).*|to|t",
}
# Kineto, which comes with torch's profiler and is not used, marks on standard error when one begins and ends.
NOT_EVEN_MARKS = "6"

P = ParamSpec("P")
R = TypeVar("R")


class Watch:
    """Adds up the seconds of each part; parts are never within each other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def over(self, part: str, work: Callable[P, R]) -> Callable[P, R]:
        """Make a function that does the same, watched."""

        def watched(*args: P.args, **kwargs: P.kwargs) -> R:
            began = perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                self.seconds[part] = self.seconds.get(part, 0.0) + perf_counter() - began

        return watched


class Watched:
    """A model whose encoding and steps are watched. One search at a time, whatever the model could do."""

    def __init__(self, model: Network, watch: Watch) -> None:
        self._model = model
        self._start = watch.over(ENCODER, model.start)
        self._step = watch.over(STEPS, model.step)
        self._run = watch.over(STEPS, model.run) if isinstance(model, PackedModel) else None
        if isinstance(model, PackedModel):
            self.best_rows = model.best_rows

    @property
    def device(self) -> torch.device:
        """See `StepModel.device`."""
        return self._model.device

    def start(self, source: SourceBatch) -> Any:  # noqa: ANN401 — the model's own state
        """See `StepModel.start`."""
        return self._start(source)

    def step(self, previous: torch.Tensor, state: Any) -> Step[Any]:  # noqa: ANN401 — as above
        """See `StepModel.step`."""
        step: Step[Any] = self._step(previous, state)
        return step

    def run(self, previous: torch.Tensor, state: Any, steps: int, beam: int = 1) -> Run[Any] | None:  # noqa: ANN401 — as above
        """See `RunModel.run`."""
        return None if self._run is None else self._run(previous, state, steps, beam)


def measure(rounds: int, clock: Clock) -> Iterator[Line]:  # noqa: ARG001 — parts are told apart by wall time
    """Yield both tables line by line."""
    yield "Milliseconds a sentence, in a search that is not shared out among threads. Steps in int8 find the"
    yield "best pieces themselves, and greedy ones are taken up to 16 in a row."
    yield ""
    yield header("decoding", NAMES)
    models = contestants("bahdanau")
    for width, together in ((1, 1), (1, 64), (5, 64)):
        label = f"{'greedy' if width == 1 else f'beam {width}'}, {together} at a time"
        turns = in_turns(
            {name: partial(searched, model, width, together) for name, model in models.items()}, rounds
        )
        yield from _rows(label, turns, PARTS, list(models), together)
    yield ""
    yield f"Milliseconds an update on {BATCH} sentences, by what torch's profiler says of its operations;"
    yield "what it takes itself is in the last row."
    yield ""
    names = [WRITTEN_OUT, FUSED] + [MIXED] * multiplies_bfloat16(torch.device("cpu"))
    yield header("training", names)
    batch = collate(list(zip(sentences(BATCH), sentences(BATCH), strict=True)))
    updates = {
        WRITTEN_OUT: partial(learner(network("bahdanau", fused=False)), batch),
        FUSED: partial(learner(network("bahdanau")), batch),
        MIXED: partial(learner(network("bahdanau"), mixed=True), batch),
    }
    turns = in_turns({name: partial(updated, updates[name], rounds) for name in names}, 1)
    yield from _rows("an update", turns, KINDS, names, 1)


def searched(model: Network, width: int, together: int) -> dict[str, float]:
    """Search so many sentences; the seconds of each part."""
    watch = Watch()
    options = SearchOptions(beam=width, max_target_tokens=PIECES)
    with _watching_best_pieces(watch):
        began = perf_counter()
        search_all(Watched(model, watch), sentences(together), options)
        whole = perf_counter() - began
    return watch.seconds | {SEARCH: whole - sum(watch.seconds.values())}


def updated(update: Callable[[], None], times: int) -> dict[str, float]:
    """Make updates; the seconds that each kind of work takes in one."""
    os.environ.setdefault("KINETO_LOG_LEVEL", NOT_EVEN_MARKS)  # what goes wrong is raised all the same
    with profile(use_kineto=False) as profiler:
        began = perf_counter()
        for _ in range(times):
            update()
        whole = (perf_counter() - began) / times
    seconds = dict.fromkeys(KINDS, 0.0)
    for event in profiler.key_averages():
        if (kind := _kind(event)) != REST:  # the rest is what operations leave, whoever had it
            seconds[kind] += event.self_cpu_time_total / times / 1e6
    return seconds | {REST: max(0.0, whole - sum(seconds.values()))}


def _kind(event: FunctionEventAvg) -> str:
    space, _, name = str(event.key).rpartition("::")
    if space != "aten":
        return REST
    return next((kind for kind, names in OPERATIONS.items() if re.fullmatch(names, name)), POINTWISE)


@contextmanager
def _watching_best_pieces(watch: Watch) -> Iterator[None]:
    name, own = candidates_of.__name__, candidates_of
    setattr(beam, name, watch.over(BEST, own))
    try:
        yield
    finally:
        setattr(beam, name, own)


def _rows(
    label: str,
    turns: Mapping[str, Sequence[Mapping[str, float]]],
    parts: Sequence[str],
    names: Sequence[str],
    amount: int,
) -> Iterator[Row]:
    """Lay out a row for all of it, and one for each part: the median milliseconds, and their share."""
    wholes = {name: [1e3 * sum(seconds.values()) / amount for seconds in turns[name]] for name in names}
    cells = " | ".join(f"{median(whole):.2f}" for whole in wholes.values())
    yield Row(label, wholes, f"| **{label}** | {cells} |")
    for part in parts:
        spent = {name: [1e3 * seconds.get(part, 0.0) / amount for seconds in turns[name]] for name in names}
        cells = " | ".join(
            f"{median(spent[name]):.2f}, {median(spent[name]) / median(wholes[name]):.0%}" for name in names
        )
        yield Row(f"{label}: {part}", spent, f"| {label}: {part} | {cells} |")
