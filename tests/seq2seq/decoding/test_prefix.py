"""A translation begins with its prefix, and is then what a search of its own makes of the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import EOS
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.prefix import Prefix
from seq2seq.decoding.search import Finished, Search, search_admitted
from seq2seq.decoding.sentence import Admission
from seq2seq.nn.inference import for_inference
from table_model import (
    TableModel,
    Tokens,
    a_source,
    assert_same,
    log_probs,
    run,
    search_one,
    some_options,
    sources,
)

VOCABULARY = 9
a_prefix = st.lists(st.integers(4, VOCABULARY - 1), min_size=1, max_size=5).map(tuple)
every_other = np.arange(VOCABULARY) % 2 == 0


def search_after(source: Tokens, options: SearchOptions, prefix: Prefix) -> Finished:
    """Search one sentence with a prefix."""
    (found,) = search_admitted(TableModel(VOCABULARY), [Admission(0, source, options, prefix=prefix)])
    return found


@given(source=a_source, prefix=a_prefix, options=some_options())
def test_every_translation_begins_with_its_prefix(
    source: Tokens, prefix: tuple[int, ...], options: SearchOptions
) -> None:
    """And its pieces have the log probabilities that the model gives them there."""
    for hypothesis in search_after(source, options, Prefix(prefix)).hypotheses:
        assert hypothesis.tokens[: len(prefix)] == prefix[: len(hypothesis.tokens)]
        for place, (token, log_prob) in enumerate(zip(hypothesis.tokens, hypothesis.log_probs, strict=True)):
            expected = log_probs(source, hypothesis.tokens[:place], VOCABULARY)[token]
            assert log_prob == pytest.approx(expected, abs=1e-4)


@given(source=a_source, options=some_options(beam=1), share=st.floats(0, 1))
def test_greedy_search_goes_on_as_it_would_have(source: Tokens, options: SearchOptions, share: float) -> None:
    """After a beginning of its own result it comes to the same."""
    alone = search_one(source, options, VOCABULARY)
    tokens = [token for token in alone.hypotheses[0].tokens if token != EOS]
    begun = Prefix(tuple(tokens[: round(share * len(tokens))]))

    assert_same(search_after(source, options, begun), alone)


@given(source=a_source, prefix=a_prefix)
def test_a_wide_beam_finds_the_best_pieces_after_a_prefix(source: Tokens, prefix: tuple[int, ...]) -> None:
    """All of them and the end, best first, when one piece more is asked for."""
    options = SearchOptions(beam=6, n_best=6, length_penalty=0.0, max_target_tokens=len(prefix) + 1)
    found = search_after((*source[:-1], *[5] * 4, EOS), options, Prefix(prefix))

    expected = sorted(
        log_probs((*source[:-1], *[5] * 4, EOS), prefix, VOCABULARY).items(), key=lambda item: -item[1]
    )
    assert {h.tokens[-1] for h in found.hypotheses} == {token for token, _ in expected[:6]}


@given(source=a_source, prefix=st.one_of(st.just(()), a_prefix), beam=st.integers(1, 4))
def test_a_new_word_begins_after_a_closed_prefix(source: Tokens, prefix: tuple[int, ...], beam: int) -> None:
    """Or the translation ends; later pieces are free."""
    options = SearchOptions(beam=beam, n_best=beam, max_target_tokens=10)

    for hypothesis in search_after(source, options, Prefix(prefix, every_other)).hypotheses:
        following = hypothesis.tokens[len(prefix) : len(prefix) + 1]
        assert all(token == EOS or every_other[token] for token in following)


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("attention", ["none", "bahdanau"])
@pytest.mark.parametrize("packing", ["none", "float32", "int8"])
def test_company_changes_nothing(packing: str, attention: str, beam: int) -> None:
    """Sentences with prefixes of all lengths and without, joining one after the other."""
    network = tiny.model(tiny.model_config(attention), 70, 40)
    model = (
        network
        if packing == "none"
        else for_inference(network, "float32" if packing == "float32" else "int8")
    )
    random = np.random.default_rng(2)
    options = SearchOptions(beam=beam, max_target_tokens=12, attention=True)
    admissions = [
        Admission(index, source, options, prefix=Prefix(_some(random, index % 6)))
        for index, source in enumerate(sources(20))
    ]
    search = Search(model)
    for part in np.array_split(np.arange(20), 5):
        search.admit([admissions[index] for index in part.tolist()])
        search.advance(2)
    answers = run(search)

    for admission in admissions:
        (alone,) = search_admitted(model, [admission])
        assert_same(answers[admission.key], alone)
        prefix = admission.prefix.tokens
        assert alone.hypotheses[0].tokens[: len(prefix)] == prefix


def _some(random: np.random.Generator, count: int) -> Tokens:
    return tuple(random.integers(4, 40, size=count).tolist())
