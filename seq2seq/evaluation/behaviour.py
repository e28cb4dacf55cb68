"""What goes wrong with translations, counted: loops, nothing at all, and the source unchanged.

A translation is a **loop** by the rule of `seq2seq.decoding.repetition` where no reference of the
sentence repeats the same words as often. Here the source excuses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seq2seq.decoding.repetition import repeated, words_of
from seq2seq.evaluation.measures import References

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of failure: how many sentences, and the first few."""

    count: int
    lines: tuple[int, ...]  # one-based, at most EXAMPLES


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Failures by kind; a sentence is counted under each that it shows."""

    loops: Finding
    empty: Finding  # no translation of a source that is not blank
    copies: Finding  # the source unchanged, where no reference is


def behaviour(sources: Sequence[str], references: References, translations: Sequence[str]) -> Behaviour:
    """Look for failures; the three run in parallel, references as in `score`."""
    loops, empty, copies = [], [], []
    for row, (source, translation) in enumerate(zip(sources, translations, strict=True)):
        own = [lines[row] for lines in references]
        known = [reference for reference in own if reference is not None]
        if is_loop(translation, known):
            loops.append(row + 1)
        if source.strip() and not translation.strip():
            empty.append(row + 1)
        if _is_copy(source, translation, known):
            copies.append(row + 1)
    return Behaviour(*(Finding(len(lines), tuple(lines[:EXAMPLES])) for lines in (loops, empty, copies)))


def is_loop(translation: str, references: Sequence[str]) -> bool:
    """Apply the module's rule to one translation."""
    found = set(repeated(words_of(translation)))
    for reference in references if found else ():
        found -= set(repeated(words_of(reference)))
    return bool(found)


def _is_copy(source: str, translation: str, references: Sequence[str]) -> bool:
    words = source.split()
    is_known = any(reference.split() == words for reference in references)
    return bool(words) and translation.split() == words and not is_known
