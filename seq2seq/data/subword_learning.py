"""How the pieces of a language, or of two, are learnt from sentences."""

import io
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Literal

import sentencepiece
from pydantic import Field, PositiveInt

from seq2seq.batch import BOS, EOS, PAD, UNK
from seq2seq.config import Section
from seq2seq.data.normalise import normalise
from seq2seq.data.subword import SubwordModel
from seq2seq.errors import ConfigError, CorpusError

_TOO_SMALL = re.compile(r"smaller than required_chars\. \d+ vs (\d+)")


class SubwordConfig(Section):
    """How sentences are cut into pieces: `[subword]`.

    Bytes are always in the vocabulary, so that no character is unknown, and digits are always
    pieces of their own, so that numbers are copied digit by digit.
    """

    algorithm: Literal["unigram", "bpe"] = "unigram"
    vocabulary_size: PositiveInt = 8_000  # of each model; fewer when the corpus has not as many pieces
    joint: bool = True  # one model for both languages, or one for each
    character_coverage: float = Field(default=0.9999, gt=0.9, le=1.0)  # the rest is spelt in bytes
    training_sentences: PositiveInt = 500_000  # at most, drawn at random; about 1 kB of memory for each


def train_subword(sentences: Iterable[str], config: SubwordConfig, path: Path, seed: int) -> SubwordModel:
    """Learn a model and write it to a file. The same sentences and seed give the same bytes.

    The model is smaller than `config.vocabulary_size` when the sentences do not have as many
    pieces: compare with `SubwordModel.size`.

    Args:
        sentences: read once; a sample of `config.training_sentences` is kept.
        config: how.
        path: the file to write, usually with the suffix .spm.
        seed: of the sample.

    Raises:
        CorpusError: there is no sentence.
        ConfigError: `vocabulary_size` does not suffice for the single characters.
    """
    sample = _reservoir(
        sentences,
        config.training_sentences,
        Random(f"subword {seed}"),  # noqa: S311 — a sample, not a secret
    )
    if not sample:
        raise CorpusError("there is no sentence to learn a vocabulary from")
    content = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sample),
            model_writer=content,
            model_type=config.algorithm,
            vocab_size=config.vocabulary_size,
            hard_vocab_limit=False,
            pad_id=PAD,
            bos_id=BOS,
            eos_id=EOS,
            unk_id=UNK,
            byte_fallback=True,
            split_digits=True,
            required_chars="0123456789",
            character_coverage=config.character_coverage,
            normalization_rule_name="identity",  # normalise() comes before
            remove_extra_whitespaces=False,
            max_sentence_length=1 << 20,
            num_threads=1,  # more would change the order of floating-point sums
            minloglevel=2,
        )
    except RuntimeError as error:
        needed = _TOO_SMALL.search(str(error))
        if needed is None:
            raise CorpusError(f"no subword vocabulary can be learnt ({error})") from error
        raise ConfigError(
            f"vocabulary_size is {config.vocabulary_size}, and this corpus needs {needed[1]}"
            " for its single characters, digits and bytes",
            where="subword",
            mend=f"Set subword.vocabulary_size to some hundreds more than {needed[1]}.",
        ) from error
    path.write_bytes(content.getvalue())
    return SubwordModel.load(path)


def _reservoir(sentences: Iterable[str], size: int, random: Random) -> list[str]:
    """Draw sentences, each as likely as any other, in one pass (Vitter 1985, algorithm R)."""
    sample: list[str] = []
    for index, sentence in enumerate(filter(None, map(normalise, sentences))):
        if index < size:
            sample.append(sentence)
        elif (place := random.randrange(index + 1)) < size:
            sample[place] = sentence
    return sample
