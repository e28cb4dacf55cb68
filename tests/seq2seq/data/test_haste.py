"""What is lost in haste."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.haste import in_haste


def test_each_way_of_haste_is_met() -> None:
    """Lower case, no final mark, both."""
    random = Random(1)  # noqa: S311 — nothing is secret

    found = {in_haste("Where is Tom?", random) for _ in range(50)}

    assert found == {"where is tom?", "Where is Tom", "where is tom"}


@given(st.text(min_size=1), st.integers())
def test_something_is_always_left(text: str, seed: int) -> None:
    """Even of a text of marks alone."""
    assert in_haste(text, Random(seed))  # noqa: S311 — as above
