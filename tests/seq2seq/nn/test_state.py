"""Rows move as the state's contract says."""

import torch

from seq2seq.nn.state import CellState, DecoderState, Memory


def make_state(first: int, sentences: int, width: int) -> DecoderState:
    """Every tensor of sentence i holds the number first + i."""
    numbers = torch.arange(first, first + sentences, dtype=torch.float)
    states = numbers.view(-1, 1, 1).expand(-1, width, 2).clone()
    memory = Memory(states, torch.ones(sentences, width, dtype=torch.bool), numbers.view(-1, 1), states + 0.5)
    hidden = CellState(numbers.view(-1, 1), -numbers.view(-1, 1))
    return DecoderState((hidden,), memory, feed=numbers.view(-1, 1))


def test_repeating_puts_a_sentences_hypotheses_side_by_side() -> None:
    """B rows become B·K, and the memory keeps one row a sentence."""
    state = make_state(1, 2, 3).repeat(2)

    assert state.hidden[0].h.flatten().tolist() == [1, 1, 2, 2]
    assert isinstance(state.memory, Memory)
    assert state.memory.states.shape[0] == 2


def test_selecting_moves_sentences_with_all_their_hypotheses() -> None:
    """Sentences 2 and 0 of three, two hypotheses each."""
    state = make_state(1, 3, 3).repeat(2)
    marked = state.reorder(torch.arange(6))

    chosen = marked.select(torch.tensor([2, 0]))

    assert chosen.hidden[0].h.flatten().tolist() == [3, 3, 1, 1]
    assert chosen.hidden[0].c is not None
    assert chosen.hidden[0].c.flatten().tolist() == [-3, -3, -1, -1]
    assert isinstance(chosen.memory, Memory)
    assert chosen.memory.summary.flatten().tolist() == [3, 1]
    assert chosen.feed is not None
    assert chosen.feed.flatten().tolist() == [3, 3, 1, 1]


def test_joining_pads_the_narrower_memory_with_masked_positions() -> None:
    """A sentence of two pieces beside one of four."""
    joined = make_state(1, 1, 2).join(make_state(2, 1, 4))

    assert isinstance(joined.memory, Memory)
    assert joined.memory.mask.tolist() == [[True, True, False, False], [True] * 4]
    assert joined.memory.keys is not None
    assert joined.memory.keys[0, 2:].abs().sum() == 0
    assert joined.hidden[0].h.flatten().tolist() == [1, 2]


def test_joining_forgets_the_width_of_sentences_that_left() -> None:
    """A long sentence costs nothing once it is gone."""
    state = make_state(1, 1, 9).join(make_state(2, 2, 3)).select(torch.tensor([1, 2]))

    joined = state.join(make_state(4, 1, 4))

    assert isinstance(joined.memory, Memory)
    assert joined.memory.states.shape == (3, 4, 2)
    assert joined.memory.longest == 4


def test_a_step_leaves_the_state_it_was_given_alone() -> None:
    """Reordering makes a new value."""
    state = make_state(1, 2, 3)

    state.reorder(torch.tensor([1, 0]))

    assert state.hidden[0].h.flatten().tolist() == [1, 2]
