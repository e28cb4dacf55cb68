"""Two or more systems on the same sentences: which is better, where, and is it more than chance?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from seq2seq.errors import InputError
from seq2seq.evaluation.evaluate import (
    Evaluation,
    behaviour_line,
    length_rows,
    small_bucket_notes,
)
from seq2seq.evaluation.measures import Score
from seq2seq.evaluation.scores import FEW_SENTENCES
from seq2seq.evaluation.significance import LEVEL, Difference, Trials, difference
from seq2seq.evaluation.tables import aligned, boxed, escaped, markdown_table
from seq2seq.preview.cells import harmless

FORMAT = "comparison/1"
EXAMPLES = 5
SCOPE = (
    "Intervals and tests cover the choice of test sentences, not that of training seeds: "
    "one output of each system was compared."
)


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence, and what two systems made of it."""

    line: int  # one-based
    source: str
    references: tuple[str, ...]
    baseline: str
    system: str
    baseline_chrf: float
    system_chrf: float


@dataclass(frozen=True)
class Pairing:
    """One system beside the baseline."""

    system: Evaluation
    bleu: Difference
    chrf: Difference
    gains: tuple[Example, ...]  # the largest by sentence chrF, best first
    losses: tuple[Example, ...]  # worst first


@dataclass(frozen=True)
class Comparison:
    """Systems on one test set; the first is what the others are measured against."""

    baseline: Evaluation
    pairings: tuple[Pairing, ...]

    @property
    def evaluations(self) -> tuple[Evaluation, ...]:
        """All systems, the baseline first."""
        return (self.baseline, *(pairing.system for pairing in self.pairings))

    @property
    def answer(self) -> str:
        """What was found, in sentences that claim no more than the test can show."""
        sentences = [_answer(self.baseline.name, pairing) for pairing in self.pairings]
        if self.baseline.sentences < FEW_SENTENCES:
            count = self.baseline.sentences
            sentences.insert(
                0, f"ONLY {count} SENTENCES: fewer than {FEW_SENTENCES} cannot carry a comparison."
            )
        return "\n".join([*sentences, SCOPE])

    def to_json(self) -> dict[str, Any]:
        """All figures and the sentences that differ most, as values that `json.dump` takes."""
        return {
            "format": FORMAT,
            "answer": self.answer,
            "systems": [evaluation.to_json() for evaluation in self.evaluations],
            "pairings": [
                {
                    "baseline": self.baseline.name,
                    "system": pairing.system.name,
                    "bleu": asdict(pairing.bleu) | {"is_shown": pairing.bleu.is_shown},
                    "chrf": asdict(pairing.chrf) | {"is_shown": pairing.chrf.is_shown},
                    "gains": [asdict(example) for example in pairing.gains],
                    "losses": [asdict(example) for example in pairing.losses],
                }
                for pairing in self.pairings
            ],
        }

    def text(self) -> str:
        """The answer, the tables and the sentences that differ most, for the terminal."""
        header, *rows = self._score_rows()
        parts = [
            self.answer,
            boxed(header, rows),
            "\n".join(f" {line}" for line in self._legend()),
            "\n".join([aligned(length_rows(self.evaluations)), *small_bucket_notes(self.baseline.by_length)]),
            "\n".join(
                f" {evaluation.name}: {behaviour_line(evaluation.behaviour)}"
                for evaluation in self.evaluations
            ),
        ]
        for pairing in self.pairings:
            for title, examples in _titled(self.baseline, pairing):
                shown = [
                    _example_lines(example, self.baseline.name, pairing.system.name) for example in examples
                ]
                parts.append("\n".join([title, *(line for lines in shown for line in lines)]))
        return "\n\n".join(parts)

    def markdown(self) -> str:
        """The same as a document."""
        header, *rows = self._score_rows()
        length_header, *length_body = length_rows(self.evaluations)
        behaviours = [
            f"- {escaped(item.name)}: {behaviour_line(item.behaviour)}" for item in self.evaluations
        ]
        parts = [
            "# " + " and ".join(escaped(evaluation.name) for evaluation in self.evaluations),
            *(escaped(line) for line in self.answer.split("\n")),
            markdown_table(header, rows),
            *(escaped(line) for line in self._legend()),
            markdown_table([cell.strip() for cell in length_header], length_body),
            *(escaped(note) for note in small_bucket_notes(self.baseline.by_length)),
            "\n".join(behaviours),
        ]
        for pairing in self.pairings:
            for title, examples in _titled(self.baseline, pairing):
                parts.append(f"## {escaped(title)}")
                for example in examples:
                    first, *others = _example_lines(example, self.baseline.name, pairing.system.name)
                    parts.append("\n".join([escaped(first), "", *(f"- {escaped(line)}" for line in others)]))
        return "\n\n".join(parts) + "\n"

    def _score_rows(self) -> list[list[str]]:
        scores = self.baseline.scores
        header = ["System", *(f"{score.metric} (μ ± 95 % CI)" for score in (scores.bleu, scores.chrf))]
        rows = [[f"Baseline: {self.baseline.name}", _cell(scores.bleu), _cell(scores.chrf)]]
        for pairing in self.pairings:
            scores = pairing.system.scores
            rows.append([pairing.system.name, _cell(scores.bleu), _cell(scores.chrf)])
            rows.append(["", *(_p_cell(found) for found in (pairing.bleu, pairing.chrf))])
        return [header, *rows]

    def _legend(self) -> list[str]:
        scores = self.baseline.scores
        notes = {note: None for evaluation in self.evaluations for note in evaluation.scores.notes}
        return [
            f"* p < {LEVEL:g} by both tests; the larger p is shown.",
            f"BLEU|{scores.bleu.signature}",
            f"{scores.chrf.metric}|{scores.chrf.signature}",
            *(f"note: {note}" for note in notes),
        ]


def compare(evaluations: Sequence[Evaluation], trials: Trials | None = None) -> Comparison:
    """Compare systems with the first one; systems of one name get a number.

    Raises:
        InputError: fewer than two systems, or they were not scored on the same test set in the same way.
    """
    if len(evaluations) < 2:  # noqa: PLR2004 — a pair
        raise InputError("a comparison needs two systems", mend="Name a second one.")
    baseline, *systems = _distinct(evaluations)
    for system in systems:
        _check_same_test(baseline, system)
    return Comparison(baseline, tuple(_pair(baseline, system, trials or Trials()) for system in systems))


def _distinct(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    seen: Counter[str] = Counter()
    named = []
    for evaluation in evaluations:
        seen[evaluation.name] += 1
        number = seen[evaluation.name]
        named.append(evaluation if number == 1 else replace(evaluation, name=f"{evaluation.name} ({number})"))
    return named


def _check_same_test(baseline: Evaluation, system: Evaluation) -> None:
    where = f"{baseline.name} and {system.name}"
    if baseline.sentences != system.sentences:
        raise InputError(
            f"scored on different test sets, of {baseline.sentences} and {system.sentences} sentences",
            where=where,
        )
    ours = list(zip(baseline.sources, *baseline.references, strict=True))
    theirs = list(zip(system.sources, *system.references, strict=True))
    for line, (one, other) in enumerate(zip(ours, theirs, strict=True), start=1):
        if one != other:
            raise InputError(f"scored on different test sets: line {line} differs", where=where)
    edges = [[bucket.longest for bucket in item.by_length] for item in (baseline, system)]
    if baseline.bleu.scoring != system.bleu.scoring or edges[0] != edges[1]:
        raise InputError(
            "scored in different ways", where=where, mend="Evaluate both with the same settings."
        )


def _pair(baseline: Evaluation, system: Evaluation, trials: Trials) -> Pairing:
    rows = range(baseline.sentences)
    before = [baseline.chrf.of_sentence(row) for row in rows]
    after = [system.chrf.of_sentence(row) for row in rows]

    def example(row: int) -> Example:
        found = [lines[row] for lines in baseline.references]
        return Example(
            line=row + 1,
            source=baseline.sources[row],
            references=tuple(reference for reference in found if reference is not None),
            baseline=baseline.translations[row],
            system=system.translations[row],
            baseline_chrf=before[row],
            system_chrf=after[row],
        )

    # Equal changes keep the order of the test set.
    ascending = sorted(rows, key=lambda row: (after[row] - before[row], row))
    descending = sorted(rows, key=lambda row: (before[row] - after[row], row))
    return Pairing(
        system=system,
        bleu=difference(baseline.bleu, system.bleu, trials),
        chrf=difference(baseline.chrf, system.chrf, trials),
        gains=tuple(example(row) for row in descending[:EXAMPLES] if after[row] > before[row]),
        losses=tuple(example(row) for row in ascending[:EXAMPLES] if after[row] < before[row]),
    )


def _answer(baseline: str, pairing: Pairing) -> str:
    found = pairing.bleu
    interval = f"[{found.low:+.1f}, {found.high:+.1f}]"
    tests = (
        f"p = {found.p_bootstrap:.4f} by paired bootstrap, "
        f"p = {found.p_randomisation:.4f} by approximate randomisation"
    )
    system, sentences = pairing.system.name, f"these {pairing.system.sentences:,} sentences"
    if not found.is_shown:
        return (
            f"No difference shown between {system} and {baseline} on {sentences}: "
            f"{found.delta:+.1f} BLEU {interval} ({tests})."
        )
    side = "above" if found.delta > 0 else "below"
    return (
        f"{system} is {abs(found.delta):.1f} BLEU {side} {baseline} {interval}; "
        f"difference shown on {sentences} ({tests})."
    )


def _cell(score: Score) -> str:
    if score.mean is None:
        return f"{score.value:.1f}"
    return f"{score.value:.1f} ({score.mean:.1f} ± {score.half_width:.1f})"


def _p_cell(found: Difference) -> str:
    return f"(p = {max(found.p_bootstrap, found.p_randomisation):.4f}){'*' if found.is_shown else ''}"


def _titled(baseline: Evaluation, pairing: Pairing) -> list[tuple[str, tuple[Example, ...]]]:
    names = f"from {baseline.name} to {pairing.system.name}, by sentence {pairing.chrf.metric}"
    titled = [(f"Largest gains {names}", pairing.gains), (f"Largest losses {names}", pairing.losses)]
    return [(title, examples) for title, examples in titled if examples]


def _example_lines(example: Example, baseline: str, system: str) -> list[str]:
    lines = [("source", example.source), *(("reference", reference) for reference in example.references)]
    lines += [(baseline, example.baseline), (system, example.system)]
    change = f"{example.baseline_chrf:.1f} → {example.system_chrf:.1f}"
    return [
        f" line {example.line}   {change}",
        *(f"   {name}: {harmless(text)}".rstrip() for name, text in lines),
    ]
