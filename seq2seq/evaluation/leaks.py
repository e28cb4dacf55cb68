"""Test pairs that a model has seen in training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seq2seq.bundle import Bundle
from seq2seq.data.dataset import MANIFEST, Dataset
from seq2seq.data.normalise import comparison_key
from seq2seq.data.readers import BLOCK
from seq2seq.data.seen import Digests, SeenTexts, digests
from seq2seq.errors import CorpusError
from seq2seq.evaluation.measures import References
from seq2seq.evaluation.origin import Leak

CORPUS = "corpus"  # beside the run
EXAMPLES = 5  # lines named


def corpus_of(bundle: Bundle, named: Path | None = None) -> Dataset | None:
    """The corpus that a model learnt from, by its fingerprint: the one named, or the one beside the run.

    Raises:
        CorpusError: the one named is none, or a damaged one.
    """
    beside = bundle.directory.resolve().parent.parent / CORPUS
    if named is None and not (beside / MANIFEST).is_file():
        return None
    try:
        dataset = Dataset.open(named or beside)
    except CorpusError:
        if named is not None:
            raise
        return None
    return dataset if dataset.fingerprint == bundle.card.data.fingerprint else None


def leak_of(dataset: Dataset, sources: Sequence[str], references: References) -> Leak:
    """Look for the sentences of a test set in a prepared corpus, in memory that does not grow with it."""
    asked = [
        (row, sources[row], reference)
        for lines in references
        for row, reference in enumerate(lines)
        if reference is not None
    ]
    wanted = SeenTexts()
    wanted.add(_keys(sources))
    trained_sources, trained_pairs = SeenTexts(), SeenTexts()
    split = dataset.train
    for start in range(0, len(split), BLOCK):
        rows = range(start, min(start + BLOCK, len(split)))
        texts = [dataset.source_subword.decode(split.source.sentence(row)) for row in rows]
        keys = _keys(texts)
        # Targets are put together only where the source is one of the test set's: that is most of the work.
        shared = np.flatnonzero(wanted.contains(keys)).tolist()
        trained_sources.add(keys[shared])
        targets = [dataset.target_subword.decode(split.target.sentence(rows[place])) for place in shared]
        trained_pairs.add(_pair_keys([texts[place] for place in shared], targets))
    is_trained = trained_pairs.contains(
        _pair_keys([source for _, source, _ in asked], [reference for _, _, reference in asked])
    )
    leaked = sorted({row + 1 for (row, _, _), found in zip(asked, is_trained, strict=True) if found})
    return Leak(
        pairs=len(leaked),
        sources=int(trained_sources.contains(_keys(sources)).sum()),
        lines=tuple(leaked[:EXAMPLES]),
    )


def _keys(texts: Sequence[str]) -> Digests:
    return digests([comparison_key(text) for text in texts])


def _pair_keys(sources: Sequence[str], targets: Sequence[str]) -> Digests:
    return digests(
        [
            f"{comparison_key(source)}\t{comparison_key(target)}"
            for source, target in zip(sources, targets, strict=True)
        ]
    )
