from collections.abc import Sequence
from json import dumps

import pytest

from seq2seq.data.cleaning import CleaningConfig, CleaningReport, EvaluationSet, Keys, Leakage, clean
from seq2seq.data.drops import Reason
from seq2seq.data.readers import TextPair


def cleaned(
    texts: Sequence[tuple[str, str]], config: CleaningConfig, *evaluation: EvaluationSet
) -> tuple[list[tuple[str, str]], CleaningReport]:
    """Clean pairs as if they stood in a file, one a line."""
    report = CleaningReport()
    pairs = [TextPair(*pair, line, "train.tsv") for line, pair in enumerate(texts, start=1)]
    report.read.pairs = len(pairs)
    kept = clean(pairs, config, report, evaluation)
    return [(pair.source, pair.target) for pair in kept], report


def held_out(source: str, target: str, reason: Reason = Reason.IN_TEST) -> EvaluationSet:
    """Make an evaluation set of one pair."""
    evaluation = EvaluationSet(reason)
    evaluation.add(Keys.of([TextPair(source, target, 1)]))
    return evaluation


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("\u200b", "rien"), Reason.BLANK),
        (("x" * 51, "y"), Reason.TOO_LONG),
        (("a " * 13, "b " * 12), Reason.TOO_LONG),
        (("a b c d e f g h i j", "a b c"), Reason.RATIO),
        (("Taxi !", "Taxi\u202f!"), Reason.IDENTICAL),
        (("good", "bon"), Reason.DUPLICATE),
        (("WHERE is it", "ailleurs"), Reason.IN_TEST),
        (("elsewhere", "Où est-ce ?"), Reason.IN_TEST),
    ],
)
def test_each_defect_is_found_and_counted(pair: tuple[str, str], reason: Reason) -> None:
    """One planted case of each, among good pairs, with its line."""
    config = CleaningConfig(max_characters=50, max_words=12)

    kept, report = cleaned(
        [("good", "bon"), pair, ("bad", "mal")], config, held_out("Where is it?", "où est-ce")
    )

    assert kept == [("good", "bon"), ("bad", "mal")]
    assert {r: finding.examples for r, finding in report.dropped.findings().items()} == {
        reason: ("train.tsv:2",)
    }
    assert (report.pairs, report.kept) == (3, 2)


def test_limits_themselves_are_allowed() -> None:
    """A limit says what still passes; short pairs may have any ratio."""
    texts = [("x" * 50, "y"), ("a " * 12, "b " * 4), ("a b c d e f g h i", "one")]

    kept, _ = cleaned(texts, CleaningConfig(max_characters=50, max_words=12))

    assert len(kept) == 3


@pytest.mark.parametrize(
    ("leakage", "kept"),
    [
        ("either", {"neither"}),
        ("source", {"neither", "target only"}),
        ("target", {"neither", "source only"}),
        ("pair", {"neither", "source only", "target only"}),
        ("keep", {"neither", "source only", "target only", "both"}),
    ],
)
def test_what_counts_as_leakage_is_chosen(leakage: Leakage, kept: set[str]) -> None:
    """By default one shared sentence is enough."""
    texts = {
        "neither": ("one", "un"),
        "source only": ("Yes.", "voilà"),
        "target only": ("indeed", "Oui !"),
        "both": ("YES", "oui"),
    }

    pairs, _ = cleaned(list(texts.values()), CleaningConfig(leakage=leakage), held_out("yes", "oui"))

    assert set(pairs) == {texts[name] for name in kept}


def test_a_pair_is_counted_under_the_first_reason() -> None:
    """A leaking duplicate of an evaluation pair is counted once."""
    validation = held_out("yes", "oui", Reason.IN_VALIDATION)

    _, report = cleaned([("yes", "oui")] * 3, CleaningConfig(), validation, held_out("yes", "oui"))

    assert {reason: f.pairs for reason, f in report.dropped.findings().items()} == {Reason.IN_VALIDATION: 3}


def test_checks_can_be_turned_off() -> None:
    """Duplicates and identical sides stay when they are wanted."""
    config = CleaningConfig(drop_duplicates=False, drop_identical=False)

    kept, _ = cleaned([("Taxi", "Taxi"), ("Taxi", "Taxi")], config)

    assert kept == [("Taxi", "Taxi")] * 2


def test_the_report_reads_as_text_and_json() -> None:
    """The same account for people and for programs."""
    _, report = cleaned([("good", "bon"), ("good", "bon")], CleaningConfig())
    report.read.skipped.add(Reason.ENCODING, "train.tsv:3")
    report.notices.append("2 pairs of the validation set occur in the test set")

    assert report.text().splitlines() == [
        "training pairs: 1 kept of 3",
        "           1  not valid UTF-8  (train.tsv:3)",
        "           1  duplicate pair  (train.tsv:2)",
        "  ! 2 pairs of the validation set occur in the test set",
    ]
    assert dumps(report.to_json())
    assert report.to_json()["kept"] == 1
