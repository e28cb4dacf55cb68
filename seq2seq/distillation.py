"""More training pairs from models: what teachers make of the training sentences, as files for `prepare`.

    real.tsv           the training pairs as they were prepared
    forward.tsv        each source with the teacher's translation: sequence-level distillation,
                       Kim and Rush 2016 (arXiv:1606.07947), section 3.2
    backward.tsv       what a model of the other direction makes of each target, with that target: data
                       diversification, Nguyen et al. 2020 (arXiv:1911.01986); marked by a tag or not,
                       Caswell et al. 2019 (arXiv:1906.06442)
    distillation.json  from what they are made, and how far they are

Only training pairs are translated, after those that leak into validation or test were left out. What a
teacher writes may be a sentence of these sets all the same; `prepare` leaves such a pair out as it does
any other, for the student's experiment names the same sets.

The same call goes on where one was killed: a chunk is written, flushed to the disk, and then counted.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from seq2seq.data.corpus import CorpusConfig
from seq2seq.data.dataset import Dataset
from seq2seq.data.normalise import normalise
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ConfigError, InputError, UsageError
from seq2seq.translation import Translation
from seq2seq.translator import Translator

FORMAT = "distillation/1"
MANIFEST = "distillation.json"
CHUNK = 500  # sentences that a kill may lose

Pairs = list[tuple[str, str]]
Progress = Callable[[str, int, int], None]  # what is written, how many sentences are done, and of how many


def _in_silence(part: str, done: int, of: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Teacher:
    """A model and how it is searched."""

    translator: Translator
    search: SearchOptions

    def to_json(self) -> dict[str, Any]:
        """What makes its translations what they are."""
        search = {name: value for name, value in asdict(self.search).items() if name != "keep"}
        return {"revision": self.translator.bundle.revision, "search": search}

    def translate(self, texts: Sequence[str]) -> list[str]:
        """Translate sentences; what cannot be translated becomes empty."""
        answers = self.translator.translate_lines(texts, self.search)
        return [normalise(answer.text) if isinstance(answer, Translation) else "" for answer in answers]


@dataclass(frozen=True)
class Part:
    """How far one file is."""

    sentences: int = 0  # done
    pairs: int = 0  # written; a sentence without a translation gives none
    bytes: int = 0


@dataclass(frozen=True)
class Teachers:
    """Who translates what."""

    forward: Teacher | None = None  # sources, as the student shall
    backward: Teacher | None = None  # targets, the other way
    tag: str = ""  # put before each source that `backward` made

    def to_json(self) -> dict[str, Any]:
        """What makes the files what they are."""
        teachers = {"forward": self.forward, "backward": self.backward}
        described = {name: teacher and teacher.to_json() for name, teacher in teachers.items()}
        return {**described, "tag": self.tag}


def distill(
    dataset: Dataset,
    out: Path,
    teachers: Teachers,
    *,
    chunk: int = CHUNK,
    on_progress: Progress = _in_silence,
) -> dict[Path, Part]:
    """Translate the training sentences and write the files above; the same call goes on with them.

    Args:
        dataset: whose training pairs are meant.
        out: a directory, made if need be.
        teachers: at least one.
        chunk: sentences translated between two notes of progress.
        on_progress: called after each chunk.

    Returns:
        The files for the student's corpus, and what is in each.

    Raises:
        UsageError: no teacher is given, or one translates other languages.
        ConfigError: the corpus is built in, so that no files can be added to it.
        InputError: `out` has the files of another distillation.
    """
    corpus = CorpusConfig.model_validate(dataset.manifest.configuration["corpus"])
    _check(corpus, teachers)
    identity = {"dataset": dataset.fingerprint, **teachers.to_json(), "columns": list(corpus.columns)}
    writer = _Writer(out, identity, corpus.columns, on_progress)
    writer.write("real", dataset, lambda pairs: pairs, chunk)
    if teachers.forward is not None:
        writer.write("forward", dataset, _forward(teachers.forward), chunk)
    if teachers.backward is not None:
        writer.write("backward", dataset, _backward(teachers.backward, normalise(teachers.tag)), chunk)
    return {writer.path(name): part for name, part in writer.parts.items()}


def _forward(teacher: Teacher) -> Callable[[Pairs], Pairs]:
    def make(pairs: Pairs) -> Pairs:
        sources = [source for source, _ in pairs]
        return list(zip(sources, teacher.translate(sources), strict=True))

    return make


def _backward(teacher: Teacher, tag: str) -> Callable[[Pairs], Pairs]:
    def make(pairs: Pairs) -> Pairs:
        targets = [target for _, target in pairs]
        found = teacher.translate(targets)
        return [
            (f"{tag} {source}".strip() if source else "", target)
            for source, target in zip(found, targets, strict=True)
        ]

    return make


def _check(corpus: CorpusConfig, teachers: Teachers) -> None:
    if teachers.forward is None and teachers.backward is None:
        raise UsageError("there is no teacher", mend="Name one with -m or with --backward.")
    if corpus.built_in is not None:
        raise ConfigError(
            "a built-in corpus cannot be added to",
            where="corpus.built_in",
            mend="Write it to files with 'seq2seq corpus phrasebook', and make an experiment of them.",
        )
    languages = (corpus.source_language, corpus.target_language)
    for teacher, expected in ((teachers.forward, languages), (teachers.backward, languages[::-1])):
        if teacher is None:
            continue
        card = teacher.translator.bundle.card
        if (card.source_language, card.target_language) != expected:
            raise UsageError(
                f"{card.name} translates {card.source_language} to {card.target_language},"
                f" and {' to '.join(expected)} is needed",
                where=str(teacher.translator.bundle.directory),
            )


@dataclass
class _Writer:
    """Writes the files, and keeps account of them."""

    out: Path
    identity: dict[str, Any]
    columns: tuple[int, int]
    on_progress: Progress
    parts: dict[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            known = json.loads((self.out / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        if known["format"] != FORMAT or known["identity"] != self.identity:
            raise InputError(
                "the files there are of another distillation: other pairs, models or settings",
                where=str(self.out),
                mend="Name another directory with --out, or delete this one.",
            )
        self.parts = {name: Part(**part) for name, part in known["parts"].items()}

    def path(self, name: str) -> Path:
        """Where a part is written."""
        return self.out / f"{name}.tsv"

    def write(self, name: str, dataset: Dataset, make: Callable[[Pairs], Pairs], chunk: int) -> None:
        """Write what is missing of a part, a chunk at a time."""
        part = self.parts.setdefault(name, Part())
        of = len(dataset.train)
        with self.path(name).open("ab") as file:
            file.truncate(part.bytes)  # what a kill left of a chunk that was not counted
            for pairs in _chunks(dataset, part.sentences, chunk):
                lines = [self._line(*pair) for pair in make(pairs) if all(pair)]
                file.write("".join(lines).encode())
                file.flush()
                os.fsync(file.fileno())
                part = Part(part.sentences + len(pairs), part.pairs + len(lines), file.tell())
                self.parts[name] = part
                self._count()
                self.on_progress(name, part.sentences, of)

    def _line(self, source: str, target: str) -> str:
        cells = ["-"] * max(self.columns)
        for column, text in zip(self.columns, (source, target), strict=True):
            assert "\t" not in text, "normalised text has no tab"
            cells[column - 1] = text
        return "\t".join(cells) + "\n"

    def _count(self) -> None:
        counted = {name: asdict(part) for name, part in self.parts.items()}
        aside = self.out / f".{MANIFEST}.part"
        with aside.open("w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, "identity": self.identity, "parts": counted}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.out / MANIFEST)


def _chunks(dataset: Dataset, start: int, size: int) -> Iterator[Pairs]:
    """The training texts from a place on; decoding gives them back as they were prepared."""
    source, target, split = dataset.source_subword, dataset.target_subword, dataset.train
    for first in range(start, len(split), size):
        ids = [split.pair(index) for index in range(first, min(first + size, len(split)))]
        yield [(source.decode(s), target.decode(t)) for s, t in ids]
