"""Taking turns, ratios, and the page that the programs write."""

from pathlib import Path

import pytest

from benchmarks import decoding, report
from benchmarks.rates import Rates, header, row, take_turns


def test_contestants_take_turns_and_the_first_round_does_not_count() -> None:
    """A, B, A, B, ...; rates are the amount over the seconds of each later round."""
    order: list[str] = []

    def run(name: str, seconds: list[float]) -> float:
        order.append(name)
        return seconds.pop(0)

    slow, fast = [9.0, 2.0, 4.0], [9.0, 1.0, 1.0]
    rates = take_turns({"slow": lambda: run("slow", slow), "fast": lambda: run("fast", fast)}, 8.0, 2)

    assert order == ["slow", "fast"] * 3
    assert rates["slow"].values == (4.0, 2.0)
    assert rates["fast"].values == (8.0, 8.0)


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """A round in which everybody was slow changes nothing: 2, 2 and 3 times."""
    one, other = Rates((10.0, 1.0, 10.0)), Rates((20.0, 2.0, 30.0))

    assert other.over(one) == 2.0
    assert str(other) == "20 (2 to 30)"


def test_a_row_has_a_cell_for_everybody() -> None:
    """The first is the reference; who is missing has a dash."""
    names = ["one", "two", "three"]
    rates = {"one": Rates((10.0,)), "three": Rates((25.0,))}

    assert header("work", names).splitlines() == ["| work | one | two | three |", "|---|---|---|---|"]
    found = row("greedy", rates, names)
    assert str(found) == "| greedy | 10 (10 to 10) | – | 25 (25 to 25) = **2.5 ×** |"
    assert found.values == {"one": (10.0,), "three": (25.0,)}


def test_a_section_is_replaced_and_its_neighbours_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each program writes its own part of one page."""
    monkeypatch.setattr(report, "PAGE", tmp_path / "benchmarks.md")
    report.publish("Decoding", ["old figures"])
    report.publish("Peers", ["their figures"])
    report.publish("Decoding", ["new figures"])

    page = report.PAGE.read_text(encoding="utf-8")
    assert page.startswith("# Benchmarks\n")
    assert "old figures" not in page
    assert page.index("## Decoding") < page.index("new figures") < page.index("## Peers")
    assert page.endswith("their figures\n")


def test_a_lost_lead_is_named() -> None:
    """The best packed form counts, and the message says what was asked."""
    rates = {decoding.EAGER: Rates((10.0,)), decoding.FLOAT32: Rates((14.0,)), decoding.INT8: Rates((12.0,))}

    (message,) = decoding._lost("greedy", (1, 64), rates)

    assert message == "greedy: 1.4 times the network itself, and at least 1.5 is asked"
    assert decoding._lost("greedy", (1, 64), {**rates, decoding.INT8: Rates((40.0,))}) == []
