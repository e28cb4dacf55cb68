import numpy as np
import pytest

from seq2seq.evaluation.attention import attention_of, mean_attention
from seq2seq.preview.grid import Grid, Unit


def grid(weights: list[list[float]]) -> Grid:
    """A grid whose last row and column are the end of the sentence."""
    rows, columns = len(weights), len(weights[0])
    return Grid(
        tuple(Unit(f"s{n}", n, is_end=n == columns - 1) for n in range(columns)),
        tuple(Unit(f"t{n}", n, is_end=n == rows - 1) for n in range(rows)),
        np.array(weights),
    )


def test_figures_are_as_by_hand() -> None:
    """Two words of each side and the end.

    Entropy: 0 bits, and -(.5 log .5 + .25 log .25 · 2) = 1.5 bits. Coverage: 1.25 and 0.5. The second word
    of the target looks at the first word again, so that the one step stays where it is.
    """
    found = attention_of([grid([[1.0, 0.0, 0.0], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])])

    assert found is not None
    assert found.entropy == pytest.approx(0.75)
    assert found.top == pytest.approx(0.75)
    assert found.at_end == pytest.approx(0.125)
    assert found.coverage == pytest.approx((1.5 + 0.25) / 2)
    assert found.coverage_deviation == pytest.approx((1.5 - 0.25) / 2)
    assert (found.unread, found.reread, found.forward) == (0.0, 0.0, 1.0)


def test_words_that_nothing_reads_and_steps_back_are_counted() -> None:
    """All three target words read the same source word, or go back to it."""
    found = attention_of([grid([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])])
    unread = attention_of([grid([[0.9, 0.1, 0.0], [0.0, 0.0, 1.0]]), None])

    assert found is not None
    assert unread is not None
    assert found.forward == 0.5
    assert (unread.unread, unread.reread, unread.forward) == (0.5, 0.0, 1.0)


def test_nothing_to_look_at_gives_nothing() -> None:
    """No sentence, a blank one, or one without words; and a system is as weak as its weakest run."""
    known = attention_of([grid([[1.0, 0.0], [0.0, 1.0]])])

    assert attention_of([]) is None
    assert attention_of([None]) is None
    assert attention_of([grid([[0.0, 1.0]])]) is None
    assert mean_attention([known, None]) is None
    assert mean_attention([known, known]) == known
