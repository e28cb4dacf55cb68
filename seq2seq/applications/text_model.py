"""A language model as a directory: written, loaded, made to write, and used to rate a text."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from seq2seq.amounts import amount
from seq2seq.batch import BOS, EOS
from seq2seq.bundle import SubwordEntry
from seq2seq.card import Card
from seq2seq.data.characters import Characters
from seq2seq.data.subword import SubwordModel
from seq2seq.data.text import WordPieces
from seq2seq.decoding.options import SamplingOptions
from seq2seq.decoding.sampling import NEVER_DRAWN, draw
from seq2seq.errors import InputError
from seq2seq.evaluation.tables import aligned
from seq2seq.loading import load_module
from seq2seq.model_directory import ModelDirectory, ModelSettings, write_model
from seq2seq.nn.language_model import LanguageModel, LanguageModelConfig
from seq2seq.nn.state import CellState, DecoderState

WINDOW = 256  # pieces of a cold window: the context length of nanoGPT's models
COLD, STATEFUL = f"cold windows of {WINDOW}", "one stateful pass"  # the protocols
_ROWS = 64  # windows read side by side
_STRETCH = 2_048  # pieces of a running text read in one go
_SUBWORD = "text.spm"


class TextModelSettings(ModelSettings):
    """`config.json` of a language model: it reads either characters or word pieces."""

    kind: Literal["language_model"] = "language_model"
    characters: str = ""  # the known ones, in the order of their ids
    subword: SubwordEntry | None = None


@dataclass(frozen=True)
class Score:
    """How well a model foretells a text. Its first piece is read, and not foretold."""

    nll: float  # nats, all pieces together
    pieces: int
    characters: int

    @property
    def nats_a_piece(self) -> float:
        """The loss."""
        return self.nll / self.pieces

    @property
    def nats_a_character(self) -> float:
        """The same as the loss where pieces are characters."""
        return self.nll / self.characters

    @property
    def bits_a_character(self) -> float:
        """What an ideal archiver would need with this model."""
        return self.nats_a_character / math.log(2)


@dataclass(frozen=True)
class TextModel:
    """A language model with its vocabulary."""

    network: LanguageModel
    vocabulary: Characters | WordPieces

    @staticmethod
    def load(directory: Path, device: torch.device) -> "TextModel":
        """Open a model directory.

        Raises:
            ModelError: there is no sound language model.
        """
        opened = ModelDirectory.open(directory)
        settings = opened.settings(TextModelSettings)
        vocabulary: Characters | WordPieces
        if settings.subword is None:
            vocabulary = Characters(settings.characters)
        else:
            vocabulary = WordPieces(SubwordModel.load(opened.directory / settings.subword.file))
        size = vocabulary.size
        network = load_module(opened, LanguageModelConfig, lambda shape: LanguageModel(shape, size))
        return TextModel(network.to(device), vocabulary)

    def write(self, directory: Path, card: Card) -> ModelDirectory:
        """Write a model directory; an older model there is replaced."""
        shape = self.network.config.model_dump(mode="json")
        if isinstance(self.vocabulary, Characters):
            settings = TextModelSettings(model=shape, characters=self.vocabulary.known)
            return write_model(directory, model=self.network, settings=settings, card=card)
        subword = self.vocabulary.subword
        entry = SubwordEntry(file=_SUBWORD, sha256=subword.digest, pieces=subword.size)
        return write_model(
            directory,
            model=self.network,
            settings=TextModelSettings(model=shape, subword=entry),
            card=card,
            files={_SUBWORD: subword.path.read_bytes},
        )

    def say(self, options: SamplingOptions, *, prefix: str = "", texts: int = 1) -> list[str]:
        """Write texts: the prefix, and what the model goes on with.

        Without a prefix a text begins as after a line break.

        Raises:
            InputError: the prefix has characters that the model does not know.
        """
        if unknown := self.unknown(prefix):
            raise InputError(
                f"the model does not know {', '.join(map(repr, unknown))}",
                where="prefix",
                mend="It writes with the characters of the text that it was trained on.",
            )
        tokens = self.vocabulary.encode(prefix)
        with torch.inference_mode():
            state = DecoderState(self.network.begin(texts))
        drawn = draw(
            self.network,
            state,
            options,
            prefixes=[tokens] * texts,
            first=self.line_break,
            forbidden=NEVER_DRAWN | ({EOS} if isinstance(self.vocabulary, Characters) else set()),
        )
        return [self.vocabulary.decode(row.tokens) for row in drawn]

    @property
    def line_break(self) -> int:
        """What stands before a line: a token; BOS where the vocabulary has no line break."""
        if isinstance(self.vocabulary, WordPieces):
            return EOS
        return self.vocabulary.encode("\n")[0] if "\n" in self.vocabulary.known else BOS

    def unknown(self, text: str) -> list[str]:
        """The characters of a text that the model has never met; word pieces spell every character."""
        return self.vocabulary.unknown(text) if isinstance(self.vocabulary, Characters) else []

    def scores(self, text: str) -> dict[str, Score]:
        """Rate a text in both protocols, by their names.

        Raises:
            InputError: there is nothing to foretell.
        """
        return {COLD: self.score_cold(text), STATEFUL: self.score_stateful(text)}

    def score_cold(self, text: str, window: int = WINDOW) -> Score:
        """Rate a text in windows that know nothing of each other, as nanoGPT does.

        Each window reads `window` pieces and foretells the one after each. All of the text is
        rated, in windows that follow each other, where nanoGPT draws 200 batches at random.

        Raises:
            InputError: there is nothing to foretell.
        """
        tokens = self._tokens(text)
        whole = (len(tokens) - 1) // window
        nll = 0.0
        with torch.inference_mode():
            if whole:
                inputs = tokens[: whole * window].view(whole, window)
                targets = tokens[1 : whole * window + 1].view(whole, window)
                for rows, expected in zip(
                    torch.split(inputs, _ROWS), torch.split(targets, _ROWS), strict=True
                ):
                    nll += self._nll(rows, expected)[0]
            rest = tokens[whole * window :]
            if len(rest) > 1:
                nll += self._nll(rest[None, :-1], rest[None, 1:])[0]
        return Score(nll, len(tokens) - 1, self._characters(text))

    def score_stateful(self, text: str) -> Score:
        """Rate a text in one pass that remembers all of it: easier than cold windows.

        Raises:
            InputError: there is nothing to foretell.
        """
        tokens = self._tokens(text)
        nll, states = 0.0, self.network.begin(1)
        with torch.inference_mode():
            for start in range(0, len(tokens) - 1, _STRETCH):
                part = tokens[start : start + _STRETCH + 1]
                more, states = self._nll(part[None, :-1], part[None, 1:], states)
                nll += more
        return Score(nll, len(tokens) - 1, self._characters(text))

    def _nll(
        self, inputs: Tensor, targets: Tensor, states: Sequence[CellState] | None = None
    ) -> tuple[float, tuple[CellState, ...]]:
        hidden, after = self.network.read(inputs, states)
        return float(self.network.loss(hidden, targets).nll), after

    def _tokens(self, text: str) -> Tensor:
        tokens = torch.tensor(self.vocabulary.encode(text), dtype=torch.int64, device=self.network.device)
        if len(tokens) < 2:  # noqa: PLR2004 — one to read, one to foretell
            raise InputError(
                f"the text has {amount(len(tokens), 'piece')}, and at least 2 are needed: "
                "one to read, one to foretell"
            )
        return tokens

    def _characters(self, text: str) -> int:
        """How many characters are foretold: all but the first piece's."""
        first = self.vocabulary.decode(self.vocabulary.encode(text)[:1])
        return max(1, len(text) - len(first or "\n"))


def scores_text(scores: Mapping[str, Score]) -> str:
    """A table for people: a row for each protocol."""
    rows = [
        [name, f"{score.nats_a_character:.4f}", f"{score.bits_a_character:.4f}", f"{score.characters:,}"]
        for name, score in scores.items()
    ]
    return aligned([["protocol", "nats a character", "bits a character", "characters"], *rows])


def scores_values(scores: Mapping[str, Score]) -> dict[str, dict[str, float]]:
    """The same for programs."""
    return {
        name: {
            "nats_a_character": score.nats_a_character,
            "bits_a_character": score.bits_a_character,
            "nats_a_piece": score.nats_a_piece,
            "pieces": score.pieces,
            "characters": score.characters,
        }
        for name, score in scores.items()
    }
