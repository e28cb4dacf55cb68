"""Steps that the kernels take in a row are those that the search takes one by one, to the bit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from seq2seq.batch import BOS, EOS, FIRST_PIECE, SourceBatch, collate_source
from seq2seq.decoding.guard import Guard, Spelling
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.prefix import NO_PREFIX, Prefix
from seq2seq.decoding.search import Finished, Search, search_admitted
from seq2seq.decoding.sentence import Admission
from seq2seq.nn.inference import for_inference
from seq2seq.nn.inference.library import Kernels
from seq2seq.nn.inference.model import PackedModel
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from seq2seq.nn.state import DecoderState, Step
from table_model import sources

FORMS: list[dict[str, Any]] = [
    {},
    {"conditional": False},
    {"decoder_layers": 3},
    {"input_feeding": True, "decoder_layers": 2},
    {"attention": "none"},
    {"attention": "none", "input_feeding": True},
]
SIZE = 140  # of a vocabulary, so that no piece is much likelier than the end
GUARD = Guard(Spelling.of([True] * SIZE, range(SIZE)))


@dataclass(frozen=True)
class Stepwise:
    """A model that can do nothing but step."""

    model: PackedModel
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def start(self, source: SourceBatch) -> DecoderState:
        """The model's."""
        return self.model.start(source)

    def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
        """The model's."""
        return self.model.step(previous, state)


def packed(form: dict[str, Any], *, pieces: int = SIZE, end: float = 0.0) -> PackedModel:
    """Pack a network of random weights; `end` makes the end likelier."""
    sizes = {"embedding_size": 16, "hidden_size": 48, "encoder_hidden_size": 16, "attention_size": 32}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        network = EncoderDecoder(ModelConfig(**{"attention": "bahdanau", **sizes, **form}), pieces, pieces)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
    with torch.no_grad():
        network.output_bias[EOS] += end
    found = for_inference(network.eval().requires_grad_(requires_grad=False), "int8")
    assert isinstance(found, PackedModel)
    assert found._fused is not None
    return found


def begun(model: PackedModel, count: int) -> tuple[Tensor, DecoderState]:
    """What a search begins with."""
    return torch.full((count,), BOS), model.start(collate_source(sources(count)))


def same(one: DecoderState, other: DecoderState) -> bool:
    """Whether all numbers of two states are the same."""
    layers = zip(one.hidden, other.hidden, strict=True)
    feeds = (
        one.feed is None if other.feed is None else one.feed is not None and torch.equal(one.feed, other.feed)
    )
    return all(torch.equal(mine.h, theirs.h) for mine, theirs in layers) and feeds


def all_of(found: Sequence[Finished]) -> list[tuple[object, ...]]:
    """Everything that was found, in a form that can be compared."""

    def parts(one: Hypothesis) -> tuple[object, ...]:
        attention = None if one.attention is None else one.attention.tobytes()
        return (
            one.tokens,
            one.log_probs,
            one.log_prob,
            one.score,
            one.is_finished,
            one.repetition_avoided,
            attention,
        )

    return [(answer.key, *map(parts, answer.hypotheses)) for answer in found]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("end", [0.0, 4.0])
def test_a_run_is_its_steps(kernels: Kernels, form: dict[str, Any], count: int, end: float) -> None:
    """Pieces, probabilities, attention, the state after each; and it ends where a row would end, no later."""
    model = packed(form, end=end)
    previous, state = begun(model, count)

    run = model.run(previous, state, 9)

    assert run is not None
    assert 1 <= len(run.tokens) == len(run.log_probs) <= 9
    ends = run.log_probs[:, :, 0] >= run.log_probs[:, :, 1]  # (T, R)
    assert not ends[:-1].any()
    assert len(run.tokens) == 9 or ends[-1].any()
    for t, (tokens, log_probs) in enumerate(zip(run.tokens, run.log_probs, strict=True)):
        step = model.step(previous, state)
        best = kernels.best(step.logits, 1, end=EOS, first=FIRST_PIECE)
        assert (tokens == best[1].numpy()).all()
        assert (log_probs == best[0].numpy()).all()
        assert same(run.state(t), step.state)
        assert (run.attention is None) == (step.attention is None)
        if run.attention is not None and step.attention is not None:
            assert torch.equal(run.attention[t], step.attention)
        previous, state = best[1][:, 1].contiguous(), step.state
        assert all(torch.equal(run.logits(t, row), step.logits[row]) for row in range(count))


def test_threads_change_nothing_in_a_run(kernels: Kernels) -> None:
    """Not a bit, with a team that stays awake for all of it."""
    assert kernels.name
    model = packed({}, pieces=4_000, end=-9.0)
    previous, state = begun(model, 50)
    torch.set_num_threads(1)
    expected = model.run(previous, state, 12)
    torch.set_num_threads(3)
    assert expected is not None
    assert len(expected.tokens) == 12

    for _ in range(20):
        found = model.run(previous, state, 12)

        assert found is not None
        assert (found.tokens == expected.tokens).all()
        assert (found.log_probs == expected.log_probs).all()
        assert same(found.state(11), expected.state(11))


def test_a_run_ends_where_a_row_is_not_finite(kernels: Kernels) -> None:
    """And the search says so."""
    assert kernels.name
    model = packed({})
    previous, state = begun(model, 3)
    model._projection._kept[2][9] = torch.nan  # type: ignore[attr-defined] # a bias

    run = model.run(previous, state, 5)

    assert run is not None
    assert len(run.tokens) == 1
    assert np.isnan(run.log_probs).all()
    (found,) = search_admitted(model, [Admission(0, sources(1)[0], SearchOptions(beam=1))])
    assert found.error is not None
    assert "not finite at target piece 1" in str(found.error)


@pytest.mark.parametrize("form", [{}, {"attention": "none"}, {"input_feeding": True}], ids=str)
@pytest.mark.parametrize("together", [1, 5, 20])
@pytest.mark.parametrize("guard", [None, GUARD], ids=["free", "guarded"])
def test_a_search_finds_the_same_in_runs(
    kernels: Kernels, form: dict[str, Any], together: int, guard: Guard | None
) -> None:
    """All numbers of it, with guards, pieces to copy, prefixes, limits of all kinds, alone and in company."""
    assert kernels.name
    model = packed(form, end=1.0)
    admissions = [
        Admission(
            index,
            tokens,
            SearchOptions(beam=1, attention=index % 2 == 0, max_target_tokens=[3, 14, None][index % 3]),
            guard,
            frozenset({20, 21}) if index % 7 == 3 else frozenset(),
            Prefix((30, 31, 30)) if index % 5 == 4 else NO_PREFIX,
        )
        for index, tokens in enumerate(sources(20))
    ]

    found = [
        answer
        for first in range(0, 20, together)
        for answer in search_admitted(model, admissions[first : first + together])
    ]

    expected = search_admitted(Stepwise(model), admissions)
    assert all_of(found) == all_of(expected)
    is_avoided = [answer.hypotheses[0].repetition_avoided for answer in expected]
    assert any(is_avoided) == (guard is not None)
    assert len({len(answer.hypotheses[0].tokens) for answer in expected}) > 3


@pytest.mark.parametrize("steps", [1, 2, 5, 50])
def test_who_joins_between_runs_finds_the_same(kernels: Kernels, steps: int) -> None:
    """Other beams beside them, and sentences that are dropped; what is stable on the way is the same too."""
    assert kernels.name
    model = packed({}, end=1.0)
    fast, slow = Search(model), Search(Stepwise(model))
    answers: tuple[list[Finished], list[Finished]] = ([], [])
    for index, tokens in enumerate(sources(16)):
        options = SearchOptions(beam=3 if index % 5 == 4 else 1, max_target_tokens=12, attention=True)
        for search, found in zip((fast, slow), answers, strict=True):
            search.admit([Admission(index, tokens, options, GUARD)])
            if index == 7:
                search.drop({6, 5})
            search.advance(steps)
            found.extend(search.finished())
        assert fast.sentences == slow.sentences
        assert fast.steps == slow.steps
        for key in fast._sentences:
            assert fast.stable(key).tokens == slow.stable(key).tokens
    for search, found in zip((fast, slow), answers, strict=True):
        search.advance(60)
        found.extend(search.finished())

    by_key = [sorted(all_of(found), key=lambda one: str(one[0])) for found in answers]
    assert by_key[0] == by_key[1]


def test_what_wraps_a_model_is_asked_for_its_steps(kernels: Kernels) -> None:
    """Though it passes on all else that a model can do."""
    assert kernels.name
    model = packed({})

    class Ending(Stepwise):
        def __getattr__(self, name: str) -> object:
            return getattr(self.model, name)

        def step(self, previous: Tensor, state: DecoderState) -> Step[DecoderState]:
            step = super().step(previous, state)
            step.logits[:, 30], step.logits[:, EOS] = 99.0, 98.0
            return step

    (found,) = search_admitted(Ending(model), [Admission(0, sources(1)[0], SearchOptions(beam=1))])

    assert set(found.hypotheses[0].tokens) == {30}


def test_what_has_to_be_multiplied_first_is_run_step_by_step(
    kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernels look up what they read of a piece, or are given it."""
    assert kernels.name
    monkeypatch.setattr("seq2seq.nn.inference.table._TABLE_BYTES", 0)
    model = packed({}, end=-9.0)
    previous, state = begun(model, 2)

    run = model.run(previous, state, 5)

    assert run is not None
    assert len(run.tokens) == 1
    assert same(run.state(0), model.step(previous, state).state)
    for beam in (1, 3):
        admission = Admission(0, sources(1)[0], SearchOptions(beam=beam, max_target_tokens=9))
        assert all_of(search_admitted(model, [admission])) == all_of(
            search_admitted(Stepwise(model), [admission])
        )


@pytest.mark.parametrize("beam", [2, 5, 30])
@pytest.mark.parametrize("count", [1, 3, 17])
def test_a_run_finds_the_best_pieces_of_a_beam(kernels: Kernels, beam: int, count: int) -> None:
    """Those that are found in the logits of a step, whichever rows were computed together."""
    model = packed({})
    previous, state = begun(model, count)
    previous, state = previous.repeat_interleave(beam), state.repeat(beam)
    previous += torch.arange(len(previous)) % 7

    run = model.run(previous, state, 1, beam)

    step = model.step(previous, state)
    log_probs, tokens = kernels.best(step.logits, beam, end=EOS, first=FIRST_PIECE)
    assert run is not None
    assert (run.tokens[0] == tokens.numpy()).all()
    assert (run.log_probs[0] == log_probs.numpy()).all()
    assert same(run.state(0), step.state)


@pytest.mark.parametrize("form", [{}, {"attention": "none"}, {"input_feeding": True}], ids=str)
def test_a_beam_finds_the_same_as_in_steps(kernels: Kernels, form: dict[str, Any]) -> None:
    """With guards, pieces to copy and prefixes, which ask for the logits of a row."""
    assert kernels.name
    model = packed(form, end=1.0)
    admissions = [
        Admission(
            index,
            tokens,
            SearchOptions(beam=4, n_best=2, attention=index % 2 == 0, max_target_tokens=14),
            GUARD,
            frozenset({20, 21}) if index % 7 == 3 else frozenset(),
            Prefix((30, 31, 30)) if index % 5 == 4 else NO_PREFIX,
        )
        for index, tokens in enumerate(sources(20))
    ]

    assert all_of(search_admitted(model, admissions)) == all_of(search_admitted(Stepwise(model), admissions))
