"""What goes wrong with translations, counted: loops, nothing at all, and the source unchanged.

The rule of a **loop**, in words between white space and without regard to case: a sequence of at most
four words stands three times or more in a row, or any four words in sequence occur three times or
more, and no reference of the sentence does the same with the same words.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seq2seq.evaluation.measures import References

LONGEST = 4  # words
TIMES = 3
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
    repeated = set(_repeated(translation.casefold().split()))
    for reference in references if repeated else ():
        repeated -= set(_repeated(reference.casefold().split()))
    return bool(repeated)


def _is_copy(source: str, translation: str, references: Sequence[str]) -> bool:
    words = source.split()
    is_known = any(reference.split() == words for reference in references)
    return bool(words) and translation.split() == words and not is_known


def _repeated(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The sequences that are repeated as the rule says."""
    for n in range(1, LONGEST + 1):
        for start in range(len(words) - TIMES * n + 1):
            once = words[start : start + n]
            if words[start : start + TIMES * n] == [*once, *once, *once]:
                yield tuple(once)
    counts = Counter(tuple(words[start : start + LONGEST]) for start in range(len(words) - LONGEST + 1))
    yield from (sequence for sequence, times in counts.items() if times >= TIMES)
