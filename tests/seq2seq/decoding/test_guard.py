"""Hypotheses are kept out of circles, are told of it, and are otherwise as they were."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.batch import EOS, UNK
from seq2seq.decoding.guard import Guard, Histories, Spelling
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.repetition import repeated
from seq2seq.decoding.search import Finished, Search, search_admitted, search_all
from seq2seq.decoding.sentence import Admission
from seq2seq.nn.state import DecoderState, Step, StepModel
from table_model import TableModel, Tokens, a_source, assert_same, run, some_options, sources

# Of TableModel(9): 4 and 6 begin words, 6 and 7 are 4 and 5 in capitals, 8 goes on with any word.
BEGINS = [False] * 4 + [True, False, True, False, False]
ALIKE = [0, 1, 2, 3, 4, 5, 4, 5, 8]
SPELLING = Spelling.of(BEGINS, ALIKE)
EACH_A_WORD = Spelling.of([True] * 9, range(9))
GUARDS = {most: Guard(EACH_A_WORD, most) for most in (2, 3, 4)}
SPELT = {most: Guard(SPELLING, most) for most in (2, 3, 4)}

pieces = st.lists(st.integers(4, 8), max_size=18)


def guarded_search(
    model: StepModel[DecoderState],
    sources: Sequence[Tokens],
    options: SearchOptions,
    guards: Sequence[Guard | None],
) -> list[Finished]:
    """Search every source with the guard of its own."""
    guarded = enumerate(zip(sources, guards, strict=True))
    return search_admitted(model, [Admission(at, tokens, options, guard) for at, (tokens, guard) in guarded])


def words_in(tokens: Tokens, spelling: Spelling) -> list[tuple[int, ...]]:
    """The words that pieces make, without regard to case; what comes before the first is none."""
    folded = [int(spelling.alike[token]) for token in tokens if token != EOS]
    starts = [at for at, token in enumerate(folded) if spelling.begins[token]]
    return [tuple(folded[start:end]) for start, end in pairwise([*starts, len(folded)])]


def is_circle(tokens: Tokens, guard: Guard) -> bool:
    """Apply the rule of `repetition` to pieces."""
    words = [str(word) for word in words_in(tokens, guard.spelling)]
    return next(repeated(words, guard.most + 1), None) is not None


@given(tokens=pieces, most=st.integers(2, 4), each=st.booleans())
def test_all_that_completes_a_repetition_is_refused(tokens: list[int], most: int, *, each: bool) -> None:
    """A piece after which the words are a loop by the rule may not come; where pieces are words, no other."""
    guard = GUARDS[most] if each else SPELT[most]
    folded = [int(guard.spelling.alike[token]) for token in tokens]
    if is_circle(tuple(folded), guard):
        return  # it is too late

    refused = guard.refused(folded)

    completing = {
        int(guard.spelling.alike[token]) for token in range(4, 9) if is_circle((*folded, token), guard)
    }
    assert completing <= refused
    if each:  # longer sequences of words than four in a row are refused as four
        assert refused == completing


@given(data=st.data(), beam=st.integers(1, 3))
def test_histories_find_what_the_rule_finds(data: st.DataObject, beam: int) -> None:
    """Rows move, sentences join and leave: each row's refusals are those of its own pieces."""
    histories = Histories(beam)
    guards: list[Guard | None] = []
    past: list[list[int]] = []  # by row
    for _ in range(data.draw(st.integers(1, 14))):
        new = [SPELT[2], SPELT[3], None][: data.draw(st.sampled_from([1, 0, 2, 3]))]
        if not guards:
            new = [SPELT[2]]
        histories.join(new)
        guards += new
        past += [[] for _ in range(len(new) * beam)]
        parents = [data.draw(st.integers(0, beam - 1)) if beam > 1 else 0 for _ in past]
        rows = np.array([row // beam * beam + parent for row, parent in enumerate(parents)], dtype=np.int64)
        tokens = [data.draw(st.sampled_from([4, 6, 5, 8])) for _ in past]
        histories.grow(np.array(tokens).reshape(-1, beam), None if beam == 1 else rows)
        past = [[*past[row], int(SPELLING.alike[token])] for row, token in zip(rows, tokens, strict=True)]
        if len(guards) > 1 and data.draw(st.booleans()):
            left = data.draw(st.integers(0, len(guards) - 1))
            kept = [index for index in range(len(guards)) if index != left]
            histories.keep(np.array(kept, dtype=np.int64))
            guards = [guards[index] for index in kept]
            past = [row for index in kept for row in past[index * beam : (index + 1) * beam]]

        found = {row: {ALIKE[token] for token in tokens} for row, tokens in histories.refused().items()}

        expected = {}
        for row, history in enumerate(past):
            guard = guards[row // beam]
            if guard is not None and (refused := guard.refused(history)):
                expected[row] = refused
        assert found == expected


@given(tokens=st.lists(st.lists(st.sampled_from([4, 6, 5, 8]), min_size=2, max_size=2), max_size=12))
def test_following_ends_where_a_piece_may_be_refused(tokens: list[list[int]]) -> None:
    """Up to there it is growing piece by piece."""
    one, other = Histories(1), Histories(1)
    for histories in (one, other):
        histories.join([SPELT[2], SPELT[3]])
    pieces = np.array(tokens, dtype=np.int64).reshape(-1, 2, 1)

    followed = one.follow(pieces)

    for step in pieces[:followed]:
        assert not other.refused()
        other.grow(step, None)
    assert followed == len(pieces) or one.refused()
    assert {row: list(refused) for row, refused in one.refused().items()} == {
        row: list(refused) for row, refused in other.refused().items()
    }


@given(source=a_source, options=some_options(), most=st.integers(2, 3), each=st.booleans())
def test_nothing_found_goes_in_circles(
    source: Tokens, options: SearchOptions, most: int, *, each: bool
) -> None:
    """Not the best, nor any other hypothesis; and there is always one."""
    guard = GUARDS[most] if each else SPELT[most]

    (found,) = guarded_search(TableModel(), [source], options, [guard])

    assert found.hypotheses
    for hypothesis in found.hypotheses:
        assert not is_circle(hypothesis.tokens, guard)


@given(source=a_source, options=some_options(), each=st.booleans())
def test_what_is_not_flagged_is_what_was_found_before(
    source: Tokens, options: SearchOptions, *, each: bool
) -> None:
    """Bit for bit; and where something is flagged, an unguarded search met a circle on its way."""
    guard = GUARDS[2] if each else SPELT[2]

    (guarded,) = guarded_search(TableModel(), [source], options, [guard])
    (free,) = search_all(TableModel(), [source], options)

    assert not any(hypothesis.repetition_avoided for hypothesis in free.hypotheses)
    if not any(hypothesis.repetition_avoided for hypothesis in guarded.hypotheses):
        assert_identical(guarded, free)
    if any(is_circle(hypothesis.tokens, guard) for hypothesis in free.hypotheses):
        assert all(hypothesis.repetition_avoided for hypothesis in guarded.hypotheses)


def assert_identical(one: Finished, other: Finished) -> None:
    """Compare all that was found, without any tolerance."""
    assert [replace(h, attention=None) for h in one.hypotheses] == [
        replace(h, attention=None) for h in other.hypotheses
    ]
    for mine, theirs in zip(one.hypotheses, other.hypotheses, strict=True):
        assert (mine.attention is None) == (theirs.attention is None)
        if mine.attention is not None and theirs.attention is not None:
            np.testing.assert_array_equal(mine.attention, theirs.attention)


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("together", [3, 24])
def test_company_changes_nothing(beam: int, together: int) -> None:
    """Guarded and unguarded sentences side by side, admitted at different times."""
    sentences = sources(24)
    options = SearchOptions(beam=beam, n_best=min(3, beam), max_target_tokens=30, attention=True)
    guards = [None if index % 3 == 0 else SPELT[2 + index % 2] for index in range(24)]
    alone = [
        guarded_search(TableModel(), [source], options, [guard])[0]
        for source, guard in zip(sentences, guards, strict=True)
    ]
    search = Search(TableModel())
    answers: dict[object, Finished] = {}
    for start in range(0, 24, together):
        end = min(24, start + together)
        search.admit(
            [Admission(index, sentences[index], options, guards[index]) for index in range(start, end)]
        )
        search.advance(2)
    answers |= run(search)

    for index, expected in enumerate(alone):
        found = answers[index]
        assert isinstance(found, Finished)
        assert_same(found, expected)
        assert [h.repetition_avoided for h in found.hypotheses] == [
            h.repetition_avoided for h in expected.hypotheses
        ]


@given(source=a_source, options=some_options())
def test_a_stable_prefix_never_retracts(source: Tokens, options: SearchOptions) -> None:
    """What a stream has shown stays true although pieces are refused on the way."""
    search = Search(TableModel())
    search.admit([Admission("a", source, options, GUARDS[2]), Admission("b", (5, EOS), options, GUARDS[2])])
    prefixes = [search.stable("a")]
    while "a" not in (left := {finished.key: finished for finished in search.finished()}):
        search.advance()
        prefixes.append(search.stable("a"))

    best = left["a"].hypotheses[0]
    for prefix in prefixes:
        assert prefix.tokens == best.tokens[: len(prefix.tokens)]
        assert prefix.log_probs == best.log_probs[: len(prefix.tokens)]
    lengths = [len(prefix.tokens) for prefix in prefixes]
    assert lengths == sorted(lengths)
    assert lengths[-1] == len(best.tokens)


@dataclass
class Scripted(TableModel):
    """Goes on from each piece to one other, with a second choice, and hardly ever ends."""

    vocabulary: int = 12
    attends: bool = False
    follows: dict[int, int] = field(default_factory=dict)
    end_after: tuple[int, float] = (0, 1.0)  # after so many steps the end has this logit
    steps: int = 0

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """Look up what follows."""
        logits = torch.full((len(previous), self.vocabulary), -20.0)
        for row, piece in enumerate(previous.tolist()):
            logits[row, self.follows.get(piece, UNK + 1)] = 6.0
        logits[:, self.vocabulary - 1] = 2.0  # the second choice
        first, end = self.end_after
        logits[:, EOS] = end if self.steps >= first else 1.0
        self.steps += 1
        return Step(logits, state, None)


def every_piece(vocabulary: int = 12) -> Spelling:
    """Each piece is a word."""
    return Spelling.of([True] * vocabulary, range(vocabulary))


@pytest.mark.parametrize("beam", [1, 5])
@pytest.mark.parametrize("circle", [(4,), (4, 5), (4, 5, 6, 7), (4, 5, 6, 7, 8, 9)])
def test_a_planted_loop_is_broken_at_the_third_time(circle: Tokens, beam: int) -> None:
    """Twice, and then another way; a guard that allows more is later."""
    follows = dict(pairwise([*circle, circle[0]]))
    model = Scripted(follows=follows)
    options = SearchOptions(beam=beam, length_penalty=0.0, max_target_tokens=40)

    (free,) = search_all(model, [(5,) * 20 + (EOS,)], options)
    (found,) = guarded_search(model, [(5,) * 20 + (EOS,)], options, [Guard(every_piece())])
    (later,) = guarded_search(model, [(5,) * 20 + (EOS,)], options, [Guard(every_piece(), 5)])

    if beam == 1:
        assert free.hypotheses[0].tokens == tuple((circle * 40)[:40])
        assert found.hypotheses[0].tokens[: 2 * len(circle)] == circle * 2
        assert found.hypotheses[0].repetition_avoided
        assert later.hypotheses[0].tokens[: min(40, 5 * len(circle))] == (circle * 5)[:40]
    for hypothesis in found.hypotheses:
        assert next(repeated([str(token) for token in hypothesis.tokens]), None) is None


@pytest.mark.parametrize("beam", [1, 2, 5])
def test_an_end_that_comes_in_the_place_of_a_refused_piece_is_flagged(beam: int) -> None:
    """The search is over with that step, and would not have been; an end that was better anyway is none."""
    guard, options = Guard(every_piece()), SearchOptions(beam=beam, length_penalty=0.0)
    for end, is_flagged in ((3.0, True), (7.0, False)):
        model = Scripted(follows={4: 4}, end_after=(2, end))

        (found,) = guarded_search(replace(model), [(5, EOS)], options, [guard])
        (free,) = search_all(replace(model), [(5, EOS)], options)

        if beam == 1:
            assert found.hypotheses[0].tokens == (4, 4, EOS)
            assert found.hypotheses[0].repetition_avoided is is_flagged
        if not found.hypotheses[0].repetition_avoided:
            assert_identical(found, free)


def test_all_that_is_refused_leaves_the_end() -> None:
    """A vocabulary of one piece: it comes twice, and the sentence ends."""
    spelling = Spelling.of([True] * 5, range(5))

    for beam in (1, 2):
        (found,) = guarded_search(
            TableModel(vocabulary=5), [(5, 9, EOS)], SearchOptions(beam=beam), [Guard(spelling)]
        )

        assert set(found.hypotheses[0].tokens) <= {4, EOS}
        assert len(found.hypotheses[0].tokens) <= 3
        assert found.hypotheses[0].is_finished


def test_a_search_writes_in_one_vocabulary() -> None:
    """Two spellings in one search are a bug of the caller."""
    search = Search(TableModel())
    options = SearchOptions()
    search.admit([Admission(1, (5, EOS), options, Guard(EACH_A_WORD))])

    with pytest.raises(AssertionError, match="one vocabulary"):
        search.admit([Admission(2, (5, EOS), options, Guard(SPELLING))])
