"""Several translations of a sentence, by the shipped twins: each text once, whatever they begin with."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq.bundle import default_models
from seq2seq.decoding.options import SearchOptions
from seq2seq.translation import FinishReason
from seq2seq.translator import Translator, load_translator

TEXTS = (
    "Where is the station?",
    "The old doctor visited the castle.",
    "I like cats.",
    "WHERE IS THE STATION?",
    "Write to anna@example.org.",
)
BEGINNINGS = ("Quelle ", "Il est ", "Je", "foo ")


@pytest.fixture(scope="module", params=default_models(), ids=lambda path: path.name)
def translator(request: pytest.FixtureRequest) -> Translator:
    """Each of the twins."""
    return load_translator(request.param, device="cpu")


@settings(max_examples=30)
@given(
    text=st.sampled_from(TEXTS),
    beginning=st.one_of(st.sampled_from(BEGINNINGS), st.floats(0, 1)),
    end=st.sampled_from(["", " "]),
    beam=st.integers(2, 6),
)
def test_no_text_is_listed_twice(
    translator: Translator, text: str, beginning: str | float, end: str, beam: int
) -> None:
    """After any part of the translation, or another beginning; the best is no worse than it is alone."""
    alone = translator.translate(text).text
    prefix = beginning if isinstance(beginning, str) else alone[: round(beginning * len(alone))]
    prefix = prefix.strip() + end
    options = SearchOptions(beam=beam, n_best=beam, target_prefix=prefix)

    found = translator.translate(text, options).candidates

    texts = [candidate.text for candidate in found]
    assert len(set(texts)) == len(texts) <= beam
    one = translator.translate(text, replace(options, n_best=1)).candidates[0]
    if one.finish_reason is FinishReason.END_OF_SENTENCE:
        assert found[0].score >= one.score


def test_each_way_to_write_a_text_can_be_had(translator: Translator) -> None:
    """Pieces that write nothing, and words cut otherwise, come of a search that is asked for them."""
    options = SearchOptions(beam=4, n_best=4, target_prefix="Où est la gare ", distinct=False)

    found = translator.translate(TEXTS[0], options).candidates

    assert len({candidate.text for candidate in found}) < len(found)
    ways = [tuple(piece.text for piece in candidate.pieces) for candidate in found]
    assert any("" in way[:-1] for way in ways)
