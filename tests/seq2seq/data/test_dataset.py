import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import tiny
from seq2seq.batch import EOS
from seq2seq.data.dataset import Dataset, SideWriter
from seq2seq.errors import CorpusError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A dataset that no test changes."""
    return tiny.dataset(tmp_path_factory.mktemp("made"))


@pytest.fixture
def copied(made: Dataset, tmp_path: Path) -> Path:
    """A directory that a test may damage."""
    return Path(shutil.copytree(made.directory, tmp_path / "copied"))


def test_pairs_are_the_ids_of_their_texts(made: Dataset) -> None:
    """What was encoded comes back, in the order of the file, each side ended by EOS."""
    validation = [made.validation.pair(index) for index in range(len(made.validation))]

    decoded = [(made.source_subword.decode(s), made.target_subword.decode(t)) for s, t in validation]

    assert decoded == made.validation_text() == tiny.pairs(240)[200:220]
    assert all(source[-1] == target[-1] == EOS for source, target in validation)


def test_lengths_count_the_end(made: Dataset) -> None:
    """They are the lengths of the pairs' ids, without reading them."""
    lengths = [tuple(map(len, made.train.pair(index))) for index in range(len(made.train))]

    assert list(zip(made.train.source_lengths, made.train.target_lengths, strict=True)) == lengths
    assert made.manifest.splits["train"].target.longest == max(made.train.target_lengths)


def test_a_small_vocabulary_takes_two_bytes_an_id(tmp_path: Path) -> None:
    """And a large one four."""
    with (
        SideWriter(tmp_path / "small", 1 << 16) as small,
        SideWriter(tmp_path / "large", 1 + (1 << 16)) as large,
    ):
        small.write([[5, EOS], [65_535, EOS]])
        large.write([[5, EOS], [65_536, EOS]])

    assert np.fromfile(tmp_path / "small.tokens", "<u2").tolist() == [5, EOS, 65_535, EOS]
    assert np.fromfile(tmp_path / "large.tokens", "<u4").tolist() == [5, EOS, 65_536, EOS]
    assert np.fromfile(tmp_path / "large.offsets", "<u8").tolist() == [0, 2, 4]


def test_a_joint_vocabulary_is_one_object(made: Dataset) -> None:
    """So that nobody loads it twice."""
    assert made.source_subword is made.target_subword


def test_a_copy_has_the_same_fingerprint(made: Dataset, copied: Path) -> None:
    """It follows from the contents, not from the place."""
    copy = Dataset.open(copied)
    copy.verify()

    assert copy.fingerprint == made.fingerprint


def test_a_flipped_bit_is_found_by_verify(copied: Path) -> None:
    """Sizes are checked when it is opened, digests on demand."""
    path = copied / "train.source.tokens"
    content = bytearray(path.read_bytes())
    content[7] ^= 1
    path.write_bytes(content)

    with pytest.raises(CorpusError, match=r"train\.source\.tokens: the dataset is damaged\. Delete it"):
        Dataset.open(copied).verify()


@pytest.mark.parametrize("name", ["train.target.tokens", "joint.spm", "validation.jsonl"])
def test_a_file_cut_short_is_found_when_opened(copied: Path, name: str) -> None:
    """The message names it."""
    path = copied / name
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(CorpusError, match=rf"{name}: the dataset is damaged"):
        Dataset.open(copied)


def test_another_vocabulary_of_the_same_size_is_refused(copied: Path) -> None:
    """Ids would mean other pieces; the digest tells."""
    path = copied / "joint.spm"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"the", b"eht", 1))

    with pytest.raises(CorpusError, match=r"joint\.spm: the dataset is damaged"):
        Dataset.open(copied)


def test_what_is_no_dataset_is_refused(copied: Path, tmp_path: Path) -> None:
    """A missing directory, another format, a damaged manifest."""
    manifest = copied / "dataset.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))

    with pytest.raises(CorpusError, match=r"not a prepared dataset\. Make one with 'seq2seq prepare'"):
        Dataset.open(tmp_path / "nowhere")
    manifest.write_text(json.dumps({**values, "format": 2}), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"the dataset has format 2, and this program reads 1\. Prepare it"):
        Dataset.open(copied)
    for damaged in ("{", "[]", '{"format": 1}'):
        manifest.write_text(damaged, encoding="utf-8")
        with pytest.raises(CorpusError, match=r"dataset\.json: the dataset is damaged"):
            Dataset.open(copied)
