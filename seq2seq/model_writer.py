"""Writes what training has chosen so far as a model directory, and measures what comes of it at the end."""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import nn

from seq2seq.bundle import write_bundle
from seq2seq.card import Card, CardData, CardScore
from seq2seq.data.dataset import Dataset
from seq2seq.evaluation.measures import Score
from seq2seq.evaluation.scores import FEW_SENTENCES, bleu
from seq2seq.experiment import Experiment, Trainee
from seq2seq.loading import packed, precision_of
from seq2seq.nn.model import EncoderDecoder, TranslationModel
from seq2seq.training.outcome import Mark, Outcome, Validation
from seq2seq.training.provenance import provenance
from seq2seq.translation import Translation
from seq2seq.translator import Translator


@dataclass(frozen=True)
class _Measured:
    """What a card says of how good a model is."""

    scores: tuple[CardScore, ...]
    int8_bleu_loss: float | None = None


class ModelWriter:
    """Writes the best model so far with its card."""

    def __init__(
        self, experiment: Experiment, dataset: Dataset, trainee: Trainee, directory: Path, command: str
    ) -> None:
        self._experiment = experiment
        self._dataset = dataset
        self._trainee = trainee
        self._directory = directory
        self._command = command

    def save(self, model: nn.Module, mark: Mark) -> None:
        """Write what was just validated, with the score of that validation."""
        scores = _validation_scores(mark.validation, self._experiment.validation_beam)
        self._write(model, mark.update, 0.0, _Measured(scores))
        if self._experiment.keep > 1:
            self._keep(model, mark.update, scores)

    def complete(self, outcome: Outcome, device: torch.device) -> None:
        """Measure the best model with its own search, and write that and the time into its card."""
        assert outcome.best is not None
        translator = self._trainee.translator(self._directory, self._dataset, device)
        score = self._score(translator)
        validation = Validation(outcome.best.validation.loss, score.value, score.signature)
        loss = None
        in_int8 = _in_int8(self._trainee.load(translator.bundle))
        if in_int8 is not None and len(self._dataset.validation) >= FEW_SENTENCES:
            loss = round(score.value - self._score(replace(translator, model=in_int8)).value, 2)
        self._write(
            self._trainee.load(translator.bundle).to(device),
            outcome.best.update,
            outcome.elapsed_s,
            _Measured(_validation_scores(validation, self._experiment.search.beam), loss),
        )

    def _score(self, translator: Translator) -> Score:
        """BLEU on the validation set, searched as the model is when nothing else is asked."""
        texts = self._dataset.validation_text()
        answers = translator.translate_lines((source for source, _ in texts), self._experiment.search)
        # A poor model may find nothing for a sentence: that costs score, not the run.
        hypotheses = [answer.text if isinstance(answer, Translation) else "" for answer in answers]
        return bleu(hypotheses, [[target for _, target in texts]], self._experiment.tokenize)

    def _keep(self, model: nn.Module, update: int, scores: tuple[CardScore, ...]) -> None:
        best = self._directory.with_name("best")
        best.mkdir(exist_ok=True)
        place = best / f"{update:07}"  # names sort by update, and the best is the last
        self._write(model, update, 0.0, _Measured(scores), place)
        for earlier in sorted(best.glob("[0-9]*"))[: -self._experiment.keep]:
            shutil.rmtree(earlier)

    def _write(
        self,
        model: nn.Module,
        update: int,
        elapsed_s: float,
        measured: _Measured,
        directory: Path | None = None,
    ) -> None:
        experiment, dataset = self._experiment, self._dataset
        card = Card(
            name=f"{experiment.name}-{self._trainee.name}",
            source_language=experiment.corpus.source_language,
            target_language=experiment.corpus.target_language,
            description=experiment.description,
            licence=experiment.licence,
            attribution=experiment.attribution,
            created=datetime.now(tz=UTC).date(),
            data=CardData(
                name=experiment.name,
                pairs=len(dataset.train),
                validation_pairs=len(dataset.validation),
                fingerprint=dataset.fingerprint,
            ),
            training=provenance(
                model, command=self._command, seed=experiment.seed, updates=update, elapsed_s=elapsed_s
            ),
            scores=measured.scores,
            int8_bleu_loss=measured.int8_bleu_loss,
        )
        write_bundle(
            directory or self._directory,
            model=model,
            model_config=self._trainee.shape,
            source_subword=dataset.source_subword,
            target_subword=dataset.target_subword,
            card=card,
            search=experiment.search,
            protects=experiment.batching.protected_spans > 0,
        )


def _validation_scores(validation: Validation, beam: int) -> tuple[CardScore, ...]:
    scores = [CardScore(set="validation", metric="loss", value=validation.loss, detail="nats a piece")]
    if validation.bleu is not None:
        scores.append(
            CardScore(
                set="validation",
                metric="BLEU",
                value=validation.bleu,
                signature=validation.signature,
                detail=f"(beam {beam})",
            )
        )
    return tuple(scores)


def _in_int8(network: nn.Module) -> TranslationModel | None:
    """Pack a network that is on the CPU, where that can be done."""
    if not isinstance(network, EncoderDecoder):
        return None
    ready = packed(network, "auto", is_fit_for_int8=True)
    return ready if precision_of(ready) == "int8" else None
