"""An experiment file: corpus, subwords, network, training, search; and what is trained for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import NonNegativeInt, PositiveInt
from torch import nn

from seq2seq import config
from seq2seq.bundle import Bundle
from seq2seq.config import Section
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import CorpusConfig, prepare
from seq2seq.data.sampler import BatchingConfig
from seq2seq.data.subword_learning import SubwordConfig
from seq2seq.decoding.options import SearchOptions
from seq2seq.loading import fill, load_network, packed
from seq2seq.nn.model import EncoderDecoder, ModelConfig, TranslationModel
from seq2seq.training.config import TrainingConfig
from seq2seq.translator import Translator

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


def load_experiment(name: str, overrides: list[str] | None = None) -> Experiment:
    """Read an experiment file, or a recipe by its name.

    Raises:
        ConfigError: there is neither, or a setting does not fit.
    """
    return config.load_recipe(name, Experiment, overrides)


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


def _ready(network: nn.Module) -> TranslationModel:
    """As `load_translator` has it in float32."""
    if isinstance(network, EncoderDecoder):
        return packed(network, "float32")
    assert isinstance(network, TranslationModel), f"a {type(network).__name__} does not translate"
    return network
