"""Names with categories into a generator, and the generator used: names drawn, and judged by a classifier."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import PositiveInt
from torch import nn

from seq2seq import config
from seq2seq.applications.classify import TextClassifier
from seq2seq.applications.name_generator import GeneratorConfig, NameGenerator
from seq2seq.applications.program import Program, Trained, card_of, train_program
from seq2seq.batch import EOS, collate, collate_source
from seq2seq.card import CardData, CardScore
from seq2seq.data.characters import Characters
from seq2seq.data.labelled import Labelled, LabelledConfig, LabelledCorpus, LabelledFiles, Part, read_labelled
from seq2seq.data.rows import split_of
from seq2seq.data.sampler import BatchingConfig, Sampler
from seq2seq.decoding.options import SamplingOptions
from seq2seq.decoding.sampling import draw
from seq2seq.errors import InputError
from seq2seq.evaluation.classification import Confusion, confusion
from seq2seq.evaluation.tables import aligned
from seq2seq.loading import device_named, load_module
from seq2seq.model_directory import ModelDirectory, ModelSettings, write_model
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all

ROWS = 256  # names read at once


class NamesExperiment(Program):
    """A name generator's experiment file."""

    corpus: LabelledConfig
    batching: BatchingConfig = BatchingConfig(tokens_per_batch=1_024)
    model: GeneratorConfig = GeneratorConfig()


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


@dataclass(frozen=True)
class Agreement:
    """What a classifier takes drawn names for."""

    found: Confusion  # a row for each category that was asked for
    new: float | None  # share of the drawn names that nothing was learnt from; None: not known

    @property
    def overall(self) -> float:
        """The mean over categories of the share taken for their own category."""
        return sum(score.recall for score in self.found.scores() if score.support) / sum(
            score.support > 0 for score in self.found.scores()
        )

    def text(self, real: Confusion | None = None) -> str:
        """For people; `real` is what the same classifier does with real names of each category."""
        known = {} if real is None else {score.label: score.recall for score in real.scores()}
        scores = [score for score in self.found.scores() if score.support]
        rows = [["category", "taken for it %", "real names %"]]
        rows += [
            [score.label, f"{100 * score.recall:.0f}", f"{100 * known.get(score.label, 0.0):.0f}"]
            for score in scores
        ]
        mean = sum(known.get(score.label, 0.0) for score in scores) / len(scores)
        rows.append(["mean", f"{100 * self.overall:.1f}", f"{100 * mean:.1f}"])
        drawn = f"{self.found.total:,} names drawn, {scores[0].support} of each category"
        new = "" if self.new is None else f"; {100 * self.new:.0f} % of them were not learnt from"
        return f"{aligned(rows)}\n\n{drawn}{new}"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "agreement": self.overall,
            "new": self.new,
            "categories": {score.label: score.recall for score in self.found.scores() if score.support},
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


def load_names(name: str, overrides: Sequence[str] = ()) -> NamesExperiment:
    """Read an experiment file, or a recipe by its name.

    Raises:
        ConfigError: there is neither, or a setting does not fit.
    """
    return config.load(config.find_recipe(name), NamesExperiment, overrides)


def load_namer(directory: Path, device: str = "auto") -> Namer:
    """Open a name generator's model directory.

    Raises:
        ModelError: there is no model, it is damaged, or of another kind.
        UsageError: there is no such device.
    """
    opened = ModelDirectory.open(directory)
    settings = opened.settings(GeneratorSettings)
    network = load_module(opened, GeneratorConfig, lambda shape: _network(shape, settings))
    return Namer(network.to(device_named(device)), settings)


def agreement(
    namer: Namer, judge: TextClassifier, count: int, options: SamplingOptions, learnt: set[str] | None = None
) -> Agreement:
    """Draw `count` names of each category that the judge knows, and let it say what they are.

    Args:
        namer: draws.
        judge: a classifier.
        count: names a category.
        options: how to draw.
        learnt: the names that the generator learnt from; None: not known.

    Raises:
        InputError: the judge knows none of the categories.
    """
    names: list[DrawnName] = []
    for category in (category for category in namer.categories if category in judge.labels):
        names += [name for name in namer.sample(category, count, options) if name.name.strip()]
    if not names:
        raise InputError(
            "the classifier knows none of the generator's categories",
            mend=f"It knows {', '.join(judge.labels)}.",
        )
    answers = [belief.answer for belief in judge.classify([name.name for name in names])]
    new = None if learnt is None else sum(name.name not in learnt for name in names) / len(names)
    return Agreement(confusion(judge.labels, [name.category for name in names], answers), new)


def learnt_names(model: Path) -> set[str] | None:
    """The names that a generator learnt from, where they still stand beside it."""
    table = model.parent / "corpus" / "train.tsv"
    if not table.is_file():
        return None
    return {entry.text for entry in read_labelled(LabelledFiles(table=str(table)))}


def train_generator(  # noqa: PLR0913 — all but the subject by name
    experiment: NamesExperiment,
    corpus: LabelledCorpus,
    run: Path,
    *,
    command: str,
    device: torch.device,
    observer: Observer | None = None,
) -> Trained:
    """Train in a directory; see `train_classifier`, which takes the same corpus."""
    corpus.write(run / "corpus")
    texts = [entry.text for entry in corpus.parts["train"]]
    settings = GeneratorSettings(
        model=experiment.model.model_dump(mode="json"),
        labels=corpus.labels,
        characters=Characters.of(texts).known,
        longest=max(map(len, texts)),
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
            "model": experiment.model.model_dump(mode="json"),
            "batching": experiment.batching.model_dump(mode="json"),
            "corpus": corpus.fingerprint,
        },
        observer=observer,
    )


@dataclass(frozen=True)
class _Work:
    """Measures a generator on the validation names, and writes its model directory."""

    experiment: NamesExperiment
    corpus: LabelledCorpus
    settings: GeneratorSettings
    directory: Path
    command: str
    device: torch.device

    def pairs(self, part: Part) -> list[tuple[list[int], list[int]]]:
        """Category, and characters with their end, of each name of a part."""
        return _pairs(self.corpus.parts[part], self.settings)

    def validate(self, model: nn.Module) -> Validation:
        """The negative log-likelihood of a character."""
        pairs = sorted(self.pairs("validation"), key=lambda pair: len(pair[1]))
        nll, tokens = 0.0, 0
        for start in range(0, len(pairs), ROWS):
            loss = model(collate(pairs[start : start + ROWS]))
            nll, tokens = nll + float(loss.nll), tokens + loss.tokens
        return Validation(nll / tokens)

    def save(self, model: nn.Module, mark: Mark, elapsed_s: float) -> None:
        """Write the model with its score."""
        experiment, parts = self.experiment, self.corpus.parts
        score = CardScore(
            set="validation", metric="loss", value=mark.validation.loss, detail="nats a character"
        )
        counts = Counter(entry.label for entry in parts["train"])
        card = card_of(
            "name_generator",
            experiment,
            model,
            mark,
            command=self.command,
            elapsed_s=elapsed_s,
            data=CardData(
                name=experiment.name,
                pairs=len(parts["train"]),
                validation_pairs=len(parts["validation"]),
                unit="names",
                fingerprint=self.corpus.fingerprint,
                note=", ".join(f"{label} {count:,}" for label, count in counts.most_common()),
            ),
            scores=(score,),
            takes=f"a category ({', '.join(self.settings.labels)}) and how a name begins",
        )
        write_model(self.directory, model=model, settings=self.settings, card=card)

    def load(self) -> nn.Module:
        """The best model so far."""
        opened = ModelDirectory.open(self.directory)
        return load_module(opened, GeneratorConfig, lambda shape: _network(shape, self.settings)).to(
            self.device
        )


def _pairs(entries: Sequence[Labelled], settings: GeneratorSettings) -> list[tuple[list[int], list[int]]]:
    characters = Characters(settings.characters)
    ids = {label: number for number, label in enumerate(settings.labels)}
    return [([ids[entry.label]], [*characters.encode(entry.text), EOS]) for entry in entries]


def _network(shape: GeneratorConfig, settings: GeneratorSettings) -> NameGenerator:
    return NameGenerator(shape, len(settings.labels), Characters(settings.characters).size)
