"""A server that does nothing but answer: what Python's gRPC leaves room for.

    python -m benchmarks.echo ANSWER_FILE

Every call of TranslateText gets the bytes of the file.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc

from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc


class Echo(rpc.TranslationServiceServicer):
    """Gives everybody the same answer."""

    def __init__(self, answer: pb.TranslateTextResponse) -> None:
        self._answer = answer

    async def TranslateText(  # noqa: N802 — the contract's name
        self,
        request: pb.TranslateTextRequest,  # noqa: ARG002 — as above
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002 — as above
    ) -> pb.TranslateTextResponse:
        """Answer."""
        return self._answer


async def serve(answer: pb.TranslateTextResponse) -> None:
    """Serve on a free port until the process is interrupted."""
    server = grpc.aio.server()
    rpc.add_TranslationServiceServicer_to_server(Echo(answer), server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stderr.write(f"seq2seq: serving an echo at 127.0.0.1:{port}\n")
    sys.stderr.flush()
    await server.wait_for_termination()


if __name__ == "__main__":
    try:
        asyncio.run(serve(pb.TranslateTextResponse.FromString(Path(sys.argv[1]).read_bytes())))
    except KeyboardInterrupt:
        sys.exit(130)
