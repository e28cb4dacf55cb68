"""The model thread by itself, and what it does by the steps of its search."""

import gc
import threading
from collections.abc import Callable, Sequence

import serving
from seq2seq.decoding.hypothesis import StablePrefix
from seq2seq.decoding.options import SearchOptions
from seq2seq.translation import Translation
from seq2seq.translator import Translator
from server.engine.loading import keep_for_good
from server.engine.ticket import Ticket
from server.engine.worker import STEPS_BETWEEN_ADMISSIONS, Worker
from server.errors import Refusal

TEXTS = [f"Where is {place}?" for place in ("the station", "my hat", "Tom", "the red house", "everybody")]
LENGTHS = (24, 9, 15, 12, 20, 7, 17)  # of translations, which otherwise go on and on
PATIENCE_S = 20.0

Settle = Callable[[Translation | Refusal], None]


class Bench:
    """A worker, and how many rows each of its steps had."""

    def __init__(self) -> None:
        """Make the worker; its thread is not running yet."""
        self.rows: list[int] = []
        self.translator: Translator = serving.hindered(lambda state: self.rows.append(len(state.hidden[0].h)))
        self.worker = Worker(self.translator, max_rows=64, queue_tokens=10_000)

    def ticket(
        self, number: int, settle: Settle, watch: Callable[[StablePrefix], None] | None = None
    ) -> Ticket:
        """Ask for a translation."""
        source = self.translator.prepare(TEXTS[number % len(TEXTS)])
        options = SearchOptions(beam=1, max_target_tokens=LENGTHS[number % len(LENGTHS)])
        return Ticket(object(), source, options, float("inf"), settle, watch)

    def submit(self, tickets: Sequence[Ticket]) -> None:
        """Let the sentences of one call wait."""
        self.worker.submit(tickets[0].call, tickets)


def test_callers_who_come_back_at_once_are_encoded_together() -> None:
    """Encoding one by one is what costs: 32 callers share an encoding call, however they finish."""
    bench, done = Bench(), threading.Event()
    answered = 0

    def answer(outcome: Translation | Refusal) -> None:
        nonlocal answered
        assert isinstance(outcome, Translation)
        answered += 1
        if answered <= 288:
            bench.submit([bench.ticket(answered, answer)])
        elif answered == 320:
            done.set()

    for index in range(32):
        bench.submit([bench.ticket(index, answer)])
    bench.worker.start()
    assert done.wait(PATIENCE_S)
    bench.worker.stop()

    counters = bench.worker.counters
    assert counters.admitted == 320
    assert counters.admissions <= 320 / 8
    assert counters.mean_rows > 32 / 2


def test_a_lone_caller_does_not_wait_for_company() -> None:
    """The thread takes no more steps than the sentence needs, but for those to the next look."""
    bench, answers = Bench(), list[Translation | Refusal]()
    done = threading.Semaphore(0)

    def answer(outcome: Translation | Refusal) -> None:
        answers.append(outcome)
        done.release()

    bench.worker.start()
    for number in range(5):
        before = bench.worker.counters.steps
        bench.submit([bench.ticket(number, answer)])
        assert done.acquire(timeout=PATIENCE_S)

        found = answers[-1]
        assert isinstance(found, Translation)
        assert len(bench.rows) - before >= len(found.pieces)
        assert bench.worker.counters.steps - before <= len(found.pieces) + 4
        bench.rows[:] = [0] * bench.worker.counters.steps
    bench.worker.stop()


def _joined_after(at_work: int, newcomers: int) -> int:
    """How many steps newcomers wait, who come after the first step of a batch."""
    bench, done = Bench(), threading.Semaphore(0)
    came_at = 0

    def settle(_: Translation | Refusal) -> None:
        done.release()

    def come(_: StablePrefix) -> None:
        nonlocal came_at
        if not came_at:
            came_at = len(bench.rows)
            bench.submit([bench.ticket(0, settle) for _ in range(newcomers)])

    first = [bench.ticket(0, settle, come if index == 0 else None) for index in range(at_work)]
    bench.submit(first)
    bench.worker.start()
    for _ in range(at_work + newcomers):
        assert done.acquire(timeout=PATIENCE_S)
    bench.worker.stop()
    waited = next(index for index, rows in enumerate(bench.rows) if rows > at_work) - came_at
    assert bench.rows[came_at + waited] == at_work + newcomers, "nobody had left before"
    return waited


def test_many_newcomers_join_at_once_and_few_wait() -> None:
    """A batch that would become half as large again takes them in; else it is worth waiting for more."""
    assert _joined_after(at_work=1, newcomers=1) == 0
    assert _joined_after(at_work=6, newcomers=3) == 0
    assert _joined_after(at_work=6, newcomers=2) == STEPS_BETWEEN_ADMISSIONS - 1


def test_the_garbage_collector_passes_over_what_was_loaded() -> None:
    """Or else all calls would wait, every now and then, for it to look through the model."""
    thresholds = gc.get_threshold()
    before = len(gc.get_objects())
    try:
        keep_for_good()

        assert len(gc.get_objects()) < before / 10
        assert gc.isenabled()
        assert gc.get_threshold()[0] > thresholds[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
