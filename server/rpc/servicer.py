"""The methods: check, ask the engine, convert."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import grpc

from seq2seq.decoding.options import SearchWish
from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc
from server import checks
from server.calls import Desk, Filled, Judgement, Order, note_usage
from server.checks import View
from server.config import ServerConfig
from server.engine.catalogue import Catalogue, Hosted
from server.engine.engine import Answer
from server.errors import Fields, Reason, Refusal, wrong_field
from server.rpc import convert

Context = grpc.aio.ServicerContext[Any, Any]

FIELDS = Fields(
    texts="contents",
    text="contents[{}]",
    source_language="config.source_language_code",
    target_language="config.target_language_code",
    beam="config.decoding_config.beam_size",
    n_best="config.decoding_config.hypothesis_count",
    length_penalty="config.decoding_config.length_penalty",
    max_target_tokens="config.decoding_config.max_target_tokens",
    keep="config.keep",
    target_prefix="config.decoding_config.target_prefix",
)

_VIEWS: dict[int, View] = {pb.TRANSLATION_VIEW_UNSPECIFIED: View.BASIC, **{view.value: view for view in View}}
_OVERFLOWS = frozenset(pb.TranslationConfig.Overflow.values())
_NOTHING = SearchWish()
_PAGE, _LARGEST_PAGE = 50, 1_000
_ALTERNATIVES = 5  # where no number is asked


class TranslationServicer(rpc.TranslationServiceServicer):
    """seq2seq.v1.TranslationService."""

    def __init__(self, catalogue: Catalogue, config: ServerConfig) -> None:
        self._catalogue = catalogue
        self._config = config
        self._desk = Desk(catalogue, config, FIELDS)
        self._streams = Desk(catalogue, config, replace(FIELDS, text="content"))

    async def TranslateText(  # noqa: N802 — the contract's name
        self, request: pb.TranslateTextRequest, context: Context
    ) -> pb.TranslateTextResponse:
        """Translate each content and answer once."""
        deadline = self._desk.deadline(context.time_remaining())
        filled = await self._desk.translate(
            _order(request.contents, request.model, request.config, partial=request.return_partial_success),
            deadline,
        )
        return await self._response(filled)

    async def StreamTranslateText(  # noqa: N802 — the contract's name
        self, request: pb.StreamTranslateTextRequest, context: Context
    ) -> None:
        """Translate one content and send each piece when it is final."""
        deadline = self._streams.deadline(context.time_remaining())
        begun = await self._streams.begin(_order([request.content], request.model, request.config))
        hosted, wishes = begun.hosted, begun.wishes
        async with aclosing(begun.engine.stream(begun.source, wishes.options, deadline)) as events:
            await self._send(context, convert.start_event(begun.source, hosted, wishes.view))
            async for event in events:
                if isinstance(event, Answer):
                    result = await self._response(Filled(hosted, wishes, event.outcomes, event))
                    await self._send(context, pb.StreamTranslateTextResponse(result=result))
                else:
                    await self._send(context, convert.delta_event(event, wishes.view))

    async def FindAlternatives(  # noqa: N802 — the contract's name
        self, request: pb.FindAlternativesRequest, context: Context
    ) -> pb.FindAlternativesResponse:
        """Find the words that may come next."""
        deadline = self._streams.deadline(context.time_remaining())
        order = _order([request.content], request.model, request.config)
        ways = await self._streams.alternatives(order, request.count or _ALTERNATIVES, deadline)
        response = await asyncio.to_thread(convert.alternatives_response, ways)
        note_usage([alternative.translation for alternative in ways.alternatives], ways.answer)
        self._check_size(response.ByteSize())
        return response

    async def ScoreText(self, request: pb.ScoreTextRequest, context: Context) -> pb.ScoreTextResponse:  # noqa: N802 — the contract's name
        """Rate given translations."""
        deadline = self._desk.deadline(context.time_remaining())
        pairs = [(pair.source_text, pair.target_text) for pair in request.pairs]
        judgement = Judgement(pairs, request.model, view=_view(request.view, field="view"))
        filled = await self._desk.score(judgement, deadline)
        answer, hosted, view = filled.answer, filled.hosted, filled.wishes.view
        response = await asyncio.to_thread(convert.score_response, answer, hosted, view)
        note_usage(filled.outcomes, filled.answer)
        self._check_size(response.ByteSize())
        return response

    async def GetModel(self, request: pb.GetModelRequest, context: Context) -> pb.Model:  # noqa: ARG002, N802 — the contract's
        """Show one model."""
        return self._model(self._catalogue.find(request.name, field="name"))

    async def ListModels(self, request: pb.ListModelsRequest, context: Context) -> pb.ListModelsResponse:  # noqa: ARG002, N802 — the contract's
        """Show the models, a page at a time."""
        if request.page_size < 0:
            raise wrong_field(Reason.BAD_PAGE, "page_size", f"it is {request.page_size}, and below 0")
        token = request.page_token
        models = list(self._catalogue.models.values())
        if token and token not in map(str, range(len(models))):
            raise wrong_field(Reason.BAD_PAGE, "page_token", "not one that this server gave")
        start = int(token or 0)
        end = start + min(request.page_size or _PAGE, _LARGEST_PAGE)
        return pb.ListModelsResponse(
            models=[self._model(hosted) for hosted in models[start:end]],
            next_page_token=str(end) if end < len(models) else "",
        )

    def _model(self, hosted: Hosted) -> pb.Model:
        is_default = hosted is self._catalogue.default
        return convert.model(hosted, self._config.limits, is_default=is_default)

    async def _response(self, filled: Filled) -> pb.TranslateTextResponse:
        answer, hosted, view = filled.answer, filled.hosted, filled.wishes.view
        if view == View.FULL:  # up to a million numbers: not in the event loop
            response = await asyncio.to_thread(
                convert.translate_response, filled.outcomes, answer, hosted, view
            )
        else:
            response = convert.translate_response(filled.outcomes, answer, hosted, view)
        note_usage(filled.outcomes, answer)
        self._check_size(response.ByteSize())
        return response

    def _check_size(self, size: int) -> None:
        if size > self._config.limits.message_bytes:
            raise checks.too_large(
                f"the answer has {size} bytes, and clients take {self._config.limits.message_bytes}"
            )

    async def _send(self, context: Context, message: pb.StreamTranslateTextResponse) -> None:
        try:
            async with asyncio.timeout(self._config.send_timeout_s):
                await context.write(message)
        except TimeoutError:
            raise Refusal(Reason.CLIENT_TOO_SLOW, "the client took nothing for too long") from None


def _order(
    contents: Sequence[str], model: str, config: pb.TranslationConfig, *, partial: bool = False
) -> Order:
    """Read a request; what it leaves out is 0, which asks for nothing.

    Raises:
        Refusal: an enum has a value that this server does not know.
    """
    view = _view(config.view, field="config.view")
    if config.overflow not in _OVERFLOWS:
        raise wrong_field(Reason.UNKNOWN_ENUM_VALUE, "config.overflow", f"no value {config.overflow}")
    return Order(
        list(contents),
        _wish(config) if config.HasField("decoding_config") or config.keep else _NOTHING,
        model,
        config.source_language_code,
        config.target_language_code,
        view,
        truncate=config.overflow == pb.TranslationConfig.TRUNCATE,
        partial=partial,
    )


def _wish(config: pb.TranslationConfig) -> SearchWish:
    asked = config.decoding_config
    return SearchWish(
        beam=asked.beam_size or None,
        n_best=asked.hypothesis_count or None,
        length_penalty=asked.length_penalty if asked.HasField("length_penalty") else None,
        max_target_tokens=asked.max_target_tokens or None,
        allow_repetition=asked.allow_repetition,
        keep=tuple(config.keep),
        target_prefix=asked.target_prefix,
    )


def _view(view: pb.TranslationView, *, field: str) -> View:
    """Refuse a view that this server does not know; none means BASIC."""
    found = _VIEWS.get(view)
    if found is None:
        raise wrong_field(Reason.UNKNOWN_ENUM_VALUE, field, f"no value {view}")
    return found
