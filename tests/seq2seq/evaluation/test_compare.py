import json
import re

import pytest

import systems
from seq2seq.errors import InputError
from seq2seq.evaluation.compare import Comparison, compare
from seq2seq.evaluation.evaluate import Evaluation, evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.significance import Trials

SOURCES, REFERENCES = systems.held_out(220)
QUICK = Trials(samples=100, shuffles=200)


def system(name: str, share: float, *, sentences: int = 220, seed: int = 2) -> Evaluation:
    """A system that gets a share of the words wrong."""
    references = REFERENCES[:sentences]
    return evaluate(
        name,
        SOURCES[:sentences],
        [references],
        systems.damaged(references, share, seed=seed),
        scoring=Scoring(bootstrap=50),
    )


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A weak baseline, and a system that is better."""
    return compare([system("plain", 0.4), system("attention", 0.1)], QUICK)


def test_the_answer_comes_first_and_claims_no_more_than_was_tested(comparison: Comparison) -> None:
    """Figures, interval, both p-values, what they cover; and never the word for more."""
    first, scope = comparison.answer.split("\n")
    delta = comparison.pairings[0].bleu.delta

    assert first.startswith(f"attention is {delta:.1f} BLEU above plain [+")
    assert first.endswith(
        "]; difference shown on these 220 sentences "
        "(p = 0.0099 by paired bootstrap, p = 0.0050 by approximate randomisation)."
    )
    assert scope == (
        "Intervals and tests cover the choice of test sentences, not that of training seeds: "
        "one output of each system was compared."
    )
    assert comparison.text().startswith(comparison.answer)
    assert "significant" not in comparison.text() + comparison.markdown()


def test_a_model_against_itself_shows_no_difference() -> None:
    """Chance explains it all, no sentence differs, and the second one gets a number."""
    found = compare([system("plain", 0.2), system("plain", 0.2)], QUICK)

    assert found.answer.startswith(
        "No difference shown between plain (2) and plain on these 220 sentences: +0.0 BLEU [+0.0, +0.0] "
        "(p = 1.0000 by paired bootstrap, p = 1.0000 by approximate randomisation)."
    )
    assert (found.pairings[0].gains, found.pairings[0].losses) == ((), ())
    assert "Largest" not in found.text()


def test_a_worse_system_is_said_to_be_below() -> None:
    """The baseline is always the first."""
    answer = compare([system("good", 0.1), system("bad", 0.5)], QUICK).answer

    assert re.match(r"bad is \d+\.\d BLEU below good \[-", answer)


def test_few_sentences_raise_a_banner() -> None:
    """Before anything else."""
    answer = compare([system("a", 0.4, sentences=60), system("b", 0.1, sentences=60)], QUICK).answer

    assert answer.startswith("ONLY 60 SENTENCES: fewer than 200 cannot carry a comparison.\n")


def test_the_table_has_the_shape_of_sacrebleu(comparison: Comparison) -> None:
    """Value, mean and half the interval; the p-value under the system, with a star where shown."""
    lines = comparison.text().split("\n")
    top = next(number for number, line in enumerate(lines) if line.startswith("╒"))
    table = lines[top : top + 7]

    assert re.fullmatch(r"│\s+System │ BLEU \(μ ± 95 % CI\) │ chrF2 \(μ ± 95 % CI\) │", table[1])
    assert re.fullmatch(r"│ Baseline: plain │( +\d+\.\d \(\d+\.\d ± \d+\.\d\) +│){2}", table[3])
    assert re.fullmatch(r"│ +attention │( +\d+\.\d \(\d+\.\d ± \d+\.\d\) +│){2}", table[5])
    assert re.fullmatch(r"│ +│( +\(p = 0\.0099\)\* +│){2}", table[6])
    assert {len(line) for line in table} == {len(table[0])}


def test_lengths_stand_side_by_side(comparison: Comparison) -> None:
    """A row a system, and the counts."""
    text = comparison.text()

    assert re.search(
        r"by source length +1–5 +6–10 +11–20\n +plain( +\d+\.\d){3}\n +attention( +\d+\.\d){3}\n", text
    )


def test_examples_are_the_largest_changes_of_sentence_chrf(comparison: Comparison) -> None:
    """Five each way at most, largest first, ties in the order of the test set."""
    pairing = comparison.pairings[0]
    changes = [
        pairing.system.chrf.of_sentence(row) - comparison.baseline.chrf.of_sentence(row) for row in range(220)
    ]
    expected = sorted(range(220), key=lambda row: (-changes[row], row))[:5]

    assert [example.line - 1 for example in pairing.gains] == expected
    assert all(example.system_chrf < example.baseline_chrf for example in pairing.losses)
    gain = pairing.gains[0]
    assert (gain.source, gain.references) == (SOURCES[gain.line - 1], (REFERENCES[gain.line - 1],))
    assert f"   attention: {gain.system}\n" in comparison.text()


def test_json_has_everything_that_the_text_has(comparison: Comparison) -> None:
    """And survives being written."""
    document = json.loads(json.dumps(comparison.to_json()))

    assert document["format"] == "comparison/1"
    assert document["answer"] == comparison.answer
    assert [item["name"] for item in document["systems"]] == ["plain", "attention"]
    pairing = document["pairings"][0]
    assert pairing["bleu"]["is_shown"] is True
    assert pairing["bleu"]["trials"] == {"samples": 100, "shuffles": 200, "seed": 12345}
    assert pairing["gains"][0]["line"] == comparison.pairings[0].gains[0].line


def test_markdown_shows_texts_as_they_are() -> None:
    """A translation with Markdown signs in it does not become a heading or a link."""
    odd = ["# [x](y) <b> | \x1b"] + ["le chat."] * 9
    plain = evaluate("a_b", ["s"] * 10, [["le chat."] * 10], ["le chat."] * 10, scoring=Scoring(bootstrap=0))
    other = evaluate("c", ["s"] * 10, [["le chat."] * 10], odd, scoring=Scoring(bootstrap=0))

    found = compare([plain, other], QUICK)

    assert found.markdown().startswith("# a\\_b and c\n")
    assert "- c: \\# \\[x\\](y) \\<b\\> \\| �" in found.markdown()
    assert "\x1b" not in found.text()


def test_three_systems_are_each_held_against_the_first() -> None:
    """One answer and one pairing a system."""
    found = compare([system("a", 0.4), system("b", 0.3), system("c", 0.1)], QUICK)

    assert [pairing.system.name for pairing in found.pairings] == ["b", "c"]
    assert [line.split()[0] for line in found.answer.split("\n")[:2]] != ["a", "a"]
    assert found.answer.count(" a ") == 2


def test_what_cannot_be_compared_is_refused() -> None:
    """One system, another test set, another way of scoring."""
    one = system("one", 0.2)
    shorter = system("two", 0.2, sentences=210)
    other = evaluate(
        "two", SOURCES, [[*REFERENCES[:9], "autre.", *REFERENCES[10:]]], REFERENCES, scoring=one.bleu.scoring
    )
    apart = evaluate("two", SOURCES, [REFERENCES], REFERENCES, scoring=Scoring(lowercase=True, bootstrap=50))

    with pytest.raises(InputError, match=r"^a comparison needs two systems\. Name a second one\.$"):
        compare([one])
    with pytest.raises(
        InputError, match=r"^one and two: scored on different test sets, of 220 and 210 sentences$"
    ):
        compare([one, shorter])
    with pytest.raises(InputError, match=r"^one and two: scored on different test sets: line 10 differs$"):
        compare([one, other])
    with pytest.raises(
        InputError, match=r"^one and two: scored in different ways\. Evaluate both with the same"
    ):
        compare([one, apart])
