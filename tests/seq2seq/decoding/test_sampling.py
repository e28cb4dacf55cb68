"""Drawing: what may come out, and that nothing but the seed and the row decides it."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.batch import BOS, EOS, PAD, UNK, collate_source
from seq2seq.decoding.options import SamplingOptions, SearchOptions
from seq2seq.decoding.sampling import NEVER_DRAWN, Drawn, choose, draw
from seq2seq.errors import DecodingError, InputError
from table_model import POISON, TableModel, Tokens, a_source, log_probs, search_one, sources

a_row = st.lists(st.floats(-5, 5), min_size=6, max_size=12)
a_number = st.floats(0, 1, exclude_max=True)


def _draw(texts: list[Tokens], options: SamplingOptions, prefixes: list[Tokens] | None = None) -> list[Drawn]:
    model = TableModel()
    with torch.inference_mode():
        state = model.start(collate_source(texts))
    return draw(model, state, options, prefixes=prefixes or [()] * len(texts))


def _shares(row: list[float]) -> torch.Tensor:
    return torch.tensor([row], dtype=torch.float64).log_softmax(dim=-1)


@given(a_source)
def test_temperature_zero_is_greedy_search(source: Tokens) -> None:
    """The likeliest piece each time, as a beam of one finds it where the first piece is no end."""
    found = search_one(source, SearchOptions(beam=1, max_target_tokens=8)).hypotheses[0]

    drawn = _draw([source], SamplingOptions(temperature=0.0, max_tokens=len(found.tokens)))[0]

    if drawn.tokens[0] != EOS:  # a search never ends at once
        assert drawn.tokens == found.tokens
        assert drawn.log_probs == pytest.approx(found.log_probs, abs=1e-5)


@given(a_row, a_number)
def test_a_falling_temperature_comes_to_the_likeliest(row: list[float], number: float) -> None:
    """Near 0 the draw is the greedy choice, whatever the number, if the best leads by a little."""
    every = _shares(row)
    best = choose(every, [number], SamplingOptions(temperature=0.0))[0]
    rest = every[0].clone()
    rest[[*NEVER_DRAWN, best]] = -math.inf

    if every[0, best] - rest.max() > 1e-3:
        assert choose(every, [number], SamplingOptions(temperature=1e-5)) == [best]


@given(a_row, a_number, st.integers(1, 5))
def test_top_k_stays_among_the_k_best(row: list[float], number: float, k: int) -> None:
    """And never draws what is forbidden."""
    every = _shares(row)

    token = choose(every, [number], SamplingOptions(top_k=k))[0]

    better = (every[0] > every[0, token]).nonzero().flatten().tolist()
    assert token not in NEVER_DRAWN
    assert len([other for other in better if other not in NEVER_DRAWN]) < k


@given(a_row, a_number, st.floats(0.05, 1.0))
def test_top_p_stays_in_the_nucleus(row: list[float], number: float, p: float) -> None:
    """All that is likelier than what was drawn has less than p of the probability together."""
    every = _shares(row)
    allowed = every[0].clone()
    allowed[list(NEVER_DRAWN)] = -math.inf
    allowed = allowed.softmax(dim=0)

    token = choose(every, [number], SamplingOptions(top_p=p))[0]

    assert float(allowed[allowed > allowed[token]].sum()) < p + 1e-9


def test_draws_follow_the_probabilities() -> None:
    """Numbers spread evenly draw each piece as often as it is likely; a temperature sharpens them."""
    every = torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.5, 0.3, 0.2]], dtype=torch.float64).log()
    numbers = [(i + 0.5) / 1000 for i in range(1000)]

    for temperature, expected in ((1.0, [500, 300, 200]), (0.5, [658, 237, 105])):
        drawn = [choose(every, [number], SamplingOptions(temperature=temperature))[0] for number in numbers]
        assert [drawn.count(token) for token in (4, 5, 6)] == pytest.approx(expected, abs=1)


@given(st.integers(0, 5), st.integers(0, 1000))
def test_a_row_does_not_see_its_neighbours(row: int, seed: int) -> None:
    """In company of any size a row draws what it draws with those before it alone."""
    texts = sources(6)
    options = SamplingOptions(max_tokens=9, seed=seed)

    together = _draw(texts, options)
    fewer = _draw(texts[: row + 1], options)

    assert together[row].tokens == fewer[row].tokens
    assert together[row].log_probs == pytest.approx(fewer[row].log_probs, abs=1e-5)


def test_the_seed_decides() -> None:
    """The same seed says the same, another one something else; rows of one model differ."""
    source = (7, 8, EOS)
    first = _draw([source] * 8, SamplingOptions(seed=3))

    assert _draw([source] * 8, SamplingOptions(seed=3)) == first
    assert _draw([source] * 8, SamplingOptions(seed=4)) != first
    assert len({drawn.tokens for drawn in first}) > 4


def test_a_prefix_is_said_first_and_rated() -> None:
    """Each row says its own prefix, and its log probabilities are the model's."""
    source = (7, 8, EOS)
    prefixes: list[Tokens] = [(5, 6, 4), (), (8,)]

    drawn = _draw([source] * 3, SamplingOptions(max_tokens=4), prefixes)

    for row, prefix in zip(drawn, prefixes, strict=True):
        assert row.tokens[: len(prefix)] == prefix
        assert len(row.tokens) == len(prefix) + 4 or row.is_finished
        expected = [
            log_probs(source, (BOS, *row.tokens)[1 : 1 + place], 9).get(token)
            for place, token in enumerate(row.tokens)
        ]
        for mine, theirs in zip(row.log_probs, expected, strict=True):
            assert theirs is None or mine == pytest.approx(theirs, abs=1e-5)


def test_special_tokens_are_never_drawn() -> None:
    """However hot, no padding, no beginning, no unknown piece; and a forbidden end never comes."""
    model = TableModel()
    with torch.inference_mode():
        state = model.start(collate_source([(7, EOS)] * 20))
    hot = SamplingOptions(temperature=50.0, max_tokens=12)

    drawn = draw(model, state, hot, prefixes=[()] * 20, forbidden=NEVER_DRAWN | {EOS})

    assert not {PAD, BOS, UNK, EOS} & {token for row in drawn for token in row.tokens}
    assert {len(row.tokens) for row in drawn} == {12}


def test_logits_that_are_no_numbers_are_an_error() -> None:
    """Nothing is made up where the model is broken."""
    with pytest.raises(DecodingError, match="not finite"):
        _draw([(POISON, EOS)], SamplingOptions(max_tokens=5), [(4, 5)])


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"temperature": -1.0}, "temperature is -1.0, and must be at least 0"),
        ({"temperature": math.nan}, "temperature is nan, and must be at least 0"),
        ({"top_k": 0}, "top_k is 0, and must be at least 1"),
        ({"top_p": 0.0}, "top_p is 0.0, and must be above 0 and at most 1"),
        ({"max_tokens": 0}, "max_tokens is 0, and must be at least 1"),
        ({"seed": -1}, "seed is -1, and must be at least 0"),
    ],
)
def test_options_outside_their_range_are_refused(settings: dict[str, float], problem: str) -> None:
    """The message names option, value and range."""
    with pytest.raises(InputError) as refused:
        SamplingOptions(**settings)  # type: ignore[arg-type]  # one at a time

    assert refused.value.problem == problem
