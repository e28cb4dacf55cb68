"""Sentences join, leave and fail without a trace in the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import tiny
from seq2seq.batch import EOS
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Finished, Search, search_all
from seq2seq.decoding.sentence import Admission
from seq2seq.nn.state import DecoderState, Step
from table_model import (
    MUTE,
    POISON,
    TableModel,
    Tokens,
    a_source,
    assert_same,
    run,
    search_one,
    some_options,
    sources,
)


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


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("attention", ["none", "bahdanau"])
@pytest.mark.parametrize("together", [2, 7, 64])
def test_company_changes_nothing_for_a_network(attention: str, together: int, beam: int) -> None:
    """The same with an encoder-decoder, plain or attentive, and neighbours of other beams."""
    model = tiny.model(tiny.model_config(attention), 70, 40)
    sentences = sources(64)
    options = SearchOptions(beam=beam, n_best=min(2, beam), max_target_tokens=10, attention=True)
    for start in range(0, min(64, 3 * together), together):
        chosen = np.random.default_rng(1).permutation(64)[start : start + together].tolist()
        search = Search(model)
        for part in np.array_split(chosen, 3):
            search.admit([Admission(int(index), sentences[index], options) for index in part])
            search.admit(
                [Admission(("other", len(part), search.steps), (9, 8, 7, EOS), SearchOptions(beam=3))]
            )
            search.advance()

        answers = run(search)

        for index in chosen:
            assert_same(answers[index], search_all(model, [sentences[index]], options)[0])
            assert (answers[index].hypotheses[0].attention is None) == (attention == "none")


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
    sentences = [*sources(5), (4, POISON, EOS), (4, 9, POISON, EOS)]
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


def test_steps_stop_when_one_leaves() -> None:
    """If they are asked to: the others have taken no step more."""
    first, second = sources(2)
    search = Search(TableModel())
    search.admit([Admission(0, first, SearchOptions(beam=2, n_best=2, max_target_tokens=1))])
    search.admit([Admission(1, second, SearchOptions(beam=2, n_best=2, max_target_tokens=12))])

    search.advance(50, until_one_leaves=True)

    assert [finished.key for finished in search.finished()] == [0]
    assert search.sentences == search.steps == 1


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
