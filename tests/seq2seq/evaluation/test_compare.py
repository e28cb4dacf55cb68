import re
from dataclasses import replace

import pytest

from comparisons import QUICK, REFERENCES, SOURCES, run, several
from seq2seq.errors import InputError
from seq2seq.evaluation.compare import compare
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.report import Report, report_of
from seq2seq.evaluation.system import System, system_of
from seq2seq.evaluation.terminal import text


def system(name: str, share: float, *, sentences: int = 220, seed: int = 2) -> System:
    """A system that gets a share of the words wrong, trained once."""
    return system_of(run(name, share, sentences=sentences, seed=seed))


@pytest.fixture(scope="module")
def report() -> Report:
    """A weak baseline, and a system that is better."""
    return report_of(compare([system("plain", 0.4), system("attention", 0.1)], QUICK))


def test_the_answer_claims_no_more_than_was_tested(report: Report) -> None:
    """Figures, interval, both p-values, what they cover; and never the word for more."""
    (first,) = report.comparison.answer
    delta = report.comparison.pairings[0].bleu.delta

    assert first.startswith(f"attention is {delta:.1f} BLEU above plain [+")
    assert first.endswith(
        "]; shown for these two trained models, on these 220 sentences "
        "(p = 0.0099 by paired bootstrap, p = 0.0050 by approximate randomisation)."
    )
    assert report.comparison.scope == (
        "Intervals and tests cover the choice of test sentences, not that of training seeds: "
        "one run of each was compared. They tell of these two trained models, not of the kinds of model."
    )
    assert "significant" not in text(report)


def test_with_seeds_the_answer_covers_them() -> None:
    """Means over the seeds, an interval over both, a third p-value, and then the word for it."""
    found = compare([several("plain", 0.4), several("attention", 0.1)], QUICK)
    difference = found.pairings[0].bleu
    means = [sum(one.scores.bleu.value for one in system.runs) / 3 for system in found.systems]

    assert difference.delta == pytest.approx(means[1] - means[0])
    assert difference.over_both is not None
    assert found.answer[0].startswith(
        f"attention is {difference.delta:.1f} BLEU above plain "
        f"[{difference.over_both.low:+.1f}, {difference.over_both.high:+.1f}]; "
        "significant on these 220 sentences with 3 and 3 seeds (p = "
    )
    assert found.answer[0].endswith("by bootstrap over sentences and seeds).")
    assert found.scope == "Intervals cover the choice of test sentences and that of training seeds."
    assert "attention (3×)" in text(report_of(found))


def test_seeds_on_one_side_only_are_not_called_covered() -> None:
    """What one run says, no second one backs."""
    found = compare([several("plain", 0.4), system("attention", 0.1)], QUICK)

    assert found.pairings[0].bleu.over_both is None
    assert "; shown for these trained models, on these 220 sentences (p = " in found.answer[0]
    assert found.scope.endswith(
        "a system has one run only. They tell of these trained models, not of the kinds of model."
    )
    assert "significant" not in found.answer[0]


def test_files_of_translations_are_not_called_models() -> None:
    """Whoever wrote them."""
    files = [system_of(replace(run(name, share), search=None)) for name, share in (("a", 0.4), ("b", 0.1))]
    found = compare(files, QUICK)

    assert "; shown for these two outputs, on these 220 sentences (p = " in found.answer[0]
    assert found.scope.endswith("They tell of these two outputs, not of the kinds of model.")


def test_a_model_against_itself_shows_no_difference() -> None:
    """Chance explains it all, no sentence differs, and the second one gets a number."""
    found = compare([system("plain", 0.2), system("plain", 0.2)], QUICK)

    assert found.answer == (
        (
            "No difference shown between plain (2) and plain on these 220 sentences: +0.0 BLEU [+0.0, +0.0] "
            "(p = 1.0000 by paired bootstrap, p = 1.0000 by approximate randomisation)."
        ),
    )
    assert (found.pairings[0].examples.gains, found.pairings[0].examples.losses) == ((), ())
    assert "Largest" not in text(report_of(found))


def test_one_sentence_is_not_called_several() -> None:
    """In the answer, in the caution and by each system."""
    found = report_of(compare([system("a", 0.4, sentences=1), system("b", 0.1, sentences=1)], QUICK))

    assert " on this one sentence: " in found.comparison.answer[0]
    assert text(found).startswith("ONLY 1 SENTENCE: ")
    assert "   1 sentence\n" in found.comparison.baseline.first.text()
    assert not re.search(r"\b1 \w+s\b", " ".join(found.comparison.baseline.first.scores.notes))


def test_a_worse_system_is_said_to_be_below() -> None:
    """The baseline is always the first."""
    (answer,) = compare([system("good", 0.1), system("bad", 0.5)], QUICK).answer

    assert re.match(r"bad is \d+\.\d BLEU below good \[-", answer)


def test_cautions_stand_before_the_answer() -> None:
    """In the terminal as in the report."""
    found = report_of(compare([system("a", 0.4, sentences=60), system("b", 0.1, sentences=60)], QUICK))

    assert text(found).startswith("ONLY 60 SENTENCES: fewer than 200 cannot carry a comparison.\nOne seed")


def test_the_table_has_the_shape_of_sacrebleu(report: Report) -> None:
    """Value, mean and half the interval; the p-value under the system, with a star where shown."""
    lines = text(report).split("\n")
    top = next(number for number, line in enumerate(lines) if line.startswith("╒"))
    table = lines[top : top + 7]

    assert re.fullmatch(r"│\s+System │ BLEU \(μ ± 95 % CI\) │ chrF2 \(μ ± 95 % CI\) │", table[1])
    assert re.fullmatch(r"│ Baseline: plain │( +\d+\.\d \(\d+\.\d ± \d+\.\d\) +│){2}", table[3])
    assert re.fullmatch(r"│ +attention │( +\d+\.\d \(\d+\.\d ± \d+\.\d\) +│){2}", table[5])
    assert re.fullmatch(r"│ +│( +\(p = 0\.0099\)\* +│){2}", table[6])
    assert {len(line) for line in table} == {len(table[0])}


def test_lengths_stand_side_by_side(report: Report) -> None:
    """A row a system, and the counts."""
    assert re.search(
        r"by source length +1–5 +6–10 +11–20\n +plain( +\d+\.\d){3}\n +attention( +\d+\.\d){3}\n",
        text(report),
    )


def test_odd_signs_do_not_reach_the_terminal() -> None:
    """A translation that would move the cursor is shown without its power."""
    odd = ["# [x](y) <b> | \x1b"] + ["le chat."] * 9
    outputs = ["le chat."] * 10, odd
    found = [
        system_of(evaluate(name, ["s"] * 10, [["le chat."] * 10], lines, scoring=Scoring(bootstrap=0)))
        for name, lines in zip("ab", outputs, strict=True)
    ]

    shown = text(report_of(compare(found, QUICK)))

    assert "b: # [x](y) <b> | �" in shown
    assert "\x1b" not in shown


def test_three_systems_are_each_held_against_the_first() -> None:
    """One answer and one pairing a system; any two can be asked for."""
    found = compare([system("a", 0.4), system("b", 0.3), system("c", 0.1)], QUICK)

    assert [pairing.system.name for pairing in found.pairings] == ["b", "c"]
    assert [line.split()[0] for line in found.answer] == ["b", "c"]
    baseline, second, third = found.systems
    assert found.between(baseline, second) is found.pairings[0].bleu
    assert found.between(second, third).delta == pytest.approx(third.bleu.value - second.bleu.value)


def test_what_cannot_be_compared_is_refused() -> None:
    """One system, another test set, another way of scoring, in any run."""
    one = system("one", 0.2)
    shorter = system("two", 0.2, sentences=210)
    scoring = one.first.bleu.scoring
    references = [*REFERENCES[:9], "autre.", *REFERENCES[10:]]
    other = system_of(evaluate("two", SOURCES, [references], REFERENCES, scoring=scoring))
    apart = system_of(run("two", 0.2, tokenize="intl"))
    mixed = system_of(one.first, shorter.first, name="mixed")

    with pytest.raises(InputError, match=r"^a comparison needs two systems\. Name a second one\.$"):
        compare([one])
    with pytest.raises(
        InputError, match=r"^one and two: scored on different test sets, of 220 and of 210 sentences$"
    ):
        compare([one, shorter])
    with pytest.raises(InputError, match=r"^mixed and mixed: scored on different test sets, of"):
        compare([mixed, one])
    with pytest.raises(InputError, match=r"^one and two: scored on different test sets: line 10 differs$"):
        compare([one, other])
    with pytest.raises(
        InputError, match=r"^one and two: scored in different ways\. Evaluate both with the same"
    ):
        compare([one, apart])
