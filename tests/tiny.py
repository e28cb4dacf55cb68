"""Small real parts that many tests build on: subword models of a few sentences, models of a few units."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Literal

import pytest
import torch
from hypothesis import strategies as st

from seq2seq.batch import EOS
from seq2seq.bundle import Bundle, write_bundle
from seq2seq.card import Card, CardData, CardScore, CardTraining
from seq2seq.data.corpus import CorpusConfig
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import prepare
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ModelError
from seq2seq.nn.model import EncoderDecoder, ModelConfig

ENGLISH = (
    "Hello.",
    "Where is the station?",
    "The train leaves at nine o'clock.",
    "I would like a cup of tea, please.",
    "She does not live in the big house any more.",
)
FRENCH = (
    "Bonjour.",
    "Où est la gare ?",
    "Le train part à neuf heures.",
    "Je voudrais une tasse de thé, s'il vous plaît.",
    "Elle n'habite plus dans la grande maison.",
)
SENTENCES = st.lists(st.sampled_from(" ".join(ENGLISH).split()), min_size=1, max_size=9).map(" ".join)


@cache
def subword(
    sentences: tuple[str, ...] = ENGLISH + FRENCH,
    vocabulary_size: int = 360,
    algorithm: Literal["unigram", "bpe"] = "unigram",
) -> SubwordModel:
    """Train a subword model on a few sentences, once; 256 of its pieces are bytes."""
    path = Path(mkdtemp(prefix="tiny-subword-")) / "joint.spm"
    config = SubwordConfig(algorithm=algorithm, vocabulary_size=vocabulary_size)
    return train_subword(iter(sentences), config, path, seed=1)


def model_config(attention: str = "bahdanau", *, tied: str = "target") -> ModelConfig:
    """Say what a network of eight units is made of."""
    return ModelConfig.model_validate(
        {
            "attention": attention,
            "embedding_size": 8,
            "hidden_size": 8,
            "encoder_hidden_size": 8,
            "attention_size": 8,
            "tied_embeddings": tied,
        }
    )


def model(
    config: ModelConfig, source_vocabulary: int, target_vocabulary: int, *, seed: int = 0
) -> EncoderDecoder:
    """Make a network with random weights, large enough that its choices differ from each other."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = EncoderDecoder(config, source_vocabulary, target_vocabulary)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.7)
    return network.eval()


def card(name: str = "tiny") -> Card:
    """Write a card of a model that learnt nothing."""
    return Card(
        name=name,
        source_language="en",
        target_language="fr",
        description="Random weights, for tests.",
        licence="Apache-2.0",
        data=CardData(name="five sentences", pairs=len(ENGLISH), fingerprint="0123abcd"),
        training=CardTraining(
            command="seq2seq train tiny.toml", seed=1, updates=0, minutes=0.0, device="cpu"
        ),
        scores=(CardScore(set="validation", metric="BLEU", value=0.04, signature="nrefs:1|tok:13a"),),
    )


def bundle(  # noqa: PLR0913 — what tests vary, each by its name
    directory: Path,
    *,
    attention: str = "bahdanau",
    joint: bool = True,
    seed: int = 0,
    max_source_tokens: int = 64,
    search: SearchOptions | None = None,
    protects: bool = False,
) -> Bundle:
    """Write a model directory with random weights; `joint` shares subwords and embeddings."""
    source = subword() if joint else subword(ENGLISH, 340)
    target = subword() if joint else subword(FRENCH, 330)
    config = model_config(attention, tied="all" if joint else "target")
    return write_bundle(
        directory,
        model=model(config, source.size, target.size, seed=seed),
        model_config=config,
        source_subword=source,
        target_subword=target,
        card=card(directory.name),
        search=search or SearchOptions(beam=3),
        max_source_tokens=max_source_tokens,
        protects=protects,
    )


def taciturn(directory: Path, *, attention: str = "bahdanau") -> Bundle:
    """Write a model that has nothing but spaces to say of two sentences of ENGLISH, and signs of others."""
    vocabulary = subword()
    config = model_config(attention, tied="all")
    network = model(config, vocabulary.size, vocabulary.size)
    space = vocabulary.encode("b")[0]  # it knows no word that begins so
    with torch.no_grad():
        network.output_bias[[space, EOS]] = 5.0 if attention == "none" else 6.0
    return write_bundle(
        directory,
        model=network,
        model_config=config,
        source_subword=vocabulary,
        target_subword=vocabulary,
        card=card(directory.name),
        search=SearchOptions(beam=2),
        max_source_tokens=64,
    )


# Data: a made-up language pair whose sentences translate word by word.

_WORDS = {
    "the": "le",
    "a": "un",
    "old": "vieux",
    "small": "petit",
    "dog": "chien",
    "cat": "chat",
    "garden": "jardin",
    "sees": "voit",
    "likes": "aime",
    "and": "et",
    "café": "café",
    "12": "12",
}


def refusal(directory: Path) -> ModelError:
    """The error with which a model directory is refused."""
    with pytest.raises(ModelError) as refused:
        Bundle.open(directory)
    return refused.value


def pairs(count: int = 200, seed: int = 0, longest: int = 12) -> list[tuple[str, str]]:
    """Make sentences of 3 to `longest` words and their translations, no two the same."""
    random = Random(f"{seed}")  # noqa: S311 — sentences, not secrets
    made: dict[str, str] = {}
    while len(made) < count:
        words = random.choices(list(_WORDS), k=random.randint(3, longest))
        made[" ".join(words).capitalize() + "."] = " ".join(_WORDS[w] for w in words).capitalize() + "."
    return list(made.items())


def write_tsv(path: Path, lines: Iterable[tuple[str, str]]) -> Path:
    """Write pairs as source, tab, target."""
    path.write_text("".join(f"{source}\t{target}\n" for source, target in lines), encoding="utf-8")
    return path


def corpus(directory: Path, count: int = 200, **settings: object) -> CorpusConfig:
    """Write a training, a validation (20 pairs) and a test set (20) and say where they are."""
    made = pairs(count + 40)
    write_tsv(directory / "train.tsv", made[:count])
    write_tsv(directory / "validation.tsv", made[count : count + 20])
    write_tsv(directory / "test.tsv", made[count + 20 :])
    files = {"train": ["train.tsv"], "validation": ["validation.tsv"], "test": ["test.tsv"]}
    return CorpusConfig.model_validate({"root": str(directory), **files, **settings})


def dataset(directory: Path, count: int = 200, **settings: object) -> Dataset:
    """Prepare a small corpus for real, in a fifth of a second."""
    subword_config = SubwordConfig(vocabulary_size=320)
    return prepare(corpus(directory, count, **settings), subword_config, directory / "dataset", seed=1)


def recipe(directory: Path, **sections: Mapping[str, object]) -> Path:
    """Write a short experiment on the tiny corpus, with a test set, as a file; sections as they are given."""
    made = corpus(directory, count=60, validation_limit=4)
    values: dict[str, Mapping[str, object]] = {
        "corpus": made.model_dump(include={"root", "train", "validation", "test"}),
        "subword": {"vocabulary_size": 340},
        "search": {"beam": 2, "max_target_tokens": 20},
        **sections,
    }
    lines = ['name = "tiny"', 'tokenize = "none"']
    for section, settings in values.items():
        lines += ["", f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    path = directory / "tiny.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
