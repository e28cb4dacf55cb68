"""Loading takes seconds and cannot be interrupted: it holds up neither the loop nor the end."""

import asyncio
import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_YOUNG = 10_000  # objects more than were freed, until the garbage collector looks at them; Python's is 700


async def in_daemon_thread(function: Callable[[], T]) -> T:
    """Wait for a function in a thread that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def succeed(value: T) -> None:
        if not result.done():
            result.set_result(value)

    def fail(error: BaseException) -> None:
        if not result.done():
            result.set_exception(error)

    def run() -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            try:
                value = function()
            except Exception as error:  # noqa: BLE001 — handed to the one who waits
                loop.call_soon_threadsafe(fail, error)
            else:
                loop.call_soon_threadsafe(succeed, value)

    threading.Thread(target=run, name="load", daemon=True).start()
    return await result


def keep_for_good() -> None:
    """Let the garbage collector pass over all that there is now, for it is there to stay.

    To look through a model and its libraries takes 0.1 s in which nothing else goes on, and would be done
    about every thousand sentences. Those of a few dozen calls are more objects than the 700 that Python
    lets be before it looks for garbage among them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
