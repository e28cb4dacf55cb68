"""JSON that somebody sent, read with patience and limits."""

import asyncio
from http import HTTPStatus
from typing import Self, TypeVar

from pydantic import ConfigDict, PositiveFloat, ValidationError, model_validator
from starlette.requests import ClientDisconnect, Request

from seq2seq.config import Section
from seq2seq.decoding.options import SearchWish
from seq2seq.misfits import misfits
from server.calls import Judgement, Order
from server.checks import View
from server.errors import Reason, Violation
from server.web.guard import ClientGone
from server.web.problems import Problem

T = TypeVar("T", bound=Section)


class AlternativesRequest(Section):
    """The body of `POST /v1/alternatives`."""

    model_config = ConfigDict(strict=True)

    text: str  # one sentence
    target_prefix: str = ""  # what the translation begins with; after a space at its end comes a new word
    count: int = 8  # words, at most
    model: str = ""  # as for a translation, like all that follows
    source_language: str = ""
    target_language: str = ""
    keep: tuple[str, ...] = ()
    deadline_s: PositiveFloat | None = None

    def order(self) -> Order:
        """What is asked, in the service's own words."""
        wish = SearchWish(keep=self.keep, target_prefix=self.target_prefix)
        languages = self.source_language, self.target_language
        return Order((self.text,), wish, _full_name(self.model), *languages, View.FULL)


class Pair(Section):
    """A source and its translation."""

    model_config = ConfigDict(strict=True)

    source_text: str
    target_text: str


class ScoreRequest(Section):
    """The body of `POST /v1/score`."""

    model_config = ConfigDict(strict=True)

    pairs: tuple[Pair, ...]
    attention: bool = True
    model: str = ""  # as for a translation, like all that follows
    source_language: str = ""
    target_language: str = ""
    deadline_s: PositiveFloat | None = None

    def judgement(self) -> Judgement:
        """What is asked, in the service's own words."""
        return Judgement(
            [(pair.source_text, pair.target_text) for pair in self.pairs],
            _full_name(self.model),
            self.source_language,
            self.target_language,
            View.FULL if self.attention else View.TOKENS,
        )


class TranslateRequest(Section):
    """The body of `POST /v1/translate`; what is left out is the model's default."""

    model_config = ConfigDict(strict=True)

    text: str | None = None  # one sentence ...
    texts: tuple[str, ...] | None = None  # ... or several
    model: str = ""  # with or without "models/"; empty: by the languages, or else the default
    source_language: str = ""
    target_language: str = ""
    beam: int | None = None
    nbest: int | None = None  # translations returned of each text, at most `beam`; 1 when left out
    length_penalty: float | None = None
    max_target_tokens: int | None = None
    attention: bool = True
    allow_repetition: bool = False
    keep: tuple[str, ...] = ()  # words that come out as they are
    target_prefix: str = ""  # what the translation begins with; after a space at its end comes a new word
    truncate: bool = False  # cut off a sentence that is too long, rather than refuse it
    partial: bool = False  # a text that fails does not fail the others
    deadline_s: PositiveFloat | None = None  # from when the request was read

    @model_validator(mode="after")
    def _has_one_kind_of_text(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("give either text or texts")
        return self

    def order(self) -> Order:
        """What is asked, in the service's own words."""
        wish = SearchWish(
            beam=self.beam,
            n_best=self.nbest,
            length_penalty=self.length_penalty,
            max_target_tokens=self.max_target_tokens,
            allow_repetition=self.allow_repetition,
            keep=self.keep,
            target_prefix=self.target_prefix,
        )
        return Order(
            (self.text,) if self.texts is None else self.texts,  # type: ignore[arg-type]
            wish,
            _full_name(self.model),
            self.source_language,
            self.target_language,
            View.FULL if self.attention else View.TOKENS,
            truncate=self.truncate,
            partial=self.partial,
        )


def _full_name(model: str) -> str:
    return f"models/{model}" if model and "/" not in model else model


async def read(request: Request, form: type[T], *, limit: int, timeout_s: float) -> T:
    """Read and check a body.

    Args:
        request: whose body was not read yet.
        form: what it should be.
        limit: bytes, at most.
        timeout_s: in which all of it must have come.

    Raises:
        Problem: it is no JSON, too large, too slow, or not of the form.
        ClientGone: the client hung up meanwhile.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "the body must be JSON, and say so",
            mend="Send the header Content-Type: application/json.",
        )
    body = await _body(request, limit, timeout_s)
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        raise _explained(error, form) from None


async def _body(request: Request, limit: int, timeout_s: float) -> bytes:
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdecimal() and int(told) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time", mend="Send the request at once."
        ) from None
    except ClientDisconnect:
        raise ClientGone from None
    return bytes(body)


def _too_large(limit: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body has more than {limit} bytes",
        mend="Send it in parts.",
        code="BODY_TOO_LARGE",
    )


def _explained(error: ValidationError, form: type[Section]) -> Problem:
    found = misfits(error, form, whole="the body", quotes=False)
    return Problem(
        HTTPStatus.BAD_REQUEST,
        found[0].problem,
        mend=found[0].mend or f"The keys are {', '.join(form.model_fields)}.",
        code=Reason.MALFORMED_REQUEST,
        violations=[Violation(misfit.place[:100], str(misfit)) for misfit in found if misfit.place],
    )
