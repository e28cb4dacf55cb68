"""A prepared corpus on disk: a directory of memory-mapped token ids that is never changed.

    dataset.json                  the manifest: sizes, digests, configuration, what was dropped
    joint.spm                     or source.spm and target.spm
    train.source.tokens           all ids, one sentence after the other; uint16 or uint32
    train.source.offsets          where each sentence begins, and the end of the last; uint64
    train.source.lengths          ids of each sentence, end included; uint32
    train.target.*  validation.source.*  validation.target.*   the same
    validation.jsonl  test.jsonl  pairs of raw texts, a JSON array a line, for scores

Numbers are little-endian. The manifest is written last and the directory put in place by a rename.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest, sha256
from json import dumps, loads
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from seq2seq.config import Section
from seq2seq.data.readers import read_lines
from seq2seq.data.subword import SubwordModel
from seq2seq.errors import CorpusError

FORMAT = 1
MANIFEST = "dataset.json"

_PARTS = ("tokens", "offsets", "lengths")


class FileEntry(Section):
    """One file of the directory."""

    bytes: int
    sha256: str


class SideEntry(Section):
    """One side of a split, and how its ids are stored."""

    tokens: int
    longest: int
    type: str  # numpy's name of the ids' type


class SplitEntry(Section):
    """One split."""

    pairs: int
    source: SideEntry
    target: SideEntry


class Manifest(Section):
    """What `dataset.json` says."""

    format: int
    key: str  # digest of configuration and input files: equal keys need not be prepared again
    source_subword: str  # file name
    target_subword: str
    splits: dict[str, SplitEntry]
    files: dict[str, FileEntry]
    configuration: dict[str, Any]
    report: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """Digest of all files' names and contents."""
        lines = [f"{name} {entry.sha256}\n" for name, entry in sorted(self.files.items())]
        return sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Side:
    """The sentences of one language: ids back to back, and where each sentence lies."""

    tokens: NDArray[np.unsignedinteger[Any]]
    offsets: NDArray[np.uint64]
    lengths: NDArray[np.uint32]

    def sentence(self, index: int) -> list[int]:
        """Give the ids of one sentence, ended by EOS."""
        start, end = int(self.offsets[index]), int(self.offsets[index + 1])
        ids: list[int] = self.tokens[start:end].tolist()
        return ids


@dataclass(frozen=True)
class Split:
    """Pairs of token ids, memory-mapped."""

    source: Side
    target: Side

    def __len__(self) -> int:
        return len(self.source.lengths)

    def pair(self, index: int) -> tuple[list[int], list[int]]:
        """Give the ids of source and target, each ended by EOS."""
        return self.source.sentence(index), self.target.sentence(index)

    @property
    def source_lengths(self) -> NDArray[np.uint32]:
        """Ids of each source, end included: (pairs,)."""
        return self.source.lengths

    @property
    def target_lengths(self) -> NDArray[np.uint32]:
        """Ids of each target, end included: (pairs,)."""
        return self.target.lengths


@dataclass(frozen=True)
class Dataset:
    """A prepared corpus; `open` is the way to get one."""

    directory: Path
    manifest: Manifest
    source_subword: SubwordModel
    target_subword: SubwordModel  # the same object when the vocabulary is joint

    @staticmethod
    def open(directory: Path) -> "Dataset":
        """Open what `prepare` wrote; sizes of files are checked, digests of the subword models too.

        Raises:
            CorpusError: no dataset, one of another format, or a damaged one.
        """
        manifest = read_manifest(directory)
        for name, entry in manifest.files.items():
            path = directory / name
            if not path.is_file() or path.stat().st_size != entry.bytes:
                raise _damaged(path)
        source = _subword(directory, manifest, manifest.source_subword)
        joint = manifest.target_subword == manifest.source_subword
        target = source if joint else _subword(directory, manifest, manifest.target_subword)
        return Dataset(directory, manifest, source, target)

    def verify(self) -> None:
        """Read every file and compare its digest.

        Raises:
            CorpusError: naming the first file that differs.
        """
        for name, entry in self.manifest.files.items():
            if digest_of(self.directory / name) != entry.sha256:
                raise _damaged(self.directory / name)

    @property
    def fingerprint(self) -> str:
        """Digest of the contents; two datasets with the same one are the same."""
        return self.manifest.fingerprint

    @property
    def report(self) -> Mapping[str, Any]:
        """What was dropped and why, as in `--json`."""
        return self.manifest.report

    @cached_property
    def train(self) -> Split:
        """The training pairs."""
        return self._split("train")

    @cached_property
    def validation(self) -> Split:
        """The validation pairs, as many as `validation_text` has."""
        return self._split("validation")

    def validation_text(self) -> list[tuple[str, str]]:
        """Give the raw validation texts, source and target, for scores."""
        return self._texts("validation")

    def test_text(self) -> list[tuple[str, str]]:
        """Give the raw test texts; none when the corpus has no test set."""
        return self._texts("test")

    def _texts(self, name: str) -> list[tuple[str, str]]:
        pairs = map(loads, read_lines(self.directory / f"{name}.jsonl"))
        return [(source, target) for source, target in pairs]

    def _split(self, name: str) -> Split:
        entry = self.manifest.splits[name]
        return Split(
            _mapped(self.directory / f"{name}.source", entry.source, entry.pairs),
            _mapped(self.directory / f"{name}.target", entry.target, entry.pairs),
        )


class SideWriter:
    """Writes one `Side`, a block of sentences at a time."""

    def __init__(self, stem: Path, vocabulary_size: int) -> None:
        self._type = "uint16" if vocabulary_size <= 1 << 16 else "uint32"
        self._files = {part: stem.with_name(f"{stem.name}.{part}").open("wb") for part in _PARTS}
        self._files["offsets"].write(np.zeros(1, "<u8").tobytes())
        self._tokens = 0
        self._longest = 0

    def write(self, sentences: Sequence[Sequence[int]]) -> None:
        """Append sentences, each ended by EOS."""
        lengths = np.array([len(sentence) for sentence in sentences], dtype="<u4")
        offsets = self._tokens + np.cumsum(lengths, dtype=np.uint64)
        flat = np.array([token for sentence in sentences for token in sentence], dtype=self._type)
        self._files["tokens"].write(flat.astype(flat.dtype.newbyteorder("<")).tobytes())
        self._files["offsets"].write(offsets.astype("<u8").tobytes())
        self._files["lengths"].write(lengths.tobytes())
        self._tokens += len(flat)
        self._longest = max(self._longest, int(lengths.max(initial=0)))

    @property
    def entry(self) -> SideEntry:
        """What the manifest says of this side."""
        return SideEntry(tokens=self._tokens, longest=self._longest, type=self._type)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()


def read_manifest(directory: Path) -> Manifest:
    """Read and check `dataset.json`.

    Raises:
        CorpusError: it is missing, damaged or of another format.
    """
    path = directory / MANIFEST
    try:
        values = loads(path.read_text(encoding="utf-8"))
        found = values["format"]
        if found != FORMAT:
            raise CorpusError(
                f"the dataset has format {found}, and this program reads {FORMAT}",
                where=str(path),
                mend="Prepare it again.",
            )
        return Manifest.model_validate(values)
    except OSError as error:
        raise CorpusError(
            "not a prepared dataset", where=str(directory), mend="Make one with 'seq2seq prepare'."
        ) from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise _damaged(path) from error


def write_texts(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write pairs of raw texts, a JSON array a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for pair in pairs:
            file.write(dumps(pair, ensure_ascii=False) + "\n")


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _subword(directory: Path, manifest: Manifest, name: str) -> SubwordModel:
    model = SubwordModel.load(directory / name)
    if model.digest != manifest.files[name].sha256:
        raise _damaged(directory / name)
    return model


def _mapped(stem: Path, entry: SideEntry, pairs: int) -> Side:
    def part(name: str, kind: str, length: int) -> NDArray[Any]:
        path = stem.with_name(f"{stem.name}.{name}")
        if not length:  # an empty file cannot be mapped
            return np.zeros(0, dtype=kind)
        # A plain view: memmap itself makes every slice six times as slow.
        return np.asarray(np.memmap(path, np.dtype(kind).newbyteorder("<"), mode="r", shape=(length,)))

    return Side(
        part("tokens", entry.type, entry.tokens),
        part("offsets", "uint64", pairs + 1),
        part("lengths", "uint32", pairs),
    )


def _damaged(path: Path) -> CorpusError:
    return CorpusError("the dataset is damaged", where=str(path), mend="Delete it and prepare it again.")
