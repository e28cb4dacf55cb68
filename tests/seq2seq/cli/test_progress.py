"""The progress of what yields: the items as they came, and a count of them that reads well."""

import pytest

from seq2seq.cli import progress
from seq2seq.cli.progress import counted


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it tell at once."""
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)
    monkeypatch.setattr(progress, "PATIENCE_S", -1.0)


def test_lines_count_one_and_several(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal."""
    assert list(counted("ab", "translating", "line")) == ["a", "b"]

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("translating: 1 line, ")
    assert second.startswith("translating: 2 lines, ")


@pytest.mark.parametrize(("items", "told"), [("a", "translating 1 line, "), ("ab", "translating 2 lines, ")])
def test_a_bar_counts_one_and_several(
    items: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")

    assert list(counted(items, "translating", "line")) == list(items)
    assert told in capsys.readouterr().err


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """And passes on the same."""
    assert list(counted("ab", "translating", "line", quiet=True)) == ["a", "b"]
    assert capsys.readouterr().err == ""
