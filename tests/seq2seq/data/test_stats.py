from json import dumps

from seq2seq.data.drops import Finding
from seq2seq.data.readers import TextPair
from seq2seq.data.stats import Bin, corpus_stats


def pairs(*texts: tuple[str, str]) -> list[TextPair]:
    """Pretend that pairs stand in a file."""
    return [TextPair(*pair, line, "data/train.tsv") for line, pair in enumerate(texts, start=1)]


def test_each_planted_oddity_is_found() -> None:
    """Duplicates, identical sides, ratios, odd characters and overlaps, with their lines."""
    corpus = pairs(
        ("one two", "un deux"),
        ("one two", "un deux"),
        ("taxi", "taxi"),
        ("a b c d e f g h i j", "a b"),
        ("co\u00adop \u200bx", "Va\u202f! \x01 \ufffd"),
    )

    stats = corpus_stats(corpus, {"test": pairs(("TAXI!", "non"))})

    assert stats.duplicates == Finding(1, ("data/train.tsv:2",))
    assert stats.identical == Finding(1, ("data/train.tsv:3",))
    assert stats.suspicious_ratio == Finding(1, ("data/train.tsv:4",))
    assert set(stats.source.odd) == {"soft hyphens", "zero-width characters"}
    assert set(stats.target.odd) == {"exotic spaces", "control characters", "replacement characters"}
    assert stats.overlaps == {"test": Finding(1, ("data/train.tsv:3",))}


def test_lengths_are_counted_in_words() -> None:
    """Mean, median, longest and the histogram, worked by hand: 1, 1, 2 and 4 words."""
    stats = corpus_stats(pairs(("a", "é"), ("b", "x"), ("c d", "y"), ("e f g h", "z")))

    assert (stats.source.mean_words, stats.source.median_words, stats.source.longest_words) == (2.0, 1, 4)
    assert stats.source.histogram == (Bin(1, 1, 2), Bin(2, 2, 1), Bin(3, 3, 0), Bin(4, 4, 1))
    assert stats.target.non_ascii_share == 0.25


def test_the_text_draws_a_histogram() -> None:
    """A screenful for people."""
    stats = corpus_stats(pairs(("a", "x"), ("a", "x"), ("c d", "y"), ("e f g h", "z")))

    assert stats.text().splitlines() == [
        "4 pairs · 2.0 / 1.0 words a sentence · longest 4 / 1 · duplicates 25.0 %",
        "source words  1 █▄ ▄ 4   median 1",
        "target words  1 █ 1   median 1",
        "! 1 duplicate pairs  (train.tsv:2)",
    ]


def test_an_empty_corpus_has_statistics_too() -> None:
    """No division by nothing."""
    stats = corpus_stats([])

    assert stats.text() == "0 pairs"
    assert dumps(stats.to_json())


def test_joiners_in_emoji_are_not_odd() -> None:
    """A family of emoji is one character to its reader."""
    assert corpus_stats(pairs(("👩\u200d👧", "x"))).source.odd == {}
