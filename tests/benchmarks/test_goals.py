"""The table of goals says what was measured, and nothing of what was not."""

from pathlib import Path

import pytest

from benchmarks import goals, report
from benchmarks.goals import GOALS, Cell, Goal
from benchmarks.rates import Rates, row

SPEED = Goal(
    "greedy", Cell("Peers", "beam 1", ("ours", "int8")), 2.0, Cell("Peers", "beam 1", ("theirs", "int8"))
)
WAIT = Goal("alone", Cell("Peers", "beam 1", ("ours",)), 3.0, unit="ms", at_most=True, milliseconds=True)
VALUES = {
    "theirs 4.1, int8": [10.0, 20.0, 10.0],
    "ours, int8": [25.0, 30.0, 25.0],
    "ours, float32": [1.0, 1.0, 1.0],
}
SECTIONS = {"Peers, threads: 1": {"beam 1": VALUES}}


def test_a_ratio_is_of_the_same_rounds() -> None:
    """The median of the rounds' ratios, not the ratio of the medians."""
    assert SPEED.measured(SECTIONS, 1) == 2.5
    assert SPEED.is_reached(2.5)
    assert not SPEED.is_reached(1.9)


def test_what_was_not_measured_is_not_made_up() -> None:
    """No section, no row, no column, or more than one that it could be."""
    assert SPEED.measured(SECTIONS, 2) is None
    assert SPEED.measured({"Peers, threads: 1": {}}, 1) is None
    assert WAIT.measured(SECTIONS, 1) is None


def test_a_rate_is_shown_as_the_time_of_each() -> None:
    """500 a second are 2 ms, and less is better."""
    found = WAIT.measured({"Peers, threads: 1": {"beam 1": {"ours": [400.0, 500.0, 900.0]}}}, 1)

    assert found == 2.0
    assert WAIT.is_reached(found)
    assert WAIT.shown(found) == "2.0 ms"
    assert not WAIT.is_reached(3.1)


def test_the_page_begins_with_the_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are renewed with each section, from the figures of all."""
    monkeypatch.setattr(report, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(goals, "GOALS", [SPEED])
    rates = {"theirs 4.1, int8": Rates((10.0,)), "ours, int8": Rates((15.0,))}
    report.publish("Peers, threads: 1", [row("beam 1", rates, list(rates))])
    report.publish("Peers, threads: 2", [row("beam 1", {**rates, "ours, int8": Rates((30.0,))}, list(rates))])

    page = report.PAGE.read_text(encoding="utf-8")
    assert "| greedy | ≥ 2.0 × | 1.50 × | 3.0 × ✓ |" in page
    assert page.index("## Goals") < page.index("## Peers, threads: 1") < page.index("## Peers, threads: 2")
    assert page.count("## Goals") == 1


def test_goals_have_names_of_their_own() -> None:
    """A reader tells them apart."""
    assert len({goal.work for goal in GOALS}) == len(GOALS)
