import numpy as np
import pytest

from seq2seq.errors import InputError
from seq2seq.evaluation.classification import Confusion, confusion

TRUE = ["a", "a", "a", "a", "b", "b", "c"]
ANSWERS = ["a", "a", "a", "b", "b", "a", "b"]


def worked() -> Confusion:
    """Four a, two b, one c: three a and one b are right."""
    return confusion(["a", "b", "c"], TRUE, ANSWERS)


def test_the_counts_are_those_of_the_answers() -> None:
    """A row for each true label, a column for each answer."""
    assert worked().counts.tolist() == [[3, 1, 0], [1, 1, 0], [0, 1, 0]]


def test_accuracy_and_macro_f1_by_hand() -> None:
    """F1 = 2 TP / (2 TP + FP + FN): a 6/(6+1+1) = 3/4, b 2/(2+2+1) = 2/5, c 0; their mean is 23/60."""
    found = worked()

    assert found.accuracy == pytest.approx(4 / 7)
    assert found.macro_f1 == pytest.approx((3 / 4 + 2 / 5 + 0) / 3)


def test_precision_and_recall_by_hand() -> None:
    """The most frequent label first; c was never answered."""
    scores = {score.label: score for score in worked().scores()}

    assert list(scores) == ["a", "b", "c"]
    assert (scores["a"].precision, scores["a"].recall) == (3 / 4, 3 / 4)
    assert (scores["b"].precision, scores["b"].recall) == (1 / 3, 1 / 2)
    assert (scores["c"].precision, scores["c"].recall, scores["c"].support) == (0.0, 0.0, 1)


def test_a_label_that_nothing_has_does_not_count() -> None:
    """Four labels are known, and the fourth is neither true nor answered: macro-F1 stays."""
    wider = confusion(["a", "b", "c", "d"], TRUE, ANSWERS)

    assert wider.macro_f1 == pytest.approx(worked().macro_f1)


def test_the_majority_answers_one_label() -> None:
    """By hand: 4 of 7 are a; F1 of a is 8/(8+3) and the others are 0."""
    majority = worked().majority

    assert majority.accuracy == pytest.approx(4 / 7)
    assert majority.macro_f1 == pytest.approx(8 / 11 / 3)


def test_a_perfect_answer_has_ones() -> None:
    """Nothing is mistaken."""
    perfect = confusion(["a", "b", "c"], TRUE, TRUE)

    assert (perfect.accuracy, perfect.macro_f1, perfect.mistakes(5)) == (1.0, 1.0, [])
    np.testing.assert_allclose(perfect.shares, np.eye(3))


def test_the_most_frequent_mistakes_come_first() -> None:
    """True label, answer, how often."""
    assert confusion(["a", "b"], list("aabbb"), list("bbabb")).mistakes(5) == [("a", "b", 2), ("b", "a", 1)]


def test_the_table_has_a_line_for_each_label() -> None:
    """In percent."""
    assert worked().table().splitlines()[1].split() == ["a", "4", "75.0", "75.0", "75.0"]


@pytest.mark.parametrize(
    ("true", "answers", "message"),
    [
        ([], [], "there are no texts to judge"),
        (["a"], ["a", "b"], "there are 1 text and 2 answers"),
        (["d"], ["a"], "the model does not know the label 'd'.*It knows a, b"),
    ],
)
def test_what_cannot_be_judged_is_refused(true: list[str], answers: list[str], message: str) -> None:
    """With what was received."""
    with pytest.raises(InputError, match=message):
        confusion(["a", "b"], true, answers)
