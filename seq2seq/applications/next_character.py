"""Next character: a model of a text, trained chunk by chunk with its state carried on."""

from pathlib import Path

import torch
from torch import nn

from seq2seq.applications.program import Program, Trained, card_of, train_program
from seq2seq.applications.text_model import COLD, Score, TextModel
from seq2seq.card import CardData, CardScore
from seq2seq.data.characters import Characters
from seq2seq.data.chunks import ChunkConfig, ChunkSampler
from seq2seq.data.subword_learning import SubwordConfig
from seq2seq.data.text import Text, TextConfig, WordPieces, as_array, learn_vocabulary, open_text
from seq2seq.nn.language_model import Carried, LanguageModel, LanguageModelConfig
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all


class TextProgram(Program):
    """A whole experiment file of `seq2seq lm train`."""

    corpus: TextConfig
    subword: SubwordConfig = SubwordConfig(vocabulary_size=2_000)  # with corpus.pieces = "subword"
    batching: ChunkConfig = ChunkConfig()
    model: LanguageModelConfig = LanguageModelConfig()


def train_text_model(
    program: TextProgram, run: Path, *, command: str, device: torch.device, observer: Observer | None = None
) -> Trained:
    """Train a language model; the same call again goes on, and is over at once when nothing is left.

    Args:
        program: what to train.
        run: the run's directory; the model goes to `run/model`.
        command: what the user typed, for the card.
        device: where to train.
        observer: is told of progress.

    Raises:
        CorpusError: the text cannot be read, or is too short.
    """
    run.mkdir(parents=True, exist_ok=True)
    text = open_text(program.corpus, program.seed)
    vocabulary = learn_vocabulary(program.corpus, program.subword, text, run / "text.spm", program.seed)
    seed_all(program.seed)
    network = LanguageModel(program.model, vocabulary.size)
    tokens = as_array(vocabulary, text.train)
    return train_program(
        run,
        program,
        Carried(network, program.batching.rows).to(device),
        ChunkSampler(tokens, program.batching, program.seed),
        _Work(program, text, vocabulary, run / "model", command, device),
        identity={
            "model": program.model.model_dump(mode="json"),
            "batching": program.batching.model_dump(mode="json"),
            "corpus": text.fingerprint,
            "pieces": program.corpus.pieces,
        },
        observer=observer,
    )


class _Work:
    """Measures and writes a language model; in training it is a `Carried`, afterwards itself."""

    def __init__(  # noqa: PLR0913, PLR0917 — what a run knows
        self,
        program: TextProgram,
        text: Text,
        vocabulary: Characters | WordPieces,
        directory: Path,
        command: str,
        device: torch.device,
    ) -> None:
        self._program = program
        self._text = text
        self._vocabulary = vocabulary
        self._directory = directory
        self._command = command
        self._device = device

    def validate(self, model: nn.Module) -> Validation:
        """Measure the loss in cold windows: many rows at a time, so that it is quick."""
        return Validation(self._model(model).score_cold(self._text.validation).nats_a_piece)

    def load(self) -> nn.Module:
        """The best model, from its directory."""
        return TextModel.load(self._directory, self._device).network

    def save(self, model: nn.Module, mark: Mark, elapsed_s: float) -> None:
        """Write it; when the run is over, with both protocols' scores."""
        best = self._model(model)
        held_out = self._text.validation
        scores = best.scores(held_out) if elapsed_s else {COLD: best.score_cold(held_out)}
        card = card_of(
            "language_model",
            self._program,
            best.network,
            mark,
            command=self._command,
            elapsed_s=elapsed_s,
            data=CardData(
                name=Path(self._program.corpus.text).name or "the built-in phrasebook",
                pairs=len(self._text.train),
                validation_pairs=len(self._text.validation),
                unit="characters",
                fingerprint=self._text.fingerprint,
            ),
            scores=tuple(_card_score(score, name) for name, score in scores.items()),
            takes=f"text, in {self._vocabulary.described}",
            language=self._program.corpus.language,
        )
        best.write(self._directory, card)

    def _model(self, model: nn.Module) -> TextModel:
        network = model.network if isinstance(model, Carried) else model
        assert isinstance(network, LanguageModel), "a language model is trained"
        return TextModel(network, self._vocabulary)


def _card_score(score: Score, protocol: str) -> CardScore:
    return CardScore(
        set=f"validation, {protocol}",
        metric="loss",
        value=score.nats_a_character,
        detail=f"nats a character ({score.bits_a_character:.3f} bits)",
    )
