"""HTTP in the event loop of the service: no signal handlers, no logging of its own."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

import uvicorn
from starlette.applications import Starlette

from seq2seq.errors import Seq2SeqError


class Listener:
    """One application on one socket.

    Args:
        app: what answers.
        bound: a socket that is bound to its address already; closed by `stop`.
    """

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        self.port: int = bound.getsockname()[1]
        self._socket = bound
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer from now on."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            await asyncio.sleep(0.005)
            if self._task.done():
                await self._task

    async def stop(self, *, grace_s: float) -> None:
        """Take no new calls, finish what is being answered, and close.

        Args:
            grace_s: after that, what is not answered is left.
        """
        self._server.config.timeout_graceful_shutdown = ceil(grace_s)
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def bound_socket(host: str, port: int, *, flag: str) -> socket.socket:
    """Take a port; port 0 is any that is free.

    Args:
        host: an address or a name.
        port: its port.
        flag: which setting asks for it, for the message.

    Raises:
        Seq2SeqError: it is taken, and the message names the next one that is free; or there is no
            such address here.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise port_taken(host, port, flag=flag) from error
        raise Seq2SeqError(
            f"cannot listen on {host}:{port} ({error.strerror or error})", where=flag
        ) from error
    return bound


def port_taken(host: str, port: int, *, flag: str) -> Seq2SeqError:
    """Say that a port is taken, and which is not."""
    free = next((candidate for candidate in range(port + 1, 2**16) if _is_free(host, candidate)), None)
    mend = f"Try {flag} {host}:{free}, which is free." if free else ""
    return Seq2SeqError(f"port {port} of {host} is taken by another program", where=flag, mend=mend)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service."""
        yield
