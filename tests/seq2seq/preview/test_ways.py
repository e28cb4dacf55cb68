"""Words that may come next fit the terminal, and say how likely they are."""

from math import log

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from seq2seq.preview.ways import list_ways, ways_as_json
from seq2seq.translation import Alternative, Candidate, FinishReason, Source, Translation


def way(word: str, share: float, text: str) -> Alternative:
    """One alternative."""
    candidate = Candidate(text, (), -1.0, -1.0, FinishReason.END_OF_SENTENCE)
    return Alternative(word, log(share), Translation(Source("x", (), ()), (candidate,)))


WAYS = [way("est", 0.76, "Où est la gare ?"), way("", 0.02, "Où")]


def test_a_line_has_the_word_a_bar_and_where_it_leads() -> None:
    """The end of the sentence has a sign of its own."""
    assert list_ways(WAYS, width=60).splitlines() == [
        "est  ████████    76 %  Où est la gare ?",
        "⏎               2.0 %  Où",
    ]
    assert list_ways(WAYS, width=60, glyphs="ascii").splitlines()[1].startswith("</s>  ")


@given(
    words=st.lists(st.tuples(st.text(max_size=12), st.floats(1e-6, 1.0), st.text(max_size=40)), max_size=4),
    width=st.integers(40, 120),
)
def test_no_line_is_wider_than_the_terminal(words: list[tuple[str, float, str]], width: int) -> None:
    """Whatever is in the words; a line for each."""
    lines = list_ways([way(*one) for one in words], width=width).splitlines()

    assert len(lines) == len(words)
    assert all(cell_len(line) <= width for line in lines)


def test_nothing_is_added_where_nothing_was_asked() -> None:
    """A document without alternatives stays as it is."""
    assert ways_as_json([]) == {}
    assert ways_as_json(WAYS)["alternatives"][0] == {
        "word": "est",
        "log_prob": -0.2744,
        "text": "Où est la gare ?",
    }
