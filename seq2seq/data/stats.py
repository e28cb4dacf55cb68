"""What a corpus is like, before anything is dropped from it: `seq2seq corpus stats`."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate

import numpy as np

from seq2seq.amounts import amount
from seq2seq.data.cleaning import CleaningConfig, EvaluationSet, Keys
from seq2seq.data.drops import Finding, Places, Reason
from seq2seq.data.readers import TextPair, blocks
from seq2seq.data.seen import SeenTexts, digests

BINS = 12  # of the histograms

_BARS = "▁▂▃▄▅▆▇█"
_RATIO = CleaningConfig()  # what cleaning would call too different


@dataclass(frozen=True)
class Bin:
    """How many sentences have from `low` to `high` words, both included."""

    low: int
    high: int
    sentences: int


@dataclass(frozen=True)
class SideStats:
    """The sentences of one language."""

    mean_words: float
    median_words: int
    longest_words: int
    non_ascii_share: float  # of the characters, 0 to 1
    odd: dict[str, Finding]  # kind of character to the sentences that have some
    histogram: tuple[Bin, ...]


@dataclass(frozen=True)
class CorpusStats:
    """Counts over all pairs; the findings overlap."""

    pairs: int
    source: SideStats
    target: SideStats
    duplicates: Finding
    identical: Finding
    suspicious_ratio: Finding
    overlaps: dict[str, Finding]  # name of another set to the pairs that share a sentence with it

    def to_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        return asdict(self)

    def text(self) -> str:
        """Lines for people."""
        if not self.pairs:
            return "0 pairs"
        means = f"{self.source.mean_words:.1f} / {self.target.mean_words:.1f}"
        summary = (
            f"{amount(self.pairs, 'pair')} · {means} words a sentence"
            f" · longest {self.source.longest_words} / {self.target.longest_words}"
            f" · duplicates {_percent(self.duplicates.pairs, self.pairs)}"
        )
        lines = [summary]
        for name, side in (("source", self.source), ("target", self.target)):
            first, last = side.histogram[0].low, side.histogram[-1].high
            lines.append(f"{name} words  {first} {_bars(side.histogram)} {last}   median {side.median_words}")
        lines += [
            f"! {finding.pairs:,} {what}  ({finding.places()})"
            for what, finding in self._warnings()
            if finding.pairs
        ]
        return "\n".join(lines)

    def _warnings(self) -> Iterator[tuple[str, Finding]]:
        yield "duplicate pairs", self.duplicates
        yield "pairs with source and target identical", self.identical
        yield "pairs with lengths too different", self.suspicious_ratio
        for side, stats in (("sources", self.source), ("targets", self.target)):
            for kind, finding in stats.odd.items():
                yield f"{side} with {kind}", finding
        for name, finding in self.overlaps.items():
            yield f"pairs share a sentence with {name}", finding


def corpus_stats(
    pairs: Iterable[TextPair], others: Mapping[str, Iterable[TextPair]] | None = None
) -> CorpusStats:
    """Look at a corpus once, in memory that grows by 8 bytes a pair.

    Words are what stands between white space. A pair overlaps with another set when its source or
    its target occurs there, whatever its case, spaces and punctuation.

    Args:
        pairs: what a reader gives.
        others: the sets to compare with, by name, such as "test".
    """
    others_seen = {name: _evaluation_set(other) for name, other in (others or {}).items()}
    seen = SeenTexts()
    sides = _Side(), _Side()
    duplicates, identical, ratio = Places(), Places(), Places()
    overlaps = {name: Places() for name in others_seen}
    count = 0
    for block in blocks(pairs):
        count += len(block)
        new = seen.add(digests([f"{pair.source}\n{pair.target}" for pair in block]))
        duplicates.extend(block[index].place for index in np.flatnonzero(~new).tolist())
        for pair in block:
            words = sides[0].add(pair.source, pair.place), sides[1].add(pair.target, pair.place)
            identical.extend([pair.place] if pair.source == pair.target else [])
            ratio.extend([pair.place] if _is_suspicious(*words) else [])
        keys = Keys.of(block) if others_seen else _NO_KEYS
        for name, other in others_seen.items():
            assert keys is not None, "made when there is another set"
            shared = other.leaking(keys, "either")
            overlaps[name].extend(
                pair.place for pair, is_shared in zip(block, shared, strict=True) if is_shared
            )
    return CorpusStats(
        pairs=count,
        source=sides[0].stats(),
        target=sides[1].stats(),
        duplicates=duplicates.finding(),
        identical=identical.finding(),
        suspicious_ratio=ratio.finding(),
        overlaps={name: places.finding() for name, places in overlaps.items()},
    )


class _Side:
    """Counts over the sentences of one language."""

    def __init__(self) -> None:
        self._sentences_by_words: Counter[int] = Counter()
        self._characters = 0
        self._non_ascii = 0
        self._odd: dict[str, Places] = {}

    def add(self, text: str, place: str) -> int:
        """Take in a sentence and give its number of words."""
        words = len(text.split())
        self._sentences_by_words[words] += 1
        self._characters += len(text)
        if not (text.isascii() and text.isprintable()):
            self._non_ascii += sum(not character.isascii() for character in text)
            for kind in {_ODD[character] for character in text} - {""}:
                self._odd.setdefault(kind, Places()).extend([place])
        return words

    def stats(self) -> SideStats:
        lengths = sorted(self._sentences_by_words)
        sentences = self._sentences_by_words.total()
        words = sum(length * self._sentences_by_words[length] for length in lengths)
        running = accumulate(self._sentences_by_words[length] for length in lengths)
        median = next((n for n, upto in zip(lengths, running, strict=True) if 2 * upto >= sentences), 0)
        return SideStats(
            mean_words=words / max(1, sentences),
            median_words=median,
            longest_words=max(lengths, default=0),
            non_ascii_share=self._non_ascii / max(1, self._characters),
            odd={kind: self._odd[kind].finding() for kind in sorted(self._odd)},
            histogram=tuple(self._bins(lengths)),
        )

    def _bins(self, lengths: Sequence[int]) -> Iterator[Bin]:
        if not lengths:
            return
        width = -(-(lengths[-1] - lengths[0] + 1) // BINS)
        for low in range(lengths[0], lengths[-1] + 1, width):
            high = min(low + width - 1, lengths[-1])
            yield Bin(low, high, sum(self._sentences_by_words[n] for n in range(low, high + 1)))


class _OddTable(dict[str, str]):
    """The kind of trouble that a character makes, empty for none."""

    def __missing__(self, character: str) -> str:
        kind = self[character] = _odd_kind(character)
        return kind


def _odd_kind(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\u00ad":
        return "soft hyphens"
    if category == "Cf" and character not in "\u200c\u200d":  # these join emoji and Persian words
        return "zero-width characters"
    if category in {"Zs", "Zl", "Zp"} and character != " ":
        return "exotic spaces"
    if category in {"Cc", "Cs"}:
        return "control characters"
    if character == "\ufffd":
        return "replacement characters"
    return ""


_ODD = _OddTable()
_NO_KEYS = Keys.of([])


def _evaluation_set(pairs: Iterable[TextPair]) -> EvaluationSet:
    other = EvaluationSet(Reason.IN_TEST)
    for block in blocks(pairs):
        other.add(Keys.of(block))
    return other


def _is_suspicious(source_words: int, target_words: int) -> bool:
    shorter, longer = sorted((source_words, target_words))
    return longer >= _RATIO.ratio_from_words and longer > _RATIO.max_ratio * shorter


def _bars(bins: Sequence[Bin]) -> str:
    highest = max(part.sentences for part in bins)
    return "".join(
        _BARS[-(-part.sentences * len(_BARS) // highest) - 1] if part.sentences else " " for part in bins
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
