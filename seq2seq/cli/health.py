"""`seq2seq health`: ask a server whether it serves; for people and for containers."""

from typing import Annotated

import typer

from seq2seq.cli.options import Quiet


def health(
    *,
    server: Annotated[
        str, typer.Option("--server", metavar="HOST:PORT", help="The server.")
    ] = "127.0.0.1:50051",
    service: Annotated[
        str, typer.Option(help="'' for the process, seq2seq.v1.TranslationService, or models/NAME.")
    ] = "seq2seq.v1.TranslationService",
    timeout_s: Annotated[float, typer.Option("--timeout", help="Seconds to wait.", min=0.001)] = 5.0,
    quiet: Quiet = False,
) -> None:
    """Exit with 0 when the server takes requests, with 5 when it does not or does not answer."""
    from seq2seq.client import TranslationClient  # noqa: PLC0415 — imports grpc
    from seq2seq.errors import ServiceError  # noqa: PLC0415

    with TranslationClient(server) as client:
        status = client.health(service, timeout_s=timeout_s)
    if not quiet:
        typer.echo(status)
    if status != "SERVING":
        raise ServiceError(f"the server answers {status}", where=server, mend="Wait, or look at its log.")
