"""How good one system is on one test set: figures, by length, and what went wrong."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from seq2seq.amounts import amount
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import InputError
from seq2seq.evaluation.attention import Attention, attention_of
from seq2seq.evaluation.behaviour import Behaviour, Finding, behaviour
from seq2seq.evaluation.lengths import EDGES, FEW_IN_BUCKET, Bucket, by_length
from seq2seq.evaluation.measures import Measure, References, Score, Scoring, measure_bleu, measure_chrf
from seq2seq.evaluation.origin import Origin
from seq2seq.evaluation.scores import Scores, scores_of
from seq2seq.evaluation.tables import aligned, escaped, markdown_table
from seq2seq.preview.grid import Grid

FORMAT = "evaluation/1"


@dataclass(frozen=True)
class Evaluation:
    """One system on one test set, with the texts that the figures are of."""

    name: str
    sources: tuple[str, ...]
    references: tuple[tuple[str | None, ...], ...]  # one a reference set
    translations: tuple[str, ...]
    scores: Scores
    by_length: tuple[Bucket, ...]
    behaviour: Behaviour
    search: SearchOptions | None  # None: the translations came from a file
    precision: str  # in which numbers was searched; empty: not known
    seconds: float | None  # that translating took
    attention: Attention | None  # None: the system has none, or it was not asked for
    origin: Origin | None  # None: not known
    grids: tuple[Grid | None, ...] = field(
        repr=False, compare=False
    )  # a sentence each; empty without attention
    bleu: Measure = field(repr=False, compare=False)
    chrf: Measure = field(repr=False, compare=False)

    @property
    def sentences(self) -> int:
        """How many were scored."""
        return len(self.translations)

    def to_json(self) -> dict[str, Any]:
        """Everything but the texts, which their digests stand for, as values that `json.dump` takes."""
        return {
            "format": FORMAT,
            "name": self.name,
            "sentences": self.sentences,
            "bleu": asdict(self.scores.bleu),
            "chrf": asdict(self.scores.chrf),
            "length_ratio": self.scores.length_ratio,
            "by_length": [asdict(bucket) | {"is_small": bucket.is_small} for bucket in self.by_length],
            "behaviour": asdict(self.behaviour),
            "notes": list(self.scores.notes),
            "scoring": asdict(self.bleu.scoring),
            "search": None if self.search is None else asdict(self.search),
            "precision": self.precision,
            "seconds": self.seconds,
            "attention": None if self.attention is None else asdict(self.attention),
            "origin": None if self.origin is None else asdict(self.origin),
            "sha256": {
                "sources": digest(self.sources),
                "references": [digest(lines) for lines in self.references],
                "translations": digest(self.translations),
            },
        }

    def text(self) -> str:
        """A few lines for the terminal."""
        scores = self.scores
        figures = [
            scores.bleu,
            scores.chrf,
            f"length ratio {scores.length_ratio:.2f}",
            amount(self.sentences, "sentence"),
        ]
        if self.seconds is not None:
            figures.append(f"{self.seconds:,.1f} s{in_precision(self.precision)}")
        lines = [
            self.name,
            f" {'   '.join(map(str, figures))}",
            f" BLEU|{scores.bleu.signature}",
            f" {scores.chrf.metric}|{scores.chrf.signature}",
            "",
            aligned(length_rows([self])),
            *small_bucket_notes(self.by_length),
            "",
            f" {behaviour_line(self.behaviour)}",
            *(f" note: {note}" for note in scores.notes),
        ]
        return "\n".join(lines)

    def markdown(self) -> str:
        """The same as a section of a document."""
        scores = self.scores
        rows = [
            [score.metric, _with_interval(score), score.signature] for score in (scores.bleu, scores.chrf)
        ]
        header, *body = length_rows([self])
        said = in_precision(self.precision)
        parts = [
            f"## {escaped(self.name)}",
            *(f"> {escaped(note)}" for note in scores.notes),
            f"{amount(self.sentences, 'sentence')}{said}, length ratio {scores.length_ratio:.3f}.",
            markdown_table(["metric", "value [95 % interval]", "signature"], rows),
            markdown_table(header, body),
            *(escaped(note) for note in small_bucket_notes(self.by_length)),
            f"{behaviour_line(self.behaviour).capitalize()}.",
        ]
        return "\n\n".join(part.strip() for part in parts) + "\n"


def evaluate(  # noqa: PLR0913 — what was translated, how, and how it is scored
    name: str,
    sources: Sequence[str],
    references: References,
    translations: Sequence[str],
    *,
    scoring: Scoring | None = None,
    edges: Sequence[int] = EDGES,
    search: SearchOptions | None = None,
    precision: str = "",
    seconds: float | None = None,
    grids: Sequence[Grid | None] = (),
    origin: Origin | None = None,
) -> Evaluation:
    """Score the translations of a test set.

    Args:
        name: of the system, for tables.
        sources: the test set's source, a sentence a line.
        references: one sequence a reference set, as in `score`.
        translations: detokenised, in the order of the sources.
        scoring: tokenizer, case, resamples and seed.
        edges: of the length buckets, in source words.
        search: how the translations were found, for the record.
        precision: in which numbers, for the record.
        seconds: that translating took, for the record.
        grids: where the system looked, a sentence each; empty when it has no attention.
        origin: what made the translations, for the record.

    Raises:
        InputError: nothing to score, lists of different lengths, or a sentence without a reference.
    """
    if len(sources) != len(translations):
        counts = f"{amount(len(sources), 'source')} and {amount(len(translations), 'translation')}"
        raise InputError(f"there are {counts}", where=name)
    scoring = scoring or Scoring()
    bleu = measure_bleu(translations, references, scoring)
    chrf = measure_chrf(translations, references, scoring)
    return Evaluation(
        name=name,
        sources=tuple(sources),
        references=tuple(tuple(lines) for lines in references),
        translations=tuple(translations),
        scores=scores_of(translations, bleu, chrf),
        by_length=by_length(sources, bleu, chrf, edges=edges),
        behaviour=behaviour(sources, references, translations),
        search=search,
        precision=precision,
        seconds=seconds,
        attention=attention_of(grids),
        origin=origin,
        grids=tuple(grids),
        bleu=bleu,
        chrf=chrf,
    )


def digest(lines: Sequence[str | None]) -> str:
    """SHA-256 of the lines, each ended by a newline: what `sha256sum` prints for the plain file."""
    return sha256("".join(f"{line or ''}\n" for line in lines).encode()).hexdigest()


def length_rows(evaluations: Sequence[Evaluation]) -> list[list[str]]:
    """BLEU by source length: a heading, a row a system, and how many sentences each bucket has."""
    buckets = evaluations[0].by_length
    names = ["BLEU"] if len(evaluations) == 1 else [evaluation.name for evaluation in evaluations]
    systems = [
        [f"   {name}", *(f"{bucket.bleu.value:.1f}" for bucket in evaluation.by_length)]
        for name, evaluation in zip(names, evaluations, strict=True)
    ]
    if len(evaluations) == 1 and all(bucket.bleu.half_width is not None for bucket in buckets):
        systems.append(["   ±", *(f"{bucket.bleu.half_width or 0.0:.1f}" for bucket in buckets)])
    return [
        [" by source length", *(bucket.label + ("*" if bucket.is_small else "") for bucket in buckets)],
        *systems,
        ["   sentences", *(f"{bucket.sentences:,}" for bucket in buckets)],
    ]


def small_bucket_notes(buckets: Sequence[Bucket]) -> list[str]:
    """What the star at a bucket means, where there is one."""
    is_starred = any(bucket.is_small for bucket in buckets)
    return [f" * fewer than {FEW_IN_BUCKET} sentences"] if is_starred else []


def behaviour_line(found: Behaviour) -> str:
    """Counts, and where to look."""
    kinds = (("loops", found.loops), ("empty", found.empty), ("copies of the source", found.copies))
    return "   ".join(f"{name} {finding.count}{_place(finding)}" for name, finding in kinds)


def in_precision(precision: str) -> str:
    """Say in which numbers was searched, where that is known."""
    return f" in {precision}" if precision else ""


def _place(finding: Finding) -> str:
    if not finding.count:
        return ""
    lines = ", ".join(map(str, finding.lines))
    more = ", …" if finding.count > len(finding.lines) else ""
    return f" ({'line' if finding.count == 1 else 'lines'} {lines}{more})"


def _with_interval(score: Score) -> str:
    interval = "" if score.low is None else f" [{score.low:.2f}, {score.high:.2f}]"
    return f"{score.value:.2f}{interval}"
