"""Sentences a second through the service: a real server, and callers in another process on the same cores.

Beside it, in turns, a server that does nothing but answer: the rest is what translating costs.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import grpc
import torch

from benchmarks.processes import cpu_s, listening
from benchmarks.rates import Clock, Line, Run, header, row, take_turns
from benchmarks.served import texts, write_model
from seq2seq.client.aio import AsyncTranslationClient
from seq2seq.client.wire import Wish
from seq2seq.nn.inference import is_int8_available
from seq2seq.v1 import translation_service_pb2_grpc as rpc

CALLERS = 32
SENTENCES = 1_024  # a round
ECHO, FLOAT32, INT8 = "answers only", "float32", "int8"


def measure(rounds: int, clock: Clock) -> Iterator[Line]:
    """Yield the table line by line."""
    threads = torch.get_num_threads()
    precisions = [FLOAT32, INT8] if is_int8_available() else [FLOAT32]
    yield header("sentences a second", [ECHO, *precisions])
    with TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name) / "work"
        write_model(directory)
        sentences = texts(directory, SENTENCES)
        serve = ["-m", "seq2seq", "serve", "-m", str(directory), "--no-http", "--grpc", "127.0.0.1:0"]
        serve += ["--threads", str(threads), "--precision"]
        servers = {
            precision: stack.enter_context(listening([*serve, precision], threads=threads))
            for precision in precisions
        }
        answer = directory.with_suffix(".answer")
        answer.write_bytes(_answer(servers[FLOAT32][1], sentences[0]))
        servers[ECHO] = stack.enter_context(
            listening(["-m", "benchmarks.echo", str(answer)], threads=threads)
        )
        runs = {name: _run(*servers[name], sentences, clock) for name in (ECHO, *precisions)}
        rates = take_turns(runs, len(sentences), rounds)
        yield row(f"greedy, {CALLERS} callers, one sentence a call", rates, [ECHO, *precisions])


def _run(pid: int, address: str, sentences: Sequence[str], clock: Clock) -> Run:
    """Translate all sentences; processor time is that of the server and of its callers together."""

    def run() -> float:
        began, server_began = clock(), cpu_s(pid)
        asyncio.run(_call(address, sentences))
        others = cpu_s(pid) - server_began if clock is process_time else 0.0
        return clock() - began + others

    return run


async def _call(address: str, sentences: Sequence[str]) -> None:
    """Let each caller ask for the next sentence as soon as it has the translation of one."""
    waiting = iter(sentences)

    async def caller() -> None:
        for text in waiting:
            translation = await client.translate(text)
            assert translation.text, "every sentence has a translation"

    async with AsyncTranslationClient(address) as client:
        await asyncio.gather(*(caller() for _ in range(CALLERS)))


def _answer(address: str, text: str) -> bytes:
    """One real answer, as it comes over the wire."""
    with grpc.insecure_channel(address) as channel:
        stub = rpc.TranslationServiceStub(channel)  # type: ignore[no-untyped-call]
        message: bytes = stub.TranslateText(
            Wish("", None, attention=False, timeout_s=30.0).request([text])
        ).SerializeToString()
    return message
