"""A running text for a language model: where it comes from, and what its pieces are."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from seq2seq.amounts import amount
from seq2seq.batch import EOS
from seq2seq.config import Section
from seq2seq.data.characters import Characters
from seq2seq.data.phrasebook.corpus import phrases
from seq2seq.data.readers import read_lines
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword
from seq2seq.errors import CorpusError


class TextConfig(Section):
    """Which text: `[corpus]`. A file, plain or gzip, or without one the sentences of the built-in corpus."""

    text: str = ""  # a file in UTF-8
    built_in: Literal["phrasebook"] | None = None  # its English sentences, one a line
    size: PositiveInt = 20_000  # sentences of the built-in text
    language: str = ""  # BCP-47, such as "en"
    validation_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1  # of the characters: the text's end
    pieces: Literal["characters", "subword"] = "characters"

    @model_validator(mode="after")
    def _names_one_text(self) -> Self:
        if not self.text and self.built_in is None:
            raise ValueError('there is no text: --set corpus.text=FILE, or corpus.built_in="phrasebook"')
        return self


class Vocabulary(Protocol):
    """Text as numbers, and back."""

    @property
    def size(self) -> int:
        """How many ids there are."""
        ...

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of ids."""
        ...


class WordPieces:
    """A text in pieces of words; EOS is the line break."""

    def __init__(self, subword: SubwordModel) -> None:
        self.subword = subword
        self.size = subword.size
        self.described = f"{self.size:,} word pieces"

    def encode(self, text: str) -> list[int]:
        """Cut every line; each but the last is ended by EOS. Lines are normalised."""
        lines = self.subword.encode_batch(text.split("\n"))
        return [token for line in lines for token in line][:-1]

    def decode(self, tokens: Sequence[int]) -> str:
        """Put the pieces together, line by line."""
        lines: list[list[int]] = [[]]
        for token in tokens:
            if token == EOS:
                lines.append([])
            else:
                lines[-1].append(token)
        return "\n".join(self.subword.decode(line) for line in lines)


@dataclass(frozen=True)
class Text:
    """A text, whose end is kept apart for validation."""

    train: str
    validation: str

    @property
    def fingerprint(self) -> str:
        """What tells one text, and one way to part it, from another."""
        return sha256(f"{len(self.train)} {self.train}{self.validation}".encode()).hexdigest()[:16]


def open_text(config: TextConfig, seed: int) -> Text:
    """Read or make the text, and part it.

    Raises:
        CorpusError: the file cannot be read, or the text is too short to be parted.
    """
    if config.text:
        whole = read_text(Path(config.text))
    else:
        whole = "".join(f"{phrase.english}\n" for phrase in phrases(config.size, seed))
    cut = round(len(whole) * (1.0 - config.validation_share))
    text = Text(whole[:cut], whole[cut:])
    if min(len(text.train), len(text.validation)) < 2:  # noqa: PLR2004 — one to read, one to predict
        raise CorpusError(
            f"the text has {amount(len(whole), 'character')}, too few to learn from and to validate on",
            where=config.text or "corpus.size",
        )
    return text


def read_text(path: Path) -> str:
    r"""Read a file, plain or gzip, as one text; every line is ended by "\n".

    Raises:
        CorpusError: the file is missing or damaged, or a line is not UTF-8.
    """
    return "".join(f"{line}\n" for line in read_lines(path))


def learn_vocabulary(
    config: TextConfig, subword: SubwordConfig, text: Text, path: Path, seed: int
) -> Characters | WordPieces:
    """Find the characters of the training text, or learn its word pieces and write them to a file."""
    if config.pieces == "characters":
        return Characters.of([text.train])
    return WordPieces(train_subword(iter(text.train.split("\n")), subword, path, seed))


def as_array(vocabulary: Vocabulary, text: str) -> NDArray[np.int64]:
    """The ids of a text, compactly."""
    return np.array(vocabulary.encode(text), dtype=np.int64)
