"""What a report says, section by section: the sentences and tables that HTML and Markdown lay out."""

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.evaluation.attention import REREAD, UNREAD, Attention
from seq2seq.evaluation.compare import Comparison
from seq2seq.evaluation.lengths import FEW_IN_BUCKET
from seq2seq.evaluation.measures import Interval
from seq2seq.evaluation.report import Report
from seq2seq.evaluation.seeds import Spread
from seq2seq.evaluation.system import Habits, System
from seq2seq.evaluation.terminal import count

NONE = "–"
READING = (
    "Entropy and top weight: of a target word's weights over the source words. On the end: its weight on the "
    "end of the sentence. Coverage: what all target words together give a source word (mean ± s.d.), with "
    f"the shares of source words below {UNREAD:g} and above {REREAD:g}. Steps forward: from a target word to "
    "the next without going back in the source, by the largest weights. None of it measures quality."
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first column names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    strong: frozenset[int] = frozenset()  # rows that stand out
    is_text: bool = False  # cells are words, not figures


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report."""

    slug: str
    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()  # by name
    tables: tuple[Table, ...] = ()


def sections_of(report: Report) -> tuple[Section, ...]:
    """All parts that have something to say, but for the answer, the examples and how to do it again."""
    systems = report.comparison.systems
    found = (
        _comparable(report),
        _scores(report),
        _lengths(systems),
        _stretches(report),
        _behaviour(systems),
        _attention(systems),
        _training(systems),
    )
    return tuple(section for section in found if section is not None)


def _comparable(report: Report) -> Section:
    known = report.comparability
    header = ("", *(system.name for system in report.comparison.systems), "differs")
    rows = tuple(
        (row.label, *(cell or NONE for cell in row.cells), "yes" if row.differs else "no")
        for row in known.rows
    )
    strong = frozenset(place for place, row in enumerate(known.rows) if row.differs)
    table = Table("What is known of each", header, rows, strong, is_text=True)
    return Section("comparable", "Are they comparable?", known.verdict, tables=(table,))


def _scores(report: Report) -> Section:
    comparison = report.comparison
    sentences = (
        comparison.scope,
        "A difference is shown when every test puts chance below one in twenty.",
        *report.reproduction.signatures,
    )
    return Section("scores", "Scores", sentences, tables=(_score_table(comparison), _differences(comparison)))


def _score_table(comparison: Comparison) -> Table:
    has_seeds = any(len(system.runs) > 1 for system in comparison.systems)
    return Table(
        "Scores: mean over seeds, with 95 % intervals",
        (
            "System",
            "seeds",
            *_spread_header("BLEU", has_seeds),
            *_spread_header(comparison.baseline.chrf.metric, has_seeds),
        ),
        tuple(
            (
                system.name,
                str(len(system.runs)),
                *_spread(system.bleu, has_seeds),
                *_spread(system.chrf, has_seeds),
            )
            for system in comparison.systems
        ),
    )


def _differences(comparison: Comparison) -> Table:
    covers = any(pairing.bleu.over_both is not None for pairing in comparison.pairings)
    return Table(
        f"Differences from {comparison.baseline.name}",
        (
            *("System", "metric", "difference", "over sentences"),
            *(("over sentences and seeds",) if covers else ()),
            *("p, paired bootstrap", "p, approximate randomisation"),
            *(("p, sentences and seeds",) if covers else ()),
            "shown",
        ),
        tuple(
            (
                *(pairing.system.name, found.metric, f"{found.delta:+.2f}", _signed(found.over_sentences)),
                *((_signed(found.over_both),) if covers else ()),
                *(f"{found.p_bootstrap:.4f}", f"{found.p_randomisation:.4f}"),
                *((NONE if found.p_both is None else f"{found.p_both:.4f}",) if covers else ()),
                "yes" if found.is_shown else "no",
            )
            for pairing in comparison.pairings
            for found in (pairing.bleu, pairing.chrf)
        ),
    )


def _lengths(systems: Sequence[System]) -> Section:
    ranges = systems[0].by_length
    rows = [(system.name, *(_margin(found.bleu) for found in system.by_length)) for system in systems]
    counts = ("sentences", *(f"{found.sentences:,}" for found in ranges))
    header = ("source words", *(found.label + ("*" if found.is_small else "") for found in ranges))
    notes = ["Bands and ± are 95 % intervals of BLEU."]
    notes += (
        [f"* fewer than {FEW_IN_BUCKET} sentences: hollow in the picture, and little to lean on."]
        if any(found.is_small for found in ranges)
        else []
    )
    table = Table("BLEU by source length", header, (*rows, counts))
    return Section("length", "BLEU by source length", tuple(notes), ("by-length",), (table,))


def _stretches(report: Report) -> Section | None:
    found = report.stretches
    if not found:
        return None
    rows = [
        (system.name, *(_margin(stretch.bleu[place]) for stretch in found))
        for place, system in enumerate(report.comparison.systems)
    ]
    rows += [
        (f"{system.name}, length ratio", *(f"{stretch.length_ratio[place]:.2f}" for stretch in found))
        for place, system in enumerate(report.comparison.systems)
    ]
    rows += [
        ("source words, mean", *(f"{stretch.words:.1f}" for stretch in found)),
        ("test sentences", *(f"{stretch.sentences:,}" for stretch in found)),
    ]
    sentence = (
        "The same test sentences, joined so many at a time, source and reference alike, and translated as "
        "one. A model that saw none of these in training carries over what it learnt from single ones."
    )
    header = ("sentences joined", *(str(stretch.joined) for stretch in found))
    table = Table("BLEU by sentences joined", header, tuple(rows))
    figures = ("stretched",) if len(found) > 1 else ()
    return Section("stretched", "Longer than any sentence: joined", (sentence,), figures, (table,))


def _behaviour(systems: Sequence[System]) -> Section:
    every = Table(
        "What goes wrong, in sentences a run",
        ("System", "length ratio", "loops", "empty", "copies of the source"),
        tuple((system.name, *_habits(system.habits)) for system in systems),
    )
    header = ("source words", *(found.label for found in systems[0].by_length))
    by_length = Table(
        "Loops and length ratio by source length",
        header,
        tuple(
            (f"{system.name}, {what}", *(cell(found.habits) for found in system.by_length))
            for what, cell in (("loops", _loops), ("length ratio", _ratio))
            for system in systems
        ),
    )
    sentence = (
        "A loop: up to four words three times or more in a row, or any four words three times or more, "
        "where no reference does the same. Empty: no translation of a source that has words. "
        "Copy: the source unchanged, where no reference is."
    )
    return Section("behaviour", "Behaviour", (sentence,), tables=(every, by_length))


def _attention(systems: Sequence[System]) -> Section | None:
    known = [(system.name, found) for system in systems if (found := system.attention) is not None]
    if not known:
        return None
    table = Table(
        "Attention between words, means",
        (
            *("System", "entropy, bits", "top weight", "on the end", "coverage"),
            *(f"read < {UNREAD:g}×", f"read > {REREAD:g}×", "steps forward"),
        ),
        tuple((name, *_attention_cells(found)) for name, found in known),
    )
    sentences = (READING, "Attention shows what the decoder read from, not why it chose a word.")
    return Section("attention", "Attention", sentences, tables=(table,))


def _training(systems: Sequence[System]) -> Section | None:
    rows = []
    for system in systems:
        for run in system.runs:
            curve = run.origin.curve if run.origin is not None else None
            if run.origin is None or curve is None:
                continue
            best = max(curve.validation_bleu, key=lambda point: point.value, default=None)
            rows.append(
                (
                    *(system.name, run.origin.facts.get("seed", NONE)),
                    f"{curve.loss[-1].update:,}" if curve.loss else NONE,
                    f"{curve.loss[-1].value:.3f}" if curve.loss else NONE,
                    NONE if best is None else f"{best.value:.2f}",
                    NONE if best is None else f"{best.update:,}",
                )
            )
    if not rows:
        return None
    header = ("System", "seed", "updates", "last training loss", "best validation BLEU", "at update")
    table = Table("What the journals say", header, tuple(rows))
    sentence = "A line a run, in its system's colour. Validation BLEU is that of training's own search."
    return Section("training", "Training", (sentence,), ("training",), (table,))


def _spread_header(metric: str, has_seeds: bool) -> tuple[str, ...]:  # noqa: FBT001 — the table's own switch
    return (
        metric,
        *(("s.d. of seeds",) if has_seeds else ()),
        "over sentences",
        *(("over sentences and seeds",) if has_seeds else ()),
    )


def _spread(found: Spread, has_seeds: bool) -> tuple[str, ...]:  # noqa: FBT001 — the table's own switch
    deviation = NONE if found.deviation is None else f"{found.deviation:.2f}"
    return (
        f"{found.value:.2f}",
        *((deviation,) if has_seeds else ()),
        _plain(found.over_sentences),
        *((_plain(found.over_both),) if has_seeds else ()),
    )


def _plain(interval: Interval | None) -> str:
    return NONE if interval is None else f"[{interval.low:.2f}, {interval.high:.2f}]"


def _signed(interval: Interval | None) -> str:
    return NONE if interval is None else f"[{interval.low:+.2f}, {interval.high:+.2f}]"


def _margin(found: Spread) -> str:
    return f"{found.value:.1f}" + ("" if found.interval is None else f" ± {found.interval.half_width:.1f}")


def _habits(found: Habits) -> tuple[str, ...]:
    return (_ratio(found), _loops(found), count(found.empty), count(found.copies))


def _ratio(found: Habits) -> str:
    return f"{found.length_ratio:.2f}"


def _loops(found: Habits) -> str:
    return count(found.loops)


def _attention_cells(found: Attention) -> tuple[str, ...]:
    return (
        *(f"{found.entropy:.2f}", f"{found.top:.2f}", f"{found.at_end:.2f}"),
        f"{found.coverage:.2f} ± {found.coverage_deviation:.2f}",
        *(f"{100 * share:.1f} %" for share in (found.unread, found.reread, found.forward)),
    )
