"""BLEU and chrF of a list of translations, by sacreBLEU, on detokenised text.

`bleu` is what training's validation calls, and `score` what `evaluate` and `compare` call: the same
counts and the same formula, so that the same translations have the same BLEU everywhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.amounts import amount
from seq2seq.evaluation.measures import (
    Measure,
    References,
    Score,
    Scoring,
    measure_bleu,
    measure_chrf,
)

FEW_SENTENCES = 200
# A full stop that stands alone at the end, or a mark of Moses, subword-nmt or SentencePiece.
TOKENISED = re.compile(r"\S \.$|@@(?: |$)|@-@|&(?:apos|quot|#124|#91|#93);|▁")
TOKENISED_SHARE = 0.1  # of the lines that look so before we say it
TOKENISED_LINES = 100  # sacreBLEU's own limit


@dataclass(frozen=True)
class Scores:
    """The figures of one system, and what to know before believing them."""

    bleu: Score
    chrf: Score
    length_ratio: float  # hypothesis length over reference length, in BLEU's tokens
    sentences: int
    notes: tuple[str, ...]  # sentences for people


def bleu(hypotheses: Sequence[str], references: References, tokenize: str = "13a") -> Score:
    """BLEU without an interval: fast enough for each validation.

    Raises:
        InputError: as `score`.
    """
    return measure_bleu(hypotheses, references, Scoring(tokenize=tokenize, bootstrap=0)).of()


def score(hypotheses: Sequence[str], references: References, scoring: Scoring | None = None) -> Scores:
    """Score translations, in the order of their references.

    Args:
        hypotheses: a translation a sentence.
        references: one sequence a reference set, each as long as the hypotheses; None where a
            sentence has fewer references than others (`grouped` makes this from lists by sentence).
        scoring: tokenizer, case, resamples and seed.

    Raises:
        InputError: nothing to score, lists of different lengths, or a sentence without a reference.
    """
    scoring = scoring or Scoring()
    return scores_of(
        hypotheses,
        measure_bleu(hypotheses, references, scoring),
        measure_chrf(hypotheses, references, scoring),
    )


def scores_of(hypotheses: Sequence[str], bleu_measure: Measure, chrf_measure: Measure) -> Scores:
    """The figures of hypotheses whose counts were taken already."""
    return Scores(
        bleu=bleu_measure.of(),
        chrf=chrf_measure.of(),
        length_ratio=length_ratio(bleu_measure),
        sentences=len(hypotheses),
        notes=_notes(hypotheses, bleu_measure.scoring),
    )


def length_ratio(measure: Measure, rows: Sequence[int] | None = None) -> float:
    """Length of the hypotheses over that of the references; 0 where the references are empty."""
    counts = measure.counts if rows is None else measure.counts[list(rows)]
    hypothesis, reference = counts[:, 0].sum(), counts[:, 1].sum()  # BLEU's rows begin with both lengths
    return float(hypothesis / reference) if reference else 0.0


def tokenised_lines(lines: Sequence[str]) -> int:
    """How many lines look tokenised or cut into pieces; 0 when they are too few to say so."""
    count = sum(bool(TOKENISED.search(line)) for line in lines)
    return count if count >= min(TOKENISED_LINES, max(1, TOKENISED_SHARE * len(lines))) else 0


def _notes(hypotheses: Sequence[str], scoring: Scoring) -> tuple[str, ...]:
    notes = []
    if len(hypotheses) < FEW_SENTENCES:
        notes.append(
            f"Only {amount(len(hypotheses), 'test sentence')}: with fewer than {FEW_SENTENCES}, "
            "take these figures for a hint."
        )
    if scoring.tokenize != "none" and (tokenised := tokenised_lines(hypotheses)):
        notes.append(
            f"Hypotheses that look tokenised: {tokenised:,} of {len(hypotheses):,}; score detokenised text, "
            "or the figures compare with no others."
        )
    if scoring.tokenize == "none":
        notes.append("BLEU without a tokenizer compares only with figures made the same way.")
    return tuple(notes)
