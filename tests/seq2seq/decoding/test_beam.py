"""What a search finds, checked against plain searches of one sentence, written with lists."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import EOS, UNK, collate
from seq2seq.decoding.candidates import best_pieces
from seq2seq.decoding.options import SearchOptions, length_normalised
from seq2seq.decoding.search import search_all
from table_model import (
    Tokens,
    a_source,
    log_probs,
    search_one,
    some_options,
    sources,
    table_attention,
)


def plain_greedy(source: Tokens, limit: int, vocabulary: int) -> tuple[Tokens, float]:
    """Take the best piece until it is the end."""
    tokens: Tokens = ()
    total = 0.0
    while len(tokens) < limit and tokens[-1:] != (EOS,):
        following = log_probs(source, tokens, vocabulary)
        best = max(following, key=following.__getitem__)
        tokens, total = (*tokens, best), total + following[best]
    return tokens, total


def plain_beam(source: Tokens, options: SearchOptions, vocabulary: int) -> list[tuple[Tokens, float, bool]]:
    """Search with lists of (tokens, score, is_finished); never stops before K have finished."""
    limit = options.limit_for(len(source))
    live: list[tuple[Tokens, float]] = [((), 0.0)]
    finished: list[tuple[Tokens, float]] = []
    while live and len(live[0][0]) < limit and len(finished) < options.beam:
        candidates = [
            ((*tokens, token), total + log_prob)
            for tokens, total in live
            for token, log_prob in log_probs(source, tokens, vocabulary).items()
        ]
        candidates.sort(key=lambda candidate: -candidate[1])
        finished += [(tokens, total) for tokens, total in candidates[: options.beam] if tokens[-1] == EOS]
        live = [candidate for candidate in candidates if candidate[0][-1] != EOS][: options.beam]
    return _ranked(finished, options) + (_ranked(live, options, is_finished=False))


def _ranked(
    found: list[tuple[Tokens, float]], options: SearchOptions, *, is_finished: bool = True
) -> list[tuple[Tokens, float, bool]]:
    scored = [
        (tokens, length_normalised(total, len(tokens), options.length_penalty), is_finished)
        for tokens, total in found
    ]
    return sorted(scored, key=lambda hypothesis: -hypothesis[1])


@given(source=a_source, limit=st.integers(1, 15), length_penalty=st.sampled_from([0.0, 1.0, 3.0]))
def test_a_beam_of_one_is_greedy(source: Tokens, limit: int, length_penalty: float) -> None:
    """Each piece is the best of its step, whatever the length penalty."""
    options = SearchOptions(beam=1, length_penalty=length_penalty, max_target_tokens=limit)

    (found,) = search_one(source, options).hypotheses

    tokens, log_prob = plain_greedy(source, limit, 9)
    assert found.tokens == tokens
    assert found.log_prob == pytest.approx(log_prob, abs=1e-4)


@given(source=a_source, options=some_options())
def test_the_search_equals_one_written_with_lists(source: Tokens, options: SearchOptions) -> None:
    """Stopping early, dense rows and back-pointers change nothing of what a plain search finds."""
    found = search_one(source, options).hypotheses

    expected = plain_beam(source, options, 9)[: options.n_best]
    assert [(h.tokens, h.is_finished) for h in found] == [(tokens, ended) for tokens, _, ended in expected]
    assert [h.score for h in found] == pytest.approx([score for _, score, _ in expected], abs=1e-4)


@pytest.mark.parametrize("length_penalty", [0.0, 0.5, 1.0, 2.0, 10.0])
@pytest.mark.parametrize(("pieces", "limit"), [(2, 3), (3, 2), (1, 9)])
def test_a_beam_as_wide_as_the_space_is_exhaustive(pieces: int, limit: int, length_penalty: float) -> None:
    """Its n-best list is the head of all sentences there are, in order."""
    n_best = min(5, sum(pieces**length for length in range(1, limit)))
    options = SearchOptions(beam=16, n_best=n_best, length_penalty=length_penalty, max_target_tokens=limit)
    vocabulary = UNK + 1 + pieces
    for source in sources(5):
        everything = []
        for length in range(1, limit):
            for prefix in itertools.product(range(UNK + 1, vocabulary), repeat=length):
                tokens = (*prefix, EOS)
                steps = [log_probs(source, tokens[:t], vocabulary)[tokens[t]] for t in range(len(tokens))]
                everything.append((tokens, sum(steps)))

        found = search_one(source, options, vocabulary).hypotheses

        expected = _ranked(everything, options)[:n_best]
        assert [h.tokens for h in found] == [tokens for tokens, _, _ in expected]
        assert [h.score for h in found] == pytest.approx([score for _, score, _ in expected], abs=1e-4)


@given(source=a_source, options=some_options())
def test_only_pieces_and_one_end_are_written(source: Tokens, options: SearchOptions) -> None:
    """No padding, no beginning, no unknown; an end exactly where a finished hypothesis ends."""
    for h in search_one(source, options).hypotheses:
        body = h.tokens[:-1] if h.is_finished else h.tokens
        assert body
        assert all(token > UNK for token in body)
        assert not h.is_finished or h.tokens[-1] == EOS


@given(source=a_source, options=some_options())
def test_forcing_a_hypothesis_gives_its_numbers_again(source: Tokens, options: SearchOptions) -> None:
    """Log probabilities and attention rows are those of the model fed with the hypothesis."""
    for h in search_one(source, options).hypotheses:
        prefixes = [h.tokens[:t] for t in range(len(h.tokens))]
        forced = [log_probs(source, prefix, 9)[h.tokens[len(prefix)]] for prefix in prefixes]

        assert h.log_probs == pytest.approx(forced, abs=1e-5)
        assert (h.attention is not None) == options.attention
        if h.attention is not None:
            assert h.attention.dtype == np.float32
            np.testing.assert_array_equal(h.attention, [table_attention(source, p) for p in prefixes])


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_teacher_forcing_agrees_with_the_search(attention: str) -> None:
    """Scoring what was found gives its log probabilities and attention again."""
    model = tiny.model(tiny.model_config(attention), 70, 40)
    options = SearchOptions(beam=4, n_best=4, max_target_tokens=10, attention=True)
    for source in sources(8):
        (finished,) = search_all(model, [source], options)

        for h in finished.hypotheses:
            with torch.no_grad():
                forced = model.force(collate([(source, h.tokens)]))
            assert forced.log_probs[0].tolist() == pytest.approx(h.log_probs, abs=1e-4)
            if forced.attention is not None:
                assert h.attention is not None
                np.testing.assert_allclose(h.attention, forced.attention[0].numpy(), atol=1e-5)


@given(
    rows=st.integers(1, 5),
    vocabulary=st.integers(1, 900),
    count=st.integers(1, 16),
    distinct=st.sampled_from([3, 10_000]),
    seed=st.integers(0, 99),
)
def test_the_best_pieces_are_those_of_topk(
    rows: int, vocabulary: int, count: int, distinct: int, seed: int
) -> None:
    """Same values, and positions where they stand, for any size, with ties or without."""
    random = torch.Generator().manual_seed(seed)
    values = torch.randint(distinct, (rows, vocabulary), generator=random).float()
    values[values == 0] = -torch.inf

    best, where = best_pieces(values, count)

    torch.testing.assert_close(best, values.topk(min(count, vocabulary)).values)
    torch.testing.assert_close(best, values.gather(1, where))
    assert all(len(set(positions)) == len(positions) for positions in where.tolist())


def test_a_row_that_is_no_number_leaves_the_others_alone() -> None:
    """A row of NaN beside a row of numbers."""
    values = torch.arange(400.0).repeat(2, 1)
    values[0] = torch.nan

    best, where = best_pieces(values, 2)

    assert best[1].tolist() == [399.0, 398.0]
    assert where[1].tolist() == [399, 398]
