"""A model as asyncio sees it: sentences in, translations out, in time or not at all."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TypeVar

from seq2seq.decoding.hypothesis import StablePrefix
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import InputError, SentenceTooLong
from seq2seq.translation import Source, Translation
from seq2seq.translator import Translator
from server.engine.ticket import Counters, Ticket
from server.engine.unfolding import Delta, Unfolding
from server.engine.worker import Worker
from server.errors import Fields, Reason, Refusal, wrong_field

T = TypeVar("T")

_WARM_UP = "Hello."
_INLINE_CODEPOINTS = 2_000  # texts up to this are cut in the event loop: a thread would take longer


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the sentences of one call, in their order."""

    outcomes: tuple[Translation | Refusal, ...]
    queue_s: float = 0.0  # until the first sentence was taken from the line
    decode_s: float = 0.0  # from then to the last result


class Mailbox:
    """From the model thread to the event loop: what comes close together wakes it once.

    Waking it for each sentence costs a system call, and both threads the interpreter's lock.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_awake = False

    def post(self, call: Callable[[], None]) -> None:
        """Let something be called in the event loop; from any thread, in order."""
        self._waiting.append(call)
        if not self._is_awake:
            self._is_awake = True
            self._loop.call_soon_threadsafe(self._empty)

    def _empty(self) -> None:
        self._is_awake = False  # first: what is posted from here on is seen below, or wakes the loop again
        while self._waiting:
            self._waiting.popleft()()


class Engine:
    """One model, its waiting line and its thread.

    Args:
        translator: the model.
        max_rows: hypotheses in one step, at most.
        queue_tokens: source tokens that may wait.
    """

    def __init__(self, translator: Translator, *, max_rows: int, queue_tokens: int) -> None:
        self.translator = translator
        self._queue_tokens = queue_tokens
        self._worker = Worker(translator, max_rows=max_rows, queue_tokens=queue_tokens)
        self._mailbox: Mailbox | None = None

    @property
    def counters(self) -> Counters:
        """What the model thread has done."""
        return self._worker.counters

    @property
    def last_step(self) -> float:
        """When the model thread took its last step; time.monotonic()."""
        return self._worker.last_step

    @property
    def stalled_s(self) -> float:
        """How long there has been work without a step; 0 when there is none."""
        return self._worker.stalled_s()

    @property
    def queued_tokens(self) -> int:
        """How many source tokens wait for their turn."""
        return self._worker.queued_tokens()

    async def start(self, *, timeout_s: float) -> None:
        """Start the model thread and translate a sentence, the first being slower than all others.

        Raises:
            Refusal: the model cannot translate.
        """
        self._mailbox = Mailbox()
        self._worker.start()
        await self.probe(timeout_s=timeout_s)

    async def probe(self, *, timeout_s: float, options: SearchOptions | None = None) -> None:
        """Translate a sentence, to know that the model still works.

        Raises:
            Refusal: it does not, or not in time.
        """
        source = self.translator.prepare(_WARM_UP)
        answer = await self.translate([source], options or self.translator.defaults, monotonic() + timeout_s)
        for outcome in answer.outcomes:
            if isinstance(outcome, Refusal) and outcome.reason is not Reason.NO_TRANSLATION:
                raise outcome

    async def stop(self) -> None:
        """End the model thread; whoever still waits is refused with DRAINING."""
        await asyncio.to_thread(self._worker.stop)

    async def prepare(
        self,
        texts: Sequence[str],
        options: SearchOptions,
        fields: Fields,
        *,
        truncate: bool = False,
    ) -> list[Source | Refusal]:
        """Cut sentences into pieces; one that is too long is refused, or cut off where that is asked for."""
        cut = partial(self._prepare, texts, options, fields, truncate=truncate)
        is_quick = not options.keep and sum(map(len, texts)) <= _INLINE_CODEPOINTS
        return cut() if is_quick else await asyncio.to_thread(cut)

    async def prepare_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[Source]:
        """Check pairs and cut their sources into pieces.

        Raises:
            Refusal: a side is too long, or blank while the other is not.
        """
        return await asyncio.to_thread(lambda: [self._prepare_pair(i, *pair) for i, pair in enumerate(pairs)])

    async def translate(self, sources: Sequence[Source], options: SearchOptions, deadline: float) -> Answer:
        """Translate sentences; those that fail do not touch the others.

        Args:
            sources: what `prepare` gave; a blank one has a blank translation.
            options: of all of them.
            deadline: time.monotonic().

        Raises:
            Refusal: the line is full, or time is over.
        """
        return await self._answer(sources, [None] * len(sources), options, deadline)

    async def score(
        self, sources: Sequence[Source], targets: Sequence[str], options: SearchOptions, deadline: float
    ) -> Answer:
        """Rate given translations; `sources` as `prepare_pairs` gave them; otherwise as `translate`."""
        return await self._answer(sources, targets, options, deadline)

    async def stream(
        self, source: Source, options: SearchOptions, deadline: float
    ) -> AsyncGenerator[Delta | Answer, None]:
        """Translate one sentence and give each piece when it is final, and then the whole.

        Raises:
            Refusal: the line is full, time is over, or the sentence failed.
        """
        if source.is_blank:
            yield Answer((Translation(source, ()),))
            return
        events: asyncio.Queue[StablePrefix | Translation | Refusal] = asyncio.Queue()

        def put(event: StablePrefix | Translation | Refusal) -> None:
            self._post(partial(events.put_nowait, event))

        ticket = Ticket(object(), source, options, deadline, settle=put, watch=put)
        began = monotonic()
        self._submit([ticket])
        unfolding = Unfolding(self.translator, source)
        try:
            while isinstance(event := await _before(deadline, events.get()), StablePrefix):
                for delta in unfolding.extend(event):
                    yield delta
            if isinstance(event, Refusal):
                raise event
            for delta in unfolding.end(event.candidates[0]):
                yield delta
            yield _timed((event,), began, [ticket])
        finally:
            self._worker.drop(ticket.call, [ticket])

    async def _answer(
        self,
        sources: Sequence[Source],
        targets: Sequence[str | None],
        options: SearchOptions,
        deadline: float,
    ) -> Answer:
        call = _Call(len(sources))
        tickets = []
        for index, (source, target) in enumerate(zip(sources, targets, strict=True)):
            if source.is_blank:
                call.settle(index, Translation(source, ()))
            else:
                settle = partial(self._settle, call, index)
                tickets.append(Ticket(call, source, options, deadline, settle, target=target))
        began = monotonic()
        self._submit(tickets)
        try:
            outcomes = await _before(deadline, call.done)
        finally:
            self._worker.drop(call, tickets)
        return _timed(outcomes, began, tickets)

    def _settle(self, call: "_Call", index: int, outcome: Translation | Refusal) -> None:
        self._post(partial(call.settle, index, outcome))

    def _post(self, call: Callable[[], None]) -> None:
        assert self._mailbox is not None, "start() comes first"
        self._mailbox.post(call)

    def _submit(self, tickets: Sequence[Ticket]) -> None:
        if not tickets:
            return
        tokens = sum(ticket.tokens for ticket in tickets)
        if tokens > self._queue_tokens:
            message = f"{tokens} source tokens in all, and this server takes {self._queue_tokens}"
            raise Refusal(Reason.TEXT_TOO_LONG, message)
        self._worker.submit(tickets[0].call, tickets)

    def _prepare(
        self, texts: Sequence[str], options: SearchOptions, fields: Fields, *, truncate: bool
    ) -> list[Source | Refusal]:
        prepared: list[Source | Refusal] = []
        for index, text in enumerate(texts):
            try:
                source = self._cut(text, options, fields.text.format(index), truncate=truncate)
                prepared.append(self.translator.with_prefix(source, options))
            except Refusal as refusal:
                prepared.append(refusal)
            except InputError as error:
                prepared.append(wrong_field(Reason.BAD_TARGET_PREFIX, fields.target_prefix, error.problem))
        return prepared

    def _cut(self, text: str, options: SearchOptions, field: str, *, truncate: bool = False) -> Source:
        translator = self.translator
        try:
            unbound = replace(options, target_prefix="") if options.target_prefix else options
            return translator.prepare(text, unbound)
        except SentenceTooLong:
            limit = translator.max_source_tokens
            if not truncate:
                problem = f"the sentence has more tokens than the {limit} that this model takes"
                raise wrong_field(Reason.SENTENCE_TOO_LONG, field, problem) from None
            protect = translator.bundle.protects
            whole = translator.source_subword.prepare(text, protect=protect, keep=options.keep)
            return _cut_off(whole, limit)

    def _prepare_pair(self, index: int, source_text: str, target_text: str) -> Source:
        where = f"pairs[{index}]"
        source = self._cut(source_text, self.translator.defaults, where + ".source_text")
        target = self.translator.target_subword.prepare_target(target_text, source)
        limit = self.translator.max_target_tokens
        if len(target.tokens) > limit:
            problem = f"the sentence has more tokens than the {limit} that this model takes"
            raise wrong_field(Reason.SENTENCE_TOO_LONG, where + ".target_text", problem)
        if source.is_blank != target.is_blank:
            side = "source_text" if source.is_blank else "target_text"
            problem = "it has no text, and the other side has"
            raise wrong_field(Reason.CONTENTS_MISSING, f"{where}.{side}", problem)
        return source


class _Call:
    """Collects the outcomes of one call; `done` is their tuple."""

    def __init__(self, sentences: int) -> None:
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[tuple[Translation | Refusal, ...]] = loop.create_future()
        self._outcomes: dict[int, Translation | Refusal] = {}
        self._sentences = sentences
        if not sentences:  # all of a call were refused before
            self.done.set_result(())

    def settle(self, index: int, outcome: Translation | Refusal) -> None:
        self._outcomes[index] = outcome
        if len(self._outcomes) == self._sentences and not self.done.done():
            self.done.set_result(tuple(self._outcomes[i] for i in range(self._sentences)))


async def _before(deadline: float, awaited: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(deadline - monotonic()):
            return await awaited
    except TimeoutError:
        raise Refusal(Reason.DEADLINE, "time was over before the translation was finished") from None


def _timed(outcomes: tuple[Translation | Refusal, ...], began: float, tickets: Sequence[Ticket]) -> Answer:
    ended = monotonic()
    taken = min((ticket.taken_at for ticket in tickets if ticket.taken_at is not None), default=ended)
    return Answer(outcomes, taken - began, ended - taken)


def _cut_off(source: Source, limit: int) -> Source:
    """Keep as many pieces as the model takes; the last is the end of the sentence."""
    if len(source.tokens) <= limit:
        return source
    return replace(
        source,
        pieces=(*source.pieces[: limit - 1], source.pieces[-1]),
        tokens=(*source.tokens[: limit - 1], source.tokens[-1]),
        truncated=True,
    )
