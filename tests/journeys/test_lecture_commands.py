"""`seq2seq classify` and `seq2seq names` as a user runs them, on tiny models."""

import json
from collections.abc import Sequence
from pathlib import Path

from typer.testing import CliRunner

import labelled
from seq2seq.cli.main import app
from seq2seq.errors import UsageError

TINY = [
    "corpus.size=400",
    "model.hidden_size=8",
    "training.updates=10",
    "training.warmup_updates=2",
    "training.validate_every=10",
]


def run(*arguments: str, stdin: str = "") -> tuple[str, BaseException | None]:
    """Run a command in this process; gives standard output and what it raised."""
    done = CliRunner().invoke(app, list(arguments), input=stdin)
    return done.stdout, None if done.exit_code == 0 else done.exception


def settings(assignments: Sequence[str]) -> list[str]:
    """As options."""
    return [part for assignment in assignments for part in ("--set", assignment)]


def test_a_classifier_is_trained_and_judged(tmp_path: Path) -> None:
    """The model's path is all that standard output has; what was kept out is found beside it."""
    printed, error = run("classify", "train", "names", "-q", "--out", str(tmp_path), *settings(TINY))
    assert error is None
    model = printed.strip()
    assert model == str(tmp_path / "model")

    report, error = run("classify", "evaluate", "-m", model, "--figure", str(tmp_path / "figure.svg"))

    assert error is None
    assert "always the most frequent" in report
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<?xml")
    lines = run("classify", "evaluate", "-m", model, "--cut", "1,3", "--json")[0]
    assert [row["characters"] for row in json.loads(lines)] == [1, 3]


def test_texts_are_judged_from_arguments_or_standard_input(tmp_path: Path) -> None:
    """A line or an object for each; a trace has one for each character."""
    model = str(labelled.classifier_directory())

    table, _ = run("classify", "predict", "-m", model, "abab", "efef", "--top", "1")
    objects, _ = run("classify", "predict", "-m", model, "--json", stdin="abab\nefef\n")
    trace, _ = run("classify", "predict", "-m", model, "abab", "--trace", "--figure", str(tmp_path / "t.png"))

    assert [json.loads(line)["text"] for line in objects.splitlines()] == ["abab", "efef"]
    assert [json.loads(line)["label"] for line in objects.splitlines()] == [
        line.split()[1] for line in table.splitlines()
    ]
    assert [line.split()[0] for line in trace.splitlines()] == ["a", "ab", "aba", "abab"]
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_shows_one_trace() -> None:
    """Two texts have no one figure."""
    model = str(labelled.classifier_directory())

    _, error = run("classify", "predict", "-m", model, "a", "b", "--trace", "--figure", "t.svg")

    assert isinstance(error, UsageError)
    assert error.problem == "a figure shows the trace of one text"


def test_lists_of_numbers_are_checked() -> None:
    """With the option and how to write it."""
    _, error = run("classify", "cells", "names", "--seeds", "1,x")

    assert isinstance(error, UsageError)
    assert str(error) == "--seeds: '1,x' is not a list of whole numbers from 1 on. Write it as 1,2,3."


def test_names_are_drawn_and_judged() -> None:
    """As many lines as asked for, each beginning as asked; the judge's table has every category."""
    generator, classifier = str(labelled.generator_directory()), str(labelled.classifier_directory())

    drawn, _ = run("names", "sample", "left", "-m", generator, "-n", "4", "--first", "ab")
    objects, _ = run("names", "sample", "left", "-m", generator, "-n", "4", "--first", "ab", "--json")
    table, _ = run("names", "judge", "-m", generator, "--classifier", classifier, "-n", "5")

    assert len(drawn.splitlines()) == 4
    assert all(line.startswith("ab") for line in drawn.splitlines())
    assert [json.loads(line)["name"] for line in objects.splitlines()] == drawn.splitlines()
    assert [line.split()[0] for line in table.splitlines()[1:5]] == ["left", "middle", "right", "mean"]


def test_a_generator_is_trained(tmp_path: Path) -> None:
    """The model's path is all that standard output has."""
    printed, error = run("names", "train", "name-generator", "-q", "--out", str(tmp_path), *settings(TINY))

    assert error is None
    assert printed.strip() == str(tmp_path / "model")
