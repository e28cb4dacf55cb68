"""Texts with labels into a classifier."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import PositiveInt
from torch import nn

from seq2seq.amounts import amount
from seq2seq.applications.classifier import Classifier, ClassifierConfig
from seq2seq.applications.labelled_program import LabelledProgram, Pair, card_data, corpus_directory, mean_nll
from seq2seq.applications.program import Trained, card_of, train_program
from seq2seq.applications.text_classifier import ClassifierSettings, TextClassifier, network_of
from seq2seq.batch import EOS
from seq2seq.card import CardScore
from seq2seq.data.characters import Characters
from seq2seq.data.labelled import (
    Labelled,
    LabelledCorpus,
    LabelledFiles,
    Part,
    beginnings,
    read_labelled,
)
from seq2seq.data.rows import split_of
from seq2seq.data.sampler import Sampler
from seq2seq.loading import load_module
from seq2seq.model_directory import ModelDirectory, write_model
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all


class ClassifyExperiment(LabelledProgram):
    """A classifier's experiment file."""

    model: ClassifierConfig = ClassifierConfig()
    max_characters: PositiveInt = 256  # a longer text is judged by its beginning
    rare_characters: PositiveInt = 1  # met fewer times than this while learning, a character is unknown


def held_out(model: Path, test: Path | None = None) -> list[Labelled]:
    """The test set: a table of text, tab, label; or what training kept out, beside the model.

    Raises:
        CorpusError: it is not there, or a line of it cannot be used.
    """
    table = test or corpus_directory(model.parent) / "test.tsv"
    return list(read_labelled(LabelledFiles(table=str(table))))


def train_classifier(  # noqa: PLR0913 — all but the subject by name
    experiment: ClassifyExperiment,
    corpus: LabelledCorpus,
    run: Path,
    *,
    command: str,
    device: torch.device,
    observer: Observer | None = None,
) -> Trained:
    """Train in a directory; the same call again goes on, and is over at once when nothing is left.

    Args:
        experiment: what to train.
        corpus: as `open_labelled(experiment.corpus)` gives it.
        run: the run's directory; the model goes to `run/model`, the parts of the corpus to `run/corpus`.
        command: what the user typed, for the card.
        device: where to train.
        observer: is told of progress.
    """
    corpus.write(corpus_directory(run))
    counts = Counter(entry.label for entry in corpus.parts["train"])
    characters = Characters.of(
        (entry.text for entry in corpus.parts["train"]), at_least=experiment.rare_characters
    )
    settings = ClassifierSettings(
        model=experiment.model.model_dump(mode="json"),
        labels=corpus.labels,
        priors=tuple(counts[label] / counts.total() for label in corpus.labels),
        characters=characters.known,
        max_characters=experiment.max_characters,
    )
    seed_all(experiment.seed)
    model = network_of(experiment.model, settings).to(device)
    work = _Work(experiment, corpus, settings, run / "model", command, device)
    return train_program(
        run,
        experiment,
        model,
        Sampler(split_of(work.pairs("train")), experiment.batching, experiment.seed),
        work,
        identity={
            "model": experiment.model.model_dump(mode="json", exclude={"balance"}),
            "batching": experiment.batching.model_dump(mode="json"),
            "beginnings": experiment.corpus.beginnings,
            "corpus": corpus.fingerprint,
        },
        observer=observer,
    )


@dataclass(frozen=True)
class _Work:
    """Measures a classifier on the validation texts, and writes its model directory."""

    experiment: ClassifyExperiment
    corpus: LabelledCorpus
    settings: ClassifierSettings
    directory: Path
    command: str
    device: torch.device

    def pairs(self, part: Part) -> list[Pair]:
        """Characters and label of each text of a part, and of its beginnings where they are asked for."""
        entries = list(self.corpus.parts[part])
        entries += beginnings(entries, self.experiment.corpus.beginnings, self.experiment.corpus.split_seed)
        characters = Characters(self.settings.characters)
        ids = {label: number for number, label in enumerate(self.settings.labels)}
        longest = self.settings.max_characters
        return [([*characters.encode(entry.text[:longest]), EOS], [ids[entry.label]]) for entry in entries]

    def validate(self, model: nn.Module) -> Validation:
        """The negative log-likelihood of the right label."""
        return Validation(mean_nll(model, self.pairs("validation")))

    def save(self, model: nn.Module, mark: Mark, elapsed_s: float) -> None:
        """Write the model; when the run is over, with its accuracy on what was held out."""
        assert isinstance(model, Classifier), "a classifier is trained here"
        judge = TextClassifier(model, self.settings)
        scores = [
            CardScore(set="validation", metric="loss", value=mark.validation.loss, detail="nats a text")
        ]
        measured: tuple[Part, ...] = ("validation", "test") if elapsed_s else ()
        for part in measured:
            found = judge.judge(self.corpus.parts[part])
            scores += [
                CardScore(
                    set=part, metric="accuracy", value=found.accuracy, detail=amount(found.total, "text")
                ),
                CardScore(set=part, metric="macro-F1", value=found.macro_f1),
            ]
        card = card_of(
            "classifier",
            self.experiment,
            model,
            mark,
            command=self.command,
            elapsed_s=elapsed_s,
            data=card_data(self.experiment.name, self.corpus, unit="texts", note=self.corpus.report()),
            scores=tuple(scores),
            takes=f"texts; answers with one of {', '.join(self.settings.labels)}",
        )
        write_model(self.directory, model=model, settings=self.settings, card=card)

    def load(self) -> nn.Module:
        """The best model so far."""
        opened = ModelDirectory.open(self.directory)
        network = load_module(opened, ClassifierConfig, lambda shape: network_of(shape, self.settings))
        return network.to(self.device)
