"""Are two systems comparable? What is known of each, side by side, and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.evaluation.origin import Origin
from seq2seq.evaluation.system import System

# What must be alike for a difference in BLEU to be one between the models.
CONDITIONS = (
    "training data",
    "training pairs",
    "source subwords",
    "target subwords",
    "updates",
    "beam",
    "length penalty",
    "repetition",
    "precision",
)
TITLES = ("name", "description", "seed")  # settings that say nothing about how a model was trained
MANY = 8  # settings named before the rest is counted


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is known, for each system; the runs of a system are joined."""

    label: str
    cells: tuple[str, ...]  # empty: not known
    differs: bool  # as far as it is known


@dataclass(frozen=True, slots=True)
class Comparability:
    """What is known of the systems, and what it means."""

    rows: tuple[Row, ...]
    unlike: tuple[str, ...]  # the CONDITIONS that differ
    verdict: tuple[str, ...]  # sentences for people


def comparability(systems: Sequence[System]) -> Comparability:
    """Set side by side what is known of each system."""
    origins = [[run.origin for run in system.runs if run.origin is not None] for system in systems]
    labels = dict.fromkeys(label for group in origins for origin in group for label in origin.facts)
    rows = [
        _row(label, [[origin.facts.get(label, "") for origin in group] for group in origins])
        for label in labels
    ]
    paths = [[origin.path for origin in group] for group in origins]
    unlike = tuple(row.label for row in rows if row.label in CONDITIONS and row.differs)
    known = [row for row in rows if row.label in CONDITIONS and all(row.cells)]
    alike = [row.label for row in known if not row.differs]
    sentences = [f"Alike: {', '.join(alike)}."] if alike else []
    sentences += [f"Not alike: {', '.join(unlike)}."] if unlike else []
    sentences += _parameters(rows) + _settings(origins)
    sentences += [
        f"Nothing is known of {system.name}: its translations came from a file."
        for system, group in zip(systems, origins, strict=True)
        if group and not any(origin.facts for origin in group)
    ]
    return Comparability((_row("from", paths), *rows), unlike, tuple(sentences))


def _row(label: str, values: Sequence[Sequence[str]]) -> Row:
    cells = tuple(" · ".join(dict.fromkeys(filter(None, group))) for group in values)
    known = {frozenset(filter(None, group)) for group in values} - {frozenset()}  # runs have no order
    return Row(label, cells, len(known) > 1)


def _parameters(rows: Sequence[Row]) -> list[str]:
    cells = next((row.cells for row in rows if row.label == "parameters"), ())
    counts = [cell.replace(",", "") for cell in cells]
    if not counts or not all(count.isdigit() for count in counts) or len(set(counts)) == 1:
        return []
    first, *others = map(int, counts)
    shares = ", ".join(f"{100 * (other / first - 1):+.1f} %" for other in others)
    return [f"Parameters, beside the first system: {shares}."]


def _settings(origins: Sequence[Sequence[Origin]]) -> list[str]:
    """The settings that differ, where all systems have brought theirs."""
    if not all(group and all(origin.settings for origin in group) for group in origins):
        return []
    keys = dict.fromkeys(key for group in origins for origin in group for key in origin.settings)
    found = []
    for key in keys:
        row = _row(key, [[origin.settings.get(key, "not set") for origin in group] for group in origins])
        if row.differs and key not in TITLES:
            found.append(f"{key} ({' / '.join(row.cells)})")
    if not found:
        return ["All settings are alike."]
    more = f", and {len(found) - MANY} more" if len(found) > MANY else ""
    return [f"Settings that differ: {', '.join(found[:MANY])}{more}. All others are alike."]
