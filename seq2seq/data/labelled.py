"""Texts with a label, from files or from the built-in names, without repeats, in three stratified parts.

What is a repeat: the same text, after `normalise`, with the same label. One stays. The same text with
several labels (a name that two languages have) stays once for each, because that is how the world is;
but all its entries go to the same part, so that no text is in two parts. Nobody can get all of those
right, so a test's best possible accuracy is below 1: `ceiling`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from seq2seq.amounts import amount
from seq2seq.config import Section
from seq2seq.data.invented.names import names
from seq2seq.data.normalise import normalise
from seq2seq.data.readers import read_lines, read_tsv
from seq2seq.errors import CorpusError

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
Share = Annotated[float, Field(ge=0.0, lt=1.0)]


@dataclass(frozen=True, slots=True, order=True)
class Labelled:
    """A text and what it is."""

    text: str
    label: str


class LabelledFiles(Section):
    """Where labelled texts stand: one of the three forms, plain or gzip."""

    directory: str = ""  # of files LABEL.txt, one text a line
    table: str = ""  # one file: text, tab, label
    files: dict[str, str] = Field(default_factory=dict)  # a file for each label, one text a line

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        if len(self.forms) > 1:
            raise ValueError(f"{' and '.join(self.forms)} exclude each other")
        return self

    @property
    def forms(self) -> list[str]:
        """Which of the forms are given."""
        given = {"directory": self.directory, "table": self.table, "files": self.files}
        return [name for name, value in given.items() if value]


class LabelledConfig(LabelledFiles):
    """Which texts: `[corpus]`.

    `validation` and `test` may name texts of their own, in the same three forms; else they are shares
    of the one list, the same in each label.
    """

    built_in: Literal["none", "names"] = "none"
    size: PositiveInt = 8_000  # names drawn for the built-in list, repeats among them
    root: str = "."  # where the files are; itself relative to the current directory
    validation: LabelledFiles = LabelledFiles()
    test: LabelledFiles = LabelledFiles()
    validation_share: Share = 0.1
    test_share: Share = 0.15
    split_seed: NonNegativeInt = 1  # of the built-in list and of the split, whatever a run's seed
    beginnings: NonNegativeInt = 0  # of each text to learn from, cut at random; for short texts later

    @model_validator(mode="after")
    def _names_its_texts(self) -> Self:
        forms = self.forms + (["built_in"] if self.built_in != "none" else [])
        if not forms:
            raise ValueError('there are no texts: set directory, table, files or built_in = "names"')
        if len(forms) > 1:
            raise ValueError(
                f'{" and ".join(forms)} exclude each other; built_in = "none" turns that one off'
            )
        if self.validation_share + self.test_share >= 1.0:
            raise ValueError("validation_share and test_share leave nothing to learn from")
        return self


@dataclass(frozen=True)
class LabelledCorpus:
    """Labelled texts in three parts; no text is in two of them."""

    parts: Mapping[Part, tuple[Labelled, ...]]
    read: int  # entries in the files
    repeats: int  # the same text and label again
    shared: int  # texts with several labels
    leaked: int  # left out of training because validation or test, of their own files, have the text

    @property
    def labels(self) -> tuple[str, ...]:
        """What there is to learn, in order."""
        return tuple(sorted({entry.label for entry in self.parts["train"]}))

    @property
    def fingerprint(self) -> str:
        """Digest of all three parts."""
        lines = [f"{part}\t{entry.text}\t{entry.label}\n" for part in PARTS for entry in self.parts[part]]
        return sha256("".join(lines).encode()).hexdigest()

    def report(self) -> str:
        """What was read, what was left out, and what is where."""
        counts = ", ".join(f"{len(self.parts[part]):,} {part}" for part in PARTS)
        leaked = f", {self.leaked:,} that validation or test have" if self.leaked else ""
        return (
            f"{amount(self.read, 'text')} in {amount(len(self.labels), 'label')}; left out: "
            f"{amount(self.repeats, 'repeat')}{leaked}; "
            f"{amount(self.shared, 'text has', 'texts have')} several labels; {counts}"
        )

    def write(self, directory: Path) -> None:
        """Write each part as text, tab, label, so that it can be looked at and read again."""
        directory.mkdir(parents=True, exist_ok=True)
        for part, entries in self.parts.items():
            lines = "".join(f"{entry.text}\t{entry.label}\n" for entry in entries)
            (directory / f"{part}.tsv").write_text(lines, encoding="utf-8", newline="\n")


def open_labelled(config: LabelledConfig) -> LabelledCorpus:
    """Read, take out repeats, and split.

    Raises:
        CorpusError: a file is missing or a line of one cannot be used (with file and line); there are
            fewer than two labels, or too few texts of one for every part.
    """
    root = Path(config.root)
    if config.built_in == "names":
        raw = [Labelled(text, label) for text, label in names(config.size, config.split_seed)]
    else:
        raw = list(read_labelled(config, root))
    test = distinct(read_labelled(config.test, root))
    validation = _without(distinct(read_labelled(config.validation, root)), test)
    own: dict[Part, list[Labelled]] = {"validation": validation, "test": test}
    kept = distinct(raw)
    free = _without(kept, [*validation, *test])
    shares: dict[Part, float] = {
        "validation": 0.0 if own["validation"] else config.validation_share,
        "test": 0.0 if own["test"] else config.test_share,
    }
    parts = stratified(free, shares, config.split_seed)
    for part, entries in own.items():
        parts[part] = entries or parts[part]
    _check(parts)
    return LabelledCorpus(
        {part: tuple(parts[part]) for part in PARTS},
        read=len(raw),
        repeats=len(raw) - len(kept),
        shared=sum(count > 1 for count in Counter(entry.text for entry in kept).values()),
        leaked=len(kept) - len(free),
    )


def read_labelled(source: LabelledFiles, root: Path = Path()) -> Iterator[Labelled]:
    """Read texts as they come, normalised, repeats included.

    Raises:
        CorpusError: a file is missing or a line of one cannot be used, with file and line.
    """
    if source.table:
        for pair in read_tsv(root / source.table):
            yield Labelled(_text(pair.source, pair.file, pair.line), pair.target.strip())
        return
    files = {label: root / file for label, file in source.files.items()}
    if source.directory:
        files = _label_files(root / source.directory)
    for label, path in files.items():
        for number, line in enumerate(read_lines(path), start=1):
            yield Labelled(_text(line, str(path), number), label)


def distinct(entries: Iterable[Labelled]) -> list[Labelled]:
    """Each text with each of its labels once, in the order in which they first came."""
    return list(dict.fromkeys(entries))


def stratified(
    entries: Sequence[Labelled], shares: Mapping[Part, float], seed: int
) -> dict[Part, list[Labelled]]:
    """Split so that each label gives the same share of its texts to each part; the rest is for training.

    A text that has several labels counts for the rarest of them, and all its entries go together.
    """
    labels: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        labels[entry.text].append(entry.label)
    counts = Counter(entry.label for entry in entries)
    strata: dict[str, list[str]] = defaultdict(list)
    for text, its in labels.items():
        strata[min(its, key=lambda label: (counts[label], label))].append(text)
    parts: dict[Part, list[Labelled]] = {part: [] for part in PARTS}
    for stratum in sorted(strata):
        texts = sorted(strata[stratum])
        Random(f"{seed} {stratum}").shuffle(texts)  # noqa: S311 — a split, not a secret
        start = 0
        for part, share in shares.items():
            end = start + round(share * len(texts))
            parts[part] += [Labelled(text, label) for text in texts[start:end] for label in labels[text]]
            start = end
        parts["train"] += [Labelled(text, label) for text in texts[start:] for label in labels[text]]
    return {part: sorted(members) for part, members in parts.items()}


def beginnings(entries: Sequence[Labelled], count: int, seed: int) -> list[Labelled]:
    """Cut each text `count` times after a random character; short beginnings are as frequent as long ones.

    The logarithm of the length is uniform, so that 5 to 10 characters come as often as 20 to 40.
    """
    random = Random(f"{seed} beginnings")  # noqa: S311 — where to cut is no secret
    cut = []
    for entry in entries:
        for _ in range(count):
            length = int(math.exp(random.uniform(0.0, math.log(len(entry.text) + 1))))
            cut.append(Labelled(entry.text[:length].rstrip(), entry.label))
    return cut


def ceiling(entries: Sequence[Labelled]) -> float:
    """The best accuracy that is possible when a text may have several labels: one answer for each text."""
    return len({entry.text for entry in entries}) / len(entries) if entries else 0.0


def _without(entries: Sequence[Labelled], others: Iterable[Labelled]) -> list[Labelled]:
    texts = {entry.text for entry in others}
    return [entry for entry in entries if entry.text not in texts]


def _label_files(directory: Path) -> dict[str, Path]:
    if not directory.is_dir():
        raise CorpusError("there is no such directory", where=str(directory), mend="Check the path.")
    found = {
        path.name.removesuffix(".gz").removesuffix(".txt"): path
        for path in sorted(directory.iterdir())
        if path.name.removesuffix(".gz").endswith(".txt") and not path.name.startswith(".")
    }
    if not found:
        raise CorpusError(
            "the directory has no file LABEL.txt",
            where=str(directory),
            mend="Put the texts of each label into a file of its own, such as Polish.txt, one text a line.",
        )
    return found


def _text(line: str, file: str, number: int) -> str:
    text = normalise(line)
    if not text:
        raise CorpusError("the text is blank", where=f"{file}:{number}", mend="Remove the line.")
    return text


def _check(parts: Mapping[Part, Sequence[Labelled]]) -> None:
    learnt = {entry.label for entry in parts["train"]}
    if len(learnt) < 2:  # noqa: PLR2004 — one answer is no question
        found = f"only '{next(iter(learnt))}'" if learnt else "none"
        raise CorpusError(
            f"there must be two labels or more to tell apart, and there is {found}", where="corpus"
        )
    for part in ("validation", "test"):
        if not parts[part]:
            raise CorpusError(
                f"no text is left for the {part} set",
                where="corpus",
                mend=f"Give it files of its own, more texts, or a larger {part}_share.",
            )
        unknown = sorted({entry.label for entry in parts[part]} - learnt)
        if unknown:
            raise CorpusError(
                f"the {part} set has the label '{unknown[0]}', of which there is nothing to learn from",
                where="corpus",
            )
