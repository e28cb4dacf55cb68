"""docs/benchmarks.md: one section for each program that measures, written by it."""

from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_INTRODUCTION = """# Benchmarks

Written by the programs that measured: `make bench` and `make bench-peers`. The contestants of a row took
turns in one run: compare the ratios, not figures of different runs. A cell is the median, with the lowest
and the highest round; a ratio is the median of the rounds' ratios to the first column.
"""


def publish(title: str, text: str) -> None:
    """Put a section in the place of the one with the same title, or at the end."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else _INTRODUCTION
    introduction, *sections = page.split("\n## ")
    bodies = dict(section.split("\n", 1) for section in sections)
    bodies[title] = f"\nMeasured on {datetime.now(tz=UTC).date()}. {text.strip()}\n"
    PAGE.write_text(
        introduction.rstrip()
        + "\n"
        + "".join(f"\n## {name}\n{body.rstrip()}\n" for name, body in bodies.items()),
        encoding="utf-8",
    )
