"""`/livez` and `/readyz`: the health service's answers for those who speak HTTP."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.engine.catalogue import Catalogue


def health_routes(is_ready: Callable[[], bool], catalogue: Catalogue) -> list[Route]:
    """Build the two routes.

    Args:
        is_ready: whether the service takes calls.
        catalogue: the models whose states are shown.
    """

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "SERVING"})

    async def readyz(_: Request) -> Response:
        ready = is_ready()
        states = {hosted.name: hosted.state.value for hosted in catalogue.models.values()}
        body = {"status": "SERVING" if ready else "NOT_SERVING", "models": states}
        return JSONResponse(body, status_code=200 if ready else 503)

    return [Route("/livez", livez), Route("/readyz", readyz)]
