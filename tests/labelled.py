"""Small labelled corpora, and the programs of names and languages trained on them in seconds."""

from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import torch

from seq2seq.applications.classify import ClassifyExperiment, train_classifier
from seq2seq.applications.namer import Namer, load_namer
from seq2seq.applications.names import NamesExperiment, train_generator
from seq2seq.applications.text_classifier import TextClassifier, load_classifier
from seq2seq.data.labelled import open_labelled

# Three categories, any two of which share half of their letters.
LETTERS = {"left": "abcd", "middle": "cdef", "right": "efab"}
TRAINING = {
    "updates": 100,
    "learning_rate": 0.02,
    "warmup_updates": 5,
    "ema_decay": 0.9,
    "validate_every": 50,
    "checkpoint_every": 100,
    "patience": 0,
}


def write_names(path: Path, count: int = 150, seed: int = 0) -> Path:
    """Write a table of `count` different names of each category, 4 to 7 letters long."""
    random = Random(seed)  # noqa: S311 — names, not secrets
    lines = []
    for category, letters in LETTERS.items():
        names: set[str] = set()
        while len(names) < count:
            names.add("".join(random.choices(letters, k=random.randint(4, 7))))
        lines += [f"{name}\t{category}\n" for name in sorted(names)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def classify_experiment(table: Path, **model: object) -> ClassifyExperiment:
    """A classifier of a few units on a table."""
    shape = {"hidden_size": 16, "embedding_size": 8, "dropout_output": 0.0, **model}
    return ClassifyExperiment.model_validate(
        {
            "name": "tiny",
            "corpus": {"table": str(table)},
            "batching": {"tokens_per_batch": 256},
            "model": shape,
            "training": TRAINING,
        }
    )


def train(experiment: ClassifyExperiment, run: Path) -> Path:
    """Train a classifier and say where its model is."""
    corpus = open_labelled(experiment.corpus)
    device = torch.device("cpu")
    return train_classifier(experiment, corpus, run, command="seq2seq classify train", device=device).model


@cache
def classifier_directory() -> Path:
    """A bidirectional classifier of the three categories, trained once; beside it what was kept out."""
    directory = Path(mkdtemp(prefix="tiny-classifier-"))
    table = write_names(directory / "names.tsv")
    return train(classify_experiment(table, bidirectional=True), directory / "run")


def classifier() -> TextClassifier:
    """The classifier of `classifier_directory`."""
    return load_classifier(classifier_directory(), "cpu")


@cache
def generator_directory() -> Path:
    """A generator of the three categories, trained once."""
    directory = Path(mkdtemp(prefix="tiny-generator-"))
    experiment = NamesExperiment.model_validate(
        {
            "name": "tiny",
            "corpus": {"table": str(write_names(directory / "names.tsv"))},
            "batching": {"tokens_per_batch": 256},
            "model": {"hidden_size": 24, "embedding_size": 8, "category_size": 4, "dropout_output": 0.0},
            "training": TRAINING,
        }
    )
    corpus = open_labelled(experiment.corpus)
    trained = train_generator(
        experiment, corpus, directory / "run", command="seq2seq names train", device=torch.device("cpu")
    )
    return trained.model


def namer() -> Namer:
    """The generator of `generator_directory`."""
    return load_namer(generator_directory(), "cpu")
