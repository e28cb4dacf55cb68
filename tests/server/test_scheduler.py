from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scheduler import LineFull, WaitingLine


@dataclass(frozen=True)
class Sentence:
    """Somebody who waits."""

    name: str
    tokens: int = 1
    rows: int = 1


def test_calls_take_turns() -> None:
    """A call of one sentence is not held up by a call of three that came before."""
    line: WaitingLine[Sentence] = WaitingLine(100)
    line.join("bulk", [Sentence("b1"), Sentence("b2"), Sentence("b3")])
    line.join("single", [Sentence("s1")])

    taken = [sentence.name for sentence in line.take(4)]

    assert taken == ["b1", "s1", "b2", "b3"]


def test_a_call_joins_as_a_whole_or_not_at_all() -> None:
    """What does not fit leaves the line as it was."""
    line: WaitingLine[Sentence] = WaitingLine(10)
    line.join("first", [Sentence("a", tokens=6)])

    with pytest.raises(LineFull):
        line.join("second", [Sentence("b", tokens=4), Sentence("c", tokens=1)])

    assert (line.tokens, len(line)) == (6, 1)


def test_a_sentence_wider_than_all_rows_is_taken_when_all_are_free() -> None:
    """Or else it would wait for ever."""
    line: WaitingLine[Sentence] = WaitingLine(10)
    line.join("wide", [Sentence("w", rows=16)])

    assert line.take(8) == []
    assert line.take(8, at_least_one=True) == [Sentence("w", rows=16)]


def test_leaving_frees_room() -> None:
    """A cancelled call takes its tokens with it."""
    line: WaitingLine[Sentence] = WaitingLine(10)
    line.join("first", [Sentence("a", tokens=9)])

    line.leave("first")
    line.leave("never came")

    assert not line
    assert line.rows == 0
    line.join("second", [Sentence("b", tokens=10)])


@given(
    calls=st.lists(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), min_size=1), max_size=6),
    free=st.lists(st.integers(0, 9), min_size=1),
)
def test_everybody_leaves_once_in_the_order_of_the_call(
    calls: list[list[tuple[int, int]]], free: list[int]
) -> None:
    """Nobody is lost or taken twice, rows are kept to, and tokens add up."""
    line: WaitingLine[Sentence] = WaitingLine(10_000)
    for number, sentences in enumerate(calls):
        line.join(number, [Sentence(f"{number}.{i}", t, r) for i, (t, r) in enumerate(sentences)])
    assert line.rows == sum(rows for sentences in calls for _, rows in sentences)
    taken: list[str] = []

    while line:
        for rows in free:
            some = line.take(rows)
            assert sum(sentence.rows for sentence in some) <= rows
            taken += [sentence.name for sentence in some]
        taken += [sentence.name for sentence in line.take(0, at_least_one=True)]

    assert line.tokens == line.rows == 0
    for number, sentences in enumerate(calls):
        mine = [name for name in taken if name.startswith(f"{number}.")]
        assert mine == [f"{number}.{i}" for i in range(len(sentences))]
