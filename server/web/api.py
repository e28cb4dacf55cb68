"""Translations as JSON: the same road as over gRPC, answered with preview documents."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from seq2seq.errors import DecodingError
from seq2seq.preview.document import Model, preview_of
from seq2seq.translation import Translation
from server.calls import Begun, Desk, Filled, Outcome, Ways, note_usage, tokens_of
from server.config import ServerConfig
from server.engine.catalogue import Catalogue, Hosted
from server.engine.engine import Answer
from server.engine.unfolding import Delta
from server.errors import Fields, Reason, Refusal
from server.web.guard import ClientGone
from server.web.models import described
from server.web.problems import told
from server.web.requests import AlternativesRequest, ScoreRequest, TranslateRequest, read

T = TypeVar("T")
Form = TypeVar("Form", AlternativesRequest, ScoreRequest, TranslateRequest)

_ONE, _SEVERAL = Fields(texts="text", text="text"), Fields()
_DECIMALS = 4


class Api:
    """`/v1`: the models, translations, one as it comes, other words, and what a model says of given ones.

    Args:
        catalogue: the models.
        config: limits and times.
    """

    def __init__(self, catalogue: Catalogue, config: ServerConfig) -> None:
        self._catalogue = catalogue
        self._config = config
        self._desks = {fields: Desk(catalogue, config, fields) for fields in (_ONE, _SEVERAL)}

    def routes(self) -> list[Route]:
        """Where what is answered, below `/v1`."""
        return [
            Route("/models", self._models, methods=["GET"]),
            Route("/translate", self._translate, methods=["POST"]),
            Route("/translate:stream", self._stream, methods=["POST"]),
            Route("/alternatives", self._alternatives, methods=["POST"]),
            Route("/score", self._score, methods=["POST"]),
        ]

    async def _models(self, _: Request) -> Response:
        default = self._catalogue.default
        models = [
            described(hosted, is_default=hosted is default) for hosted in self._catalogue.models.values()
        ]
        limits = self._config.limits
        taken = {
            "texts": limits.contents,
            "codepoints": limits.codepoints,
            "text_codepoints": limits.content_codepoints,
        }
        return JSONResponse({"models": models, "limits": taken})

    async def _translate(self, request: Request) -> Response:
        asked = await self._read(request, TranslateRequest)
        desk = self._desks[_ONE if asked.texts is None else _SEVERAL]
        work = desk.translate(asked.order(), desk.deadline(asked.deadline_s))
        filled = await _while_connected(request, work)
        note_usage(filled.outcomes, filled.answer)
        return Response(await asyncio.to_thread(_rendered, filled), media_type="application/json")

    async def _stream(self, request: Request) -> Response:
        asked = await self._read(request, TranslateRequest)
        if asked.texts is not None:
            raise _only_one()
        desk = self._desks[_ONE]
        deadline = desk.deadline(asked.deadline_s)
        begun = await desk.begin(asked.order())
        return StreamingResponse(_events(begun, deadline), media_type="application/x-ndjson")

    async def _alternatives(self, request: Request) -> Response:
        asked = await self._read(request, AlternativesRequest)
        desk = self._desks[_ONE]
        work = desk.alternatives(asked.order(), asked.count, desk.deadline(asked.deadline_s))
        ways = await _while_connected(request, work)
        note_usage([alternative.translation for alternative in ways.alternatives], ways.answer)
        return Response(await asyncio.to_thread(_listed, ways), media_type="application/json")

    async def _score(self, request: Request) -> Response:
        asked = await self._read(request, ScoreRequest)
        desk = self._desks[_SEVERAL]
        filled = await _while_connected(
            request, desk.score(asked.judgement(), desk.deadline(asked.deadline_s))
        )
        note_usage(filled.outcomes, filled.answer)
        return Response(await asyncio.to_thread(_rendered, filled), media_type="application/json")

    async def _read(self, request: Request, form: type[Form]) -> Form:
        limit = self._config.limits.message_bytes
        return await read(request, form, limit=limit, timeout_s=self._config.send_timeout_s)


async def _while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Work for somebody, and drop the work when they hang up.

    Raises:
        ClientGone: they have.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        for waiting in (task, gone):
            waiting.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _events(begun: Begun, deadline: float) -> AsyncIterator[bytes]:
    """Give `source`, a `token` for each piece when it is final, and then `done`, or else `error`."""
    yield _line("source", {"preview": _document(Translation(begun.source, ()), begun.hosted)})
    try:
        async with aclosing(begun.engine.stream(begun.source, begun.wishes.options, deadline)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    (outcome,) = event.outcomes
                    note_usage(event.outcomes, event)
                    yield _line("done", {"preview": _told(outcome, begun.hosted)})
                else:
                    yield _line("token", _piece(event))
    except Refusal as refusal:
        yield _line("error", {"error": told(refusal)})


def _piece(delta: Delta) -> dict[str, Any]:
    piece = delta.piece
    token = {
        "text": piece.text,
        "start": piece.span.start,
        "end": piece.span.end,
        "kind": piece.kind.value,
        "log_prob": None if piece.log_prob is None else round(piece.log_prob, _DECIMALS),
    }
    row = None if delta.attention is None else [round(float(weight), _DECIMALS) for weight in delta.attention]
    return {"text": delta.text, "token": token, "attention": row}


def _rendered(filled: Filled) -> bytes:
    """Write the answer; up to a million numbers: not in the event loop."""
    read_tokens, written_tokens = tokens_of(filled.outcomes)
    answer = {
        "model": filled.hosted.name,
        "revision": filled.hosted.bundle.revision,
        "previews": [_told(outcome, filled.hosted) for outcome in filled.outcomes],
        "usage": {
            "source_tokens": read_tokens,
            "target_tokens": written_tokens,
            "queue_s": round(filled.answer.queue_s, _DECIMALS),
            "decode_s": round(filled.answer.decode_s, _DECIMALS),
        },
    }
    return _json(answer)


def _listed(ways: Ways) -> bytes:
    """Write the words that may come next, each with the translation that it leads to."""
    answer = {
        "model": ways.hosted.name,
        "revision": ways.hosted.bundle.revision,
        "alternatives": [
            {
                "word": alternative.word,
                "log_prob": round(alternative.log_prob, _DECIMALS),
                "preview": _document(alternative.translation, ways.hosted),
            }
            for alternative in ways.alternatives
        ],
    }
    return _json(answer)


def _told(outcome: Outcome, hosted: Hosted) -> dict[str, Any]:
    return {"error": told(outcome)} if isinstance(outcome, Refusal) else _document(outcome, hosted)


def _document(translation: Translation, hosted: Hosted) -> dict[str, Any]:
    card = hosted.bundle.card
    model = Model(hosted.name, card.source_language, card.target_language, hosted.bundle.revision)
    try:
        return preview_of(translation, model).to_json()
    except DecodingError as error:
        raise Refusal(Reason.NON_FINITE, error.problem) from error


def _line(event: str, fields: dict[str, Any]) -> bytes:
    return _json({"event": event, **fields}) + b"\n"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        errors="replace"
    )


def _only_one() -> Refusal:
    return Refusal(Reason.MALFORMED_REQUEST, "a stream has one text: give text, and not texts")
