"""The work as a model directory and as texts, for what is measured from outside: the service, the commands.

The network is that of `benchmarks.work`. Its subword model is made here, of invented words; the texts
are those of 15 pieces, as the translations are.
"""

from pathlib import Path
from random import Random

from benchmarks.sizes import PIECES, VOCABULARY
from benchmarks.work import network
from seq2seq.batch import EOS
from seq2seq.bundle import write_bundle
from seq2seq.card import Card, CardData, CardTraining
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword
from seq2seq.decoding.options import SearchOptions

_WORDS = 7_000  # distinct ones: about one piece each, beside the syllables that they are made of
_SYLLABLES = [onset + vowel for onset in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "ou")]


def write_model(directory: Path) -> None:
    """Write the model directory; greedy search, and every translation has as many pieces as it may."""
    subword = _subword(directory.with_suffix(".spm"))
    model = network("bahdanau")
    write_bundle(
        directory,
        model=model,
        model_config=model.config,
        source_subword=subword,
        target_subword=subword,
        card=Card(
            name="work",
            source_language="en",
            target_language="fr",
            description="Random weights, for benchmarks.",
            licence="Apache-2.0",
            data=CardData(name="invented words", pairs=0),
            training=CardTraining(
                command="python -m benchmarks", seed=1, updates=0, minutes=0.0, device="cpu"
            ),
        ),
        search=SearchOptions(beam=1, max_target_tokens=PIECES),
    )


def texts(directory: Path, count: int) -> list[str]:
    """Make sentences of as many pieces as the work has, by the model's own subword model."""
    (path,) = directory.glob("*.spm")
    subword = SubwordModel.load(path)
    cut = zip(_words(), subword.encode_batch(_words()), strict=True)
    words = [word for word, (_, *rest) in cut if rest == [EOS]]  # a piece each
    random = Random(1)  # noqa: S311 — sentences, not secrets
    return [" ".join(random.choices(words, k=PIECES - 1)) for _ in range(count)]


def _words() -> list[str]:
    random = Random(1)  # noqa: S311 — as above
    made: dict[str, None] = {}
    while len(made) < _WORDS:
        made["".join(random.choices(_SYLLABLES, k=random.randint(2, 4)))] = None
    return list(made)


def _subword(path: Path) -> SubwordModel:
    """Train a model of exactly as many pieces as the network knows."""
    words = _words()
    random = Random(2)  # noqa: S311 — as above
    sentences = (" ".join(random.choices(words, k=12)) for _ in range(4_000))
    subword = train_subword(
        sentences, SubwordConfig(algorithm="bpe", vocabulary_size=VOCABULARY), path, seed=1
    )
    assert subword.size == VOCABULARY, "the invented words have pieces enough"
    return subword
