"""Names with categories into a generator."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from seq2seq.applications.labelled_program import LabelledProgram, Pair, card_data, corpus_directory, mean_nll
from seq2seq.applications.name_generator import GeneratorConfig
from seq2seq.applications.namer import GeneratorSettings, network_of
from seq2seq.applications.program import Trained, card_of, train_program
from seq2seq.batch import EOS
from seq2seq.card import CardScore
from seq2seq.data.characters import Characters
from seq2seq.data.labelled import LabelledCorpus, Part
from seq2seq.data.rows import split_of
from seq2seq.data.sampler import Sampler
from seq2seq.loading import load_module
from seq2seq.model_directory import ModelDirectory, write_model
from seq2seq.training.outcome import Mark, Observer, Validation
from seq2seq.training.randomness import seed_all


class NamesExperiment(LabelledProgram):
    """A name generator's experiment file."""

    model: GeneratorConfig = GeneratorConfig()


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
    corpus.write(corpus_directory(run))
    texts = [entry.text for entry in corpus.parts["train"]]
    settings = GeneratorSettings(
        model=experiment.model.model_dump(mode="json"),
        labels=corpus.labels,
        characters=Characters.of(texts).known,
        longest=max(map(len, texts)),
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

    def pairs(self, part: Part) -> list[Pair]:
        """Category, and characters with their end, of each name of a part."""
        characters = Characters(self.settings.characters)
        ids = {label: number for number, label in enumerate(self.settings.labels)}
        return [
            ([ids[entry.label]], [*characters.encode(entry.text), EOS]) for entry in self.corpus.parts[part]
        ]

    def validate(self, model: nn.Module) -> Validation:
        """The negative log-likelihood of a character."""
        return Validation(mean_nll(model, self.pairs("validation")))

    def save(self, model: nn.Module, mark: Mark, elapsed_s: float) -> None:
        """Write the model with its score."""
        score = CardScore(
            set="validation", metric="loss", value=mark.validation.loss, detail="nats a character"
        )
        counts = Counter(entry.label for entry in self.corpus.parts["train"])
        note = ", ".join(f"{label} {count:,}" for label, count in counts.most_common())
        card = card_of(
            "name_generator",
            self.experiment,
            model,
            mark,
            command=self.command,
            elapsed_s=elapsed_s,
            data=card_data(self.experiment.name, self.corpus, unit="names", note=note),
            scores=(score,),
            takes=f"a category ({', '.join(self.settings.labels)}) and how a name begins",
        )
        write_model(self.directory, model=model, settings=self.settings, card=card)

    def load(self) -> nn.Module:
        """The best model so far."""
        opened = ModelDirectory.open(self.directory)
        return load_module(opened, GeneratorConfig, lambda shape: network_of(shape, self.settings)).to(
            self.device
        )
