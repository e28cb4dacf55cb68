import numpy as np
import pytest

from seq2seq.evaluation.beliefs import (
    Belief,
    belief_table,
    confusion_report,
    draw_confusion,
    draw_trace,
    length_table,
    trace_table,
)
from seq2seq.evaluation.classification import confusion

LABELS = ("Czech", "Polish", "Greek")


def belief(text: str, *probabilities: float) -> Belief:
    """A belief in Czech, Polish and Greek."""
    return Belief(text, LABELS, probabilities)


TRACE = [belief("N", 0.5, 0.4, 0.1), belief("No", 0.2, 0.7, 0.1), belief("Nov", 0.0, 0.0, 1.0)]


def test_the_answer_is_the_most_probable_label() -> None:
    """And the others follow in order."""
    assert TRACE[1].answer == "Polish"
    assert TRACE[1].top(2) == [("Polish", 0.7), ("Czech", 0.2)]
    assert list(TRACE[1].to_json()["probabilities"]) == ["Polish", "Czech", "Greek"]


def test_a_table_has_a_line_for_each_text() -> None:
    """Columns stand below each other, and a text cannot steer the terminal."""
    table = belief_table([belief("Novák", 0.9, 0.1, 0.0), belief("Li\x1b[2J", 0.0, 0.1, 0.9)], top=2)

    assert table.splitlines() == ["Novák   Czech  0.90   Polish 0.10", "Li�[2J  Greek  0.90   Polish 0.10"]


def test_a_trace_has_a_bar_for_the_first_label() -> None:
    """Twenty cells are certainty; a terminal without block signs gets others."""
    lines = trace_table(TRACE, top=1).splitlines()

    assert lines[0] == f"N    {'█' * 10}{' ' * 10}  Czech  0.50"
    assert lines[2] == f"Nov  {'█' * 20}  Greek  1.00"
    assert "#" * 20 in trace_table(TRACE, top=1, encoding="ascii")


def test_the_trace_as_a_chart_has_a_column_for_each_character() -> None:
    """Labels that were ever among the first are rows, the final answer on top."""
    chart = draw_trace(TRACE, top=1)

    assert chart.column_labels == ["N", "o", "v"]
    assert chart.row_labels == ["Greek", "Czech", "Polish"]
    np.testing.assert_allclose(chart.matrix[0], [0.1, 0.1, 1.0])


def test_the_report_has_the_baseline_the_labels_and_the_matrix() -> None:
    """By hand: 3 of 4 are right, 2 of 4 are Czech."""
    found = confusion(LABELS, ["Czech", "Czech", "Polish", "Greek"], ["Czech", "Polish", "Polish", "Greek"])

    report = confusion_report(found)

    assert "always the most frequent         50.0         22.2" in report
    assert "the classifier                   75.0         77.8" in report
    assert "Czech taken for Polish 1" in report
    assert " Czech  ▄ ▄    Czech  0.50" in report


def test_the_matrix_as_a_chart_has_shares_of_rows() -> None:
    """The most frequent label first, whatever the order of the labels."""
    found = confusion(LABELS, ["Greek", "Greek", "Czech"], ["Greek", "Czech", "Czech"])

    chart = draw_confusion(found)

    assert chart.row_labels[0] == "Greek"
    assert chart.matrix[0].tolist() == pytest.approx([0.5, 0.5, 0.0])


def test_lengths_are_rows() -> None:
    """In percent."""
    found = confusion(LABELS, ["Greek", "Czech"], ["Greek", "Greek"])

    assert length_table([(5, found)]).splitlines()[-1].split() == ["5", "50.0", "33.3"]
