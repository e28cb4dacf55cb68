"""The composition root: build, start, serve, stop, in that order."""

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from seq2seq.errors import ModelError, Seq2SeqError, ServiceError
from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc
from server.config import ServerConfig, host_and_port, is_loopback
from server.engine.catalogue import Catalogue, Hosted, State, explain, open_models
from server.engine.loading import in_daemon_thread, keep_for_good
from server.engine.watch import watch
from server.errors import origin
from server.journal import JsonLines
from server.rpc.guard import Guard
from server.rpc.health import HealthServicer
from server.rpc.servicer import TranslationServicer
from server.web.listener import Listener, bound_socket, port_taken
from server.web.site import site

SERVICE = pb.DESCRIPTOR.services_by_name["TranslationService"].full_name
_LAST_WORDS_S = 1.0  # for those who are refused when the grace period is over

logger = logging.getLogger("server")


class Server:
    """Models behind gRPC and HTTP.

    Args:
        config: addresses, limits, times.
        models: what `open_models` gave.
    """

    def __init__(self, config: ServerConfig, models: Sequence[Hosted]) -> None:
        self.config = config
        self.catalogue = Catalogue(models)
        self.health = HealthServicer()
        self.grpc_port = 0  # known after `start`
        self.http_port = 0
        self.given_up: asyncio.Future[None]  # fails when the process had better be started anew
        self._tasks: list[asyncio.Task[None]] = []
        self._web: Listener | None = None

    @property
    def address(self) -> str:
        """Where clients of gRPC connect to."""
        return f"{host_and_port(self.config.grpc)[0]}:{self.grpc_port}"

    @property
    def page(self) -> str:
        """Where a browser finds the page; empty without HTTP."""
        host = host_and_port(self.config.http)[0] if self.http_port else ""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 — compared with, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.http_port}/" if shown else ""

    async def start(self) -> None:
        """Listen, and begin to load the models; `loaded` waits for them.

        Raises:
            Seq2SeqError: a port is taken.
        """
        self.given_up = asyncio.get_running_loop().create_future()
        await self.health.set("", is_serving=True)
        for service in (SERVICE, *self.catalogue.models):
            await self.health.set(service, is_serving=False)
        self._grpc = self._build()
        self.grpc_port = self._bind()
        await self._start_web()
        await self._grpc.start()
        self._log("listening", grpc=self.address, http=self.http_port or None)
        hosts = [host_and_port(address)[0] for address in (self.config.grpc, self.config.http) if address]
        if not all(map(is_loopback, hosts)):
            self._log("anyone_who_reaches_this_address_can_translate", level=logging.WARNING)
        self._loading = asyncio.create_task(self._load_all())
        self._tasks = [self._loading, asyncio.create_task(self._watch())]

    async def loaded(self) -> None:
        """Wait until every model is ready or has failed.

        Raises:
            Seq2SeqError: none is ready.
        """
        await asyncio.wait({self._loading, self.given_up}, return_when=asyncio.FIRST_COMPLETED)
        if self.given_up.done():
            self.given_up.result()
        await self._loading

    async def stop(self, *, lame_duck_s: float = 0.0, grace_s: float | None = None) -> None:
        """Drain and stop: not ready but serving, then no new calls, then none at all.

        Args:
            lame_duck_s: for balancers to notice.
            grace_s: for calls in work; None is the configuration's.
        """
        grace_s = self.config.grace_s if grace_s is None else grace_s
        self._log("draining", lame_duck_s=lame_duck_s, grace_s=grace_s)
        for task in self._tasks:
            task.cancel()
        for hosted in self.catalogue.models.values():
            if hosted.state is State.READY:
                hosted.state = State.DRAINING
        await self._tell_health()
        await asyncio.sleep(lame_duck_s)
        await self.health.close()
        stopping = asyncio.gather(
            self._grpc.stop(grace_s + _LAST_WORDS_S), self._stop_web(grace_s + _LAST_WORDS_S)
        )
        await asyncio.wait({stopping}, timeout=grace_s)
        for hosted in self.catalogue.models.values():
            if hosted.engine is not None:
                await hosted.engine.stop()
        await stopping
        self._log("stopped")

    async def _stop_web(self, grace_s: float) -> None:
        if self._web is not None:
            await self._web.stop(grace_s=grace_s)

    def _build(self) -> grpc.aio.Server:
        server = grpc.aio.server(interceptors=[Guard()], options=self._options())
        # The generated functions have no types.
        servicer = TranslationServicer(self.catalogue, self.config)
        rpc.add_TranslationServiceServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]
        health_pb2_grpc.add_HealthServicer_to_server(self.health, server)
        health_name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
        reflection.enable_server_reflection((SERVICE, health_name, reflection.SERVICE_NAME), server)
        return server

    def _options(self) -> list[tuple[str, int]]:
        return [
            ("grpc.so_reuseport", 0),  # or else a second server would share the port without a word
            ("grpc.max_receive_message_length", self.config.limits.message_bytes),
            ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.server_handshake_timeout_ms", 5_000),
            ("grpc.max_connection_idle_ms", 10 * 60_000),
            ("grpc.max_connection_age_ms", 30 * 60_000),
            ("grpc.max_connection_age_grace_ms", 60_000),
        ]

    def _bind(self) -> int:
        host, port = host_and_port(self.config.grpc)
        bound_socket(host, port, flag="--grpc").close()  # gRPC itself does not say why it cannot
        try:
            return self._grpc.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        except RuntimeError as error:
            raise port_taken(host, port, flag="--grpc") from error

    async def _start_web(self) -> None:
        if not self.config.http:
            return
        app = site(self.catalogue, self.config, lambda: self.health.is_serving(SERVICE))
        self._web = Listener(app, bound_socket(*host_and_port(self.config.http), flag="--http"))
        await self._web.start()
        self.http_port = self._web.port

    async def _load_all(self) -> None:
        error: Exception | None = None
        for hosted in self.catalogue.models.values():
            try:
                await hosted.start(self.config, await in_daemon_thread(hosted.load))
            except Exception as failure:  # noqa: BLE001 — the other models go on
                error = failure
                hosted.fail(explain(failure))
                cause = str(failure) if isinstance(failure, Seq2SeqError) else origin(failure)
                self._log("model_failed", level=logging.ERROR, model=hosted.name, error=cause)
            else:
                revision = hosted.bundle.revision[:12]
                self._log("model_ready", model=hosted.name, revision=revision, precision=hosted.precision)
            await self._tell_health()
        if not any(hosted.is_serving for hosted in self.catalogue.models.values()):
            raise error if isinstance(error, Seq2SeqError) else ModelError("no model could be started")

    async def _watch(self) -> None:
        try:
            await watch(list(self.catalogue.models.values()), self.config, self._tell_health)
        except ServiceError as error:
            await self._tell_health()
            if not self.given_up.done():
                self.given_up.set_exception(error)

    async def _tell_health(self) -> None:
        models = self.catalogue.models.values()
        for hosted in models:
            await self.health.set(hosted.name, is_serving=hosted.is_serving)
        await self.health.set(SERVICE, is_serving=any(hosted.is_serving for hosted in models))

    def _log(self, event: str, *, level: int = logging.INFO, **fields: object) -> None:
        said = {key: value for key, value in fields.items() if value is not None}
        logger.log(level, event, extra={"fields": said})


def serve(
    config: ServerConfig, models: Sequence[Path], *, ready: Callable[[Server], None] = lambda _: None
) -> int:
    """Serve until SIGTERM or Ctrl-C, and return the exit code.

    Args:
        config: settings.
        models: model directories; the first is the default model.
        ready: called when every model is ready or has failed.

    Raises:
        Seq2SeqError: a directory has no sound model, a port is taken, no model could be loaded, or
            a model thread has stalled.
    """
    hosted = open_models(models, config)
    _log_as_json()
    return asyncio.run(_serve(Server(config, hosted), ready))


@contextmanager
def in_background(config: ServerConfig, models: Sequence[Hosted]) -> Iterator[Server]:
    """Run a server in a thread of this process, ready when the block begins, stopped when it ends.

    Raises:
        Seq2SeqError: as `serve`.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server", daemon=True)
    thread.start()
    server = Server(config, models)

    def run(step: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(step, loop).result()

    try:
        run(server.start())
        try:
            run(server.loaded())
            yield server
        finally:
            run(server.stop(grace_s=0))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(server: Server, ready: Callable[[Server], None]) -> int:
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.put_nowait, number)
    await server.start()
    stopped = asyncio.create_task(signals.get())
    loaded = asyncio.create_task(server.loaded())
    try:
        await asyncio.wait({loaded, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            await loaded
            keep_for_good()
            ready(server)
            waiting: set[asyncio.Future[Any]] = {stopped, server.given_up}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            server.given_up.result()
    except Seq2SeqError:
        await server.stop(grace_s=0)
        raise
    was_asked_kindly = stopped.result() is signal.SIGTERM and loaded.done()
    drain = asyncio.create_task(server.stop(lame_duck_s=server.config.lame_duck_s if was_asked_kindly else 0))
    again = asyncio.create_task(signals.get())
    await asyncio.wait({drain, again}, return_when=asyncio.FIRST_COMPLETED)
    if again.done() and not drain.done():
        drain.cancel()
        with suppress(asyncio.CancelledError):
            await drain
        await server.stop(grace_s=0)
    return 0


def _log_as_json() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for ours in (logger, logging.getLogger("uvicorn")):
        ours.handlers = [handler]
        ours.propagate = False
    logger.setLevel(logging.INFO)
