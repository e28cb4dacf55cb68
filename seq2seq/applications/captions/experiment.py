"""An experiment file of captions, and the run it describes; see `applications.program` for its directory."""

from pathlib import Path

import torch
from pydantic import PositiveInt
from torch import nn

from seq2seq.applications.captions.batches import PictureBatches, captioned_batch
from seq2seq.applications.captions.captioner import Captioner, CaptionerSettings, load_captioner
from seq2seq.applications.captions.network import CaptionerConfig, CaptionNetwork
from seq2seq.applications.program import Program, Trained, card_of, train_program
from seq2seq.card import CardData, CardScore
from seq2seq.data.pictures.corpus import PictureCorpus, PicturesConfig
from seq2seq.data.pictures.drawing import PIXELS
from seq2seq.data.pictures.scene import WORDS
from seq2seq.data.pictures.words import Words
from seq2seq.decoding.options import SearchOptions
from seq2seq.evaluation.scores import bleu
from seq2seq.model_directory import write_model
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all


class CaptionProgram(Program):
    """A whole experiment file."""

    pictures: PicturesConfig = PicturesConfig()
    pictures_per_batch: PositiveInt = 64
    model: CaptionerConfig = CaptionerConfig()
    search: SearchOptions = SearchOptions()


def train(
    program: CaptionProgram,
    out: Path,
    *,
    command: str,
    device: torch.device,
    observer: Observer | None = None,
) -> Trained:
    """Draw the pictures and train; the same call again goes on, and is over at once when nothing is left."""
    corpus, words = PictureCorpus(program.pictures), Words(WORDS)
    seed_all(program.seed)
    return train_program(
        out,
        program,
        CaptionNetwork(program.model, words.size).to(device),
        PictureBatches(corpus.train, words, program.pictures_per_batch, program.seed),
        _Work(program, corpus, words, out / "model", command, device),
        identity={
            "model": program.model.model_dump(mode="json"),
            "pictures": corpus.fingerprint,
            "pictures_per_batch": program.pictures_per_batch,
        },
        observer=observer,
    )


class _Work:
    """Measures a captioner on pictures that it was not trained on, and writes its model directory."""

    def __init__(  # noqa: PLR0913, PLR0917 — what both need
        self,
        program: CaptionProgram,
        corpus: PictureCorpus,
        words: Words,
        directory: Path,
        command: str,
        device: torch.device,
    ) -> None:
        self._program, self._corpus, self._words = program, corpus, words
        self._directory, self._command, self._device = directory, command, device
        self._drawn = corpus.draw("validation")
        told = [(number, number % 2) for number in range(len(self._drawn))]
        self._batch = captioned_batch(self._drawn, words, told)
        self._references = list(zip(*(scene.captions for scene in self._drawn.scenes), strict=True))

    def validate(self, model: nn.Module) -> Validation:
        """Loss over one of the captions of each picture, and BLEU against both."""
        assert isinstance(model, CaptionNetwork), "a captioner is trained here"
        loss = model(self._batch)
        captioner = Captioner(model, self._words, self._program.search)
        said = [caption.text for caption in captioner.caption_all(self._drawn.pictures)]
        score = bleu(said, self._references)
        return Validation(loss.nll.item() / loss.tokens, score.value, score.signature)

    def save(self, model: nn.Module, mark: Mark, elapsed_s: float) -> None:
        """Write the model with its card."""
        program, validation = self._program, mark.validation
        assert validation.bleu is not None, "a validation of captions measures BLEU"
        data = CardData(
            name="pictures of two shapes",
            pairs=len(self._corpus.train),
            validation_pairs=len(self._drawn),
            unit="pictures",
            fingerprint=self._corpus.fingerprint,
        )
        scores = (
            CardScore(set="validation", metric="loss", value=validation.loss, detail="nats a word"),
            CardScore(set="validation", metric="BLEU", value=validation.bleu, signature=validation.signature),
        )
        card = card_of(
            "captioner",
            program,
            model,
            mark,
            command=self._command,
            elapsed_s=elapsed_s,
            data=data,
            scores=scores,
            takes=f"pictures of {PIXELS} x {PIXELS} pixels with two shapes",
            language="en",
        )
        settings = CaptionerSettings(
            model=program.model.model_dump(mode="json"), words=self._words.words, search=program.search
        )
        write_model(self._directory, model=model, settings=settings, card=card)

    def load(self) -> nn.Module:
        """The network of the model directory."""
        return load_captioner(self._directory, self._device).network
