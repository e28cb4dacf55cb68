"""A model is one directory: weights, configuration and card, each with its digest.

    manifest.json          format, size and SHA-256 of every other file
    config.json            what kind of model it is, its network's shape, and what else it needs
    card.json              data, training command, scores with signatures, licence
    weights.safetensors    float32; float16 in a compact copy, which is read as float32
    *.spm                  SentencePiece models, of those that read word pieces

Translators and all other programs are written and opened here, and refused for the same reasons.
Nothing here imports torch, so that a model can be looked at in no time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from seq2seq import manifest
from seq2seq.card import COMMANDS, Card, Kind
from seq2seq.config import Section
from seq2seq.errors import ModelError
from seq2seq.locate import existing_model, is_model
from seq2seq.swap import swap, write_aside

FORMAT = 1
_REQUIRED = ("config.json", "card.json", "weights.safetensors")


class Network(Protocol):
    """What a model directory needs of a `torch.nn.Module`."""

    def state_dict(self, *, keep_vars: bool) -> Mapping[str, Any]:
        """Its tensors by name."""
        ...


class ModelSettings(Section):
    """`config.json`; each kind of model has its own, with a default for `kind`."""

    kind: Kind
    model: dict[str, Any]  # the network's section, which is checked where torch is at hand


S = TypeVar("S", bound=ModelSettings)


@dataclass(frozen=True)
class ModelDirectory:
    """A model of any kind whose files were found to be what they should be."""

    directory: Path
    revision: str  # SHA-256 of the manifest: equal revisions are the same model
    values: Mapping[str, Any] = field(repr=False)  # of config.json
    card: Card = field(repr=False)
    files: Mapping[str, manifest.FileEntry] = field(repr=False)

    @staticmethod
    def open(directory: Path) -> "ModelDirectory":
        """Check every file and read the card; the weights are not loaded.

        Raises:
            ModelError: there is no model, it is of a later format, or one of its files is missing,
                damaged, exchanged or not part of it.
        """
        here = existing_model(directory)
        checked = manifest.check_manifest(here, newest_format=FORMAT)
        for name in _REQUIRED:
            if name not in checked.files:
                raise ModelError(f"it does not list '{name}'", where=str(here / manifest.NAME))
        card_path = here / "card.json"
        card = manifest.read_section(manifest.read_json(card_path), Card, where=str(card_path))
        values = manifest.read_json(here / "config.json")
        return ModelDirectory(here, manifest.digest(here / manifest.NAME), values, card, checked.files)

    def settings(self, section: type[S]) -> S:
        """Check the configuration against the section of the kind that is wanted.

        Raises:
            ModelError: the model is of another kind, which is named with its command, or the values
                do not fit.
        """
        wanted, found = section.model_fields["kind"].default, self.kind
        if found in COMMANDS and found != wanted:
            raise ModelError(
                f"this model is a {_spoken(found)}, and a {_spoken(wanted)} is needed",
                where=str(self.directory),
                mend=f"Use it with `{COMMANDS[found]}`.",
            )
        return manifest.read_section(dict(self.values), section, where=str(self.directory / "config.json"))

    @property
    def kind(self) -> str:
        """What it is; translators of the first days do not say so."""
        return str(self.values.get("kind", "translator"))

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(entry.bytes for entry in self.files.values())

    @property
    def weights(self) -> Path:
        """The tensors, in safetensors form."""
        return self.directory / "weights.safetensors"

    def is_current(self) -> bool:
        """Whether the directory still holds the model that was opened."""
        path = self.directory / manifest.NAME
        return path.is_file() and manifest.digest(path) == self.revision

    def text(self) -> str:
        """What `model info` prints: the card, then the directory, its size and its revision."""
        return "\n".join([self.card.text(), *(f"  {label:12}{value}" for label, value in self.facts())])

    def facts(self) -> list[tuple[str, str]]:
        """What is known of a model beside its card."""
        kept = ", weights in float16" if self.is_compact() else ""
        return [
            ("directory", str(self.directory)),
            ("size", f"{self.bytes:,} bytes{kept}"),
            ("revision", self.revision),
        ]

    def is_compact(self) -> bool:
        """Whether the weights are kept in half the space; `compact` makes such copies."""
        try:
            with safe_open(self.weights, framework="numpy") as tensors:
                return any(tensors.get_slice(name).get_dtype() == "F16" for name in tensors.keys())  # noqa: SIM118 — no mapping
        except (SafetensorError, OSError):
            return False  # whoever loads them says what is wrong


def write_model(  # noqa: PLR0913 — the parts of a model, each by its name
    directory: Path,
    *,
    model: Network,
    settings: ModelSettings,
    card: Card,
    files: Mapping[str, Callable[[], bytes]] | None = None,
    check: Callable[[Path], object] = ModelDirectory.open,
) -> ModelDirectory:
    """Write a model directory aside and rename it into place; an older model there is replaced.

    A kill at any moment leaves the old model or the new one to be opened.

    Args:
        directory: where to; a link goes on pointing to the model.
        model: whose weights are kept, as float32.
        settings: what `config.json` holds.
        card: its `kind` and `parameters` are filled in from the model.
        files: what else belongs to it, by name, such as a subword model.
        check: opens what was written, before it takes an older model's place.

    Raises:
        ModelError: the directory holds something that is not a model, the weights are not finite, or
            the disk is full or may not be written to.
    """
    directory = directory.resolve()
    tensors = _float32(model)
    parameters = sum(tensor.size for tensor in tensors.values())
    card = card.model_copy(update={"kind": settings.kind, "parameters": parameters})
    contents = {
        "weights.safetensors": save(tensors),
        "config.json": (settings.model_dump_json(indent=2) + "\n").encode(),
        "card.json": _told(card),
    }
    return _put(directory, lambda: contents | {name: read() for name, read in (files or {}).items()}, check)


def compact(opened: ModelDirectory, out: Path, card: Card | None = None) -> ModelDirectory:
    """Write a copy of a model whose weights take half the space, in float16.

    Eleven bits of a weight are kept, far more than a trained network notices: it is read as float32
    again, so that nothing else is computed otherwise.

    Args:
        opened: the model, of any kind.
        out: the directory to write; an older model there is replaced.
        card: what the copy says of itself; None: what the model says.

    Raises:
        ModelError: as for `write_model`; or a weight is too large for float16.
    """
    try:
        tensors = load(opened.weights.read_bytes())
    except (SafetensorError, OSError) as error:
        raise ModelError(f"the weights cannot be read ({error})", where=str(opened.weights)) from error
    with np.errstate(over="ignore"):
        halves = {name: tensor.astype(np.float16) for name, tensor in tensors.items()}
    for name, tensor in halves.items():
        if not np.isfinite(tensor).all():
            raise ModelError(
                f"a weight of '{name}' is too large for float16",
                where=str(opened.weights),
                mend="Keep it whole.",
            )

    def contents() -> dict[str, bytes]:
        kept = {name: (opened.directory / name).read_bytes() for name in opened.files}
        return kept | {"weights.safetensors": save(halves), "card.json": _told(card or opened.card)}

    return _put(out.resolve(), contents, ModelDirectory.open)


def with_card(opened: ModelDirectory, card: Card) -> ModelDirectory:
    """Let a model say something else of itself; its other files stay as they are, to the last byte.

    Raises:
        ModelError: as for `write_model`.
    """

    def contents() -> dict[str, bytes]:
        kept = {name: (opened.directory / name).read_bytes() for name in opened.files}
        return kept | {"card.json": _told(card)}

    return _put(opened.directory.resolve(), contents, ModelDirectory.open)


def _put(
    directory: Path, contents: Callable[[], Mapping[str, bytes]], check: Callable[[Path], object]
) -> ModelDirectory:
    """Write files aside, describe and check them, and let them take the place of an older model."""
    try:
        _check_replaceable(directory)
        aside = write_aside(directory, contents())
        manifest.write_manifest(aside, format_number=FORMAT)
        check(aside)  # what cannot be opened must not replace what can
        written = ModelDirectory.open(aside)
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


def _told(card: Card) -> bytes:
    return (card.model_dump_json(indent=2) + "\n").encode()


def _check_replaceable(directory: Path) -> None:
    if directory.exists() and not is_model(directory) and (directory.is_file() or any(directory.iterdir())):
        raise ModelError(
            "it is not a model, and would have been overwritten",
            where=str(directory),
            mend="Name another one.",
        )


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")
