from hypothesis import given
from hypothesis import strategies as st

import systems
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.evaluation.examples import EACH, choose, differences
from seq2seq.evaluation.measures import Scoring

SOURCES, REFERENCES = systems.held_out(40)
QUICK = Scoring(bootstrap=0)
WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6).map(" ".join)


@given(text=WORDS, reference=WORDS)
def test_words_put_both_texts_together_again(text: str, reference: str) -> None:
    """Without what is missing it is the text, without what is added the reference."""
    words = differences(text, reference)

    assert " ".join(part.text for part in words if part.part != "missing") == text
    assert " ".join(part.text for part in words if part.part != "added") == reference


def test_examples_follow_their_rule_and_come_once() -> None:
    """Largest gains, largest losses, nearest to the median, and random ones out of the rest."""
    outputs = [systems.damaged(REFERENCES, 0.3, seed=seed) for seed in (1, 2)]
    before, after = (
        evaluate(name, SOURCES, [REFERENCES], lines, scoring=QUICK)
        for name, lines in zip("ab", outputs, strict=True)
    )
    change = [after.chrf.of_sentence(row) - before.chrf.of_sentence(row) for row in range(40)]

    found = choose(before, after)

    titles = [title for title, _ in found.titled()]
    groups = [[example.line - 1 for example in group] for _, group in found.titled()]
    every = [row for group in groups for row in group]
    assert titles == [
        "Largest gains",
        "Largest losses",
        "Nearest to the median change",
        "Drawn at random",
    ]
    assert groups[0] == sorted(range(40), key=lambda row: (-change[row], row))[:EACH]
    assert groups[1] == sorted(range(40), key=lambda row: (change[row], row))[:EACH]
    assert len(every) == len(set(every)) == 4 * EACH
    assert choose(before, after) == found
    example = found.gains[0]
    assert example.change == example.system.chrf - example.baseline.chrf


def test_words_are_held_against_the_closest_reference() -> None:
    """Of several, the one that shares most with the output."""
    lines = ["le chat dort."]
    references = [["un chien mange."], ["le chat mange."]]
    before, after = (evaluate(name, ["s"], references, lines, scoring=QUICK) for name in "ab")

    (example,) = choose(before, after).median

    assert [(part.part, part.text) for part in example.system.words] == [
        ("same", "le chat"),
        ("missing", "mange."),
        ("added", "dort."),
    ]
