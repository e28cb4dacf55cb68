"""Draw names from the grammars, and say how probable a language makes a name."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from random import Random

import numpy as np

from seq2seq.data.invented.languages import LANGUAGES, Language

BY_NAME = {language.name: language for language in LANGUAGES}


def names(size: int, seed: int) -> list[tuple[str, str]]:
    """Give `size` names with their languages, repeats among them; a shorter list begins a longer one."""
    random = Random(f"invented names {seed}")  # noqa: S311 — names, not secrets
    shares = [language.share for language in LANGUAGES]
    drawn = []
    for _ in range(size):
        (language,) = random.choices(LANGUAGES, shares)
        drawn.append((_draw(language, random), language.name))
    return drawn


def probability(name: str, language: Language) -> float:
    """How probable it is that the next name of a language is this one: over patterns and ways to cut it up.

    Sums over all paths as the forward algorithm does: mass[i] is the probability of having written the
    first i characters when a slot is done.
    """
    lower = name.lower()
    total = 0.0
    for pattern, weight in language.patterns.items():
        mass = np.zeros(len(lower) + 1)
        mass[0] = weight
        for slot in pattern:
            mass = _after(mass, lower, _lowered(language.name, slot))
        total += float(mass[-1])
    return total


def oracle(distinct: Sequence[str], size: int) -> list[str]:
    """What someone who knows the grammars would answer, and no one can beat: the language of each string.

    A list of `size` draws without its repeats holds a string of language L with the probability
    1 - (1 - p)ⁿ, where n is how many names of L were drawn: after taking out repeats, that decides
    and not p.
    """
    answers = []
    for name in distinct:
        odds = [
            -np.expm1(language.share * size * np.log1p(-probability(name, language)))
            for language in LANGUAGES
        ]
        answers.append(LANGUAGES[int(np.argmax(odds))].name)
    return answers


def _draw(language: Language, random: Random) -> str:
    (pattern,) = random.choices(list(language.patterns), list(language.patterns.values()))
    parts = []
    for slot in pattern:
        table = language.slots[slot]
        parts += random.choices(list(table), list(table.values()))
    return spelt("".join(parts))


def spelt(letters: str) -> str:
    """With a capital: "velkov" is Velkov, and what a prefix begins has one after it, too: MacFergan."""
    for prefix in ("Mac", "O'", "Fitz"):
        if letters.startswith(prefix):
            return prefix + letters[len(prefix) :].capitalize()
    return letters.capitalize()


@lru_cache(maxsize=64)
def _lowered(language: str, slot: str) -> Mapping[str, float]:
    return {text.lower(): weight for text, weight in BY_NAME[language].slots[slot].items()}


def _after(mass: np.ndarray, name: str, table: Mapping[str, float]) -> np.ndarray:
    """Move the mass over one slot."""
    moved = np.zeros_like(mass)
    for start in np.flatnonzero(mass):
        for text, weight in table.items():
            if name.startswith(text, start):
                moved[start + len(text)] += mass[start] * weight
    return moved
