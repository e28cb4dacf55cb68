"""`seq2seq serve`: models behind gRPC, and the page that shows their attention."""

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.lines import note
from seq2seq.cli.options import Threads
from seq2seq.errors import UsageError


def serve(  # noqa: PLR0913 — its options
    *,
    models: Annotated[
        list[Path] | None,
        typer.Option(
            "-m",
            "--model",
            help="Model directory, or name of a model that comes with the program; may be repeated. The "
            "first is the default model. Default: all that come with it.",
        ),
    ] = None,
    grpc: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Default: 127.0.0.1:50051.")] = None,
    http: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="The page, JSON, /livez and /readyz. Default: 127.0.0.1:8080.",
        ),
    ] = None,
    no_http: Annotated[bool, typer.Option("--no-http", help="gRPC only.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings; flags win over it.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.")] = None,
    threads: Threads = None,
    precision: Annotated[
        str | None, typer.Option(help="auto, float32, or int8 on a CPU that has it. Default: auto.")
    ] = None,
) -> None:
    """Serve models over gRPC and to the browser, until SIGTERM or Ctrl-C.

    gRPC has health and reflection. The page at --http shows where the decoder looked.
    Settings come from --config, SEQ2SEQ_* variables and flags; later wins. Logs are JSON lines on
    standard error, and never hold what users send.
    """
    from seq2seq.bundle import default_models  # noqa: PLC0415 — imports pydantic
    from server.app import Server  # noqa: PLC0415 — imports torch
    from server.app import serve as run  # noqa: PLC0415
    from server.config import load_from_process  # noqa: PLC0415

    if no_http and http is not None:
        raise UsageError("--http and --no-http exclude each other")
    flags = {
        "grpc": grpc,
        "http": "" if no_http else http,
        "device": device,
        "threads": threads,
        "precision": precision,
    }

    def tell(server: Server) -> None:
        names = ", ".join(name.removeprefix("models/") for name in server.catalogue.models)
        note(f"serving {names} at {server.address} (gRPC, reflection and health on); Ctrl-C stops")
        if server.page:
            note(f"attention in the browser: {server.page}")

    raise typer.Exit(run(load_from_process(config, flags), models or default_models(), ready=tell))
