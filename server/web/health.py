"""`/livez` and `/readyz`: the health service's answers for those who speak HTTP."""

from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def health_app(is_ready: Callable[[], bool], states: Callable[[], Mapping[str, str]]) -> Starlette:
    """Build the application.

    Args:
        is_ready: whether the service takes calls.
        states: of each model, by name.
    """

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "SERVING"})

    async def readyz(_: Request) -> Response:
        ready = is_ready()
        body = {"status": "SERVING" if ready else "NOT_SERVING", "models": dict(states())}
        return JSONResponse(body, status_code=200 if ready else 503)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz)])
