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

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import torch
from pydantic import NonNegativeInt, PositiveInt
from torch import nn

from seq2seq import config
from seq2seq.bundle import Bundle, write_bundle
from seq2seq.card import Card, CardData, CardScore
from seq2seq.config import Section
from seq2seq.data.changes import Subwords
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import CorpusConfig, prepare
from seq2seq.data.sampler import BatchingConfig, Sampler
from seq2seq.data.subword import SubwordConfig
from seq2seq.decoding.options import SearchOptions
from seq2seq.evaluation.measures import Score
from seq2seq.evaluation.scores import FEW_SENTENCES, bleu
from seq2seq.loading import fill, load_network, packed, precision_of
from seq2seq.nn.model import EncoderDecoder, ModelConfig, TranslationModel
from seq2seq.training.config import TrainingConfig
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Mark, Observer, Outcome, Validation
from seq2seq.training.provenance import provenance
from seq2seq.training.randomness import seed_all
from seq2seq.translation import Translation
from seq2seq.translator import Translator
from seq2seq.validator import Validator

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
    begin_with: str = (
        ""  # a model whose pieces and weights training begins with; {kind} is "plain" or "attention"
    )
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

    def beginning(self) -> Bundle | None:
        """The model that training begins with, if there is one."""
        if not self.begin_with:
            return None
        return Bundle.open(Path(self.begin_with.replace("{kind}", self.kind)))

    def twin(self, kind: Literal["plain", "attention"]) -> "Experiment":
        """The same experiment with the other attention, and nothing else changed."""
        return self.model_copy(update={"model": self.model.model_copy(update={"attention": TWINS[kind]})})


@dataclass(frozen=True)
class Trainee:
    """What is trained for an experiment, and how it is found again in a model directory.

    The networks are `TranslationModel`s, and give a `Loss` when they are called with a batch.
    """

    name: str  # of its directory in the run's, and after the experiment's name in the model's
    shape: Section  # `model` in experiment.json and config.json
    make: Callable[[], nn.Module]  # untrained
    load: Callable[[Bundle], nn.Module]  # on the CPU, ready to translate

    def translator(self, directory: Path, dataset: Dataset, device: torch.device) -> Translator:
        """Load a model that was trained on a dataset."""
        bundle = Bundle.open(directory)
        network = self.load(bundle).to(device)
        return Translator(bundle, dataset.source_subword, dataset.target_subword, _ready(network))


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
    beginning = experiment.beginning()
    pieces = () if beginning is None else dict.fromkeys((beginning.source_subword, beginning.target_subword))
    return prepare(
        experiment.corpus, experiment.subword, out / "corpus", experiment.seed, pieces=tuple(pieces)
    )


def own_trainee(experiment: Experiment, dataset: Dataset) -> Trainee:
    """What the experiment itself describes."""
    sizes = (dataset.source_subword.size, dataset.target_subword.size)
    beginning = experiment.beginning()

    def make() -> EncoderDecoder:
        network = EncoderDecoder(experiment.model, *sizes)
        if beginning is not None:
            fill(network, beginning)
        return network

    return Trainee(
        name=experiment.kind,
        shape=experiment.model,
        make=make,
        load=lambda bundle: load_network(bundle, *sizes),
    )


def train(  # noqa: PLR0913 — all but the subject by name
    experiment: Experiment,
    dataset: Dataset,
    out: Path,
    *,
    command: str,
    device: torch.device,
    observer: Observer | None = None,
    trainee: Trainee | None = None,
) -> Trained:
    """Train on a prepared corpus; the same call again goes on, and is over at once when nothing is left.

    Args:
        experiment: what to train.
        dataset: as `prepare_corpus` made it.
        out: the run's directory; the model goes to `out/plain/model` or `out/attention/model`, or below
            the trainee's name.
        command: what the user typed, for the card.
        device: where to train.
        observer: is told of progress.
        trainee: trained in the place of what the experiment's `model` describes, on the same batches.
    """
    trainee = trainee or own_trainee(experiment, dataset)
    run = out / trainee.name
    run.mkdir(parents=True, exist_ok=True)
    shape = trainee.shape.model_dump(mode="json")
    settings = json.dumps(
        {**experiment.model_dump(mode="json"), "model": shape}, indent=2, ensure_ascii=False
    )
    (run / "experiment.json").write_text(settings + "\n", encoding="utf-8")
    seed_all(experiment.seed)  # the same seed makes the same weights
    model = trainee.make().to(device)
    writer = _BundleWriter(experiment, dataset, trainee, run / "model", command)
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
        validate=Validator(
            dataset,
            SearchOptions(beam=experiment.validation_beam, length_penalty=experiment.search.length_penalty),
            experiment.tokenize,
        ),
        save_best=writer.save,
        identity={
            "model": shape,
            "batching": experiment.batching.model_dump(mode="json"),
            "corpus": dataset.fingerprint,
            **({"begin_with": beginning.revision} if (beginning := experiment.beginning()) else {}),
        },
        seed=experiment.seed,
        observer=observer,
    )
    if outcome.is_finished and outcome.best is not None:
        writer.complete(outcome, device)
    return Trained(run / "model", outcome)


@dataclass(frozen=True)
class _Measured:
    """What a card says of how good a model is."""

    scores: tuple[CardScore, ...]
    int8_bleu_loss: float | None = None


class _BundleWriter:
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


def _ready(network: nn.Module) -> TranslationModel:
    """As `load_translator` has it in float32."""
    if isinstance(network, EncoderDecoder):
        return packed(network, "float32")
    assert isinstance(network, TranslationModel), f"a {type(network).__name__} does not translate"
    return network
