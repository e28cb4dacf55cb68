"""A name generator as a model directory, and used: names drawn."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import PositiveInt

from seq2seq.applications.name_generator import GeneratorConfig, NameGenerator
from seq2seq.batch import collate_source
from seq2seq.data.characters import Characters
from seq2seq.decoding.options import SamplingOptions
from seq2seq.decoding.sampling import draw
from seq2seq.errors import InputError
from seq2seq.loading import device_named, load_module
from seq2seq.model_directory import ModelDirectory, ModelSettings


class GeneratorSettings(ModelSettings):
    """`config.json` of a name generator."""

    kind: Literal["name_generator"] = "name_generator"
    labels: tuple[str, ...]
    characters: str
    longest: PositiveInt  # characters of the longest name learnt from; none is drawn longer


@dataclass(frozen=True)
class DrawnName:
    """A name that was drawn."""

    name: str
    category: str
    log_prob: float  # of the drawn characters and the end, natural logarithm
    is_finished: bool  # False: cut off at the longest length

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "name": self.name,
            "category": self.category,
            "log_prob": self.log_prob,
            "is_finished": self.is_finished,
        }


class Namer:
    """A trained generator with its characters and categories."""

    def __init__(self, network: NameGenerator, settings: GeneratorSettings) -> None:
        self.network = network
        self.categories = settings.labels
        self.longest = settings.longest
        self._characters = Characters(settings.characters)

    def sample(
        self, category: str, count: int, options: SamplingOptions, *, first: str = ""
    ) -> list[DrawnName]:
        """Draw names of a category that begin with `first`; the same seed draws the same names.

        Raises:
            InputError: the category or a character of `first` is unknown.
        """
        if category not in self.categories:
            raise InputError(
                f"the category '{category}' is not known", mend=f"Choose one of {', '.join(self.categories)}."
            )
        unknown = self._characters.unknown(first)
        if unknown:
            raise InputError(f"no name that was learnt from has '{unknown[0]}'", where="first")
        prefix = self._characters.encode(first)
        options = replace(options, max_tokens=min(options.max_tokens, max(1, self.longest - len(first) + 1)))
        source = collate_source([[self.categories.index(category)]] * count)
        with torch.inference_mode():
            drawn = draw(self.network, self.network.start(source), options, prefixes=[prefix] * count)
        return [
            DrawnName(
                self._characters.decode(row.tokens),
                category,
                sum(row.log_probs[len(prefix) :]),
                row.is_finished,
            )
            for row in drawn
        ]


def load_namer(directory: Path, device: str = "auto") -> Namer:
    """Open a name generator's model directory.

    Raises:
        ModelError: there is no model, it is damaged, or of another kind.
        UsageError: there is no such device.
    """
    opened = ModelDirectory.open(directory)
    settings = opened.settings(GeneratorSettings)
    network = load_module(opened, GeneratorConfig, lambda shape: network_of(shape, settings))
    return Namer(network.to(device_named(device)), settings)


def network_of(shape: GeneratorConfig, settings: GeneratorSettings) -> NameGenerator:
    """An untrained network."""
    return NameGenerator(shape, len(settings.labels), Characters(settings.characters).size)
