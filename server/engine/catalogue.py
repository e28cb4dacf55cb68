"""The models of a server by name: which one a request means, and what state it is in."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from seq2seq.bundle import Bundle
from seq2seq.errors import ConfigError, Seq2SeqError
from seq2seq.translator import Translator, load_translator
from server.config import ServerConfig
from server.engine.engine import Engine
from server.errors import Fields, Reason, Refusal, wrong_field

_NAME = re.compile(r"models/[A-Za-z][A-Za-z0-9._-]{0,62}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # the forms of BCP 47 that name languages
_FIELDS = Fields()


class State(Enum):
    """The life of a model."""

    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"


@dataclass
class Hosted:
    """One model of a server."""

    name: str  # "models/..."
    bundle: Bundle
    load: Callable[[], Translator]
    state: State = State.LOADING
    problem: str = ""  # why it failed, for a stranger: no path
    is_well: bool = True  # False while it fails one sentence after the other
    engine: Engine | None = None
    precision: str = ""  # in which numbers it is searched; known once it is loaded

    async def start(self, config: ServerConfig, translator: Translator) -> None:
        """Put the model to work and translate a sentence.

        Raises:
            Refusal: it cannot translate.
        """
        engine = Engine(translator, max_rows=config.max_rows, queue_tokens=config.queue_tokens)
        self.engine, self.precision = engine, translator.precision
        await engine.start(timeout_s=config.max_deadline_s)
        self.state = State.READY

    def fail(self, problem: str) -> None:
        """Take no more requests."""
        self.state, self.problem = State.FAILED, problem

    @property
    def is_serving(self) -> bool:
        """Whether it is worth sending requests to."""
        return self.state is State.READY and self.is_well

    @property
    def working(self) -> Engine:
        """The engine that takes requests.

        Raises:
            Refusal: the model is being loaded, or has failed.
        """
        if self.state is State.FAILED:
            raise Refusal(Reason.MODEL_FAILED, f"{self.name} has failed: {self.problem}")
        if self.state is State.LOADING or self.engine is None:
            raise Refusal(Reason.MODEL_LOADING, f"{self.name} is being loaded", retry_after_s=1.0)
        return self.engine

    def speaks(self, source_language: str, target_language: str) -> bool:
        """Whether it translates between these; empty means any."""
        card = self.bundle.card
        return _fits(source_language, card.source_language) and _fits(target_language, card.target_language)


class Catalogue:
    """The models in the order in which they were given; the first is the default.

    Names are looked up in a table made at the start, so that no request ever makes a path.
    """

    def __init__(self, models: Sequence[Hosted]) -> None:
        assert models, "a server has at least one model"
        self.models = {hosted.name: hosted for hosted in models}

    @property
    def default(self) -> Hosted:
        """The model that is used when a request names neither a model nor a language."""
        return next(iter(self.models.values()))

    def find(self, name: str, *, field: str) -> Hosted:
        """Look up a model by its full name.

        Raises:
            Refusal: the name is not of the form, or there is no such model.
        """
        if not _NAME.fullmatch(name):
            problem = "not the name of a model, which is models/ and then a letter and letters, digits, - _ ."
            raise wrong_field(Reason.BAD_MODEL_NAME, field, f"{problem}, at most 63 in all")
        if name not in self.models:
            known = ", ".join(list(self.models)[:10])
            raise Refusal(Reason.MODEL_NOT_FOUND, f"{field}: no such model; this server has {known}")
        return self.models[name]

    def choose(
        self, name: str, source_language: str, target_language: str, fields: Fields = _FIELDS
    ) -> Hosted:
        """Find the model of a request: by name, or else the first for its languages, or else the default.

        Raises:
            Refusal: as `find`; or a language is no language, no model has it, or models of several
                pairs do.
        """
        for field, code in (
            (fields.source_language, source_language),
            (fields.target_language, target_language),
        ):
            if code and not _LANGUAGE.fullmatch(code):
                raise wrong_field(Reason.BAD_LANGUAGE_CODE, field, "not a BCP-47 code, such as en or pt-BR")
        if name:
            candidates = [self.find(name, field=fields.model)]
        elif source_language or target_language:
            candidates = list(self.models.values())
        else:
            return self.default
        fitting = [hosted for hosted in candidates if hosted.speaks(source_language, target_language)]
        pairs = sorted({_pair(hosted) for hosted in fitting})
        if not fitting:
            offered = ", ".join(sorted({_pair(hosted) for hosted in candidates})[:10])
            message = f"no model for these languages; there is {offered}"
            raise Refusal(Reason.UNSUPPORTED_LANGUAGE_PAIR, message)
        if len(pairs) > 1:
            message = (
                f"models of several pairs fit ({', '.join(pairs[:10])}): give both languages, or a model"
            )
            raise Refusal(Reason.AMBIGUOUS_MODEL, message)
        return fitting[0]


def open_models(directories: Sequence[Path], config: ServerConfig) -> list[Hosted]:
    """Check model directories and name them; the weights are not loaded yet.

    A model is called as its card says; where two cards say the same, or something that is no name,
    as its directory.

    Raises:
        ModelError: a directory has no sound model.
        ConfigError: there is none, or two cannot be told apart.
    """
    if not directories:
        raise ConfigError("there is no model to serve", where="-m", mend="Name a model directory.")
    bundles = [Bundle.open(directory) for directory in directories]
    titles = [bundle.card.name for bundle in bundles]
    hosted: dict[str, Hosted] = {}
    for bundle, title in zip(bundles, titles, strict=True):
        name = f"models/{title}"
        if titles.count(title) > 1 or not _NAME.fullmatch(name):
            name = f"models/{bundle.directory.resolve().name}"
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"'{name.removeprefix('models/')}' cannot be the name of a model",
                where=str(bundle.directory),
                mend="Rename the directory: a letter, then letters, digits, - _ or ., at most 63 in all.",
            )
        if name in hosted:
            raise ConfigError(
                f"it would be served as {name}, and so would {hosted[name].bundle.directory}",
                where=str(bundle.directory),
                mend="Rename one of the directories.",
            )
        hosted[name] = Hosted(name, bundle, _loader(bundle.directory, config))
    return list(hosted.values())


def explain(error: Exception) -> str:
    """Say for a stranger why a model failed: no path, no class."""
    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, Seq2SeqError):
        return "its directory could not be loaded"
    return "an unexpected error; the server's log has it"


def _loader(directory: Path, config: ServerConfig) -> Callable[[], Translator]:
    return lambda: load_translator(
        directory, device=config.device, threads=config.threads, precision=config.precision
    )


def _fits(asked: str, offered: str) -> bool:
    """Whether a model for `offered` serves who asks for `asked`: en serves en-GB (RFC 4647, 3.4)."""
    return not asked or f"{asked}-".lower().startswith(f"{offered}-".lower())


def _pair(hosted: Hosted) -> str:
    return f"{hosted.bundle.card.source_language}→{hosted.bundle.card.target_language}"
