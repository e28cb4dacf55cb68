"""A translator is a model directory with subword models, and with how it is searched.

    source.spm target.spm  SentencePiece models, or one joint.spm

`seq2seq.model_directory` says what else there is. Nothing here imports torch, so that a model can
be looked at in no time.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import PositiveInt

from seq2seq.card import DEFAULT_MAX_SOURCE_TOKENS, Card, CardLimits
from seq2seq.config import Section
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ModelError
from seq2seq.locate import SHIPPED, model_directories, shipped_models
from seq2seq.manifest import wrong_subword
from seq2seq.model_directory import ModelDirectory, ModelSettings, Network, write_model

DEFAULT_MODEL = "tatoeba-en-fr-attention"  # of those that come with the program


class SubwordFile(Protocol):
    """What a bundle needs of a subword model."""

    @property
    def path(self) -> Path:
        """The SentencePiece model."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        ...

    @property
    def size(self) -> int:
        """How many pieces it knows."""
        ...


class SubwordEntry(Section):
    """Which subword model the weights were trained with."""

    file: str
    sha256: str
    pieces: PositiveInt


class BundleConfig(ModelSettings):
    """`config.json`: all that is needed to run the model."""

    kind: Literal["translator"] = "translator"
    source: SubwordEntry
    target: SubwordEntry
    search: SearchOptions
    max_source_tokens: PositiveInt = DEFAULT_MAX_SOURCE_TOKENS  # end of sentence included
    protects: bool = False  # it has learnt to copy placeholders: `seq2seq.data.protected`


@dataclass(frozen=True)
class Bundle(ModelDirectory):
    """A translator whose files were found to be what they should be."""

    config: BundleConfig

    @staticmethod
    def open(directory: Path) -> "Bundle":
        """Check every file and read configuration and card; the weights are not loaded.

        Raises:
            ModelError: there is no translator, it is of a later format, or one of its files is
                missing, damaged, exchanged or not part of it.
        """
        return _as_translator(ModelDirectory.open(directory))

    @property
    def model_config(self) -> dict[str, Any]:
        """The network's shape, as plain values."""
        return self.config.model

    @property
    def source_subword(self) -> Path:
        """The subword model that cuts sources."""
        return self.directory / self.config.source.file

    @property
    def target_subword(self) -> Path:
        """The subword model that puts translations together; may be the source's."""
        return self.directory / self.config.target.file

    @property
    def search(self) -> SearchOptions:
        """How this model is searched when nothing else is asked."""
        return self.config.search

    @property
    def max_source_tokens(self) -> int:
        """The longest source the model takes, in pieces, end of sentence included."""
        return self.config.max_source_tokens

    @property
    def memory_size(self) -> int:
        """How many numbers the encoder keeps: of each source piece and, without attention, in all."""
        shape = self.config.model
        return int(shape["encoder_hidden_size"]) * (2 if shape["bidirectional"] else 1)

    @property
    def protects(self) -> bool:
        """Whether addresses, emoji, variables and the like are kept as they are."""
        return self.config.protects

    def facts(self) -> list[tuple[str, str]]:
        """What is known beside the card, with the search first."""
        search = f"beam {self.search.beam}, length penalty {self.search.length_penalty:g}"
        kept = [("keeps", "addresses, variables, tags, emoji and long numbers")] if self.protects else []
        return [("search", search), *kept, *super().facts()]


def write_bundle(  # noqa: PLR0913 — the parts of a model, each by its name
    directory: Path,
    *,
    model: Network,
    model_config: Section,
    source_subword: SubwordFile,
    target_subword: SubwordFile,
    card: Card,
    search: SearchOptions,
    max_source_tokens: int = DEFAULT_MAX_SOURCE_TOKENS,
    protects: bool = False,
) -> Bundle:
    """Write a model directory aside and rename it into place; an older model there is replaced.

    A kill at any moment leaves the old model or the new one to be opened. The card's `parameters`,
    `attention` and `limits` are filled in from the model.

    Raises:
        ModelError: the directory holds something that is not a model, the weights are not finite, or
            the disk is full or may not be written to.
    """
    joint = source_subword.digest == target_subword.digest
    settings = BundleConfig(
        model=model_config.model_dump(mode="json"),
        source=_entry(source_subword, "joint.spm" if joint else "source.spm"),
        target=_entry(target_subword, "joint.spm" if joint else "target.spm"),
        search=search,
        max_source_tokens=max_source_tokens,
        protects=protects,
    )
    facts = {
        "attention": str(model_config.model_dump().get("attention", "")),
        "limits": CardLimits(max_source_tokens=max_source_tokens),
    }
    written = write_model(
        directory,
        model=model,
        settings=settings,
        card=card.model_copy(update=facts),
        files={
            settings.source.file: source_subword.path.read_bytes,
            settings.target.file: target_subword.path.read_bytes,
        },
        check=Bundle.open,
    )
    return _as_translator(written)


def open_model(directory: Path) -> ModelDirectory:
    """Open a model of any kind; a translator is a `Bundle`.

    Raises:
        ModelError: as for `ModelDirectory.open`.
    """
    opened = ModelDirectory.open(directory)
    return _as_translator(opened) if opened.kind == "translator" else opened


def find_models(directory: Path) -> list[ModelDirectory]:
    """Open every sound model, of any kind, in and below a directory, in the order of their paths.

    Damaged ones are left out; `locate.model_directories` names them too.
    """
    found = []
    for path in model_directories(directory):
        try:
            found.append(open_model(path))
        except ModelError:
            continue
    return found


def default_model() -> Path:
    """Where `-m` points when it is not given: an attentive model that comes with the program."""
    return SHIPPED / DEFAULT_MODEL


def default_models() -> list[Path]:
    """What is served when nothing is named: all models that come with the program, the default first."""
    first = default_model()
    return [first, *(path for path in shipped_models() if path != first)]


def _as_translator(opened: ModelDirectory) -> Bundle:
    """Read a translator's configuration, and see that it has the subword models it was trained with."""
    config = opened.settings(BundleConfig)
    for entry in (config.source, config.target):
        listed = opened.files.get(entry.file)
        if listed is None or not entry.file.endswith(".spm"):
            raise ModelError(
                f"its subword model {entry.file!r} is not in the manifest",
                where=str(opened.directory / "config.json"),
            )
        if listed.sha256 != entry.sha256:
            raise wrong_subword(opened.directory / entry.file, listed.sha256, entry.sha256)
    return Bundle(opened.directory, opened.revision, opened.values, opened.card, opened.files, config)


def _entry(subword: SubwordFile, name: str) -> SubwordEntry:
    return SubwordEntry(file=name, sha256=subword.digest, pieces=subword.size)
