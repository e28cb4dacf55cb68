"""The five methods: check, ask the engine, convert."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from time import monotonic
from typing import Any

import grpc

from seq2seq.translation import Source, Translation
from seq2seq.v1 import translation_service_pb2 as pb
from seq2seq.v1 import translation_service_pb2_grpc as rpc
from server.config import ServerConfig
from server.engine.catalogue import Catalogue, Hosted
from server.engine.engine import Answer, Engine
from server.errors import Reason, Refusal, several, wrong_field
from server.rpc import checks, convert, journal
from server.rpc.checks import Wishes

Context = grpc.aio.ServicerContext[Any, Any]
Outcome = Translation | Refusal

_PAGE, _LARGEST_PAGE = 50, 1_000


class TranslationServicer(rpc.TranslationServiceServicer):
    """seq2seq.v1.TranslationService."""

    def __init__(self, catalogue: Catalogue, config: ServerConfig) -> None:
        self._catalogue = catalogue
        self._config = config

    async def TranslateText(  # noqa: N802 — the contract's name
        self, request: pb.TranslateTextRequest, context: Context
    ) -> pb.TranslateTextResponse:
        """Translate each content and answer once."""
        deadline = self._deadline(context)
        texts, limits = list(request.contents), self._config.limits
        checks.check_count(len(texts), limits)
        refused = checks.check_sizes(texts, limits, [f"contents[{index}]" for index in range(len(texts))])
        partial = request.return_partial_success
        _raise_if_any(refused, partial)
        hosted, engine = self._choose(request.model, request.config)
        wishes = checks.check_wishes(request.config, engine.translator.defaults)
        _note(hosted, wishes, contents=len(texts))

        prepared = await _prepare(engine, texts, refused, wishes)
        refused = {i: outcome for i, outcome in enumerate(prepared) if isinstance(outcome, Refusal)}
        _raise_if_any(refused, partial)
        sources = [source for source in prepared if isinstance(source, Source)]
        checks.check_answer(sources, wishes, limits, is_attentive=engine.translator.is_attentive)

        answer = await engine.translate(sources, wishes.options, deadline)
        found = iter(answer.outcomes)
        outcomes = [refused[i] if i in refused else next(found) for i in range(len(texts))]
        refused = {i: outcome for i, outcome in enumerate(outcomes) if isinstance(outcome, Refusal)}
        _raise_if_any({i: _at(i, refusal) for i, refusal in refused.items()}, partial)
        return await self._response(outcomes, answer, hosted, wishes)

    async def StreamTranslateText(  # noqa: N802 — the contract's name
        self, request: pb.StreamTranslateTextRequest, context: Context
    ) -> None:
        """Translate one content and send each piece when it is final."""
        deadline = self._deadline(context)
        limits = self._config.limits
        _raise_if_any(checks.check_sizes([request.content], limits, ["content"]), partial=False)
        hosted, engine = self._choose(request.model, request.config)
        wishes = checks.check_wishes(request.config, engine.translator.defaults)
        _note(hosted, wishes, contents=1)
        (source,) = await engine.prepare([request.content], truncate=wishes.truncate, field="content")
        if isinstance(source, Refusal):
            raise source
        checks.check_answer([source], wishes, limits, is_attentive=engine.translator.is_attentive)

        async with aclosing(engine.stream(source, wishes.options, deadline)) as events:
            await self._send(context, convert.start_event(source, hosted, wishes.view))
            async for event in events:
                if isinstance(event, Answer):
                    result = await self._response(event.outcomes, event, hosted, wishes)
                    await self._send(context, pb.StreamTranslateTextResponse(result=result))
                else:
                    await self._send(context, convert.delta_event(event, wishes.view))

    async def ScoreText(self, request: pb.ScoreTextRequest, context: Context) -> pb.ScoreTextResponse:  # noqa: N802 — the contract's name
        """Rate given translations."""
        deadline = self._deadline(context)
        pairs, limits = [(pair.source_text, pair.target_text) for pair in request.pairs], self._config.limits
        checks.check_count(len(pairs), limits, field="pairs")
        texts = [text for pair in pairs for text in pair]
        sides = [f"pairs[{i}].{side}" for i in range(len(pairs)) for side in ("source_text", "target_text")]
        _raise_if_any(checks.check_sizes(texts, limits, sides), partial=False)
        hosted, engine = self._choose(request.model, pb.TranslationConfig())
        view = checks.check_view(request.view, field="view")
        options = replace(engine.translator.defaults, attention=view >= checks.ALIGNMENT)
        wishes = Wishes(options, view)
        _note(hosted, wishes, contents=len(pairs))

        sources = await engine.prepare_pairs(pairs)
        targets = [target for _, target in pairs]
        checks.check_scored_answer(
            sources, targets, wishes, limits, is_attentive=engine.translator.is_attentive
        )
        answer = await engine.score(sources, targets, options, deadline)
        refused = {i: outcome for i, outcome in enumerate(answer.outcomes) if isinstance(outcome, Refusal)}
        _raise_if_any({i: _at(i, refusal, "pairs") for i, refusal in refused.items()}, partial=False)
        response = await asyncio.to_thread(convert.score_response, answer, hosted, view)
        _note_usage(response.usage, answer)
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

    def _choose(self, model: str, config: pb.TranslationConfig) -> tuple[Hosted, Engine]:
        hosted = self._catalogue.choose(model, config.source_language_code, config.target_language_code)
        return hosted, hosted.working

    def _deadline(self, context: Context) -> float:
        """When the call ends, time.monotonic()."""
        left: float | None = context.time_remaining()  # None: the client set none
        if left is None:
            left = self._config.default_deadline_s
        left = min(left, self._config.max_deadline_s)
        journal.current.get().deadline_left_ms = journal.milliseconds(left)
        return monotonic() + left

    async def _response(
        self, outcomes: Sequence[Outcome], answer: Answer, hosted: Hosted, wishes: Wishes
    ) -> pb.TranslateTextResponse:
        if wishes.view == checks.FULL:  # up to a million numbers: not in the event loop
            response = await asyncio.to_thread(
                convert.translate_response, outcomes, answer, hosted, wishes.view
            )
        else:
            response = convert.translate_response(outcomes, answer, hosted, wishes.view)
        _note_usage(response.usage, answer)
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


async def _prepare(
    engine: Engine, texts: Sequence[str], refused: dict[int, Refusal], wishes: Wishes
) -> list[Source | Refusal]:
    """Cut into pieces what was not refused before."""
    wanted = ["" if index in refused else text for index, text in enumerate(texts)]
    prepared = await engine.prepare(wanted, truncate=wishes.truncate)
    return [refused.get(index, outcome) for index, outcome in enumerate(prepared)]


def _raise_if_any(refused: dict[int, Refusal], partial: bool) -> None:  # noqa: FBT001 — private, and always named by its value
    if refused and not partial:
        raise several(list(refused.values()))


def _at(index: int, refusal: Refusal, field: str = "contents") -> Refusal:
    return (
        refusal if refusal.violations else wrong_field(refusal.reason, f"{field}[{index}]", refusal.message)
    )


def _note(hosted: Hosted, wishes: Wishes, *, contents: int) -> None:
    record = journal.current.get()
    record.model, record.revision = hosted.name, hosted.bundle.revision[:12]
    record.contents, record.beam = contents, wishes.options.beam
    record.view = pb.TranslationView.Name(wishes.view).removeprefix("TRANSLATION_VIEW_")


def _note_usage(usage: pb.Usage, answer: Answer) -> None:
    record = journal.current.get()
    record.source_tokens, record.target_tokens = usage.source_token_count, usage.target_token_count
    record.queue_ms = journal.milliseconds(answer.queue_s)
    record.decode_ms = journal.milliseconds(answer.decode_s)
