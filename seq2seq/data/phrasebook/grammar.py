"""All sentence patterns, and one sentence from one of them."""

from bisect import bisect
from functools import lru_cache
from itertools import accumulate

from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.patterns import (
    actions,
    calendar,
    chains,
    counting,
    description,
    greetings,
    joined,
    pronouns,
    questions,
    shopping,
    travel,
    weather,
)

PATTERNS: tuple[Pattern, ...] = (
    *greetings.PATTERNS,
    *questions.PATTERNS,
    *travel.PATTERNS,
    *shopping.PATTERNS,
    *weather.PATTERNS,
    *calendar.PATTERNS,
    *counting.PATTERNS,
    *description.PATTERNS,
    *actions.PATTERNS,
    *pronouns.PATTERNS,
    *joined.PATTERNS,
    *chains.PATTERNS,
)


def choose(draw: Draw, patterns: tuple[Pattern, ...]) -> Pattern:
    """Choose a pattern by weight."""
    bounds = _bounds(patterns)
    return patterns[min(bisect(bounds, draw.fraction() * bounds[-1]), len(patterns) - 1)]


@lru_cache(maxsize=1)
def _bounds(patterns: tuple[Pattern, ...]) -> list[float]:
    return list(accumulate(pattern.weight for pattern in patterns))
