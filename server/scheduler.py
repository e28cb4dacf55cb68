"""The waiting line: who is next when rows become free. Knows nothing of models or RPCs."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Sequence
from typing import Generic, Protocol, TypeVar


class Waiting(Protocol):
    """What the line needs of those who stand in it."""

    @property
    def tokens(self) -> int:
        """Its share of the line's length."""
        ...

    @property
    def rows(self) -> int:
        """The rows it will take."""
        ...


W = TypeVar("W", bound=Waiting)


class LineFull(Exception):
    """There is no room for a call now."""


class WaitingLine(Generic[W]):
    """First come, first served, one sentence of each call in turn.

    So a call of a thousand sentences cannot hold up the others. The line is bounded by tokens, and
    a call joins it as a whole or not at all. Not safe among threads: its owner has a lock.

    Args:
        max_tokens: the most tokens that wait.
    """

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._calls: OrderedDict[Hashable, deque[W]] = OrderedDict()  # next one first; no empty deques
        self.tokens = 0
        self.rows = 0  # that those who wait will take

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._calls.values())

    def __bool__(self) -> bool:
        return bool(self._calls)

    def join(self, call: Hashable, sentences: Sequence[W]) -> None:
        """Let the sentences of one call wait.

        Raises:
            LineFull: there is no room for all of them.
        """
        assert call not in self._calls, f"call {call!r} is waiting already"
        tokens = sum(sentence.tokens for sentence in sentences)
        if self.tokens + tokens > self._max_tokens:
            raise LineFull
        if sentences:
            self._calls[call] = deque(sentences)
            self.tokens += tokens
            self.rows += sum(sentence.rows for sentence in sentences)

    def take(self, rows: int, *, at_least_one: bool = False) -> list[W]:
        """Take the sentences whose turn it is, until the next one does not fit.

        Args:
            rows: how many are free.
            at_least_one: take the first even if it needs more than that; for when all are free.
        """
        taken: list[W] = []
        while self._calls:
            call, waiting = next(iter(self._calls.items()))
            if waiting[0].rows > rows and not (at_least_one and not taken):
                break
            taken.append(waiting.popleft())
            rows -= taken[-1].rows
            self.rows -= taken[-1].rows
            self.tokens -= taken[-1].tokens
            if waiting:
                self._calls.move_to_end(call)
            else:
                del self._calls[call]
        return taken

    def leave(self, call: Hashable) -> None:
        """Forget what a call still has in the line; a call that has nothing there is ignored."""
        for sentence in self._calls.pop(call, ()):
            self.tokens -= sentence.tokens
            self.rows -= sentence.rows

    def clear(self) -> list[W]:
        """Take everybody."""
        everybody = [sentence for waiting in self._calls.values() for sentence in waiting]
        self._calls.clear()
        self.tokens = self.rows = 0
        return everybody
