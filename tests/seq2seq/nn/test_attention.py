"""Additive attention against plain loops from the paper, and its contract."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.nn.attention import BahdanauAttention, FixedContext
from seq2seq.nn.state import Memory


def make_memory(lengths: list[int]) -> Memory:
    """Random annotations for sentences of these lengths."""
    torch.manual_seed(len(lengths))
    states = torch.randn(len(lengths), max(lengths), 4)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return Memory(states, mask, summary=torch.randn(len(lengths), 4))


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), hypotheses=st.integers(1, 3))
def test_padding_gets_no_attention(lengths: list[int], hypotheses: int) -> None:
    """Positions past the end of a sentence have weight exactly 0, and the others sum to 1."""
    memory = make_memory(lengths)
    attention = BahdanauAttention(3, 4, 5)
    query = torch.randn(len(lengths) * hypotheses, 3)

    _, weights = attention(query, attention.prepare(memory))

    mask = memory.mask.repeat_interleave(hypotheses, dim=0)
    assert (weights[~mask] == 0).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(len(query)), atol=1e-5, rtol=0)


def test_attention_equals_the_papers_sums() -> None:
    """e_j = v · tanh(W s + U h_j), softmax, weighted sum: written as loops over plain numbers."""
    memory = make_memory([3])
    attention = BahdanauAttention(2, 4, 3)
    query = torch.randn(1, 2)
    W, U = attention.query_layer.weight.tolist(), attention.key_layer.weight.tolist()
    v, s, h = attention.energy.tolist(), query[0].tolist(), memory.states[0].tolist()

    context, weights = attention(query, attention.prepare(memory))

    energies = [
        sum(
            v[a] * math.tanh(sum(w * x for w, x in zip(W[a], s)) + sum(u * x for u, x in zip(U[a], h_j)))  # noqa: B905 — same sizes
            for a in range(3)
        )
        for h_j in h
    ]
    total = sum(math.exp(energy) for energy in energies)
    expected = [math.exp(energy) / total for energy in energies]
    torch.testing.assert_close(weights[0], torch.tensor(expected), atol=1e-6, rtol=0)
    expected_context = [sum(expected[j] * h[j][m] for j in range(3)) for m in range(4)]
    torch.testing.assert_close(context[0], torch.tensor(expected_context), atol=1e-6, rtol=0)


def test_hypotheses_of_a_sentence_share_its_memory() -> None:
    """Two hypotheses a sentence give what each gives alone with a repeated memory."""
    memory = make_memory([2, 5])
    attention = BahdanauAttention(3, 4, 5)
    query = torch.randn(4, 3)

    together, _ = attention(query, attention.prepare(memory))
    repeated = attention.prepare(memory.select(torch.tensor([0, 0, 1, 1])))
    apart, _ = attention(query, repeated)

    torch.testing.assert_close(together, apart)


def test_the_plain_models_context_is_the_summary_whatever_the_query() -> None:
    """No weights, and one context a sentence for all of its hypotheses."""
    memory = make_memory([2, 5])
    fixed = FixedContext()

    context, weights = fixed(torch.randn(4, 3), fixed.prepare(memory))

    assert weights is None
    torch.testing.assert_close(context, memory.summary[[0, 0, 1, 1]])
