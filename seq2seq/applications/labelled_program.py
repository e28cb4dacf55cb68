"""What the programs of labelled texts share: classifying goes from text to label, making up names back."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from seq2seq.applications.program import Program
from seq2seq.batch import collate
from seq2seq.card import CardData
from seq2seq.data.labelled import LabelledConfig, LabelledCorpus
from seq2seq.data.sampler import BatchingConfig

ROWS = 256  # texts read at once

Pair = tuple[list[int], list[int]]  # the ids of a source and of a target


class LabelledProgram(Program):
    """What their experiment files begin with."""

    corpus: LabelledConfig
    batching: BatchingConfig = BatchingConfig(tokens_per_batch=1_024)


def corpus_directory(run: Path) -> Path:
    """Where a run writes what it learnt from and what it kept out."""
    return run / "corpus"


def mean_nll(model: nn.Module, pairs: Sequence[Pair]) -> float:
    """The negative log-likelihood of a piece of a target, in nats."""
    # Pairs of like length together, so that little is padding.
    ordered = sorted(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))
    nll, pieces = 0.0, 0
    for start in range(0, len(ordered), ROWS):
        loss = model(collate(ordered[start : start + ROWS]))
        nll, pieces = nll + float(loss.nll), pieces + loss.tokens
    return nll / pieces


def card_data(name: str, corpus: LabelledCorpus, *, unit: str, note: str) -> CardData:
    """What a card says of the texts."""
    return CardData(
        name=name,
        pairs=len(corpus.parts["train"]),
        validation_pairs=len(corpus.parts["validation"]),
        unit=unit,
        fingerprint=corpus.fingerprint,
        note=note,
    )
