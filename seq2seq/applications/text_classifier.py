"""A classifier as a model directory, and used: beliefs about texts, and their trace."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from pydantic import PositiveInt

from seq2seq.applications.classifier import Classifier, ClassifierConfig
from seq2seq.applications.labelled_program import ROWS
from seq2seq.batch import EOS, collate_source
from seq2seq.data.characters import Characters
from seq2seq.data.labelled import (
    Labelled,
)
from seq2seq.data.normalise import normalise
from seq2seq.errors import InputError
from seq2seq.evaluation.beliefs import Belief
from seq2seq.evaluation.classification import Confusion, confusion
from seq2seq.loading import device_named, load_module
from seq2seq.model_directory import ModelDirectory, ModelSettings


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


def load_classifier(directory: Path, device: str = "auto") -> TextClassifier:
    """Open a classifier's model directory.

    Raises:
        ModelError: there is no model, it is damaged, or of another kind.
        UsageError: there is no such device.
    """
    opened = ModelDirectory.open(directory)
    settings = opened.settings(ClassifierSettings)
    network = load_module(opened, ClassifierConfig, lambda shape: network_of(shape, settings))
    return TextClassifier(network.to(device_named(device)), settings)


def network_of(shape: ClassifierConfig, settings: ClassifierSettings) -> Classifier:
    """An untrained network."""
    return Classifier(shape, Characters(settings.characters).size, settings.priors)
