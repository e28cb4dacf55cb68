"""From text files to a dataset: read, clean, learn the subword models, encode, put in place.

Streams: what is kept in memory is a block of pairs, 8 bytes a pair to find duplicates, the
evaluation sets and the sample that the vocabulary is learnt from, whatever the size of the corpus.
The cleaned text waits on disk, beside the dataset, for the vocabulary to be learnt.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from pathlib import Path
from random import Random
from urllib.parse import quote, unquote

import sentencepiece

from seq2seq.amounts import amount
from seq2seq.data.cleaning import CleaningReport, EvaluationSet, Keys, clean
from seq2seq.data.corpus import Corpus, CorpusConfig, Name, open_corpus
from seq2seq.data.dataset import (
    FORMAT,
    MANIFEST,
    Dataset,
    FileEntry,
    Manifest,
    SideWriter,
    SplitEntry,
    digest_of,
    read_manifest,
    write_texts,
)
from seq2seq.data.drops import Reason
from seq2seq.data.readers import ReadReport, TextPair, blocks
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword
from seq2seq.errors import CorpusError

__all__ = ["CorpusConfig", "Progress", "prepare"]


Progress = Callable[[str, int], None]  # what is being done, and how many pairs of it are done


def _in_silence(stage: str, pairs: int) -> None:
    """Report progress to nobody."""


def prepare(  # noqa: PLR0913 — all but the four that make it by name
    config: CorpusConfig,
    subword: SubwordConfig,
    out: Path,
    seed: int,
    *,
    on_progress: Progress = _in_silence,
    pieces: Sequence[Path] = (),
) -> Dataset:
    """Make a dataset, or open the one that is there when it was made from the same.

    The directory is written aside and renamed when it is whole. An older dataset in its place is
    replaced. The same files, configuration and seed give the same bytes.

    Args:
        config: where the sentences come from, and which are left out.
        subword: how they are cut into pieces.
        out: the directory to make.
        seed: of the built-in corpus, of the samples for the vocabulary and for validation.
        on_progress: called now and then with the stage and the pairs done in it.
        pieces: subword models to cut with, one for both sides or one for each; none: they are learnt.

    Raises:
        CorpusError: a file is missing or bad, nothing is left to train on, or `out` is something
            other than a dataset.
        ConfigError: the vocabulary is too small for the corpus.
    """
    corpus = open_corpus(config, seed)
    key = _key(config, subword, seed, corpus, pieces)
    if _is_current(out, key):
        return Dataset.open(out)
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _Preparation(config, subword, seed, part, on_progress, pieces).run(corpus, key)
        _put_in_place(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Dataset.open(out)


@dataclass(frozen=True)
class _Models:
    source: SubwordModel
    target: SubwordModel  # the same object when the vocabulary is joint

    def encode(self, pairs: Sequence[TextPair]) -> tuple[list[list[int]], list[list[int]]]:
        sources = self.source.encode_batch([pair.source for pair in pairs])
        return sources, self.target.encode_batch([pair.target for pair in pairs])


@dataclass(frozen=True)
class _Preparation:
    """The passes over the corpus, each writing into a directory that nobody reads yet."""

    config: CorpusConfig
    subword: SubwordConfig
    seed: int
    directory: Path
    on_progress: Progress
    pieces: Sequence[Path]
    report: CleaningReport = field(default_factory=CleaningReport)

    def run(self, corpus: Corpus, key: str) -> None:
        """Make all files, the manifest last."""
        validation = self._evaluation_pairs(corpus, "validation")
        test = self._evaluation_pairs(corpus, "test")
        spool = self.directory / "clean.part"
        self._clean(corpus, self._held_out(validation, test), spool)
        models = self._learn(spool)
        splits = {
            "train": self._encode("train", _spooled(spool), models, self.config.cleaning.max_pieces),
            "validation": self._encode("validation", validation, models, None),
        }
        spool.unlink()
        self._refuse_nothing(splits["train"].pairs)
        for name, pairs in (("validation", validation), ("test", test)):
            write_texts(self.directory / f"{name}.jsonl", ((pair.source, pair.target) for pair in pairs))
        self._write_manifest(key, models, splits)

    def _evaluation_pairs(self, corpus: Corpus, name: Name) -> list[TextPair]:
        """Read a validation or test set as it stands."""
        met = ReadReport()
        pairs = list(corpus.pairs(name, met))
        if met.skipped.total:
            self.report.notices.append(f"{amount(met.skipped.total, 'bad line')} skipped in the {name} set")
        limit = self.config.validation_limit
        if name == "validation" and 0 < limit < len(pairs):
            # Corpora tend to be sorted: the first pairs would all be short.
            random = Random(f"validation {self.seed}")  # noqa: S311 — a sample, not a secret
            pairs = [pairs[index] for index in sorted(random.sample(range(len(pairs)), limit))]
        if name == "validation" and not pairs:
            raise CorpusError("the validation set is empty", where="corpus.validation")
        return pairs

    def _held_out(self, validation: Sequence[TextPair], test: Sequence[TextPair]) -> list[EvaluationSet]:
        in_validation, in_test = EvaluationSet(Reason.IN_VALIDATION), EvaluationSet(Reason.IN_TEST)
        for held_out, pairs in ((in_validation, validation), (in_test, test)):
            held_out.add(Keys.of(pairs))
        shared = int(in_test.leaking(Keys.of(validation), self.config.cleaning.leakage).sum())
        if shared:
            one, several = "pair of the validation set occurs", "pairs of the validation set occur"
            self.report.notices.append(f"{amount(shared, one, several)} in the test set")
        return [in_validation, in_test]

    def _clean(self, corpus: Corpus, held_out: Sequence[EvaluationSet], spool: Path) -> None:
        pairs = clean(corpus.pairs("train", self.report.read), self.config.cleaning, self.report, held_out)
        kept = 0
        with spool.open("w", encoding="utf-8", newline="\n") as file:
            for block in blocks(pairs):
                # Normalised text holds no tab and no line break; a path may.
                file.writelines(
                    f"{pair.source}\t{pair.target}\t{pair.line}\t{quote(pair.file)}\n" for pair in block
                )
                kept += len(block)
                self.on_progress("cleaning", kept)
        self._refuse_nothing(kept)

    def _learn(self, spool: Path) -> _Models:
        names = ("joint.spm",) if len(self.pieces) == 1 else ("source.spm", "target.spm")
        if self.pieces:
            ready = [
                SubwordModel.load(Path(shutil.copyfile(path, self.directory / name)))
                for path, name in zip(self.pieces, names, strict=True)
            ]
            return _Models(ready[0], ready[-1])
        self.on_progress("learning pieces", 0)

        def learn(name: str, sentences: Iterator[str]) -> SubwordModel:
            model = train_subword(sentences, self.subword, self.directory / name, self.seed)
            if model.size < self.subword.vocabulary_size:
                sizes = f"{model.size:,} pieces, not {self.subword.vocabulary_size:,}"
                self.report.notices.append(f"{name} has {sizes}: the corpus has no more")
            return model

        if self.subword.joint:
            model = learn("joint.spm", (side for p in _spooled(spool) for side in (p.source, p.target)))
            return _Models(model, model)
        return _Models(
            learn("source.spm", (pair.source for pair in _spooled(spool))),
            learn("target.spm", (pair.target for pair in _spooled(spool))),
        )

    def _encode(
        self, name: Name, pairs: Iterable[TextPair], models: _Models, max_pieces: int | None
    ) -> SplitEntry:
        stem = self.directory / name
        kept = 0
        with (
            SideWriter(stem.with_name(f"{name}.source"), models.source.size) as sources,
            SideWriter(stem.with_name(f"{name}.target"), models.target.size) as targets,
        ):
            for block in blocks(pairs):
                encoded = [
                    (source, target)
                    for pair, source, target in zip(block, *models.encode(block), strict=True)
                    if self._is_short(pair, max(len(source), len(target)) - 1, max_pieces)
                ]
                sources.write([source for source, _ in encoded])
                targets.write([target for _, target in encoded])
                kept += len(encoded)
                self.on_progress(f"encoding {name}", kept)
        return SplitEntry(pairs=kept, source=sources.entry, target=targets.entry)

    def _is_short(self, pair: TextPair, pieces: int, max_pieces: int | None) -> bool:
        if max_pieces is None or pieces <= max_pieces:
            return True
        self.report.dropped.add(Reason.TOO_MANY_PIECES, pair.place)
        return False

    def _refuse_nothing(self, kept: int) -> None:
        if not kept:
            raise CorpusError(
                f"no pair is left to train on\n{self.report.text()}\n",
                where="corpus.train",
                mend="Check the files, or widen the limits of [corpus.cleaning].",
            )

    def _write_manifest(self, key: str, models: _Models, splits: dict[str, SplitEntry]) -> None:
        files = {
            path.name: FileEntry(bytes=path.stat().st_size, sha256=digest_of(path))
            for path in sorted(self.directory.iterdir())
        }
        manifest = Manifest(
            format=FORMAT,
            key=key,
            source_subword=models.source.path.name,
            target_subword=models.target.path.name,
            splits=splits,
            files=files,
            configuration={
                "corpus": self.config.model_dump(mode="json"),
                "subword": self.subword.model_dump(mode="json"),
                "seed": self.seed,
            },
            report=dict(self.report.to_json()),
        )
        text = manifest.model_dump_json(indent=1)
        (self.directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _spooled(spool: Path) -> Iterator[TextPair]:
    with spool.open(encoding="utf-8", newline="\n") as file:
        for row in file:
            source, target, line, name = row.rstrip("\n").split("\t")
            yield TextPair(source, target, int(line), unquote(name))


def _key(
    config: CorpusConfig, subword: SubwordConfig, seed: int, corpus: Corpus, pieces: Sequence[Path]
) -> str:
    """Digest what a dataset follows from; where its files lie is no part of it."""
    origin = {
        "format": FORMAT,
        "sentencepiece": sentencepiece.__version__,
        "corpus": config.model_dump(mode="json", exclude={"root"}),
        "subword": subword.model_dump(mode="json"),
        "seed": seed,
        "digests": corpus.digests,
        **({"pieces": [digest_of(path) for path in pieces]} if pieces else {}),
    }
    return sha256(dumps(origin, sort_keys=True).encode()).hexdigest()


def _is_current(out: Path, key: str) -> bool:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    if not (out / MANIFEST).is_file():
        raise CorpusError(
            "something other than a dataset is there", where=str(out), mend="Choose another directory."
        )
    try:
        return read_manifest(out).key == key
    except CorpusError:
        return False  # damaged, or of another format: made again


def _put_in_place(part: Path, out: Path) -> None:
    old = out.with_name(out.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    part.rename(out)
    shutil.rmtree(old, ignore_errors=True)
