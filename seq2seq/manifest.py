"""Which files make a model directory, and proof that they are the ones that were written.

`manifest.json` holds the format's number, and size and SHA-256 of every other file. Nothing is read
before it was checked, and nothing that could run code is ever read: no pickle, in any dress.
"""

import hashlib
import json
import re
from pathlib import Path
from stat import S_ISREG
from typing import Annotated, Any, TypeVar

from pydantic import Field, NonNegativeInt

from seq2seq.amounts import amount
from seq2seq.config import Section, build
from seq2seq.errors import ConfigError, ModelError

NAME = "manifest.json"
MAX_BYTES = {".json": 1 << 20, ".spm": 1 << 26, ".safetensors": 1 << 34}  # what may be read at all
_MAX_FILES = 16
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PICKLES = {".bin", ".ckpt", ".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth"}
COPY_AGAIN = "Copy the whole model directory again, or train the model again."

S = TypeVar("S", bound=Section)


class FileEntry(Section):
    """What a file must be."""

    bytes: NonNegativeInt
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(Section):
    """`manifest.json`."""

    format: int
    files: dict[str, FileEntry]


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(directory: Path, *, format_number: int) -> None:
    """Describe every other file of a directory in its `manifest.json`."""
    files = {
        path.name: FileEntry(bytes=path.stat().st_size, sha256=digest(path))
        for path in sorted(directory.iterdir())
        if path.name != NAME
    }
    manifest = Manifest(format=format_number, files=files)
    (directory / NAME).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def check_manifest(directory: Path, *, newest_format: int) -> Manifest:
    """Read the manifest and check every file against it.

    Raises:
        ModelError: an unknown format; a file that is missing, damaged, exchanged, too large or not
            listed; a name that is not a plain one; anything that may be a pickle.
    """
    path = directory / NAME
    values = read_json(path)
    _check_format(values, newest_format, where=str(path))
    manifest = read_section(values, Manifest, where=str(path))
    if len(manifest.files) > _MAX_FILES:
        raise ModelError(
            f"it lists {len(manifest.files)} files, and at most {_MAX_FILES} are read", where=str(path)
        )
    for name in manifest.files:
        _check_name(name, where=str(path))
    _check_nothing_else(directory, manifest)
    for name, entry in manifest.files.items():
        _check_file(directory / name, entry)
    return manifest


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of a model directory.

    Raises:
        ModelError: it is too large, cannot be read, or is not a JSON object.
    """
    limit = MAX_BYTES[".json"]
    size = _size(path)
    if size > limit:
        raise ModelError(f"it has {size:,} bytes, and at most {limit:,} are read", where=str(path))
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise ModelError("it is not valid JSON", where=str(path), mend=COPY_AGAIN) from error
    if not isinstance(values, dict):
        raise ModelError("it is not a JSON object", where=str(path), mend=COPY_AGAIN)
    return values


def read_section(values: dict[str, Any], section: type[S], *, where: str) -> S:
    """Check the values of a model's file against their section.

    Raises:
        ModelError: they do not fit.
    """
    try:
        return build(values, section, where=where)
    except ConfigError as error:
        raise ModelError(error.problem, where=where, mend=COPY_AGAIN) from error


def _check_format(values: dict[str, Any], newest: int, *, where: str) -> None:
    found = values.get("format")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise ModelError(f"its format is {found!r}, and must be a whole number from 1", where=where)
    if found > newest:
        raise ModelError(
            f"this model has format {found}, and this program reads up to {newest}",
            where=where,
            mend="Install a newer seq2seq, or train the model with this one.",
        )


def _check_name(name: str, *, where: str) -> None:
    if not _PLAIN_NAME.fullmatch(name) or name == NAME:
        raise ModelError(f"{name!r} is not the plain name of a file in this directory", where=where)
    if Path(name).suffix not in MAX_BYTES:
        raise ModelError(
            f"it lists '{name}', and only {', '.join(MAX_BYTES)} files are read, never a pickle", where=where
        )


def _check_nothing_else(directory: Path, manifest: Manifest) -> None:
    for path in sorted(directory.iterdir()):
        if path.name in manifest.files or path.name == NAME or path.name.startswith("."):
            continue
        if path.suffix in _PICKLES:
            raise ModelError(
                f"'{path.name}' may be pickled, and reading a pickle can run a stranger's code",
                where=str(directory),
                mend="Remove it: weights are read from .safetensors files only.",
            )
        raise ModelError(
            f"'{path.name}' does not belong to this model",
            where=str(directory),
            mend="Remove it, or keep it elsewhere: a model directory holds what its manifest lists.",
        )


def _check_file(path: Path, entry: FileEntry) -> None:
    limit = MAX_BYTES[path.suffix]
    size = _size(path)
    if size > limit:
        raise ModelError(f"it has {size:,} bytes, and at most {limit:,} are read", where=str(path))
    if size != entry.bytes and path.suffix != ".spm":
        raise ModelError(
            f"it is damaged: it has {amount(size, 'byte')}, and should have {entry.bytes:,}",
            where=str(path),
            mend=COPY_AGAIN,
        )
    try:
        found = digest(path)
    except OSError as error:
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if found == entry.sha256:
        return
    if path.suffix == ".spm":
        raise wrong_subword(path, found, entry.sha256)
    raise ModelError(
        f"it is damaged: its SHA-256 is {found[:12]}…, and should be {entry.sha256[:12]}…",
        where=str(path),
        mend=COPY_AGAIN,
    )


def wrong_subword(path: Path, found: str, expected: str) -> ModelError:
    """Say that a tokenizer was exchanged or damaged; translating with it would give rubbish."""
    return ModelError(
        "it is not the subword model that this model was trained with: "
        f"its SHA-256 is {found[:12]}…, and should be {expected[:12]}…",
        where=str(path),
        mend="Put back the file that was trained with the weights; subword models cannot be exchanged.",
    )


def _size(path: Path) -> int:
    """Size in bytes of a regular file; a pipe or a device would never end."""
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise ModelError("it is missing", where=str(path), mend=COPY_AGAIN) from error
    except OSError as error:
        raise ModelError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if not S_ISREG(status.st_mode):
        raise ModelError("it is not a file", where=str(path), mend=COPY_AGAIN)
    return status.st_size
