import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.data.seen import SeenTexts, digests

BLOCKS = st.lists(st.lists(st.text(max_size=2), max_size=20), max_size=12)


@given(BLOCKS)
def test_a_text_is_new_exactly_once(blocks: list[list[str]]) -> None:
    """It answers as a set of strings would, within blocks and across them."""
    seen, oracle = SeenTexts(), set[str]()
    for block in blocks:
        before = set(oracle)
        expected = []
        for text in block:
            expected.append(text not in oracle)
            oracle.add(text)

        assert seen.contains(digests(block)).tolist() == [text in before for text in block]
        assert seen.add(digests(block)).tolist() == expected
    assert len(seen) == len(oracle)


def test_arrays_stay_few_however_many_blocks() -> None:
    """Doubling sizes keep lookups cheap and memory at 8 bytes a text."""
    seen = SeenTexts()
    random = np.random.default_rng(1)
    for _ in range(200):
        seen.add(random.integers(2**63, size=100, dtype=np.uint64))

    assert len(seen) == 20_000
    assert len(seen._runs) <= 10
    assert sum(run.nbytes for run in seen._runs) == 8 * 20_000
