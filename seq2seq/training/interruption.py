"""SIGINT and SIGTERM as a request to save and leave."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self


class Interrupted(BaseException):
    """Ends a block that was declared breakable; like KeyboardInterrupt, no `except Exception` stops it."""


class Interruption:
    """Within its block the first signal is a request; the next one does what it did before.

    Handlers are installed in the main thread only; elsewhere `stop` alone can ask for the end.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = threading.Event() if stop is None else stop
        self._previous: dict[int, Any] = {}
        self._breakable = False
        self.signal: int | None = None  # the one that came

    @property
    def requested(self) -> bool:
        """True when the run is to save and leave."""
        return self.signal is not None or self._stop.is_set()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore_handlers()

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """A signal ends this block at once, with `Interrupted`, and need not wait for its end."""
        self._breakable = True
        try:
            yield
        finally:
            self._breakable = False

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        self._restore_handlers()
        if self._breakable:
            self._breakable = False
            raise Interrupted

    def _restore_handlers(self) -> None:
        for number, handler in self._previous.items():
            # None is a handler that was not installed from Python, which signal() cannot put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._previous.clear()
