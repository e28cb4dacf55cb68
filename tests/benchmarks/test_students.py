"""The steps to a student fit together: each is a command, and reads what an earlier one wrote."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.students import STUDENTS, Command
from seq2seq.experiment import load_experiment


def after(option: str, command: Command) -> list[str]:
    """What follows each occurrence of an option."""
    return [value for word, value in pairwise(command) if word == option]


@pytest.mark.parametrize("language", STUDENTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_step_reads_what_an_earlier_one_wrote(language: str, seed: int, tmp_path: Path) -> None:
    """Models, and the files of pairs; and every setting is one of an experiment."""
    written: set[Path] = set()
    for command in STUDENTS[language](tmp_path, seed):
        experiment = load_experiment(command[1], after("--set", command))
        (out,) = map(Path, after("--out", command))
        if command[0] == "distill":
            read = [*after("-m", command), *after("--backward", command)]
            made = {out / f"{part}.tsv" for part in ("real", "forward", "backward")}
        else:
            read = [*experiment.corpus.train, *filter(None, [experiment.begin_with])]
            made = {out / "attention/model"}
        assert {Path(file) for file in read} <= written
        assert not made <= written
        written |= made


@pytest.mark.parametrize("language", STUDENTS)
def test_the_last_stage_learns_from_real_pairs_alone(language: str, tmp_path: Path) -> None:
    """And is in the language that was asked for, with the seed that was."""
    command = STUDENTS[language](tmp_path, 3)[-1]
    experiment = load_experiment(command[1], after("--set", command))

    assert [Path(file).name for file in experiment.corpus.train] == ["real.tsv"]
    assert (experiment.seed, experiment.corpus.target_language) == (3, language)


def test_students_of_two_seeds_share_their_teachers_alone(tmp_path: Path) -> None:
    """So that a second seed takes only what is its own."""
    first, second = (
        [command for command in STUDENTS["de"](tmp_path, seed) if command[0] == "train"] for seed in (1, 2)
    )

    assert first[:4] == second[:4]
    places = [after("--out", command)[0] for command in (*first[4:], *second[4:])]
    assert len(set(places)) == len(places)


def test_the_commands_can_be_printed_and_a_step_that_fails_ends_the_chain(tmp_path: Path) -> None:
    """Here the corpus is missing."""
    command = [sys.executable, "-m", "benchmarks.students", "de", "--set", f"corpus.root={tmp_path}"]
    command += ["--runs", str(tmp_path / "runs"), "--threads", "1"]

    printed = subprocess.run([*command, "--print"], capture_output=True, text=True, check=True)
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    lines = printed.stdout.splitlines()
    assert len(lines) == len(STUDENTS["de"](tmp_path, 1))
    assert all(json.dumps(f"corpus.root={tmp_path}")[1:-1] in line for line in lines)
    assert run.returncode != 0
    assert run.stdout.splitlines() == lines[:1]
    assert "train.en.gz" in run.stderr
