"""What is returned of a sentence, at its end and on the way."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given

from seq2seq.batch import EOS
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions, length_normalised
from seq2seq.decoding.search import Search, search_admitted, search_all
from seq2seq.decoding.sentence import Admission
from table_model import (
    TableModel,
    Tokens,
    a_source,
    assert_same,
    search_one,
    some_options,
    sources,
)


@given(source=a_source, options=some_options())
def test_hypotheses_are_distinct_ordered_and_add_up(source: Tokens, options: SearchOptions) -> None:
    """Finished ones come first, each kind best first; scores follow from the log probabilities."""
    found = search_one(source, options).hypotheses

    assert len({h.tokens for h in found}) == len(found) <= options.n_best
    assert [h.is_finished for h in found] == sorted((h.is_finished for h in found), reverse=True)
    for _, alike in itertools.groupby(found, key=lambda h: h.is_finished):
        scores = [h.score for h in alike]
        assert scores == sorted(scores, reverse=True)
    for h in found:
        assert len(h.tokens) == len(h.log_probs)
        assert h.log_prob == pytest.approx(sum(h.log_probs), abs=1e-9)
        assert h.score == length_normalised(h.log_prob, len(h.tokens), options.length_penalty)


def write(tokens: Sequence[int]) -> str:
    """Spell pieces of which one writes nothing and two are alike."""
    return "".join(str(max(token, 6)) for token in tokens if token != 4)


def written(hypotheses: Sequence[Hypothesis]) -> list[tuple[str, float]]:
    """The text of each, and its score."""
    return [(write(h.tokens[: -1 if h.is_finished else None]), h.score) for h in hypotheses]


@given(source=a_source, options=some_options())
def test_of_hypotheses_with_one_text_the_best_is_returned(source: Tokens, options: SearchOptions) -> None:
    """And others come in the place of the rest, which are never worse than what was there without."""
    (told_apart,) = search_admitted(TableModel(), [Admission(0, source, options, text_of=write)])
    (every_way,) = search_admitted(TableModel(), [Admission(0, source, options)])
    found, ways = told_apart.hypotheses, every_way.hypotheses
    best: dict[str, float] = {}
    for text, score in written([h for h in ways if h.is_finished]):
        best.setdefault(text, score)

    texts = [text for text, _ in written(found)]
    assert len(set(texts)) == len(texts) <= options.n_best
    assert len(texts) >= len({text for text, _ in written(ways)})
    scores = [h.score for h in found if h.is_finished]
    assert scores == sorted(scores, reverse=True)
    assert all(mine >= theirs for mine, theirs in zip(scores, best.values(), strict=False))
    assert len(scores) >= len(best)


@given(source=a_source, options=some_options())
def test_texts_that_all_differ_change_nothing(source: Tokens, options: SearchOptions) -> None:
    """Hypotheses that differ in pieces are found as they are without texts."""
    (by_text,) = search_admitted(TableModel(), [Admission(0, source, options, text_of=str)])

    assert_same(by_text, search_one(source, options))


def test_a_model_without_attention_has_no_rows_to_keep() -> None:
    """Asking for attention of a plain model gives None, and everything else."""
    options = SearchOptions(beam=3, attention=True)

    (finished,) = search_all(TableModel(attends=False), [(5, EOS)], options)

    assert finished.hypotheses[0].tokens == search_one((5, EOS), options).hypotheses[0].tokens
    assert finished.hypotheses[0].attention is None


def test_a_limit_cuts_and_says_so() -> None:
    """At the limit live hypotheses are returned as not finished, as many as were asked for."""
    options = SearchOptions(beam=3, n_best=3, max_target_tokens=1)

    found = search_one((5, EOS), options).hypotheses

    assert [len(h.tokens) for h in found] == [1, 1, 1]
    assert not any(h.is_finished for h in found)


def test_hypotheses_outlive_the_search() -> None:
    """What was found holds no view of a larger array."""
    options = SearchOptions(beam=2, attention=True)

    best: Hypothesis = search_one((5, 6, 7, EOS), options).hypotheses[0]

    assert best.attention is not None
    assert best.attention.base is None
    assert best.attention.shape == (len(best.tokens), 4)


@given(source=a_source, options=some_options())
def test_a_stable_prefix_never_retracts(source: Tokens, options: SearchOptions) -> None:
    """Each is a beginning of the next and of the best hypothesis, its numbers included."""
    search = Search(TableModel())
    search.admit([Admission("a", source, options), *_neighbours(3)])
    prefixes = [search.stable("a")]
    while "a" not in (left := {finished.key: finished for finished in search.finished()}):
        search.advance()
        prefixes.append(search.stable("a"))

    best = left["a"].hypotheses[0]
    for prefix in prefixes:
        length = len(prefix.tokens)
        assert prefix.tokens == best.tokens[:length]
        assert prefix.log_probs == best.log_probs[:length]
        if length and options.attention:
            assert prefix.attention is not None
            assert best.attention is not None
            np.testing.assert_array_equal(prefix.attention, best.attention[:length])
    lengths = [len(prefix.tokens) for prefix in prefixes]
    assert lengths == sorted(lengths)
    assert lengths[-1] == len(best.tokens)


def _neighbours(count: int) -> Iterator[Admission]:
    for index, source in enumerate(sources(count, seed=7)):
        yield Admission(index, source, SearchOptions(beam=1 + index, max_target_tokens=9))


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.5])
def test_what_may_still_win_is_not_settled(length_penalty: float) -> None:
    """Over many sentences, no live hypothesis is given up that overtakes a finished one."""
    options = SearchOptions(beam=4, length_penalty=length_penalty, max_target_tokens=8)
    search = Search(TableModel())
    keys = dict(enumerate(sources(90, seed=3)))
    search.admit([Admission(key, source, options) for key, source in keys.items()])
    settled: dict[object, list[Tokens]] = {key: [] for key in keys}
    while search.sentences:
        search.advance()
        for key in keys:
            settled[key].append(search.stable(key).tokens)

    for finished in search.finished():
        best = finished.hypotheses[0].tokens
        assert all(tokens == best[: len(tokens)] for tokens in settled[finished.key])


def test_greedy_pieces_are_stable_at_once() -> None:
    """After each step of a beam of one, all its pieces are stable."""
    search = Search(TableModel())
    search.admit([Admission("a", (5, 8, EOS), SearchOptions(beam=1))])

    for steps in itertools.count(1):
        search.advance()
        assert len(search.stable("a").tokens) == steps
        if not search.sentences:
            break


def test_a_beam_settles_before_its_end() -> None:
    """Streaming a beam shows something early for most sentences."""
    options = SearchOptions(beam=4)
    early = 0
    for source in sources(20):
        search = Search(TableModel())
        search.admit([Admission("a", source, options)])
        while search.sentences:
            early += bool(search.stable("a").tokens)
            search.advance()

    assert early > 0
