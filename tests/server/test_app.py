import asyncio
import json
import logging
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import StatusCode
from grpc_health.v1 import health_pb2, health_pb2_grpc

import serving
from seq2seq.errors import ConfigError, ModelError, Seq2SeqError, ServiceError
from seq2seq.translator import Translator
from seq2seq.v1 import translation_service_pb2 as pb
from server.app import Server, serve
from server.config import ServerConfig
from server.engine.catalogue import Hosted, open_models
from serving import decoding, refused, translate_request

ROOT = Path(__file__).parents[2]
SERVE = """
import sys, time
from pathlib import Path
import serving
from server.app import serve
from server.config import ServerConfig
import server.engine.catalogue as catalogue
_, step_s, load_s, directory = sys.argv
def load(*_, **__):
    time.sleep(float(load_s))
    return serving.slow(float(step_s))
catalogue.load_translator = load
config = ServerConfig(grpc="127.0.0.1:0", http="", lame_duck_s=0.5, grace_s=60)
sys.exit(serve(config, [Path(directory)], ready=lambda server: print(server.address, flush=True)))
"""


def health(address: str, service: str) -> str:
    """Ask the standard health service."""
    with grpc.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # the types lack its methods
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


def test_health_goes_from_loading_to_ready(caplog: pytest.LogCaptureFixture) -> None:
    """Alive at once, ready with the first model, each model when it has translated a sentence."""
    caplog.set_level(logging.INFO, logger="server")
    go = {name: threading.Event() for name in ("attentive", "plain")}

    def gated(name: str, attention: str) -> Hosted:
        def load() -> Translator:
            assert go[name].wait(10)
            return serving.translator(name, attention=attention)

        return serving.hosted(name, attention=attention, load=load)

    seen: list[list[str]] = []

    async def journey() -> None:
        models = [gated("attentive", "bahdanau"), gated("plain", "none")]
        server = Server(ServerConfig(grpc="127.0.0.1:0", http="127.0.0.1:0"), models)
        names = ["", serving.SERVICE, "models/attentive", "models/plain"]

        async def look(*, until: str) -> None:
            await asyncio.to_thread(serving.until, lambda: server.health.is_serving(until))
            seen.append([await asyncio.to_thread(health, server.address, name) for name in names])
            status, body = await asyncio.to_thread(fetch, f"http://127.0.0.1:{server.http_port}/readyz")
            assert (status == 200) == (seen[-1][1] == "SERVING")
            assert body["models"]["models/attentive"] == ("loading" if len(seen) == 1 else "ready")

        await server.start()
        await look(until="")
        refusal = await asyncio.to_thread(translate_hello, server.address)
        assert (refusal.code, refusal.reason) == (StatusCode.UNAVAILABLE, "MODEL_LOADING")
        assert refusal.retry_s is not None
        go["attentive"].set()
        await look(until="models/attentive")
        go["plain"].set()
        await look(until="models/plain")
        await server.stop()

    asyncio.run(journey())

    no, yes = "NOT_SERVING", "SERVING"
    assert seen == [[yes, no, no, no], [yes, yes, yes, no], [yes, yes, yes, yes]]


def translate_hello(address: str) -> serving.Refusal:
    """Be refused."""
    with serving.stub(address) as stub:
        return refused(lambda: stub.TranslateText(translate_request("Hello."), timeout=5))


def fetch(url: str) -> tuple[int, Any]:
    """Fetch JSON over HTTP."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 — our own server
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_http_says_what_health_says() -> None:
    """`/livez` while the process lives; other paths are not there."""
    with serving.running(http="127.0.0.1:0") as server:
        base = f"http://127.0.0.1:{server.http_port}"
        assert fetch(f"{base}/livez") == (200, {"status": "SERVING"})
        assert fetch(f"{base}/readyz")[0] == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/nothing", timeout=5)  # noqa: S310 — our own server


def test_watchers_are_told_and_let_go() -> None:
    """Two who watch the same name both see the change, and neither holds up the end."""
    changes: list[list[str]] = [[], []]
    with serving.running() as server:

        def watch(mine: list[str]) -> None:
            with grpc.insecure_channel(server.address) as channel:
                stub: Any = health_pb2_grpc.HealthStub(channel)  # the types lack its methods
                answers = stub.Watch(health_pb2.HealthCheckRequest(service="models/attentive"))
                name = health_pb2.HealthCheckResponse.ServingStatus.Name
                mine.extend(name(answer.status) for answer in answers)

        watchers = [threading.Thread(target=watch, args=[mine]) for mine in changes]
        for watcher in watchers:
            watcher.start()
        serving.until(lambda: all(changes))
        began = time.monotonic()
    for watcher in watchers:
        watcher.join(5)

    assert changes == [["SERVING", "NOT_SERVING"]] * 2
    assert time.monotonic() - began < 20  # a call that is never let go waits for ever


def test_an_unknown_service_is_not_found(server: Server) -> None:
    """As the protocol wants it."""
    with grpc.insecure_channel(server.address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # the types lack its methods
        request = health_pb2.HealthCheckRequest(service="models/other")
        assert refused(lambda: stub.Check(request, timeout=5)).code is StatusCode.NOT_FOUND


@pytest.mark.parametrize("flag", ["grpc", "http"])
def test_a_taken_port_is_refused_with_a_free_one(flag: str) -> None:
    """Two servers on one port would otherwise share its calls without a word."""
    with serving.running(http="127.0.0.1:0") as first:
        port = first.grpc_port if flag == "grpc" else first.http_port
        with pytest.raises(Seq2SeqError) as caught, serving.running(**{flag: f"127.0.0.1:{port}"}):
            pass

    assert caught.value.exit_code == 1
    found = re.fullmatch(
        rf"--{flag}: port {port} of 127.0.0.1 is taken by another program. "
        rf"Try --{flag} 127.0.0.1:(\d+), which is free.",
        str(caught.value),
    )
    assert found
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(found[1])))


def test_an_address_that_is_not_ours_is_refused() -> None:
    """With the flag that asks for it."""
    with (
        pytest.raises(Seq2SeqError, match=re.escape("--grpc: cannot listen on 192.0.2.1:0")),
        serving.running(grpc="192.0.2.1:0"),
    ):
        pass


def test_a_model_that_cannot_be_loaded_leaves_the_others_serving(caplog: pytest.LogCaptureFixture) -> None:
    """Its state says so to strangers without a path; the log has the path."""

    def fail() -> Translator:
        raise ModelError("the weights are damaged", where="/secret/path/weights")

    with (
        serving.running(serving.hosted("plain", attention="none", load=fail), serving.hosted()) as server,
        serving.stub(server.address) as stub,
    ):
        refusal = refused(lambda: stub.TranslateText(translate_request("Hello."), timeout=5))
        good = stub.TranslateText(translate_request("Hello.", model="models/attentive"), timeout=5)
        shown = stub.GetModel(pb.GetModelRequest(name="models/plain"), timeout=5)
        serving_now = health(server.address, "models/plain"), health(server.address, serving.SERVICE)

    assert (refusal.code, refusal.reason) == (StatusCode.FAILED_PRECONDITION, "MODEL_FAILED")
    assert refusal.message == "models/plain has failed: its directory could not be loaded"
    assert good.translations[0].translated_text
    assert (shown.state, shown.limits.max_source_tokens) == (pb.Model.FAILED, 0)
    assert serving_now == ("NOT_SERVING", "SERVING")
    assert any("/secret/path" in str(vars(record).get("fields")) for record in caplog.records)


def test_a_directory_without_a_model_stops_the_start(tmp_path: Path) -> None:
    """Before a port is taken."""
    with pytest.raises(ModelError):
        serve(ServerConfig(), [tmp_path])
    with pytest.raises(ConfigError, match="-m: there is no model to serve"):
        serve(ServerConfig(), [])


def test_a_model_that_keeps_failing_is_not_ready_until_it_translates_again() -> None:
    """A server that fails quickly would otherwise attract all calls."""
    is_broken = threading.Event()

    def step(_: object) -> None:
        if is_broken.is_set():
            raise RuntimeError("device lost")

    with (
        serving.running(serving.hosted(load=lambda: serving.hindered(step))) as server,
        serving.stub(server.address) as stub,
    ):
        is_broken.set()
        refusal = refused(lambda: stub.TranslateText(translate_request(*["Hello."] * 3), timeout=5))
        serving.until(lambda: health(server.address, serving.SERVICE) == "NOT_SERVING")
        is_broken.clear()
        serving.until(lambda: health(server.address, serving.SERVICE) == "SERVING")

    assert (refusal.code, refusal.reason) == (StatusCode.INTERNAL, "ENGINE_FAULT")


def test_a_model_that_hangs_gives_the_process_up() -> None:
    """Only a new process helps; those who wait are told when their time is over."""
    hang = threading.Event()
    go_on = threading.Event()

    def step(_: object) -> None:
        if hang.is_set():
            go_on.wait(10)

    with serving.running(
        serving.hosted(load=lambda: serving.hindered(step)), stall_s=0.3, default_deadline_s=0.2
    ) as server:
        hang.set()
        with serving.stub(server.address) as stub:
            refusal = refused(lambda: stub.TranslateText(translate_request("Hello.")))
        serving.until(server.given_up.done)
        go_on.set()

        assert (refusal.code, refusal.reason) == (StatusCode.DEADLINE_EXCEEDED, "DEADLINE")
        assert isinstance(server.given_up.exception(), ServiceError)
        assert health(server.address, serving.SERVICE) == "NOT_SERVING"


def test_names_come_from_cards_and_else_from_directories(tmp_path: Path) -> None:
    """Two models of one name are told apart by their directories; what cannot be is refused."""
    attentive, plain = serving.directory(), serving.directory("plain", attention="none")
    other = tmp_path / "other"
    other.symlink_to(attentive)
    twin = tmp_path / "attentive"
    twin.symlink_to(attentive)
    config = ServerConfig()

    assert [model.name for model in open_models([attentive, plain], config)] == [
        "models/attentive",
        "models/plain",
    ]
    with pytest.raises(ConfigError, match="it would be served as models/attentive, and so would"):
        open_models([attentive, twin], config)


@contextmanager
def program(step_s: float, load_s: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    """Run `serve` as a program whose model takes its time."""
    command = [sys.executable, "-c", SERVE, str(step_s), str(load_s), str(serving.directory())]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_sigterm_drains() -> None:
    """Not ready at once, still serving for a while, calls in work finish, exit 0, JSON in the log."""
    with program(step_s=0.02) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with serving.stub(address) as stub:
            config = decoding(max_target_tokens=60)
            long = stub.TranslateText.future(
                translate_request("Where is the station?", config=config), timeout=20
            )
            serving.until(long.running)
            time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            serving.until(lambda: health(address, serving.SERVICE) == "NOT_SERVING")
            in_lame_duck = stub.TranslateText(
                translate_request("Hello.", config=decoding(max_target_tokens=2, beam_size=4), partial=True),
                timeout=10,
            )
            finished = long.result()
        _, log = process.communicate(timeout=20)

    assert process.returncode == 0
    assert finished.translations[0].translated_text
    assert in_lame_duck.model == "models/attentive"
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert [event for event in events if event != "call"] == [
        "listening",
        "model_ready",
        "draining",
        "stopped",
    ]
    (ready,) = [json.loads(line) for line in log.splitlines() if '"event": "model_ready"' in line]
    assert ready["precision"] == "float32"  # nobody has measured what int8 costs the model
    calls = [json.loads(line) for line in log.splitlines() if '"event": "call"' in line]
    assert {call["code"] for call in calls} == {"OK"}
    assert "station" not in log


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
def test_ctrl_c_or_a_second_sigterm_does_not_wait(signals: list[signal.Signals]) -> None:
    """Exit 0 without the lame duck; the second SIGTERM also leaves calls in work behind."""
    with program(step_s=0.5) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with serving.stub(address) as stub:
            call = None
            if len(signals) == 2:
                config = decoding(max_target_tokens=200)
                call = stub.TranslateText.future(translate_request("Hello. " * 5, config=config), timeout=90)
                serving.until(call.running)
            for number in signals:
                process.send_signal(number)
                time.sleep(0.1)
            process.wait(timeout=30)  # the call would take 100 s, and the grace period is 60 s
            code = call and serving.code_of(call.result)

    assert process.returncode == 0
    assert code in {None, StatusCode.UNAVAILABLE}


def test_sigterm_while_loading_ends_the_process() -> None:
    """Loading cannot be interrupted, and need not be waited for."""
    with program(step_s=0.0, load_s=300.0) as process:
        assert process.stderr is not None
        assert "listening" in process.stderr.readline()

        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=60) == 0  # the machine may be busy
