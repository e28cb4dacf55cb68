"""The search is checked against plain searches of one sentence, written with lists.

The model is a table: its logits and its attention are random, but fixed by the source and by the
whole prefix, so that any mix-up of rows, of back-pointers or of neighbours changes a number.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.batch import BOS, EOS, PAD, UNK, SourceBatch
from seq2seq.decoding.options import Hypothesis, SearchOptions, length_normalised
from seq2seq.decoding.search import Admission, Finished, Search, search_all
from seq2seq.nn.state import CellState, DecoderState, Memory, Step

LONGEST = 64  # pieces of a prefix that the state can hold
POISON = 99  # a source with this piece gives logits that are not numbers
MUTE = 98  # a source with this piece gives no probability to any piece that may be written

Tokens = tuple[int, ...]


@cache
def table_logits(source: Tokens, prefix: Tokens, vocabulary: int) -> NDArray[np.float32]:
    """Return the logits (V,) after a prefix; the end becomes likelier as it grows."""
    random = np.random.default_rng((*source, 1_000, *prefix))
    logits = random.normal(scale=2.0, size=vocabulary)
    logits[EOS] += 0.4 * len(prefix) - 1.0
    if POISON in source and len(prefix) == 1:
        logits[random.integers(vocabulary)] = [np.nan, np.inf][len(source) % 2]
    if MUTE in source:
        logits[[token for token in range(vocabulary) if token != UNK]] = -np.inf
    return np.asarray(logits, dtype=np.float32)


@cache
def table_attention(source: Tokens, prefix: Tokens) -> NDArray[np.float32]:
    """Return the attention (S,) that makes the piece after a prefix."""
    weights = np.random.default_rng((*source, 2_000, *prefix)).random(len(source)) + 0.01
    return np.asarray(weights / weights.sum(), dtype=np.float32)


@dataclass
class TableModel:
    """Keeps the whole prefix in its state, and looks everything else up."""

    vocabulary: int = 9
    attends: bool = True
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def start(self, source: SourceBatch) -> DecoderState:
        """Remember the sources: their pieces are the memory."""
        states = source.tokens.unsqueeze(-1).float()  # (B, S, 1)
        memory = Memory(states, source.mask, states.sum(dim=1))
        return DecoderState((CellState(torch.full((len(states), LONGEST), -1.0)),), memory)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Write the previous piece into each row's prefix, and look up what comes next."""
        assert not torch.is_grad_enabled(), "search builds no graph"
        assert state.memory is not None, "start() makes a memory"
        prefixes, sources = state.hidden[0].h.clone(), state.memory.states.squeeze(-1)
        R, B, S = len(prefixes), *sources.shape
        assert previous.shape == (R,), "one token a row"
        logits, attention = torch.empty(R, self.vocabulary), torch.zeros(R, S)
        for row, token in enumerate(previous.tolist()):
            length = int((prefixes[row] >= 0).sum())
            prefixes[row, length] = token
            prefix = tuple(int(piece) for piece in prefixes[row, 1 : length + 1].tolist())
            sentence = row // (R // B)
            mask = state.memory.mask[sentence]
            source = tuple(int(piece) for piece in sources[sentence][mask].tolist())
            logits[row] = torch.from_numpy(table_logits(source, prefix, self.vocabulary))
            attention[row, : len(source)] = torch.from_numpy(table_attention(source, prefix))
        return Step(
            logits,
            DecoderState((CellState(prefixes),), state.memory),
            attention if self.attends else None,
        )


def log_probs(source: Tokens, prefix: Tokens, vocabulary: int) -> dict[int, float]:
    """Return the log probability of each piece that may follow a prefix."""
    logits = torch.from_numpy(table_logits(source, prefix, vocabulary)).double().log_softmax(dim=0)
    forbidden = {PAD, BOS, UNK} | (set() if prefix else {EOS})
    return {token: float(logits[token]) for token in range(vocabulary) if token not in forbidden}


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


def search_one(source: Tokens, options: SearchOptions, vocabulary: int = 9) -> Finished:
    """Search a sentence that is alone."""
    return search_all(TableModel(vocabulary), [source], options)[0]


def run(search: Search[DecoderState]) -> dict[object, Finished]:
    """Advance until nothing is live."""
    answers = search.finished()
    while search.sentences:
        search.advance()
        answers += search.finished()
    return {finished.key: finished for finished in answers}


def assert_same(one: Finished, other: Finished) -> None:
    """Compare all that was found, attention included."""
    assert one.error is None
    assert other.error is None
    assert [h.tokens for h in one.hypotheses] == [h.tokens for h in other.hypotheses]
    assert [h.is_finished for h in one.hypotheses] == [h.is_finished for h in other.hypotheses]
    for mine, theirs in zip(one.hypotheses, other.hypotheses, strict=True):
        assert mine.score == pytest.approx(theirs.score, abs=1e-4)
        assert mine.log_probs == pytest.approx(theirs.log_probs, abs=1e-4)
        assert (mine.attention is None) == (theirs.attention is None)
        if mine.attention is not None and theirs.attention is not None:
            np.testing.assert_allclose(mine.attention, theirs.attention, atol=1e-5)


def sources(count: int, seed: int = 0) -> list[Tokens]:
    """Return different sentences of 1 to 9 pieces, ends included."""
    random = np.random.default_rng(seed)
    lengths = random.integers(0, 9, size=count)
    return [(*random.integers(4, 60, size=n).tolist(), 4 + index, EOS) for index, n in enumerate(lengths)]


a_source = st.lists(st.integers(4, 60), max_size=6).map(lambda pieces: (*pieces, EOS))


@st.composite
def some_options(draw: st.DrawFn, *, beam: int | None = None) -> SearchOptions:
    """Draw options whose searches are short."""
    width = draw(st.integers(1, 6)) if beam is None else beam
    return SearchOptions(
        beam=width,
        n_best=draw(st.integers(1, width)),
        length_penalty=draw(st.sampled_from([0.0, 0.6, 1.0, 2.5])),
        max_target_tokens=draw(st.integers(1, 12)),
        attention=draw(st.booleans()),
    )


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


def test_a_model_without_attention_has_no_rows_to_keep() -> None:
    """Asking for attention of a plain model gives None, and everything else."""
    options = SearchOptions(beam=3, attention=True)

    (finished,) = search_all(TableModel(attends=False), [(5, EOS)], options)

    assert finished.hypotheses[0].tokens == search_one((5, EOS), options).hypotheses[0].tokens
    assert finished.hypotheses[0].attention is None


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("together", [2, 7, 64])
def test_company_changes_nothing(beam: int, together: int) -> None:
    """A sentence alone is the same sentence in a batch, and in a shuffled one."""
    sentences = sources(64)
    options = SearchOptions(beam=beam, n_best=min(3, beam), max_target_tokens=12, attention=True)
    alone = [search_one(source, options) for source in sentences]
    for order in (range(64), np.random.default_rng(together).permutation(64).tolist()):
        for start in range(0, 64, together):
            chosen = order[start : start + together]
            search = Search(TableModel())

            search.admit([Admission(index, sentences[index], options) for index in chosen])

            answers = run(search)
            for index in chosen:
                assert_same(answers[index], alone[index])


@given(data=st.data())
def test_joining_leaving_and_mixed_beams_change_nothing(data: st.DataObject) -> None:
    """Sentences join a running search at any step, with any options, and others are dropped."""
    cases = data.draw(st.lists(st.tuples(a_source, some_options()), min_size=1, max_size=12))
    search = Search(TableModel())
    waiting = list(range(len(cases)))
    answers: dict[object, Finished] = {}
    dropped: set[int] = set()
    while waiting or search.sentences:
        newcomers, waiting = _split(waiting, data.draw(st.sampled_from([2, 1, 3, 0])))
        search.admit([Admission(index, *cases[index]) for index in newcomers])
        if data.draw(st.integers(0, 4)) == 0:
            victims = set(data.draw(st.lists(st.integers(0, len(cases) - 1), max_size=2))) - set(waiting)
            search.drop(victims)
            dropped |= victims - answers.keys()
        search.advance(data.draw(st.sampled_from([1, 2, 3, 0])))
        answers.update((finished.key, finished) for finished in search.finished())

    assert answers.keys() == set(range(len(cases))) - dropped
    for index, finished in answers.items():
        assert isinstance(index, int)
        assert_same(finished, search_one(*cases[index]))


def _split(waiting: list[int], count: int) -> tuple[list[int], list[int]]:
    return waiting[:count], waiting[count:]


@given(sentences=st.lists(a_source, max_size=15), options=some_options(), max_rows=st.integers(1, 20))
def test_all_answers_come_in_order_within_the_rows(
    sentences: list[Tokens], options: SearchOptions, max_rows: int
) -> None:
    """`search_all` is many searches of one, whatever the number of rows."""
    model = Watched()

    answers = search_all(model, sentences, options, max_rows=max_rows)

    assert [finished.key for finished in answers] == list(range(len(sentences)))
    assert max(model.rows, default=0) <= max(max_rows, options.beam)
    for finished, source in zip(answers, sentences, strict=True):
        assert_same(finished, search_one(source, options))


@dataclass
class Watched(TableModel):
    """Notes how many rows each step takes."""

    rows: list[int] = field(default_factory=list)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Take the step."""
        self.rows.append(len(previous))
        return super().step(previous, state)


@pytest.mark.parametrize("beam", [1, 3])
def test_logits_that_are_no_numbers_fail_their_sentence_alone(beam: int) -> None:
    """The neighbours of a sentence with NaN or infinity go on as if it were not there."""
    sentences = [*sources(5), (POISON, EOS), (7, POISON, EOS)]
    options = SearchOptions(beam=beam, max_target_tokens=8, attention=True)

    answers = search_all(TableModel(), sentences, options)

    for finished, source in zip(answers[:5], sentences, strict=False):
        assert_same(finished, search_one(source, options))
    for finished in answers[5:]:
        assert finished.hypotheses == ()
        assert str(finished.error) == (
            "the model's logits were not finite at target piece 2. "
            "Its weights are damaged or its training diverged: use another model."
        )


def test_a_model_that_would_only_write_unknown_fails() -> None:
    """It never becomes an empty translation."""
    answers = search_all(TableModel(), [(5, EOS), (MUTE, EOS)], SearchOptions(beam=2))

    assert answers[0].error is None
    assert "no probability to any piece that may be written" in str(answers[1].error)


def test_a_limit_cuts_and_says_so() -> None:
    """At the limit live hypotheses are returned as not finished, as many as were asked for."""
    options = SearchOptions(beam=3, n_best=3, max_target_tokens=1)

    found = search_one((5, EOS), options).hypotheses

    assert [len(h.tokens) for h in found] == [1, 1, 1]
    assert not any(h.is_finished for h in found)


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


def test_steps_stop_when_nobody_is_left() -> None:
    """Steps are counted only while the model works, and rows follow the live sentences."""
    search = Search(TableModel())
    search.admit(
        [Admission(1, (5, EOS), SearchOptions(beam=2)), Admission(2, (6, EOS), SearchOptions(beam=3))]
    )
    assert (search.rows, search.sentences, search.steps) == (5, 2, 0)

    answers = run(search)
    steps = search.steps
    search.advance(5)

    assert answers.keys() == {1, 2}
    assert (search.rows, search.sentences, search.steps) == (0, 0, steps)
    assert search.finished() == []


def test_dropping_frees_the_rows_at_once() -> None:
    """A dropped sentence has no answer, finished or not, and its key is free again."""
    options = SearchOptions(beam=4, max_target_tokens=5)
    search = Search(TableModel())
    search.admit([Admission(key, (5 + key, EOS), options) for key in range(3)])
    search.advance()

    search.drop([1, "unknown"])

    assert (search.rows, search.sentences) == (8, 2)
    search.admit([Admission(1, (6, EOS), options)])
    search.advance(5)
    assert search.sentences == 0
    search.drop([0])
    assert {finished.key for finished in search.finished()} == {1, 2}


@pytest.mark.parametrize(
    ("admissions", "message"),
    [
        ([(1, (5, EOS)), (1, (6, EOS))], "admitted twice"),
        ([(0, (5, EOS))], "being searched already"),
        ([(2, ())], "blank"),
    ],
)
def test_a_bug_of_the_caller_is_named(admissions: Sequence[tuple[int, Tokens]], message: str) -> None:
    """A key that is taken and a blank sentence admit nobody."""
    search = Search(TableModel())
    search.admit([Admission(0, (9, EOS), SearchOptions())])

    with pytest.raises(AssertionError, match=message):
        search.admit([Admission(key, tokens, SearchOptions()) for key, tokens in admissions])

    assert search.sentences == 1


def test_hypotheses_outlive_the_search() -> None:
    """What was found holds no view of a larger array."""
    options = SearchOptions(beam=2, attention=True)

    best: Hypothesis = search_one((5, 6, 7, EOS), options).hypotheses[0]

    assert best.attention is not None
    assert best.attention.base is None
    assert best.attention.shape == (len(best.tokens), 4)
