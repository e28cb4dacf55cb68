import gzip
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.config import build
from seq2seq.data.labelled import (
    PARTS,
    Labelled,
    LabelledConfig,
    LabelledFiles,
    Part,
    ceiling,
    open_labelled,
    read_labelled,
    stratified,
)
from seq2seq.errors import ConfigError, CorpusError

ENTRIES = st.lists(
    st.builds(Labelled, st.text("abcd", min_size=1, max_size=4), st.sampled_from(["x", "y", "z"])),
    unique=True,
    max_size=60,
)
SHARES: dict[Part, float] = {"validation": 0.2, "test": 0.3}


def many(counts: dict[str, int]) -> list[Labelled]:
    """So many different texts of each label."""
    return [Labelled(f"{label}{number}", label) for label, count in counts.items() for number in range(count)]


def write(path: Path, text: str) -> Path:
    """Write a file and say where."""
    path.write_text(text, encoding="utf-8")
    return path


@given(entries=ENTRIES, seed=st.integers(0, 5))
def test_no_text_is_in_two_parts_and_none_is_lost(entries: list[Labelled], seed: int) -> None:
    """Even a text with several labels goes to one part, with all of them."""
    parts = stratified(entries, SHARES, seed)

    assert sorted(entry for part in PARTS for entry in parts[part]) == sorted(entries)
    held = [{entry.text for entry in parts[part]} for part in PARTS]
    assert sum(map(len, held)) == len(set.union(*held))


def test_each_label_gives_the_same_share_to_each_part() -> None:
    """By hand: of 50, 20 and 10 texts, 20 % validate and 30 % test."""
    parts = stratified(many({"a": 50, "b": 20, "c": 10}), SHARES, seed=1)

    assert Counter(entry.label for entry in parts["validation"]) == {"a": 10, "b": 4, "c": 2}
    assert Counter(entry.label for entry in parts["test"]) == {"a": 15, "b": 6, "c": 3}


def test_the_split_follows_from_the_seed_and_not_from_the_order() -> None:
    """The same texts in another order are split alike; another seed splits otherwise."""
    entries = many({"a": 40, "b": 40})

    assert stratified(entries, SHARES, 1) == stratified(entries[::-1], SHARES, 1)
    assert stratified(entries, SHARES, 1) != stratified(entries, SHARES, 2)


def test_repeats_are_taken_out_before_the_split(tmp_path: Path) -> None:
    """The same name spelt with a space at its end or decomposed is the same; another label is not."""
    for label in "ab":
        names = [f"{label}{number}" for number in range(20)]
        write(tmp_path / f"{label}.txt", "\n".join([*names, f"{label}1 ", "Müller", "Mu\u0308ller"]) + "\n")

    corpus = open_labelled(LabelledConfig(directory=str(tmp_path)))

    entries = [entry for part in PARTS for entry in corpus.parts[part]]
    assert (corpus.read, corpus.repeats, corpus.shared) == (46, 4, 1)
    assert len(entries) == len(set(entries)) == 42
    assert "46 texts in 2 labels; left out: 4 repeats; 1 text has several labels" in corpus.report()


def test_a_text_with_two_labels_can_be_right_once() -> None:
    """By hand: two answers for three entries."""
    assert ceiling([Labelled("Lee", "en"), Labelled("Lee", "ko"), Labelled("Kim", "ko")]) == pytest.approx(
        2 / 3
    )


def test_the_three_forms_say_the_same(tmp_path: Path) -> None:
    """A directory, a table and named files, one of them packed."""
    write(tmp_path / "a.txt", "Anna\nAda\n")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"Bert\n"))
    write(tmp_path / "LICENSE", "not a list\n")
    write(tmp_path / "table.tsv", "Anna\ta\nAda\ta\nBert\tb\n")

    forms: list[dict[str, object]] = [
        {"directory": "."},
        {"table": "table.tsv"},
        {"files": {"a": "a.txt", "b": "b.txt.gz"}},
    ]

    read = [list(read_labelled(LabelledFiles.model_validate(form), tmp_path)) for form in forms]
    assert (
        read[0] == read[1] == read[2] == [Labelled("Anna", "a"), Labelled("Ada", "a"), Labelled("Bert", "b")]
    )


def test_evaluation_files_of_their_own_are_kept_out_of_training(tmp_path: Path) -> None:
    """A text of theirs is left out of training, and the test's are left out of validation."""
    write(tmp_path / "train.tsv", "one\ta\ntwo\tb\nthree\ta\nfour\tb\n")
    write(tmp_path / "validation.tsv", "two\tb\nthree\ta\n")
    write(tmp_path / "test.tsv", "three\ta\n")
    files = {name: str(tmp_path / f"{name}.tsv") for name in PARTS}

    corpus = open_labelled(
        LabelledConfig(
            table=files["train"],
            validation=LabelledFiles(table=files["validation"]),
            test=LabelledFiles(table=files["test"]),
        )
    )

    texts = {part: [entry.text for entry in corpus.parts[part]] for part in PARTS}
    assert texts == {"train": ["four", "one"], "validation": ["two"], "test": ["three"]}
    assert corpus.leaked == 2


def test_what_was_split_can_be_written_and_read(tmp_path: Path) -> None:
    """The built-in names, through files."""
    corpus = open_labelled(LabelledConfig(built_in="names", size=300))

    corpus.write(tmp_path)

    for part in PARTS:
        again = read_labelled(LabelledFiles(table=f"{part}.tsv"), tmp_path)
        assert tuple(again) == corpus.parts[part]
    assert len(corpus.labels) == 6


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        ("Anna\ta\nBert\n", "table.tsv:2", "the line has 1 column, and 2 are needed"),
        ("Anna\ta\n\tb\n", "table.tsv:2", "the source is blank"),
        ("Anna\ta\n\u200b\tb\n", "table.tsv:2", "the text is blank"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, content: str, place: str, problem: str) -> None:
    """File and line, and what is wrong with it."""
    write(tmp_path / "table.tsv", content)

    with pytest.raises(CorpusError, match=problem) as caught:
        open_labelled(LabelledConfig(table="table.tsv", root=str(tmp_path)))

    assert caught.value.where.endswith(place)


def test_bytes_that_are_not_text_are_named(tmp_path: Path) -> None:
    """In a directory, the file of the label."""
    (tmp_path / "a.txt").write_bytes(b"Anna\nM\xfcller\n")

    with pytest.raises(CorpusError, match="0xfc at offset 1 of the line is not UTF-8") as caught:
        open_labelled(LabelledConfig(directory=str(tmp_path)))

    assert caught.value.where.endswith("a.txt:2")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "there are no texts: set directory, table, files or built_in"),
        ({"directory": "x", "built_in": "names"}, "directory and built_in exclude each other"),
        ({"test": {"table": "x", "directory": "y"}, "table": "z"}, "directory and table exclude each other"),
        ({"table": "x", "validation_share": 0.6, "test_share": 0.5}, "leave nothing to learn from"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], message: str) -> None:
    """With the names of the settings."""
    with pytest.raises(ConfigError, match=message):
        build(settings, LabelledConfig, where="names.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Anna\ta\nAda\ta\n", "there must be two labels or more to tell apart, and there is only 'a'"),
        ("Anna\ta\nAda\tb\n", "no text is left for the validation set"),
    ],
)
def test_too_little_to_learn_from_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """Before anything is trained."""
    write(tmp_path / "table.tsv", content)

    with pytest.raises(CorpusError, match=message):
        open_labelled(LabelledConfig(table="table.tsv", root=str(tmp_path)))


def test_a_label_that_only_the_test_has_is_refused(tmp_path: Path) -> None:
    """Nothing could answer it."""
    lines = "".join(f"{label}{number}\t{label}\n" for label in "ab" for number in range(20))
    write(tmp_path / "train.tsv", lines)
    write(tmp_path / "test.tsv", "Cleo\tc\n")

    with pytest.raises(CorpusError, match="the test set has the label 'c', of which there is nothing"):
        open_labelled(
            LabelledConfig(table="train.tsv", test=LabelledFiles(table="test.tsv"), root=str(tmp_path))
        )


def test_a_directory_without_lists_is_refused(tmp_path: Path) -> None:
    """And one that is not there."""
    with pytest.raises(CorpusError, match=r"the directory has no file LABEL\.txt"):
        open_labelled(LabelledConfig(directory=str(tmp_path)))
    with pytest.raises(CorpusError, match="there is no such directory"):
        open_labelled(LabelledConfig(directory=str(tmp_path / "none")))
