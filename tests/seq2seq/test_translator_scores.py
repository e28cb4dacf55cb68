import numpy as np
import pytest
from hypothesis import given

import previews
import tiny
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.errors import InputError, SentenceTooLong, UsageError
from seq2seq.scoring import score_pairs
from seq2seq.translation import (
    Source,
    Translation,
)
from seq2seq.translator import Translator


@given(tiny.SENTENCES)
def test_forcing_what_search_found_gives_its_scores(translator: Translator, text: str) -> None:
    """Each hypothesis, put in as the target: the same log probabilities and the same attention."""
    options = SearchOptions(beam=3, n_best=3, max_target_tokens=8, attention=True)
    source = translator.prepare(text)
    (found,) = search_all(translator.model, [source.tokens], options)

    targets = [(source, _as_target(translator, hypothesis)) for hypothesis in found.hypotheses]
    forced = score_pairs(translator.model, targets, length_penalty=1.0, attention=True)

    for hypothesis, rated in zip(found.hypotheses, forced, strict=True):
        assert [piece.log_prob for piece in rated.pieces] == pytest.approx(hypothesis.log_probs, abs=1e-4)
        assert rated.score == pytest.approx(hypothesis.score, abs=1e-4)
        assert (rated.attention is None) == (hypothesis.attention is None)
        if rated.attention is not None and hypothesis.attention is not None:
            np.testing.assert_allclose(rated.attention, hypothesis.attention, atol=1e-4)


def _as_target(translator: Translator, hypothesis: Hypothesis) -> Source:
    text, pieces = translator.target_subword.realise(hypothesis.tokens, hypothesis.log_probs)
    return Source(text, pieces, hypothesis.tokens)


def test_scores_come_in_the_order_of_the_pairs(translator: Translator) -> None:
    """Pairs of all lengths, also more than fit one batch, are rated as if each were alone."""
    pairs = [
        (source[:cut], target[:cut])
        for source, target in zip(tiny.ENGLISH, tiny.FRENCH, strict=True)
        for cut in (5, None)
    ] * 8

    together = translator.score(pairs, attention=True)

    assert len(together) == 80
    for pair, rated in list(zip(pairs, together, strict=True))[:10]:
        previews.agree(rated, translator.score([pair], attention=True)[0])
        assert (rated.source.text, rated.text) == pair
        assert all(rated.text[piece.span.start : piece.span.end] == piece.text for piece in rated.pieces)


def test_half_a_pair_cannot_be_scored(translator: Translator) -> None:
    """A blank side is named by the index of its pair; two blanks are a blank translation."""
    assert translator.score([("", " ")]) == [Translation(Source("", (), ()), ())]
    with pytest.raises(
        InputError, match=r"pairs\[1\].target: the target is blank, and its other side is not"
    ):
        translator.score([("", ""), ("Hello.", "")])
    with pytest.raises(SentenceTooLong) as too_long:
        translator.score([("Hello.", "la " * 999)])
    assert too_long.value.where == "pairs[0].target"


def test_a_single_string_in_place_of_a_list_is_refused(translator: Translator) -> None:
    """It would be translated letter by letter."""
    with pytest.raises(UsageError, match="texts is one text, and must be several"):
        translator.translate_all("Hello.")
    with pytest.raises(UsageError, match="lines is one text, and must be several"):
        translator.translate_lines("Hello.")
    with pytest.raises(UsageError, match="window is 0, and must be at least 1"):
        translator.translate_lines([], window=0)
    with pytest.raises(
        InputError, match=r"texts\[0\]: a text must be a string, and this one is of type bytes"
    ):
        translator.translate_all([b"Hello."])  # type: ignore[list-item]
