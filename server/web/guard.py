"""Around every HTTP request: who may ask, what every answer says to a browser, errors as JSON, the log line.

The service has no login: whoever reaches it may translate. A web page of somebody else that is open in
a browser on this machine reaches it too. It cannot read answers, since no answer allows that (no CORS);
it cannot send JSON without being asked for permission, which is never given; and by a name that it made
point here (DNS rebinding) it is not let in, for that name is not one of this server's.
"""

import asyncio
import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import journal
from server.config import is_loopback
from server.errors import Reason, Refusal, origin
from server.journal import Journal, Record
from server.web.problems import Problem, problem_response, refusal_response

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
PROBES = ("/livez", "/readyz")  # asked by machines, by whatever name
_REQUEST_ID = re.compile(r"[!-~]{1,64}")  # printable ASCII without spaces
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class Guard:
    """Lets nobody in by a foreign name, and nothing out but answers and documented errors.

    Args:
        app: what answers.
        names: host names of the service; None: any is taken.
        send_timeout_s: how long a reader may take nothing.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str] | None, send_timeout_s: float) -> None:
        self._app = app
        self._names = None if names is None else frozenset(name.lower() for name in names)
        self._send_timeout_s = send_timeout_s
        self._journal = Journal()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http", "the listener has neither websockets nor a lifespan"
        record = _record(scope)
        journal.current.set(record)
        answer = _Answer(send, record, self._send_timeout_s)
        try:
            self._check(scope)
            await self._app(scope, receive, answer.send)
        except ClientGone:
            record.code = "CANCELLED"
        except Problem as problem:
            record.reason = problem.code
            await answer.instead(problem_response(problem), scope, receive)
        except Refusal as refusal:
            record.reason = refusal.reason
            await answer.instead(refusal_response(refusal), scope, receive)
        except asyncio.CancelledError:
            record.code = "CANCELLED"
            raise
        except Exception as error:  # noqa: BLE001 — an edge: nothing of it may reach the wire
            record.error, record.reason = origin(error), Reason.INTERNAL
            hidden = Refusal(Reason.INTERNAL, f"internal error {record.request_id}")
            await answer.instead(refusal_response(hidden), scope, receive)
        finally:
            if scope["path"].startswith("/v1/") or record.error:
                self._journal.write(record)

    def _check(self, scope: Scope) -> None:
        """Refuse a foreign name or site.

        Raises:
            Problem: the name or the site is not ours.
        """
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["path"] not in PROBES and not self._is_ours(host):
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "this server does not answer to that host name",
                mend="Use the address that it listens at, or name the host in http_names.",
                code="FOREIGN_HOST",
            )
        site = headers.get("origin")
        if scope["method"] in _UNSAFE and site is not None and _parts(site).netloc.lower() != host.lower():
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "pages of other sites may not use this server",
                mend="Call it from a program, or from its own page.",
                code="FOREIGN_SITE",
            )

    def _is_ours(self, host: str) -> bool:
        if self._names is None:
            return True
        name = (_parts(f"//{host}").hostname or "").lower()
        return name in self._names or name.endswith(".localhost") or is_loopback(name)


class _Answer:
    """What has been said of one answer by now."""

    def __init__(self, send: Send, record: Record, timeout_s: float) -> None:
        self._send = send
        self._record = record
        self._timeout_s = timeout_s
        self._has_begun = False

    async def send(self, message: Message) -> None:
        """Pass a message on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self._has_begun = True
            status = HTTPStatus(message["status"])
            if status >= HTTPStatus.BAD_REQUEST:
                self._record.code = status.name
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers["x-request-id"] = self._record.request_id
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._send(message)
        except TimeoutError:
            raise ClientGone from None

    async def instead(self, response: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Say what went wrong, unless something has been said already."""
        if not self._has_begun:
            await response(scope, receive, self.send)


def names_for(host: str, listed: str) -> list[str] | None:
    """Which host names are the service's own; None: any, since it does not listen on loopback only.

    Args:
        host: where it listens.
        listed: further names with commas between them; "*" is any.
    """
    if listed.strip() == "*" or (not listed and not is_loopback(host)):
        return None
    return [host, "localhost", *(name.strip() for name in listed.split(",") if name.strip())]


def _parts(address: str) -> SplitResult:
    """Take an address apart; one that is none has no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _record(scope: Scope) -> Record:
    host, port = scope.get("client") or ("", 0)
    peer = f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
    given = Headers(scope=scope).get("x-request-id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    known = scope["path"] if scope["path"].startswith("/v1/") and len(scope["path"]) < 40 else ""  # noqa: PLR2004 — longer than any route
    return Record(f"{scope['method']} {known}", request_id, journal.masked(peer))
