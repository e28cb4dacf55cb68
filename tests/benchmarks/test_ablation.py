"""An ablation trains every step for as long, and is laid out by what each was worth."""

from pathlib import Path

import pytest

import tiny
from benchmarks.ablation import STEPS, main, validation_name
from benchmarks.results import filled
from seq2seq.config import find_recipe, load
from seq2seq.evaluation.record import read
from seq2seq.experiment import Experiment

SIZES = dict.fromkeys(("embedding_size", "hidden_size", "encoder_hidden_size", "attention_size"), 8)


def recipe(directory: Path) -> Path:
    """An experiment that takes a second."""
    training = {"warmup_updates": 2, "validate_every": 8, "patience": 0}
    return tiny.recipe(directory, batching={"tokens_per_batch": 400}, model=SIZES, training=training)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_changes_the_recipe_it_is_for(step: str) -> None:
    """And is a setting that there is."""
    whole = load(find_recipe("multi30k-en-de-1h"), Experiment, [])
    changed = load(find_recipe("multi30k-en-de-1h"), Experiment, list(STEPS[step]))

    assert (changed == whole) == (step == "the recipe")


def test_rows_are_recorded_once_and_laid_out(tmp_path: Path) -> None:
    """What is recorded already is not trained again."""
    record = tmp_path / "results.jsonl"
    command = [
        str(recipe(tmp_path)),
        "--updates",
        "9",
        "--out",
        str(tmp_path / "runs"),
        "--record",
        str(record),
    ]
    only = ["--only", "the recipe", "--only", "without attention"]

    main([*command, *only])
    first = list(read(record))
    main([*command, *only])

    assert list(read(record)) == first
    assert [(result.recipe, result.attention) for result in first] == [
        ("tiny, the recipe", "bahdanau"),
        ("tiny, without attention", "none"),
    ]
    name = validation_name(command[0], 9)
    assert {result.test for result in first} == {name}
    page = filled(f"<!-- table: ablation {name} -->\n<!-- end -->\n", first)
    assert "| the recipe |" in page
    assert "| without attention |" in page


def test_a_step_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With those that are."""
    with pytest.raises(SystemExit, match=r"no step 'without luck'.*without attention"):
        main([str(recipe(tmp_path)), "--updates", "9", "--only", "without luck"])
