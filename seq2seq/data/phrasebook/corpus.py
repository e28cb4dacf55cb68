"""Distinct sentences of any number, the split that holds words and patterns apart, and its files."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from seq2seq.data.phrasebook.draw import Draw
from seq2seq.data.phrasebook.grammar import PATTERNS, choose
from seq2seq.data.phrasebook.pattern import Pattern
from seq2seq.data.phrasebook.report import PhrasebookReport, Summary, summarise
from seq2seq.errors import CorpusError, UsageError

# A pattern leaves the stream after this many sentences in a row that were all there before.
EXHAUSTED_AFTER = 300
HELD_OUT_SHARE = 40  # one of so many (pattern, noun) pairs is kept for evaluation
UNSEEN_SHARE = 16  # one of so many sentences of the other pairs, too
_LARGE = 100_000  # training sentences, from which validation and test are larger
_IDIOMS = frozenset(pattern.name for pattern in PATTERNS if pattern.is_idiom)


@dataclass(frozen=True)
class Phrase:
    """One sentence in both languages, the pattern that made it and the words it was made of."""

    english: str
    french: str
    pattern: str
    lemmas: tuple[str, ...]

    @property
    def combinations(self) -> frozenset[tuple[str, str]]:
        """Return the pairs of this pattern with each of its nouns."""
        return frozenset((self.pattern, lemma) for lemma in self.lemmas if lemma.startswith("noun:"))

    @property
    def held_out(self) -> frozenset[tuple[str, str]]:
        """Return those of its pairs that no training set has."""
        return frozenset(pair for pair in self.combinations if _is_held_out(*pair))


@dataclass(frozen=True)
class PhrasebookSplit:
    """Three sets that have no sentence in common, in either language."""

    train: list[Phrase]
    validation: list[Phrase]
    test: list[Phrase]


def phrases(size: int, seed: int) -> Iterator[Phrase]:
    """Yield `size` distinct English sentences; a shorter run is the beginning of a longer one.

    A pattern that has nothing new to say leaves; others, such as chains of clauses, never end. Of a
    sentence that was given only eight bytes are kept.

    Raises:
        UsageError: the size is negative.
    """
    if size < 0:
        raise UsageError(f"a phrasebook of {size} sentences cannot be made", mend="Give a size of 0 or more.")
    stream = _stream(seed)
    return (next(stream) for _ in range(size))


def split(size: int, seed: int) -> PhrasebookSplit:
    """Make `size` sentences for training, and `evaluation_size(size)` for validation and for test.

    Half of each evaluation set pairs a noun with a pattern that training never pairs with it; the other
    half are new sentences of known pairs. Which side a sentence is on follows from the sentence alone, so
    no test sentence of one seed or size is a training sentence of another. Idioms are always for training.

    Raises:
        UsageError: the size is below 1.
    """
    if size < 1:
        raise UsageError(
            f"a training set of {size} sentences cannot be made", mend="Give a size of 1 or more."
        )
    sets: dict[str, list[Phrase]] = {"train": [], "validation": [], "test": []}
    room = {("train", False): size}  # how many are missing, for (set, has a held-out pair)
    for name in ("validation", "test"):
        room[name, True] = evaluation_size(size) // 2
        room[name, False] = evaluation_size(size) - room[name, True]
    owners: dict[int, str] = {}  # French sentence -> its set
    stream = _stream(seed)
    while any(room.values()):
        phrase = next(stream)
        place = side = _side(phrase)
        if room[place] and owners.setdefault(_digest(_plain(phrase.french)), side[0]) == side[0]:
            sets[side[0]].append(phrase)
            room[place] -= 1
    return PhrasebookSplit(**sets)


def evaluation_size(size: int) -> int:
    """Return how many sentences validation and test have each: 500, or 1,000 from 100,000 on."""
    return 1_000 if size >= _LARGE else 500


def write_corpus(directory: Path, size: int, seed: int) -> PhrasebookReport:
    """Write `train.tsv`, `validation.tsv` and `test.tsv`: English, a tab, French, UTF-8.

    Each file is written aside and renamed, so that a reader never finds half of one.

    Raises:
        UsageError: the size is below 1.
        CorpusError: the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        sets = split(size, seed)
        named = {"train": sets.train, "validation": sets.validation, "test": sets.test}
        for name, members in named.items():
            _write(directory / f"{name}.tsv", members)
    except OSError as error:
        raise CorpusError(
            f"the phrasebook cannot be written ({error.strerror})",
            where=str(directory),
            mend="Give a directory that you may write to.",
        ) from error
    return PhrasebookReport(seed, {name: _summary(members) for name, members in named.items()})


def sample(count: int, seed: int) -> list[Phrase]:
    """Return distinct sentences spread evenly over all patterns, for a reader of French to judge."""
    random = Random(seed)  # noqa: S311 — sentences, not secrets
    order = random.sample(PATTERNS, len(PATTERNS))
    found: dict[str, Phrase] = {}
    turn = 0
    while len(found) < count:
        phrase = _phrase(order[turn % len(order)], random)
        found.setdefault(_plain(phrase.english), phrase)
        turn += 1
    return list(found.values())


def _stream(seed: int) -> Iterator[Phrase]:
    random = Random(seed)  # noqa: S311 — sentences, not secrets
    patterns, misses = PATTERNS, dict.fromkeys(PATTERNS, 0)
    seen: set[int] = set()
    while True:
        pattern = choose(Draw(random), patterns)
        phrase = _phrase(pattern, random)
        key = _digest(_plain(phrase.english))
        if key not in seen:
            seen.add(key)
            misses[pattern] = 0
            yield phrase
        else:
            misses[pattern] += 1
            if misses[pattern] >= EXHAUSTED_AFTER:
                patterns = tuple(other for other in patterns if other is not pattern)


def _phrase(pattern: Pattern, random: Random) -> Phrase:
    draw = Draw(random)
    text = pattern.build(draw)
    return Phrase(text.english, text.french, pattern.name, tuple(draw.lemmas))


def _side(phrase: Phrase) -> tuple[str, bool]:
    """Return the set of a sentence, and whether it has a held-out pair.

    The French sentence decides: "I eat" and "I am eating" have one translation and go the same way.
    """
    number = _digest(_plain(phrase.french))
    evaluation = "validation" if number // UNSEEN_SHARE % 2 else "test"
    if phrase.pattern in _IDIOMS:
        return "train", False
    if phrase.held_out:
        return evaluation, True
    return (evaluation if number % UNSEEN_SHARE == 0 else "train"), False


@cache
def _is_held_out(pattern: str, lemma: str) -> bool:
    return _digest(f"{pattern} {lemma}") % HELD_OUT_SHARE == 0


def _plain(sentence: str) -> str:
    """Leave out case and punctuation: "Hello." and "Hello!" are one sentence."""
    return " ".join(re.findall(r"\w+", sentence.casefold()))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _summary(members: list[Phrase]) -> Summary:
    return summarise(
        lengths=[len(phrase.english.split()) for phrase in members],
        patterns={phrase.pattern for phrase in members},
        lemmas={lemma for phrase in members for lemma in phrase.lemmas},
        held_out=len({pair for phrase in members for pair in phrase.held_out}),
    )


def _write(path: Path, members: list[Phrase]) -> None:
    aside = path.with_name(f".{path.name}.partial")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{phrase.english}\t{phrase.french}\n" for phrase in members)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
