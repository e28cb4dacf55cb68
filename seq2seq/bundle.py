"""A model is one directory: weights, subword models, configuration and card, each with its digest.

    manifest.json          format, size and SHA-256 of every other file
    config.json            the model's shape, vocabulary sizes, search defaults, subword digests
    card.json              data, training command, scores with signatures, licence
    weights.safetensors    float32
    source.spm target.spm  SentencePiece models, or one joint.spm

Nothing here imports torch, so that a model can be looked at in no time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from safetensors.numpy import save

from seq2seq import manifest
from seq2seq.card import DEFAULT_MAX_SOURCE_TOKENS, Card, CardLimits
from seq2seq.config import Section
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import InputError, ModelError
from seq2seq.locate import existing_model, is_model, model_directories
from seq2seq.swap import aside_old, swap, write_aside

FORMAT = 1
DEMO_MODEL = Path("runs/demo/attention/model")  # below the directory where `seq2seq demo` ran


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


class Network(Protocol):
    """What a bundle needs of a `torch.nn.Module`."""

    def state_dict(self, *, keep_vars: bool) -> Mapping[str, Any]:
        """Its tensors by name."""
        ...


class SubwordEntry(Section):
    """Which subword model the weights were trained with."""

    file: str
    sha256: str
    pieces: PositiveInt


class BundleConfig(Section):
    """`config.json`: all that is needed to run the model."""

    model: dict[str, Any]  # a ModelConfig, which is checked where torch is at hand
    source: SubwordEntry
    target: SubwordEntry
    search: SearchOptions
    max_source_tokens: PositiveInt = DEFAULT_MAX_SOURCE_TOKENS  # end of sentence included


@dataclass(frozen=True)
class Bundle:
    """A model directory whose files were found to be what they should be."""

    directory: Path
    revision: str  # SHA-256 of the manifest: equal revisions translate alike
    config: BundleConfig = field(repr=False)
    card: Card = field(repr=False)
    bytes: int  # of all files together

    @staticmethod
    def open(directory: Path) -> "Bundle":
        """Check every file and read configuration and card; the weights are not loaded.

        Raises:
            ModelError: there is no model, it is of a later format, or one of its files is missing,
                damaged, exchanged or not part of it.
        """
        here = existing_model(directory)
        checked = manifest.check_manifest(here, newest_format=FORMAT)
        for name in ("config.json", "card.json", "weights.safetensors"):
            if name not in checked.files:
                raise ModelError(f"it does not list '{name}'", where=str(here / manifest.NAME))
        config = _read_config(here / "config.json", checked)
        card_path = here / "card.json"
        card = manifest.read_section(manifest.read_json(card_path), Card, where=str(card_path))
        size = sum(entry.bytes for entry in checked.files.values())
        return Bundle(here, manifest.digest(here / manifest.NAME), config, card, size)

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
    def weights(self) -> Path:
        """The tensors, in safetensors form."""
        return self.directory / "weights.safetensors"

    @property
    def search(self) -> SearchOptions:
        """How this model is searched when nothing else is asked."""
        return self.config.search

    @property
    def max_source_tokens(self) -> int:
        """The longest source the model takes, in pieces, end of sentence included."""
        return self.config.max_source_tokens

    def is_current(self) -> bool:
        """Whether the directory still holds the model that was opened."""
        path = self.directory / manifest.NAME
        return path.is_file() and manifest.digest(path) == self.revision

    def text(self) -> str:
        """What `model info` prints: the card, then the directory, its size and its revision."""
        facts = {
            "search": f"beam {self.search.beam}, length penalty {self.search.length_penalty:g}",
            "directory": str(self.directory),
            "size": f"{self.bytes:,} bytes",
            "revision": self.revision,
        }
        return "\n".join([self.card.text(), *(f"  {label:12}{value}" for label, value in facts.items())])


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
) -> Bundle:
    """Write a model directory aside and rename it into place; an older model there is replaced.

    A kill at any moment leaves the old model or the new one to be opened. The card's `parameters`,
    `attention` and `limits` are filled in from the model.

    Raises:
        ModelError: the directory holds something that is not a model, the weights are not finite, or
            the disk is full or may not be written to.
    """
    directory = directory.resolve()  # a link to a model goes on pointing to it
    tensors = _float32(model)
    card = card.model_copy(
        update={
            "parameters": sum(tensor.size for tensor in tensors.values()),
            "attention": str(model_config.model_dump().get("attention", "")),
            "limits": CardLimits(max_source_tokens=max_source_tokens),
        }
    )
    joint = source_subword.digest == target_subword.digest
    config = BundleConfig(
        model=model_config.model_dump(mode="json"),
        source=_entry(source_subword, "joint.spm" if joint else "source.spm"),
        target=_entry(target_subword, "joint.spm" if joint else "target.spm"),
        search=search,
        max_source_tokens=max_source_tokens,
    )
    files = {
        "weights.safetensors": save(tensors),
        "config.json": (config.model_dump_json(indent=2) + "\n").encode(),
        "card.json": (card.model_dump_json(indent=2) + "\n").encode(),
    }
    try:
        _check_replaceable(directory)
        files[config.source.file] = source_subword.path.read_bytes()
        files[config.target.file] = target_subword.path.read_bytes()
        aside = write_aside(directory, files)
        manifest.write_manifest(aside, format_number=FORMAT)
        written = Bundle.open(aside)  # what cannot be opened must not replace what can
        swap(aside, directory)
    except OSError as error:
        raise ModelError(
            f"the model cannot be written ({error.strerror})",
            where=str(directory),
            mend="Make room, or name a directory that may be written to.",
        ) from error
    return replace(written, directory=directory)


def distinct_tensors(model: Network) -> dict[str, Any]:
    """A module's tensors, each once, under its first name: tied embeddings are one tensor."""
    seen: dict[int, str] = {}
    tensors = model.state_dict(keep_vars=True)
    return {name: tensor for name, tensor in tensors.items() if seen.setdefault(id(tensor), name) == name}


def find_models(directory: Path) -> list[Bundle]:
    """Open every sound model in and below a directory, in the order of their paths.

    Damaged ones are left out; `locate.model_directories` names them too.
    """
    found = []
    for path in model_directories(directory):
        try:
            found.append(Bundle.open(path))
        except ModelError:
            continue
    return found


def default_model(below: Path = Path()) -> Path:
    """Where `-m` points when it is not given: the attentive twin that `seq2seq demo` trained.

    Raises:
        ModelError: there is none.
    """
    path = below / DEMO_MODEL
    if is_model(path) or is_model(aside_old(path)):
        return path
    raise ModelError(
        f"no model was named, and there is none in {path}",
        where="-m",
        mend="Run `seq2seq demo` (or `make demo`), or name a model with -m DIR.",
    )


def _read_config(path: Path, checked: manifest.Manifest) -> BundleConfig:
    try:
        config = manifest.read_section(manifest.read_json(path), BundleConfig, where=str(path))
    except InputError as error:  # from SearchOptions
        raise ModelError(error.problem, where=f"{path}: search", mend=manifest.COPY_AGAIN) from error
    for entry in (config.source, config.target):
        listed = checked.files.get(entry.file)
        if listed is None or not entry.file.endswith(".spm"):
            raise ModelError(f"its subword model {entry.file!r} is not in the manifest", where=str(path))
        if listed.sha256 != entry.sha256:
            raise manifest.wrong_subword(path.with_name(entry.file), listed.sha256, entry.sha256)
    return config


def _entry(subword: SubwordFile, name: str) -> SubwordEntry:
    return SubwordEntry(file=name, sha256=subword.digest, pieces=subword.size)


def _float32(model: Network) -> dict[str, NDArray[np.float32]]:
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, tensor in distinct_tensors(model).items():
        values = np.ascontiguousarray(tensor.detach().cpu().float().numpy())
        if not np.isfinite(values).all():
            raise ModelError(
                f"the weights of '{name}' are not finite", mend="Train with a lower learning rate."
            )
        tensors[name] = values
    return tensors


def _check_replaceable(directory: Path) -> None:
    if directory.exists() and not is_model(directory) and (directory.is_file() or any(directory.iterdir())):
        raise ModelError(
            "it is not a model, and would have been overwritten",
            where=str(directory),
            mend="Name another one.",
        )
