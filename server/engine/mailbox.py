"""How answers come from the model thread into the event loop."""

import asyncio
from collections import deque
from collections.abc import Callable

from seq2seq.translation import Translation
from server.errors import Refusal


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


class Call:
    """Collects the outcomes of one call; `done` is their tuple."""

    def __init__(self, sentences: int) -> None:
        """Expect an outcome for each sentence."""
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[tuple[Translation | Refusal, ...]] = loop.create_future()
        self._outcomes: dict[int, Translation | Refusal] = {}
        self._sentences = sentences
        if not sentences:  # all of a call were refused before
            self.done.set_result(())

    def settle(self, index: int, outcome: Translation | Refusal) -> None:
        """Take the outcome of a sentence, in the event loop."""
        self._outcomes[index] = outcome
        if len(self._outcomes) == self._sentences and not self.done.done():
            self.done.set_result(tuple(self._outcomes[i] for i in range(self._sentences)))
