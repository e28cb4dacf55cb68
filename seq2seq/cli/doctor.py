"""`seq2seq doctor`: what is installed, what is slow, what to run next."""

import os
import platform
import shutil
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from seq2seq.cli.options import Json

PACKAGES = (
    "torch",
    "sentencepiece",
    "grpcio",
    "protobuf",
    "sacrebleu",
    "numpy",
    "safetensors",
    "tensorboard",
)
PORTS = {"gRPC": 50051, "HTTP": 8080}


@dataclass(frozen=True)
class Diagnosis:
    """What was found."""

    program: str
    python: str
    machine: str
    cpus: int
    device: str
    kernels: str
    packages: dict[str, str]
    ports: dict[str, str]
    terminal: str
    models: list[str]
    next_step: str


def doctor(*, as_json: Json = False) -> None:
    """Print versions, device, ports, terminal and models found, and one recommendation."""
    import json  # noqa: PLC0415 — not needed by --help

    found = _diagnose()
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    for name, value in asdict(found).items():
        label = name.replace("_", " ")
        lines = [f"{key} {item}" for key, item in value.items()] if isinstance(value, dict) else value
        for line in lines if isinstance(lines, list) else [lines]:
            typer.echo(f"{label:14}{line}")
            label = ""


def _diagnose() -> Diagnosis:
    from importlib.metadata import version  # noqa: PLC0415 — not needed by --help

    from seq2seq.bundle import find_models  # noqa: PLC0415 — imports pydantic
    from seq2seq.loading import describe_device, describe_kernels  # noqa: PLC0415 — imports torch

    models = [str(bundle.directory) for bundle in find_models(Path())]
    columns, rows = shutil.get_terminal_size()
    kind = "a terminal" if sys.stdout.isatty() else "a pipe"
    return Diagnosis(
        program=version("seq2seq"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        device=describe_device(),
        kernels=describe_kernels(),
        packages={package: _installed(package) for package in PACKAGES},
        ports={f"{name} {port}": _port(port) for name, port in PORTS.items()},
        terminal=f"{columns} x {rows}, {sys.stdout.encoding}, {kind}",
        models=models or ["none below this directory"],
        next_step=f'seq2seq attend -m {models[0]} "Where is the station?"' if models else "seq2seq demo",
    )


def _installed(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 — not needed by --help

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _port(port: int) -> str:
    with socket.socket() as probe:
        return "taken" if probe.connect_ex(("127.0.0.1", port)) == 0 else "free"
