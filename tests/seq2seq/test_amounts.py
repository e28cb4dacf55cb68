from hypothesis import given
from hypothesis import strategies as st

from seq2seq.amounts import amount


def test_one_is_one_and_all_else_is_several() -> None:
    """By an s, or as it is said; none is several too."""
    assert [amount(number, "sentence") for number in (0, 1, 2)] == [
        "0 sentences",
        "1 sentence",
        "2 sentences",
    ]
    assert amount(2_000, "hypothesis", "hypotheses") == "2,000 hypotheses"
    assert amount(1, "pair occurs", "pairs occur") == "1 pair occurs"


@given(number=st.integers(2))
def test_no_number_above_one_is_singular(number: int) -> None:
    """However large."""
    assert amount(number, "line") == f"{number:,} lines"
