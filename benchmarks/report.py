"""docs/benchmarks.md: one section for each program that measures, written by it, and the goals before them.

Beside it, docs/benchmarks.json has what the rows of the tables say, round by round; the goals are read there.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import goals
from benchmarks.rates import Line, Row

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_GOALS = "Goals"
_INTRODUCTION = """# Benchmarks

Written by the programs that measured: `make bench` and `make bench-peers`. The contestants of a row took
turns in one run: compare the ratios, not figures of different runs. A cell is the median, with the lowest
and the highest round; a ratio is the median of the rounds' ratios to the first column.
"""
_ABOUT_GOALS = """
What is asked, and what the newest run of each section below has; what is reached has a tick. A ratio is of
our rate to the one named, in the same rounds.
"""


def publish(title: str, lines: Sequence[Line]) -> None:
    """Put a section in the place of the one with the same title, or at the end, and renew the goals."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else _INTRODUCTION
    introduction, *sections = page.split("\n## ")
    bodies = dict(section.split("\n", 1) for section in sections)
    text = "\n".join(map(str, lines)).strip()
    bodies[title] = f"\nMeasured on {datetime.now(tz=UTC).date()}. {text}\n"
    figures = _figures_with(title, {line.label: line.values for line in lines if isinstance(line, Row)})
    bodies = {
        _GOALS: f"{_ABOUT_GOALS}\n{goals.table(figures)}\n",
        **{k: v for k, v in bodies.items() if k != _GOALS},
    }
    PAGE.write_text(
        introduction.rstrip()
        + "\n"
        + "".join(f"\n## {name}\n{body.rstrip()}\n" for name, body in bodies.items()),
        encoding="utf-8",
    )


def _figures_with(title: str, rows: goals.Rows) -> Mapping[str, goals.Rows]:
    """Keep a section's figures; gives those of all."""
    path = PAGE.with_suffix(".json")
    figures = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    figures[title] = {
        label: {name: [round(value, 4) for value in numbers] for name, numbers in values.items()}
        for label, values in rows.items()
    }
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures
