"""What a reader must know before believing a comparison; nothing, when there is nothing to say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from seq2seq.amounts import amount
from seq2seq.evaluation.comparable import Comparability
from seq2seq.evaluation.compare import Comparison
from seq2seq.evaluation.scores import FEW_SENTENCES, tokenised_lines
from seq2seq.evaluation.system import System

Kind = Literal["leak", "few-sentences", "one-seed", "tokenised", "untokenised", "unlike"]


@dataclass(frozen=True, slots=True)
class Caution:
    """One reason for doubt, the gravest first in a report."""

    kind: Kind
    text: str


def cautions(comparison: Comparison, comparability: Comparability) -> tuple[Caution, ...]:
    """Look for every reason that the program knows."""
    return (
        *_leaks(comparison.systems),
        *_few(comparison.sentences),
        *_unlike(comparability),
        *_one_seed(comparison.systems),
        *_tokenised(comparison),
    )


def _leaks(systems: tuple[System, ...]) -> Iterator[Caution]:
    for system in systems:
        leaks = [run.origin.leak for run in system.runs if run.origin is not None and run.origin.leak]
        worst = max(leaks, key=lambda leak: leak.pairs, default=None)
        if worst is None or not worst.pairs:
            continue
        share = 100 * worst.pairs / system.first.sentences
        lines = ", ".join(map(str, worst.lines)) + (", …" if worst.pairs > len(worst.lines) else "")
        yield Caution(
            "leak",
            f"LEAK: {amount(worst.pairs, 'test pair occurs', 'test pairs occur')} in the training data of "
            f"{system.name} ({share:.1f} %; {'line' if worst.pairs == 1 else 'lines'} {lines}): "
            "it may have learnt them by heart.",
        )


def _few(sentences: int) -> Iterator[Caution]:
    if sentences < FEW_SENTENCES:
        few = amount(sentences, "SENTENCE", "SENTENCES")
        yield Caution("few-sentences", f"ONLY {few}: fewer than {FEW_SENTENCES} cannot carry a comparison.")


def _unlike(comparability: Comparability) -> Iterator[Caution]:
    if comparability.unlike:
        yield Caution(
            "unlike",
            f"The systems differ in {', '.join(comparability.unlike)}: "
            "a difference in BLEU may come from that.",
        )


def _one_seed(systems: tuple[System, ...]) -> Iterator[Caution]:
    single = [system.name for system in systems if len(system.runs) == 1]
    if single:
        yield Caution(
            "one-seed",
            f"One seed only of {' and '.join(single)}: another training run may end elsewhere. "
            "Name several runs of a system, with commas between them.",
        )


def _tokenised(comparison: Comparison) -> Iterator[Caution]:
    first = comparison.baseline.first
    if first.bleu.scoring.tokenize == "none":
        yield Caution("untokenised", "BLEU without a tokenizer compares only with figures made the same way.")
        return
    texts = [("References", [line for lines in first.references for line in lines if line is not None])]
    texts += [
        (f"Translations of {system.name}", [line for run in system.runs for line in run.translations])
        for system in comparison.systems
    ]
    for what, lines in texts:
        if count := tokenised_lines(lines):
            yield Caution(
                "tokenised",
                f"{what} that look tokenised: {count:,} of {len(lines):,}; score detokenised text, "
                "or the figures compare with no others.",
            )
