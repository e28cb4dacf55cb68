"""What a written phrasebook holds, for people and for programs."""

import json
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

# English words, upper bounds included; longer sentences do not occur.
LENGTHS = (5, 10, 15, 20, 25, 40, 60)


@dataclass(frozen=True)
class Summary:
    """One set in figures."""

    pairs: int
    patterns: int
    lemmas: int
    held_out_combinations: int  # distinct (pattern, noun) pairs that training never has
    mean_words: float  # English, between spaces
    longest_words: int
    lengths: dict[str, int]  # "6-10" -> sentences


@dataclass(frozen=True)
class PhrasebookReport:
    """The three sets in figures, and the seed that makes them again."""

    seed: int
    sets: dict[str, Summary]

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(asdict(self), indent=2)

    def text(self) -> str:
        """Return the report as lines for a terminal."""
        lines = [
            f"phrasebook English-French, seed {self.seed}",
            f"{'':12}{'pairs':>10}{'patterns':>10}{'lemmas':>8}{'held out':>10}{'words':>8}{'longest':>9}",
        ]
        lines += [
            f"{name:12}{part.pairs:>10,}{part.patterns:>10}{part.lemmas:>8}{part.held_out_combinations:>10}"
            f"{part.mean_words:>8.1f}{part.longest_words:>9}"
            for name, part in self.sets.items()
        ]
        lines.append(f"{'words':12}" + "".join(f"{bucket:>9}" for bucket in _buckets()))
        lines += [
            f"{name:12}"
            + "".join(f"{part.lengths[bucket] / max(part.pairs, 1):>9.1%}" for bucket in _buckets())
            for name, part in self.sets.items()
        ]
        return "\n".join(lines)


def summarise(
    *, lengths: Sequence[int], patterns: Collection[str], lemmas: Collection[str], held_out: int
) -> Summary:
    """Count a set; `lengths` are the English words of each sentence."""
    histogram = dict.fromkeys(_buckets(), 0)
    for length in lengths:
        histogram[_buckets()[bisect_left(LENGTHS, length)]] += 1
    mean = sum(lengths) / max(len(lengths), 1)
    return Summary(
        len(lengths), len(patterns), len(lemmas), held_out, round(mean, 2), max(lengths, default=0), histogram
    )


def _buckets() -> list[str]:
    lows = (1, *(high + 1 for high in LENGTHS))
    return [f"{low}-{high}" for low, high in zip(lows, LENGTHS, strict=False)]
