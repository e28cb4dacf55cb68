from pathlib import Path

import pytest

import tiny
from seq2seq.data.dataset import Dataset
from seq2seq.errors import CorpusError
from seq2seq.evaluation.leaks import corpus_of, leak_of
from seq2seq.evaluation.origin import Leak


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A small prepared corpus."""
    return tiny.dataset(tmp_path_factory.mktemp("corpus"))


def trained(dataset: Dataset, index: int) -> tuple[str, str]:
    """A training pair as text."""
    source, target = dataset.train.pair(index)
    return dataset.source_subword.decode(source), dataset.target_subword.decode(target)


def test_what_was_held_out_has_not_leaked(dataset: Dataset) -> None:
    """Preparing saw to that."""
    pairs = dataset.validation_text()

    found = leak_of(dataset, [source for source, _ in pairs], [[target for _, target in pairs]])

    assert found == Leak(0, 0, ())


def test_training_pairs_are_found_whatever_their_case_and_punctuation(dataset: Dataset) -> None:
    """Pairs, and sources with another translation, each counted once and named by its line."""
    one, other = trained(dataset, 0), trained(dataset, 1)
    assert one[0] != other[0]
    sources = ["never seen", f"{one[0].upper()}!", other[0], one[0]]
    references: list[list[str | None]] = [
        ["jamais vu", one[1].upper(), "autre chose", one[1]],
        [None, one[1], "rien", None],
    ]

    found = leak_of(dataset, sources, references)

    assert found == Leak(pairs=2, sources=3, lines=(2, 4))


def test_source_and_target_of_different_pairs_are_no_pair(dataset: Dataset) -> None:
    """Both were seen, and never together."""
    one, other = trained(dataset, 0), trained(dataset, 1)
    assert one[1] != other[1]

    assert leak_of(dataset, [one[0]], [[other[1]]]) == Leak(0, 1, ())


def test_a_corpus_is_known_by_its_fingerprint(dataset: Dataset, tmp_path: Path) -> None:
    """The one beside the run counts only when the model learnt from it."""
    bundle = tiny.bundle(tmp_path / "run" / "plain" / "model", attention="none")

    assert corpus_of(bundle) is None
    assert corpus_of(bundle, dataset.directory) is None  # another corpus than the card names
    with pytest.raises(CorpusError, match="not a prepared dataset"):
        corpus_of(bundle, tmp_path)
