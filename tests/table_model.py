"""A model that is a table, for tests of the search.

Its logits and its attention are random, but fixed by the source and by the whole prefix, so that
any mix-up of rows, of back-pointers or of neighbours changes a number.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from seq2seq.batch import BOS, EOS, PAD, UNK, SourceBatch
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import Finished, Search, search_all
from seq2seq.nn.state import CellState, DecoderState, Memory, Step

LONGEST = 64  # pieces of a prefix that the state can hold
POISON = 99  # a source with this piece gives logits that are not numbers to some hypotheses
MUTE = 98  # a source with this piece gives no probability to any piece that may be written

Tokens = tuple[int, ...]


@cache
def table_logits(source: Tokens, prefix: Tokens, vocabulary: int) -> NDArray[np.float32]:
    """Return the logits (V,) after a prefix; the end becomes likelier as it grows."""
    random = np.random.default_rng((*source, 1_000, *prefix))
    logits = random.normal(scale=2.0, size=vocabulary)
    logits[EOS] += 0.4 * len(prefix) - 1.0
    if POISON in source and len(prefix) == 1 and prefix[0] % 2 == 0:
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
        assert isinstance(state.memory, Memory), "start() makes a memory"
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
