"""All that HTTP answers: the page, the JSON that it speaks, alive, ready."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from server.config import ServerConfig, host_and_port
from server.engine.catalogue import Catalogue
from server.web.api import Api
from server.web.guard import Guard, names_for
from server.web.health import health_routes
from server.web.problems import Problem, problem_response

PAGE = Path(__file__).with_name("page")


class _Page(StaticFiles):
    """The page's files; a browser asks each time whether one has changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file of the directory, or with none."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


def site(catalogue: Catalogue, config: ServerConfig, is_ready: Callable[[], bool]) -> Starlette:
    """Build the application.

    Args:
        catalogue: the models.
        config: addresses, limits, times.
        is_ready: whether the service takes calls.
    """
    host, _ = host_and_port(config.http)
    routes: list[BaseRoute] = [
        *health_routes(is_ready, catalogue),
        Mount("/v1", routes=Api(catalogue, config).routes()),
        Mount("/", _Page(directory=PAGE, html=True)),
    ]
    guard = Middleware(Guard, names=names_for(host, config.http_names), send_timeout_s=config.send_timeout_s)
    return Starlette(routes=routes, middleware=[guard], exception_handlers={HTTPException: _not_there})


async def _not_there(request: Request, error: Exception) -> Response:
    """Say as JSON what the router says: there is no such path, or no such method."""
    assert isinstance(error, HTTPException), "registered for these alone"
    what = (
        f"{request.method} is not answered here" if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else ""
    )
    response = problem_response(
        Problem(HTTPStatus(error.status_code), what or "there is nothing at this address")
    )
    response.headers.update(error.headers or {})
    return response
