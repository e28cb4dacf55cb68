"""Where the sentences come from: files, or the built-in phrasebook."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self

from pydantic import NonNegativeInt, PositiveInt, field_validator, model_validator

from seq2seq.amounts import amount
from seq2seq.config import Section
from seq2seq.data.cleaning import CleaningConfig
from seq2seq.data.dataset import digest_of
from seq2seq.data.phrasebook.corpus import split
from seq2seq.data.readers import ReadReport, TextPair, read_parallel, read_tsv
from seq2seq.errors import CorpusError

Name = Literal["train", "validation", "test"]
Reader = Callable[[ReadReport], Iterator[TextPair]]


_TAG = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # RFC 5646; no longer language is registered


class CorpusConfig(Section):
    """Which sentences: `[corpus]`.

    Either files, or `built_in`. Files are tab-separated (`train`) or two aligned ones
    (`train_source`, `train_target`), plain or gzip; several are read one after the other. The same
    goes for `validation`, which is needed, and `test`, which is not: it is kept out of training.
    """

    built_in: Literal["phrasebook"] | None = None
    size: PositiveInt = 20_000  # pairs of the built-in corpus

    root: str = "."  # where the files are; itself relative to the current directory
    train: tuple[str, ...] = ()
    train_source: tuple[str, ...] = ()
    train_target: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    validation_source: tuple[str, ...] = ()
    validation_target: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    test_source: tuple[str, ...] = ()
    test_target: tuple[str, ...] = ()
    columns: tuple[PositiveInt, PositiveInt] = (1, 2)  # of source and target; (2, 1) turns TSV round
    skip_bad: bool = False  # count and skip lines that cannot be used, rather than stop at the first

    source_language: str = "en"  # IETF tags, as BCP 47 has them
    target_language: str = "fr"
    validation_limit: NonNegativeInt = 0  # pairs, drawn at random; 0 takes all
    cleaning: CleaningConfig = CleaningConfig()

    @field_validator("source_language", "target_language")
    @classmethod
    def _is_a_language(cls, tag: str) -> str:
        if _TAG.fullmatch(tag) is None:
            raise ValueError(f"'{tag}' is no language tag; write one such as en, fr or pt-BR")
        return tag

    @model_validator(mode="after")
    def _names_its_sentences(self) -> Self:
        if self.built_in is not None:
            if any(self.files(name) for name in ("train", "validation", "test")):
                raise ValueError("built_in and files exclude each other")
            return self
        for name in ("train", "validation"):
            if not self.files(name):
                raise ValueError(
                    f"{name} is missing: name TSV files, or {name}_source and {name}_target,"
                    ' or set built_in = "phrasebook"'
                )
        return self

    def files(self, name: Name) -> tuple[tuple[str, ...], ...]:
        """Give the files of a split as configured: (file,) for TSV, (source, target) for two."""
        tables, sources, targets = {
            "train": (self.train, self.train_source, self.train_target),
            "validation": (self.validation, self.validation_source, self.validation_target),
            "test": (self.test, self.test_source, self.test_target),
        }[name]
        if len(sources) != len(targets):
            counts = f"{name}_source names {amount(len(sources), 'file')} and {name}_target {len(targets)}"
            raise ValueError(f"{counts}: each needs its partner")
        return (*((table,) for table in tables), *zip(sources, targets, strict=True))


@dataclass(frozen=True)
class Corpus:
    """The sentences of each split, to be read as often as wanted, and a digest of them all."""

    readers: dict[Name, tuple[Reader, ...]]
    digests: dict[Name, tuple[str, ...]]

    def pairs(self, name: Name, report: ReadReport) -> Iterator[TextPair]:
        """Read a split; `report` counts what is met."""
        for reader in self.readers[name]:
            yield from reader(report)


def open_corpus(config: CorpusConfig, seed: int) -> Corpus:
    """Find the files, or make the built-in corpus.

    Raises:
        CorpusError: a file is missing.
    """
    if config.built_in == "phrasebook":
        return _phrasebook(config.size, seed)
    readers: dict[Name, tuple[Reader, ...]] = {}
    digests: dict[Name, tuple[str, ...]] = {}
    names: tuple[Name, ...] = ("train", "validation", "test")
    for name in names:
        groups = [[_found(config.root, file) for file in group] for group in config.files(name)]
        readers[name] = tuple(_reader(group, config) for group in groups)
        digests[name] = tuple(digest_of(path) for group in groups for path in group)
    return Corpus(readers, digests)


def _reader(paths: Sequence[Path], config: CorpusConfig) -> Reader:
    if len(paths) == 1:
        return lambda report: read_tsv(
            paths[0], columns=config.columns, skip_bad=config.skip_bad, report=report
        )
    source, target = paths
    return lambda report: read_parallel(source, target, skip_bad=config.skip_bad, report=report)


def _found(root: str, file: str) -> Path:
    directory = Path(root).resolve()
    path = directory / file
    if not path.is_file():
        raise CorpusError(
            f"there is no such file, with corpus.root = {str(directory)!r}",
            where=str(path),
            mend="Set corpus.root to the directory that holds it (--set corpus.root=DIR).",
        )
    return path


@lru_cache(maxsize=1)  # made in seconds, and twins ask for the same one
def _phrasebook(size: int, seed: int) -> Corpus:
    phrases = split(size, seed)
    parts: dict[Name, list[tuple[str, str]]] = {
        "train": [(phrase.english, phrase.french) for phrase in phrases.train],
        "validation": [(phrase.english, phrase.french) for phrase in phrases.validation],
        "test": [(phrase.english, phrase.french) for phrase in phrases.test],
    }
    return Corpus(
        readers={name: (partial(_read_pairs, pairs, name),) for name, pairs in parts.items()},
        digests={name: (sha256(repr(pairs).encode()).hexdigest(),) for name, pairs in parts.items()},
    )


def _read_pairs(pairs: Sequence[tuple[str, str]], name: str, report: ReadReport) -> Iterator[TextPair]:
    for number, (source, target) in enumerate(pairs, start=1):
        report.pairs += 1
        yield TextPair(source, target, number, f"phrasebook/{name}")
