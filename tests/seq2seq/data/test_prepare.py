import gzip
import subprocess
import sys
from pathlib import Path

import pytest

import tiny
from seq2seq.config import build
from seq2seq.data.corpus import CorpusConfig
from seq2seq.data.dataset import Dataset
from seq2seq.data.prepare import prepare
from seq2seq.data.subword_learning import SubwordConfig
from seq2seq.errors import ConfigError, CorpusError

SUBWORD = SubwordConfig(vocabulary_size=320)


def trained_on(made: Dataset) -> list[tuple[str, str]]:
    """Read back the training pairs as text."""
    pairs = [made.train.pair(index) for index in range(len(made.train))]
    return [(made.source_subword.decode(s), made.target_subword.decode(t)) for s, t in pairs]


def test_training_pairs_come_out_as_they_went_in(tmp_path: Path) -> None:
    """All of them, in order; the report says so."""
    made = tiny.dataset(tmp_path, count=100)

    assert trained_on(made) == tiny.pairs(140)[:100]
    assert (made.report["kept"], made.report["dropped"]) == (100, {})
    assert made.test_text() == tiny.pairs(140)[120:]


def test_two_aligned_files_and_gzip_are_read_too(tmp_path: Path) -> None:
    """The pairs are those of the table, and so is what is learnt from them."""
    table = tiny.dataset(tmp_path, count=50)
    (tmp_path / "train.en").write_text("".join(s + "\n" for s, _ in tiny.pairs(90)[:50]), encoding="utf-8")
    (tmp_path / "train.fr.gz").write_bytes(
        gzip.compress("".join(t + "\n" for _, t in tiny.pairs(90)[:50]).encode())
    )
    config = CorpusConfig(
        root=str(tmp_path),
        train_source=("train.en",),
        train_target=("train.fr.gz",),
        validation=("validation.tsv",),
        test=("test.tsv",),
    )

    files = prepare(config, SUBWORD, tmp_path / "files", seed=1)

    assert files.fingerprint == table.fingerprint


def test_the_built_in_corpus_needs_no_files(tmp_path: Path) -> None:
    """The same size and seed are the same dataset."""
    config = CorpusConfig(built_in="phrasebook", size=300)
    subword = SubwordConfig(vocabulary_size=500)

    made = prepare(config, subword, tmp_path / "dataset", seed=1)
    again = prepare(config, subword, made.directory, seed=1)

    assert 0 < len(made.train) <= 300
    assert len(made.validation) > 0
    assert len(made.test_text()) > 0
    assert again.manifest == made.manifest


def test_columns_turn_the_direction_round(tmp_path: Path) -> None:
    """(2, 1) translates the other way."""
    made = tiny.dataset(tmp_path, count=20, columns=(2, 1))

    assert trained_on(made)[0] == tiny.pairs(60)[0][::-1]


def test_sentences_of_the_evaluation_sets_are_not_trained_on(tmp_path: Path) -> None:
    """Planted in training, in other dress, each is dropped and reported; the sets stay whole."""
    config = tiny.corpus(tmp_path, count=50)
    validation, test, shared = tiny.pairs(90)[50], tiny.pairs(90)[70], tiny.pairs(90)[80]
    with (tmp_path / "train.tsv").open("a", encoding="utf-8") as file:
        file.write(f"{validation[0].upper()}\tautre chose\nsomething else\t{test[1][:-1]} !\n")
    with (tmp_path / "validation.tsv").open("a", encoding="utf-8") as file:
        file.write("\t".join(shared) + "\n")

    made = prepare(config, SUBWORD, tmp_path / "dataset", seed=1)

    assert trained_on(made) == tiny.pairs(90)[:50]
    assert made.report["dropped"]["in_validation"]["examples"] == [f"{tmp_path}/train.tsv:51"]
    assert made.report["dropped"]["in_test"]["examples"] == [f"{tmp_path}/train.tsv:52"]
    assert "1 pair of the validation set occurs in the test set" in made.report["notices"]
    assert len(made.validation) == 21


def test_pairs_of_too_many_pieces_are_dropped_from_training_only(tmp_path: Path) -> None:
    """The limit counts pieces without the end."""
    config = tiny.corpus(tmp_path, count=50, cleaning={"max_pieces": 30})

    made = prepare(config, SUBWORD, tmp_path / "dataset", seed=1)

    assert 0 < made.report["dropped"]["too_many_pieces"]["pairs"] == 50 - len(made.train)
    assert max(made.train.source_lengths.max(), made.train.target_lengths.max()) <= 31
    assert len(made.validation) == 20
    assert made.validation.source_lengths.max() > 31


def test_separate_vocabularies_are_learnt_from_their_side(tmp_path: Path) -> None:
    """Two models in two files."""
    config = SubwordConfig(vocabulary_size=320, joint=False)

    made = prepare(tiny.corpus(tmp_path, count=100), config, tmp_path / "dataset", seed=1)

    assert made.source_subword.digest != made.target_subword.digest
    assert {made.source_subword.path.name, made.target_subword.path.name} == {"source.spm", "target.spm"}
    assert trained_on(made) == tiny.pairs(140)[:100]


def test_a_smaller_vocabulary_is_noted(tmp_path: Path) -> None:
    """The recommended size is too much for a hundred sentences."""
    made = prepare(tiny.corpus(tmp_path), SubwordConfig(), tmp_path / "dataset", seed=1)

    assert any("pieces, not 8,000: the corpus has no more" in notice for notice in made.report["notices"])


def test_a_limited_validation_set_is_a_sample(tmp_path: Path) -> None:
    """Texts and ids are of the same pairs; the first of a sorted file would all be short."""
    made = tiny.dataset(tmp_path, count=50, validation_limit=5)

    texts = made.validation_text()
    ids = [made.validation.pair(index) for index in range(5)]
    assert len(made.validation) == len(texts) == 5
    assert [made.source_subword.decode(source) for source, _ in ids] == [source for source, _ in texts]
    assert texts != tiny.pairs(90)[50:55]


def test_validation_texts_are_raw(tmp_path: Path) -> None:
    """Scores are taken on what people wrote, not on what the model reads."""
    config = tiny.corpus(tmp_path, count=50)
    tiny.write_tsv(tmp_path / "validation.tsv", [(" Ａ  dog\u2028", 'un "chien"\u202f!')])

    made = prepare(config, SUBWORD, tmp_path / "dataset", seed=1)

    assert made.validation_text() == [(" Ａ  dog\u2028", 'un "chien"\u202f!')]


def test_bad_lines_are_skipped_on_demand_and_reported(tmp_path: Path) -> None:
    """In training by reason, in the evaluation sets by number."""
    config = tiny.corpus(tmp_path, count=50, skip_bad=True)
    for name in ("train", "validation"):
        with (tmp_path / f"{name}.tsv").open("ab") as file:
            file.write(b"no tab\n\xff\t\xff\n")

    made = prepare(config, SUBWORD, tmp_path / "dataset", seed=1)

    assert {name: drop["pairs"] for name, drop in made.report["dropped"].items()} == {
        "columns": 1,
        "encoding": 1,
    }
    assert made.report["notices"] == ["2 bad lines skipped in the validation set"]


def test_nothing_left_is_an_error_with_the_account(tmp_path: Path) -> None:
    """The message says what was dropped and why."""
    config = tiny.corpus(tmp_path, count=10, cleaning={"max_words": 1})

    with pytest.raises(CorpusError, match=r"no pair is left to train on\n.*0 kept of 10\n +10  too many"):
        prepare(config, SUBWORD, tmp_path / "dataset", seed=1)
    with pytest.raises(CorpusError, match=r"10  too many pieces"):
        prepare(
            tiny.corpus(tmp_path, count=10, cleaning={"max_pieces": 1}), SUBWORD, tmp_path / "dataset", seed=1
        )


def test_a_missing_file_says_how_to_set_the_root(tmp_path: Path) -> None:
    """Which file, and which setting."""
    config = tiny.corpus(tmp_path, count=10)
    (tmp_path / "test.tsv").unlink()

    with pytest.raises(
        CorpusError, match=rf"{tmp_path}/test\.tsv: there is no such file.*--set corpus\.root=DIR"
    ):
        prepare(config, SUBWORD, tmp_path / "dataset", seed=1)


def test_an_empty_validation_set_is_an_error(tmp_path: Path) -> None:
    """Training could not tell good from bad."""
    config = tiny.corpus(tmp_path, count=10)
    (tmp_path / "validation.tsv").write_text("")

    with pytest.raises(CorpusError, match=r"corpus\.validation: the validation set is empty"):
        prepare(config, SUBWORD, tmp_path / "dataset", seed=1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "train is missing: name TSV files, or train_source and train_target"),
        ({"train": ["a"]}, "validation is missing"),
        ({"train": ["a"], "built_in": "phrasebook"}, "built_in and files exclude each other"),
        (
            {"train_source": ["a", "b"], "train_target": ["c"], "validation": ["d"]},
            "train_source names 2 files and train_target 1: each needs its partner",
        ),
        (
            {"built_in": "phrasebook", "source_language": "english"},
            "source_language: 'english' is no language tag; write one such as en, fr or pt-BR",
        ),
        ({"train": ["a"], "validaton": ["b"]}, "unknown key 'validaton'. Did you mean 'validation'?"),
    ],
)
def test_a_contradictory_configuration_is_refused(values: dict[str, object], message: str) -> None:
    """Before any file is opened."""
    with pytest.raises(ConfigError) as raised:
        build(values, CorpusConfig, where="experiment.toml")

    assert message in str(raised.value)


MEASURED = """
import re
import sys
from pathlib import Path
from random import Random
from seq2seq.data.corpus import CorpusConfig
from seq2seq.data.prepare import prepare
from seq2seq.data.sampler import BatchingConfig, Sampler
from seq2seq.data.subword_learning import SubwordConfig
directory = Path(sys.argv[1])
words = ["alpha", "beta", "gamma", "delta", "epsilon"]
peak = 0
def measure(*_):
    global peak
    status = Path("/proc/self/status").read_text()
    peak = max(peak, int(re.search(r"RssAnon:\\s+(\\d+) kB", status)[1]) * 1024)
for lines in (10_000, 70_000):
    random = Random(1)
    with (directory / f"{lines}.tsv").open("w") as file:
        for line in range(lines):
            text = " ".join(random.choices(words, k=5))
            file.write(f"{text} {line}\\t{line} {text}\\n")
    (directory / "validation.tsv").write_text("one\\tun\\n")
    config = CorpusConfig(root=str(directory), train=(f"{lines}.tsv",), validation=("validation.tsv",))
    subword = SubwordConfig(vocabulary_size=360, training_sentences=2_000)
    dataset = prepare(config, subword, directory / f"dataset{lines}", 1, on_progress=measure)
    sampler = Sampler(dataset.train, BatchingConfig(tokens_per_batch=8_000, pool_pairs=5_000), 1)
    for _ in range(50):
        next(sampler)
        measure()
    assert len(dataset.train) == lines, dataset.report
    print(peak)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory as Linux shows it")
def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    """A line more costs less than 80 bytes at the peak, 40 as measured.

    What has to grow is 8 bytes a pair to find duplicates (16 while arrays merge), and 4 for the
    order of an epoch; files that are mapped are the kernel's to drop. The texts of a pair alone
    would take more than 200 as Python strings.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(tiny.__file__).parents[1],
        env={"PYTHONPATH": "."},
    )

    small, large = map(int, done.stdout.split())
    assert (large - small) / 60_000 < 80
