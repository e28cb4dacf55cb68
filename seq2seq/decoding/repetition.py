"""When a translation goes in circles, and how much of that its source excuses.

The rule of a **loop**, in words between white space and without regard to case: a sequence of at most
four words stands three times or more in a row, or any four words in sequence occur three times or
more. Two in a row are none: "nous nous", "très très" and "quase quase" are good French and Portuguese.

A source may repeat itself, too, and then its translation may do so as often: "no no no no no".
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

LONGEST = 4  # words
TIMES = 3

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words that the rule compares."""
    return text.casefold().split()


def repeated(words: Sequence[str], times: int = TIMES) -> Iterator[tuple[str, ...]]:
    """The sequences that are repeated as the rule says, `times` times or more."""
    for n in range(1, LONGEST + 1):
        for start in range(len(words) - times * n + 1):
            once = words[start : start + n]
            if list(words[start : start + times * n]) == [*once] * times:
                yield tuple(once)
    yield from (sequence for sequence, count in _sequences(words).items() if count >= times)


def allowance(source: str) -> int:
    """How many times a sequence of words may stand in the translation of a source.

    Twice, or as often as in the source, there with or without its punctuation: "no, no, no!" and
    "1,000,000,000", which is "1 000 000 000" in French, repeat a word three times.
    """
    folded = source.casefold()
    most = TIMES - 1
    for words in (folded.split(), _WORD.findall(folded)):
        if _may_loop(words):
            most = max(most, _most(words))
    return most


def is_repetitive(translation: str, source: str) -> bool:
    """Say whether a translation goes in circles by the rule, and more so than its source."""
    words = words_of(translation)
    if not _may_loop(words) or next(repeated(words), None) is None:
        return False
    return next(repeated(words, allowance(source) + 1), None) is not None


def _may_loop(words: Sequence[str]) -> bool:
    """Whether any word is there as often as a loop has it: of most sentences that settles it."""
    return max(Counter(words).values(), default=0) >= TIMES


def _most(words: Sequence[str]) -> int:
    """How often the most repeated sequence stands."""
    most = max(_sequences(words).values(), default=0)
    for n in range(1, LONGEST + 1):
        same = 0  # words that equal the n-th before them, in a row
        for at in range(n, len(words)):
            same = same + 1 if words[at] == words[at - n] else 0
            most = max(most, 1 + same // n)
    return most


def _sequences(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + LONGEST]) for start in range(len(words) - LONGEST + 1))
