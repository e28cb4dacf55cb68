"""An experiment file and the run it describes: corpus, subwords, network, training, search.

A run's directory:

    corpus/               the prepared corpus, shared by twins
    attention/ or plain/  one for each model trained
        experiment.json   all settings, defaults included
        journal.jsonl     one line of facts a report
        checkpoint.*      where the same command goes on
        model/            the best model so far, ready to be served
        best/             with `keep`: it, and those that were best before it
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import torch
from pydantic import NonNegativeInt, PositiveInt
from torch import nn

from seq2seq import config
from seq2seq.batch import collate
from seq2seq.bundle import write_bundle
from seq2seq.card import Card, CardData, CardScore
from seq2seq.config import Section
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import CorpusConfig, prepare
from seq2seq.data.sampler import BatchingConfig, Sampler, Subwords
from seq2seq.data.subword import SubwordConfig
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.evaluation.scores import bleu
from seq2seq.loading import load_network
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from seq2seq.training.config import TrainingConfig
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Mark, Observer, Outcome, Validation
from seq2seq.training.provenance import provenance
from seq2seq.training.randomness import seed_all
from seq2seq.translation import Translation
from seq2seq.translator import load_translator

TWINS: dict[Literal["plain", "attention"], Literal["none", "bahdanau"]] = {
    "plain": "none",
    "attention": "bahdanau",
}


class Experiment(Section):
    """A whole experiment file."""

    name: str
    description: str = ""
    licence: str = ""  # of the model: what the corpus allows
    attribution: str = ""
    seed: NonNegativeInt = 1  # of everything that is random
    corpus: CorpusConfig
    subword: SubwordConfig = SubwordConfig()
    batching: BatchingConfig = BatchingConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    search: SearchOptions = SearchOptions()  # what the model searches with when nothing else is asked
    keep: PositiveInt = 1  # best models; more than one are in best/ too, for `seq2seq model average`
    validation_beam: int = 1  # while training; the card's score is measured with `search`
    tokenize: Literal["13a", "intl", "zh", "char", "none"] = (
        "13a"  # sacreBLEU's, for both; "none" for text that is tokenised already
    )

    @property
    def kind(self) -> Literal["plain", "attention"]:
        """Which of the twins this is."""
        return "plain" if self.model.attention == "none" else "attention"

    def twin(self, kind: Literal["plain", "attention"]) -> "Experiment":
        """The same experiment with the other attention, and nothing else changed."""
        return self.model_copy(update={"model": self.model.model_copy(update={"attention": TWINS[kind]})})


@dataclass(frozen=True)
class Trained:
    """What training left."""

    model: Path  # the bundle; not there before the first validation
    outcome: Outcome


def load_experiment(name: str, overrides: list[str] | None = None) -> Experiment:
    """Read an experiment file, or a recipe by its name.

    Raises:
        ConfigError: there is neither, or a setting does not fit.
    """
    return config.load(config.find_recipe(name), Experiment, overrides or [])


def prepare_corpus(experiment: Experiment, out: Path) -> Dataset:
    """Clean, cut and store the corpus below `out`, or open what is there already."""
    return prepare(experiment.corpus, experiment.subword, out / "corpus", experiment.seed)


def build_model(experiment: Experiment, dataset: Dataset) -> EncoderDecoder:
    """Make the untrained network; the same seed makes the same weights."""
    seed_all(experiment.seed)
    return EncoderDecoder(experiment.model, dataset.source_subword.size, dataset.target_subword.size)


def train(  # noqa: PLR0913 — all but the subject by name
    experiment: Experiment,
    dataset: Dataset,
    out: Path,
    *,
    command: str,
    device: torch.device,
    observer: Observer | None = None,
) -> Trained:
    """Train on a prepared corpus; the same call again goes on, and is over at once when nothing is left.

    Args:
        experiment: what to train.
        dataset: as `prepare_corpus` made it.
        out: the run's directory; the model goes to `out/plain/model` or `out/attention/model`.
        command: what the user typed, for the card.
        device: where to train.
        observer: is told of progress.
    """
    run = out / experiment.kind
    run.mkdir(parents=True, exist_ok=True)
    (run / "experiment.json").write_text(experiment.model_dump_json(indent=2) + "\n", encoding="utf-8")
    model = build_model(experiment, dataset).to(device)
    writer = _BundleWriter(experiment, dataset, run / "model", command)
    outcome = fit(
        run,
        model,
        Sampler(
            dataset.train,
            experiment.batching,
            experiment.seed,
            subwords=Subwords(dataset.source_subword, dataset.target_subword),
        ),
        experiment.training,
        validate=_Validator(experiment, dataset),
        save_best=writer.save,
        identity={
            "model": experiment.model.model_dump(mode="json"),
            "batching": experiment.batching.model_dump(mode="json"),
            "corpus": dataset.fingerprint,
        },
        seed=experiment.seed,
        observer=observer,
    )
    if outcome.is_finished and outcome.best is not None:
        writer.complete(outcome)
    return Trained(run / "model", outcome)


class _Validator:
    """Loss over the validation pairs, and BLEU of their translations."""

    def __init__(self, experiment: Experiment, dataset: Dataset) -> None:
        split = dataset.validation
        self._pairs = sorted((split.pair(i) for i in range(len(split))), key=lambda pair: len(pair[1]))
        texts = dataset.validation_text()
        self._references = [target for _, target in texts]
        self._sources = [tuple(dataset.source_subword.encode(source)) for source, _ in texts]
        self._options = SearchOptions(
            beam=experiment.validation_beam, length_penalty=experiment.search.length_penalty
        )
        self._decode = dataset.target_subword.decode
        self._tokenize = experiment.tokenize
        self._chunk = 64  # pairs a batch

    def __call__(self, model: nn.Module) -> Validation:
        assert isinstance(model, EncoderDecoder)
        nll, tokens = 0.0, 0
        for start in range(0, len(self._pairs), self._chunk):
            loss = model(collate(self._pairs[start : start + self._chunk]))
            nll, tokens = nll + loss.nll.item(), tokens + loss.tokens
        score = bleu(self._translate(model), [self._references], self._tokenize)
        return Validation(nll / tokens, score.value, score.signature)

    def _translate(self, model: EncoderDecoder) -> list[str]:
        found = search_all(model, self._sources, self._options)
        return [
            self._decode(finished.hypotheses[0].tokens) if finished.hypotheses else "" for finished in found
        ]


class _BundleWriter:
    """Writes the best model so far with its card."""

    def __init__(self, experiment: Experiment, dataset: Dataset, directory: Path, command: str) -> None:
        self._experiment = experiment
        self._dataset = dataset
        self._directory = directory
        self._command = command

    def save(self, model: nn.Module, mark: Mark) -> None:
        """Write what was just validated, with the score of that validation."""
        scores = _validation_scores(mark.validation, self._experiment.validation_beam)
        self._write(model, mark.update, 0.0, scores)
        if self._experiment.keep > 1:
            self._keep(model, mark.update, scores)

    def complete(self, outcome: Outcome) -> None:
        """Measure the best model with its own search, and write that and the time into its card."""
        assert outcome.best is not None
        translator = load_translator(self._directory)
        texts = self._dataset.validation_text()
        options = self._experiment.search
        answers = translator.translate_lines((source for source, _ in texts), options)
        # A poor model may find nothing for a sentence: that costs score, not the run.
        hypotheses = [answer.text if isinstance(answer, Translation) else "" for answer in answers]
        score = bleu(hypotheses, [[target for _, target in texts]], self._experiment.tokenize)
        validation = Validation(outcome.best.validation.loss, score.value, score.signature)
        self._write(
            load_network(translator.bundle, translator.source_subword.size, translator.target_subword.size),
            outcome.best.update,
            outcome.elapsed_s,
            _validation_scores(validation, options.beam),
        )

    def _keep(self, model: nn.Module, update: int, scores: tuple[CardScore, ...]) -> None:
        best = self._directory.with_name("best")
        best.mkdir(exist_ok=True)
        place = best / f"{update:07}"  # names sort by update, and the best is the last
        self._write(model, update, 0.0, scores, place)
        for earlier in sorted(best.glob("[0-9]*"))[: -self._experiment.keep]:
            shutil.rmtree(earlier)

    def _write(
        self,
        model: nn.Module,
        update: int,
        elapsed_s: float,
        scores: tuple[CardScore, ...],
        directory: Path | None = None,
    ) -> None:
        experiment, dataset = self._experiment, self._dataset
        card = Card(
            name=f"{experiment.name}-{experiment.kind}",
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
            scores=scores,
        )
        write_bundle(
            directory or self._directory,
            model=model,
            model_config=experiment.model,
            source_subword=dataset.source_subword,
            target_subword=dataset.target_subword,
            card=card,
            search=experiment.search,
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
