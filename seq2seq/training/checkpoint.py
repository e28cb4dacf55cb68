"""A run's state in one safetensors file, written aside and renamed; no pickle.

checkpoint.safetensors             the last one: tensors, and as metadata
                                     format   of this file
                                     state    everything that is no tensor, as JSON
                                     digest   SHA-256 of all else
checkpoint.previous.safetensors    the one before it
checkpoint.partial                 one being written, or what a kill left of it
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from seq2seq.errors import TrainingError

FORMAT = "1"
NAME = "checkpoint.safetensors"
PREVIOUS = "checkpoint.previous.safetensors"
PARTIAL = "checkpoint.partial"
DAMAGED = "checkpoint.damaged"


@dataclass(frozen=True)
class Checkpoint:
    """What a run needs to go on as if it had never stopped."""

    state: Mapping[str, Any]  # JSON
    tensors: Mapping[str, Tensor]

    def under(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix/`, without it."""
        start = f"{prefix}/"
        return {
            name.removeprefix(start): value for name, value in self.tensors.items() if name.startswith(start)
        }


def write_checkpoint(run: Path, checkpoint: Checkpoint) -> None:
    """Write aside, flush to the disk, rename: whenever it is killed, a good one is left.

    Raises:
        TrainingError: the disk does not take it.
    """
    try:
        _write_aside(run, checkpoint)
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"the checkpoint cannot be written ({error})",
            where=str(run),
            mend="The one before is kept: make room, and the same command goes on from it.",
        ) from error
    if (run / NAME).exists():
        (run / NAME).replace(run / PREVIOUS)
    (run / PARTIAL).replace(run / NAME)
    _flush(run)


def read_checkpoint(run: Path, notice: Callable[[str], None]) -> Checkpoint | None:
    """Read the last checkpoint, or the one before it if the last is damaged; None: there is none.

    Raises:
        TrainingError: what there is cannot be used.
    """
    problems = []
    for path in (run / NAME, run / PREVIOUS):
        if not path.exists():
            continue
        try:
            checkpoint = _read(path)
        except _Damaged as damaged:
            problems.append(f"{path.name} {damaged}")
            continue
        if problems:
            (run / NAME).replace(run / DAMAGED)  # else the next write would move it over the good one
            notice(f"{problems[0]}; going on from the checkpoint before it ({DAMAGED} keeps the bad one)")
        return checkpoint
    if problems:
        raise TrainingError(
            f"no checkpoint can be read: {', '.join(problems)}",
            where=str(run),
            mend="Bring them back from a copy, or delete this directory to train from the start.",
        )
    return None


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name each setting that differs, with both values; nested names are joined by dots."""
    old, new = dict(_leaves(before)), dict(_leaves(now))
    return [
        f"{name} was {_shown(old, name)}, now {_shown(new, name)}"
        for name in sorted(old.keys() | new.keys())
        if name not in old or name not in new or old[name] != new[name]
    ]


class _Damaged(Exception):
    """Why a file is no whole checkpoint."""


def _write_aside(run: Path, checkpoint: Checkpoint) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    state = json.dumps(checkpoint.state)
    metadata = {"format": FORMAT, "state": state, "digest": _digest(FORMAT, state, tensors)}
    save_file(tensors, run / PARTIAL, metadata=metadata)
    _flush(run / PARTIAL)


def _read(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # cloned, so that nothing of the run stays mapped onto a file that is replaced
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 — no mapping
        version, state, digest = metadata["format"], metadata["state"], metadata["digest"]
    except (SafetensorError, OSError, KeyError) as error:
        raise _Damaged(f"is damaged ({error or type(error).__name__})") from error
    if _digest(version, state, tensors) != digest:
        raise _Damaged("is damaged (its digest does not fit)")
    if version != FORMAT:
        raise TrainingError(
            f"the checkpoint has format {version}, and this program reads format {FORMAT}",
            where=str(path),
            mend="Go on with the program that wrote it, or train into another directory.",
        )
    return Checkpoint(json.loads(state), tensors)


def _digest(version: str, state: str, tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(f"{version} {state}".encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    """Make sure that a file, or a directory's names, are on the disk and not only on their way."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _shown(values: Mapping[str, Any], name: str) -> str:
    return json.dumps(values[name]) if name in values else "absent"
