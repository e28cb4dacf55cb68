import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.batch import BOS, EOS, PAD, collate

SENTENCES = st.lists(st.integers(4, 99), max_size=6).map(lambda tokens: [*tokens, EOS])


@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=5))
def test_a_row_is_its_sentence_and_then_padding(pairs: list[tuple[list[int], list[int]]]) -> None:
    """Both sides, with lengths and masks that tell which is which."""
    batch = collate(pairs)

    for row, (source, target) in enumerate(pairs):
        assert batch.source.tokens[row][batch.source.mask[row]].tolist() == source
        assert batch.target[row][batch.target_mask[row]].tolist() == target
    assert (batch.source.tokens[~batch.source.mask] == PAD).all()
    assert (batch.target[~batch.target_mask] == PAD).all()
    assert batch.target_tokens == sum(len(target) for _, target in pairs)
    assert batch.source.tokens.dtype == torch.int64


def test_inputs_are_the_reference_one_later() -> None:
    """Teacher forcing feeds what comes before each target piece."""
    batch = collate([([7, EOS], [8, 9, EOS]), ([7, EOS], [8, EOS])])

    assert batch.inputs.tolist() == [[BOS, 8, 9], [BOS, 8, EOS]]
