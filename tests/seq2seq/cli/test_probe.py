"""`seq2seq probe` in its smallest forms: text, figure, JSON, and words that are wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seq2seq.cli.probe import app
from seq2seq.errors import UsageError

SMALL = ("--hidden", "4", "--updates", "2", "--quiet")


def printed(*arguments: str) -> str:
    """Run a probe to its end and give what it printed."""
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_gradients_are_printed_drawn_and_given_as_json(tmp_path: Path) -> None:
    """A table and a chart by default; with --json one object; with --figure a file as well."""
    common = ("gradients", "rnn", "gru:chrono", "--length", "12", "--seeds", "1", *SMALL)

    text = printed(*common, "--figure", str(tmp_path / "new" / "gradients.svg"))
    document = json.loads(printed(*common, "--json"))

    assert "at initialisation" in text
    assert (tmp_path / "new" / "gradients.svg").read_bytes().startswith(b"<?xml")
    assert [one["variant"] for one in document["variants"]] == ["rnn", "gru:chrono"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("memory", "rnn", "--task", "recall", "--length", "4"), "solved at update"),
        (("clipping", "rnn", "--length", "4"), "after clipping"),
        (("bottleneck", "--longest", "1", "--beyond", "2", "--tested", "1"), "exact match at length"),
        (("cells", "It is red.", "--cell", "gru"), "update gate"),
    ],
)
def test_every_probe_runs_from_the_command_line(arguments: tuple[str, ...], expected: str) -> None:
    """Each in its smallest form gives its table."""
    assert expected in printed(*arguments, *SMALL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gradients", "gro"), "gro: 'gro' is not a cell. Did you mean 'gru'?"),
        (("memory", "--task", "addin"), "--task: 'addin' is not known. Did you mean 'adding'?"),
        (("cells", "--figure", "cells.pdf"), "End its name in .svg or .png."),
    ],
)
def test_a_wrong_word_is_refused_before_any_work(arguments: tuple[str, ...], message: str) -> None:
    """The message says what was meant."""
    with pytest.raises(UsageError) as caught:
        printed(*arguments)

    assert message in str(caught.value)
