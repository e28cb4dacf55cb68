"""Made-up test sets and systems that damage them, for the tests of the evaluation."""

import random
from collections.abc import Sequence

WORDS = [
    "le",
    "la",
    "un",
    "une",
    "chat",
    "chien",
    "maison",
    "gare",
    "train",
    "rouge",
    "grand",
    "petit",
    "mange",
    "voit",
    "prend",
    "est",
    "sera",
    "dans",
    "sur",
    "avec",
]


def held_out(sentences: int, *, seed: int = 1, longest: int = 14) -> tuple[list[str], list[str]]:
    """Sources and references; the source is the reference in capitals."""
    rng = random.Random(seed)  # noqa: S311 — no secret
    references = [
        " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, longest))) + "." for _ in range(sentences)
    ]
    return [reference.upper() for reference in references], references


def damaged(references: Sequence[str], share: float, *, seed: int = 2) -> list[str]:
    """The references with about that share of their words replaced."""
    rng = random.Random(seed)  # noqa: S311 — no secret
    return [
        " ".join(rng.choice(WORDS) if rng.random() < share else word for word in reference.split())
        for reference in references
    ]
