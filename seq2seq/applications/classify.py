"""Texts with labels into a classifier, and the classifier used: beliefs, and their trace."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import PositiveInt
from torch import nn

from seq2seq import config
from seq2seq.applications.classifier import Classifier, ClassifierConfig
from seq2seq.applications.program import Program, Trained, card_of, train_program
from seq2seq.batch import EOS, collate, collate_source
from seq2seq.card import CardData, CardScore
from seq2seq.data.characters import Characters
from seq2seq.data.labelled import (
    Labelled,
    LabelledConfig,
    LabelledCorpus,
    LabelledFiles,
    Part,
    beginnings,
    read_labelled,
)
from seq2seq.data.normalise import normalise
from seq2seq.data.rows import split_of
from seq2seq.data.sampler import BatchingConfig, Sampler
from seq2seq.errors import InputError
from seq2seq.evaluation.beliefs import Belief
from seq2seq.evaluation.classification import Confusion, confusion
from seq2seq.loading import device_named, load_module
from seq2seq.model_directory import ModelDirectory, ModelSettings, write_model
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all

ROWS = 256  # texts read at once


class ClassifyExperiment(Program):
    """A classifier's experiment file."""

    corpus: LabelledConfig
    batching: BatchingConfig = BatchingConfig(tokens_per_batch=1_024)
    model: ClassifierConfig = ClassifierConfig()
    max_characters: PositiveInt = 256  # a longer text is judged by its beginning
    rare_characters: PositiveInt = 1  # met fewer times than this while learning, a character is unknown


class ClassifierSettings(ModelSettings):
    """`config.json` of a classifier."""

    kind: Literal["classifier"] = "classifier"
    labels: tuple[str, ...]
    priors: tuple[float, ...]  # the share of each label in the training texts
    characters: str
    max_characters: PositiveInt


class TextClassifier:
    """A trained classifier with its characters and labels."""

    def __init__(self, network: Classifier, settings: ClassifierSettings) -> None:
        self.network = network
        self.labels = settings.labels
        self._characters = Characters(settings.characters)
        self._max_characters = settings.max_characters

    def classify(self, texts: Sequence[str]) -> list[Belief]:
        """Judge each text; what a text is judged to be does not depend on the others.

        Raises:
            InputError: a text is blank.
        """
        plain = [normalise(text) for text in texts]
        for number, text in enumerate(plain, start=1):
            if not text:
                raise InputError("the text is blank", where=f"text {number}")
        # Texts of like length together, so that little is padding.
        order = sorted(range(len(plain)), key=lambda index: len(plain[index]))
        found: dict[int, Belief] = {}
        for start in range(0, len(order), ROWS):
            rows = order[start : start + ROWS]
            batch = collate_source([self._encode(plain[row]) for row in rows])
            with torch.inference_mode():
                probabilities = self.network.log_probs(batch).double().exp().cpu()  # (B, C)
            for row, values in zip(rows, probabilities.tolist(), strict=True):
                found[row] = Belief(plain[row], self.labels, tuple(values))
        return [found[row] for row in range(len(plain))]

    def trace(self, text: str) -> list[Belief]:
        """The belief after each character, as if the text ended there; the last is that of the text.

        Each beginning is read anew, so that this holds for a model that also reads backwards.

        Raises:
            InputError: the text is blank.
        """
        whole = normalise(text)
        read = [whole[:end] for end in range(1, min(len(whole), self._max_characters) + 1)]
        return self.classify([*(part for part in read[:-1] if not part.endswith(" ")), whole])

    def judge(self, entries: Sequence[Labelled]) -> Confusion:
        """Answer texts whose labels are known, and count.

        Raises:
            InputError: there are no texts, or a label is none of the model's.
        """
        beliefs = self.classify([entry.text for entry in entries])
        return confusion(
            self.labels, [entry.label for entry in entries], [belief.answer for belief in beliefs]
        )

    def judge_beginnings(
        self, entries: Sequence[Labelled], lengths: Sequence[int]
    ) -> list[tuple[int, Confusion]]:
        """Judge the first so many characters of each text; a shorter text is judged whole."""
        return [
            (length, self.judge([Labelled(entry.text[:length], entry.label) for entry in entries]))
            for length in lengths
        ]

    def _encode(self, text: str) -> list[int]:
        return [*self._characters.encode(text[: self._max_characters]), EOS]


def load_classify(name: str, overrides: Sequence[str] = ()) -> ClassifyExperiment:
    """Read an experiment file, or a recipe by its name.

    Raises:
        ConfigError: there is neither, or a setting does not fit.
    """
    return config.load(config.find_recipe(name), ClassifyExperiment, overrides)


def load_classifier(directory: Path, device: str = "auto") -> TextClassifier:
    """Open a classifier's model directory.

    Raises:
        ModelError: there is no model, it is damaged, or of another kind.
        UsageError: there is no such device.
    """
    opened = ModelDirectory.open(directory)
    settings = opened.settings(ClassifierSettings)
    network = load_module(opened, ClassifierConfig, lambda shape: _network(shape, settings))
    return TextClassifier(network.to(device_named(device)), settings)


def held_out(model: Path, test: Path | None = None) -> list[Labelled]:
    """The test set: a table of text, tab, label; or what training kept out, beside the model.

    Raises:
        CorpusError: it is not there, or a line of it cannot be used.
    """
    table = test or corpus_directory(model.parent) / "test.tsv"
    return list(read_labelled(LabelledFiles(table=str(table))))


def corpus_directory(run: Path) -> Path:
    """Where a run writes what it learnt from and what it kept out."""
    return run / "corpus"


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
    model = _network(experiment.model, settings).to(device)
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

    def pairs(self, part: Part) -> list[tuple[list[int], list[int]]]:
        """Characters and label of each text of a part, and of its beginnings where they are asked for."""
        entries = list(self.corpus.parts[part])
        entries += beginnings(entries, self.experiment.corpus.beginnings, self.experiment.corpus.split_seed)
        characters = Characters(self.settings.characters)
        ids = {label: number for number, label in enumerate(self.settings.labels)}
        longest = self.settings.max_characters
        return [([*characters.encode(entry.text[:longest]), EOS], [ids[entry.label]]) for entry in entries]

    def validate(self, model: nn.Module) -> Validation:
        """The negative log-likelihood of the right label."""
        nll, texts = 0.0, 0
        for rows in _chunks(sorted(self.pairs("validation"), key=lambda pair: len(pair[0]))):
            loss = model(collate(rows))
            nll, texts = nll + float(loss.nll), texts + loss.tokens
        return Validation(nll / texts)

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
                CardScore(set=part, metric="accuracy", value=found.accuracy, detail=f"{found.total:,} texts"),
                CardScore(set=part, metric="macro-F1", value=found.macro_f1),
            ]
        experiment, parts = self.experiment, self.corpus.parts
        card = card_of(
            "classifier",
            experiment,
            model,
            mark,
            command=self.command,
            elapsed_s=elapsed_s,
            data=CardData(
                name=experiment.name,
                pairs=len(parts["train"]),
                validation_pairs=len(parts["validation"]),
                unit="texts",
                fingerprint=self.corpus.fingerprint,
                note=self.corpus.report(),
            ),
            scores=tuple(scores),
            takes=f"texts; answers with one of {', '.join(self.settings.labels)}",
        )
        write_model(self.directory, model=model, settings=self.settings, card=card)

    def load(self) -> nn.Module:
        """The best model so far."""
        opened = ModelDirectory.open(self.directory)
        network = load_module(opened, ClassifierConfig, lambda shape: _network(shape, self.settings))
        return network.to(self.device)


def _network(shape: ClassifierConfig, settings: ClassifierSettings) -> Classifier:
    return Classifier(shape, Characters(settings.characters).size, settings.priors)


def _chunks(
    pairs: Sequence[tuple[list[int], list[int]]],
) -> Iterator[Sequence[tuple[list[int], list[int]]]]:
    for start in range(0, len(pairs), ROWS):
        yield pairs[start : start + ROWS]
