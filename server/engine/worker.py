"""The model thread: takes from the waiting line, steps the search, hands out what finishes.

All callers share one batch. Sentences join it every few steps, sooner where they would make it much
larger: to encode a few costs nearly as much as to encode many. They leave it when they are done, when
nobody waits for them any more or when their time is over; an idle thread starts at once.

The event loop needs the interpreter as much as this thread does, and each time that both want it one
stands still for milliseconds. So this thread takes many steps in one call of the kernels, which need
no interpreter, and hands out what has finished just before it makes the next.
"""

import logging
import threading
from collections import deque
from collections.abc import Hashable, Sequence
from time import monotonic

from seq2seq.decoding.search import Finished, Search
from seq2seq.errors import DecodingError, NothingWritten
from seq2seq.translation import Translation
from seq2seq.translator import Translator
from server.engine.ticket import Counters, Ticket
from server.errors import Reason, Refusal, origin
from server.scheduler import LineFull, WaitingLine

STEPS_BETWEEN_ADMISSIONS = 8
_LEAST, _MOST = 4, 16  # steps between two looks at who has finished, and at who waits
_ROW_STEPS = 512  # in so many steps, for all rows together, nobody looks: 20 ms by the kernels
_LARGER = 1 / 2  # newcomers of so many rows for each row at work need not wait for the other steps
_FIRST_GUESS = 1_000.0  # tokens a second, until something was measured

logger = logging.getLogger("server.engine")


class Worker:
    """One model and the thread that runs it.

    Args:
        translator: the model.
        max_rows: hypotheses in one step, at most; a single sentence may have more.
        queue_tokens: source tokens that may wait.
    """

    def __init__(self, translator: Translator, *, max_rows: int, queue_tokens: int) -> None:
        self.counters = Counters()
        self.last_step = monotonic()
        self._translator = translator
        self._max_rows = max_rows
        self._search = Search(translator.model)
        self._changed = threading.Condition()  # guards the four below
        self._line: WaitingLine[Ticket] = WaitingLine(queue_tokens)
        self._working: dict[Ticket, None] = {}  # in the order of their admission
        self._suspects: list[Ticket] = []  # were at work when the model thread failed
        self._is_stopping = False
        self._settled: deque[tuple[Ticket, Translation | Refusal]] = deque()  # not handed out yet
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the step it is in; whoever still waits is refused."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, call: Hashable, tickets: Sequence[Ticket]) -> None:
        """Let the sentences of a call wait for their turn.

        Raises:
            Refusal: the line is full, or the thread has been stopped.
        """
        with self._changed:
            if self._is_stopping:
                raise Refusal(Reason.DRAINING, "the server is shutting down", retry_after_s=1.0)
            try:
                self._line.join(call, tickets)
            except LineFull:
                message = f"{self._line.tokens} source tokens are waiting already; try again later"
                raise Refusal(Reason.QUEUE_FULL, message, retry_after_s=self._wait_s()) from None
            self._changed.notify()

    def drop(self, call: Hashable, tickets: Sequence[Ticket]) -> None:
        """Forget what is left of a call: at once in the line, in the batch at the next admission."""
        with self._changed:
            self._line.leave(call)
            for ticket in tickets:
                ticket.is_dropped = True

    def stalled_s(self) -> float:
        """How long there has been work without a step; 0 when there is none."""
        with self._changed:
            has_work = bool(self._line or self._working or self._suspects)
        return monotonic() - self.last_step if has_work else 0.0

    def queued_tokens(self) -> int:
        """How many source tokens wait for their turn."""
        with self._changed:
            return self._line.tokens

    def _wait_s(self) -> float:
        counters = self.counters
        rate = counters.source_tokens / counters.busy_s if counters.source_tokens else _FIRST_GUESS
        return min(max(self._line.tokens / rate, 0.05), 5.0)

    def _run(self) -> None:
        while (newcomers := self._gather()) is not None:
            began = monotonic()
            try:
                self._drop_the_dead()
                self._admit(newcomers)
                self._hand_out()
                self._advance()
                if not self._line:  # or else once those who wait have been admitted
                    self._hand_out()
            except Exception as error:  # noqa: BLE001 — one of two edges: a failure goes to those whose work failed
                self._recover(error)
            self.counters.busy_s += monotonic() - began
        self._refuse_everybody()

    def _gather(self) -> list[Ticket] | None:
        """Wait for work and take what fits; None when the thread is to end."""
        with self._changed:
            if not self._working:
                self._changed.wait_for(lambda: self._line or self._is_stopping)
                self.last_step = monotonic()
            if self._is_stopping:
                return None
            free = self._max_rows - sum(ticket.rows for ticket in self._working)
            taken = self._line.take(free, at_least_one=not self._working)
            newcomers = [ticket for ticket in taken if ticket.is_alive]
            now = monotonic()
            for ticket in newcomers:
                ticket.taken_at = now
                self._working[ticket] = None
            return newcomers

    def _drop_the_dead(self) -> None:
        dead = [ticket for ticket in self._working if not ticket.is_alive]
        self._search.drop(dead)
        for ticket in dead:
            del self._working[ticket]
        self.counters.dropped += len(dead)

    def _admit(self, newcomers: Sequence[Ticket]) -> None:
        living = [ticket for ticket in newcomers if ticket in self._working]
        self.counters.admissions += bool(living)
        self.counters.admitted += len(living)
        self.counters.source_tokens += sum(ticket.tokens for ticket in living)
        translator = self._translator
        self._search.admit(
            [
                translator.admission(ticket, ticket.source, ticket.options)
                for ticket in living
                if ticket.target is None
            ]
        )
        for attention in (False, True):
            self._score([t for t in living if t.target is not None and t.options.attention is attention])

    def _score(self, tickets: Sequence[Ticket]) -> None:
        """Score pairs in one pass, between two steps of the search."""
        if not tickets:
            return
        pairs = [(ticket.source.text, ticket.target or "") for ticket in tickets]
        scored = self._translator.score(pairs, attention=tickets[0].options.attention)
        for ticket, translation in zip(tickets, scored, strict=True):
            self._settle(ticket, translation)

    def _advance(self) -> None:
        """Take steps until it is time to admit others."""
        taken = 0
        while taken < STEPS_BETWEEN_ADMISSIONS and self._search.sentences:
            taken += self._stride()
            for finished in self._search.finished():
                self._finish(finished)
            self._report_progress()
            if self._grows():
                return

    def _stride(self) -> int:
        """Take some steps, at once where nobody leaves; how many it were."""
        rows, is_watched = self._search.rows, any(ticket.watch for ticket in self._working)
        most = 1 if is_watched else min(max(_ROW_STEPS // rows, _LEAST), _MOST)
        taken = 0
        while taken < min(_LEAST, most) and self._search.sentences:
            taken += self._search.advance(most - taken, until_one_leaves=True)
        self.last_step = monotonic()
        self.counters.steps += taken
        self.counters.row_steps += rows * taken
        self.counters.most_rows = max(self.counters.most_rows, rows)
        return taken

    def _grows(self) -> bool:
        """Whether those who wait, and fit, would make the batch much larger."""
        rows = self._search.rows
        with self._changed:
            newcomers = min(self._line.rows, self._max_rows - rows)
        return newcomers > 0 and newcomers >= _LARGER * rows

    def _finish(self, finished: Finished) -> None:
        ticket = finished.key
        assert isinstance(ticket, Ticket), "the search was given tickets"
        if finished.error is not None:
            self._settle(ticket, Refusal(Reason.NON_FINITE, "the model produced numbers that are not finite"))
            return
        try:
            self._settle(ticket, self._translator.finish(ticket.source, finished.hypotheses))
        except NothingWritten as error:
            self._settle(ticket, Refusal(Reason.NO_TRANSLATION, error.problem))
        except DecodingError as error:
            self._settle(ticket, Refusal(Reason.NON_FINITE, error.problem))

    def _report_progress(self) -> None:
        for ticket in self._working:
            if ticket.watch is not None:
                prefix = self._search.stable(ticket)
                if len(prefix.tokens) > ticket.watched:
                    ticket.watched = len(prefix.tokens)
                    ticket.watch(prefix)

    def _settle(self, ticket: Ticket, outcome: Translation | Refusal) -> None:
        """Put an answer where `_hand_out` finds it."""
        self._working.pop(ticket, None)
        self.counters.finished += 1
        ours = isinstance(outcome, Refusal) and outcome.reason is not Reason.NO_TRANSLATION
        self.counters.faults_in_a_row = self.counters.faults_in_a_row + 1 if ours else 0
        self._settled.append((ticket, outcome))

    def _hand_out(self) -> None:
        """Give the answers to those who asked."""
        while self._settled:
            ticket, outcome = self._settled.popleft()
            ticket.settle(outcome)

    def _recover(self, error: Exception) -> None:
        """Start the search anew and try what was in it one by one: only the guilty one fails."""
        self._note_fault(error)
        self._hand_out()
        self._search = Search(self._translator.model)
        with self._changed:
            self._suspects = list(self._working)
            self._working.clear()
        while self._suspects and not self._is_stopping:
            ticket = self._suspects[0]
            if ticket.is_alive:
                self._try_alone(ticket)
            self._suspects.pop(0)
            self._hand_out()

    def _try_alone(self, ticket: Ticket) -> None:
        self._working[ticket] = None
        try:
            self._admit([ticket])
            while ticket in self._working:
                self._drop_the_dead()
                self._advance()
        except Exception as error:  # noqa: BLE001 — as above
            self._note_fault(error)
            self._search = Search(self._translator.model)
            self._settle(ticket, Refusal(Reason.ENGINE_FAULT, "the model failed at this sentence"))

    def _note_fault(self, error: Exception) -> None:
        self.counters.faults += 1
        fields = {"error": origin(error), "sentences": len(self._working)}
        logger.error("engine_fault", extra={"fields": fields})

    def _refuse_everybody(self) -> None:
        self._hand_out()
        with self._changed:
            left = [*self._working, *self._suspects, *self._line.clear()]
        for ticket in left:
            ticket.settle(Refusal(Reason.DRAINING, "the server is shutting down", retry_after_s=1.0))
