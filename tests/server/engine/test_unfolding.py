from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import serving
import tiny
from seq2seq.batch import UNK
from seq2seq.decoding.hypothesis import StablePrefix
from seq2seq.translation import Candidate, FinishReason
from server.engine.unfolding import Unfolding
from server.errors import Reason, Refusal

TEXTS = st.text(max_size=12) | st.sampled_from([*tiny.FRENCH, "👩‍👩‍👧‍👦 né à l'été", "a  b", "é" * 3])
TOKENS = TEXTS.map(lambda text: tiny.subword().encode(text)) | st.lists(
    st.integers(UNK + 1, tiny.subword().size - 1),
    max_size=12,  # a search writes an end only at the end
)

SOURCE = tiny.subword().prepare("Good morning.")


def candidate(tokens: list[int]) -> Candidate:
    """Finish a translation of these tokens."""
    text, pieces = tiny.subword().realise(tokens, [0.0] * len(tokens))
    return Candidate(text, pieces, 0.0, 0.0, FinishReason.END_OF_SENTENCE)


@given(tokens=TOKENS, cuts=st.sets(st.integers(0, 12)))
def test_whatever_was_sent_stays(tokens: list[int], cuts: set[int]) -> None:
    """However the pieces come, and whatever bytes they are, texts and pieces joined are the whole."""
    unfolding = Unfolding(serving.translator(), SOURCE)
    sent = []

    for cut in sorted(cuts & set(range(len(tokens)))):
        sent += unfolding.extend(StablePrefix(tuple(tokens[:cut]), (0.0,) * cut))
    sent += unfolding.end(candidate(tokens))

    whole = candidate(tokens)
    assert "".join(delta.text for delta in sent) == whole.text
    assert tuple(delta.piece for delta in sent) == whole.pieces


def test_half_a_character_is_held_back() -> None:
    """The first byte of two says nothing; with the second both are sent."""
    tokens = tiny.subword().encode("ŵ")
    assert len(tokens) >= 3
    unfolding = Unfolding(serving.translator(), SOURCE)

    halves = [unfolding.extend(StablePrefix(tuple(tokens[:cut]), (0.0,) * cut)) for cut in range(len(tokens))]

    assert [delta.text for deltas in halves[:-1] for delta in deltas] == []
    assert "".join(delta.text for delta in halves[-1]) == "ŵ"


def test_a_retraction_is_a_fault() -> None:
    """A prefix that changes after all ends the stream; it is never sent as if it were an addition."""
    unfolding = Unfolding(serving.translator(), SOURCE)
    tokens = tuple(tiny.subword().encode("Bonjour."))
    unfolding.extend(StablePrefix(tokens, (0.0,) * len(tokens)))

    with pytest.raises(Refusal) as caught:
        unfolding.end(candidate(tiny.subword().encode("La gare")))

    assert caught.value.reason is Reason.ENGINE_FAULT


def test_a_text_in_capitals_unfolds_in_capitals() -> None:
    """Each piece as the whole translation will have it."""
    translator = serving.translator()
    source = replace(SOURCE, in_capitals=True)
    tokens = tuple(tiny.subword().encode("Bonjour."))
    unfolding = Unfolding(translator, source)

    sent = unfolding.extend(StablePrefix(tokens[:-1], (0.0,) * (len(tokens) - 1)))

    assert "".join(delta.text for delta in sent) == "".join(delta.piece.text for delta in sent) == "BONJOUR."
