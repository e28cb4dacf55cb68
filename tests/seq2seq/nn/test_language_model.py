"""The language model: steps equal reading, and what truncated backpropagation carries."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.batch import TextBatch, collate_source
from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.language_model import Carried, LanguageModel, LanguageModelConfig
from seq2seq.nn.state import DecoderState

V = 9
ALL: list[CellName] = list(CELLS)


def _network(**settings: object) -> LanguageModel:
    torch.manual_seed(3)
    small = {"embedding_size": 4, "hidden_size": 5, "layers": 2}
    return LanguageModel(LanguageModelConfig.model_validate({**small, **settings}), V)


def _text(rows: int = 2, length: int = 13) -> Tensor:
    return torch.randint(0, V, (rows, length), generator=torch.Generator().manual_seed(1))


def _chunks(text: Tensor, size: int) -> list[TextBatch]:
    starts = range(0, text.shape[1] - 1, size)
    return [
        TextBatch(text[:, :-1][:, at : at + size], text[:, 1:][:, at : at + size], continues=at > 0)
        for at in starts
    ]


@pytest.mark.parametrize("cell", ALL)
@pytest.mark.parametrize("tied", [False, True])
def test_steps_equal_reading(cell: CellName, tied: bool) -> None:  # noqa: FBT001 — a parameter
    """Search and sampling, which step, see the probabilities that training, which reads, has made."""
    network = _network(cell=cell, tied_embeddings=tied).eval()
    text = _text()

    hidden, _ = network.read(text)
    read = network.log_probs(hidden)
    state = network.start(collate_source([[0], [0]]))
    for t in range(text.shape[1]):
        step = network.step(text[:, t], state)
        state = step.state
        torch.testing.assert_close(step.logits.log_softmax(dim=-1), read[:, t])


@pytest.mark.parametrize("cell", ALL)
@given(size=st.integers(1, 14))
def test_carried_chunks_cost_what_the_whole_text_costs(cell: CellName, size: int) -> None:
    """Whatever the chunk length, the states that go on make the losses add up to that of the whole."""
    network = _network(cell=cell)
    text = _text()
    whole = Carried(network, 2)(_chunks(text, 12)[0])

    carried = Carried(network, 2)
    losses = [carried(chunk) for chunk in _chunks(text, size)]

    torch.testing.assert_close(sum(loss.nll for loss in losses), whole.nll)
    assert sum(loss.tokens for loss in losses) == whole.tokens == 24


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gradient_ends_at_the_chunk(cell: CellName) -> None:
    """A chunk as long as the text has the whole gradient; shorter ones, given their states, have less."""
    network = _network(cell=cell)
    text = _text()

    def gradient(size: int) -> Tensor:
        network.zero_grad()
        carried = Carried(network, 2)
        for chunk in _chunks(text, size):
            carried(chunk).sum.backward()
        weight = network.stack.get_parameter("layers.0.forward_cell.weight_hh").grad
        assert weight is not None
        return weight.clone()

    hidden, _ = network.read(text[:, :-1])
    network.zero_grad()
    network.loss(hidden, text[:, 1:]).sum.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    whole = network.stack.get_parameter("layers.0.forward_cell.weight_hh").grad
    assert whole is not None
    whole = whole.clone()

    torch.testing.assert_close(gradient(12), whole)
    torch.testing.assert_close(gradient(40), whole)
    assert (gradient(3) - whole).abs().max() > 1e-3


def test_a_chunk_that_does_not_continue_begins_with_nothing() -> None:
    """What was carried does not reach into another text, and stays out of the weights that are kept."""
    network = _network()
    chunk = _chunks(_text(), 12)[0]
    fresh = Carried(network, 2)(chunk)
    carried = Carried(network, 2)
    carried(chunk)

    again = carried(chunk)
    going_on = carried(TextBatch(chunk.inputs, chunk.target, continues=True))

    torch.testing.assert_close(again.nll, fresh.nll)
    assert abs(float(going_on.nll - fresh.nll)) > 1e-3
    assert "carried" in carried.state_dict()
    assert not any("carried" in name for name in network.state_dict())


def test_rows_can_be_chosen_and_joined() -> None:
    """Its state is one that search can drive."""
    network = _network(cell="lstm").eval()
    state = network.step(torch.tensor([4, 5, 6]), DecoderState(network.begin(3))).state

    moved = state.select(torch.tensor([2, 0])).join(state.select(torch.tensor([1])))

    order = torch.tensor([2, 0, 1])
    for mine, theirs in zip(moved.hidden, state.hidden, strict=True):
        torch.testing.assert_close(mine.h, theirs.h[order])
        assert mine.c is not None
        assert theirs.c is not None
        torch.testing.assert_close(mine.c, theirs.c[order])


def test_tied_embeddings_are_one_tensor() -> None:
    """The output layer reads with the input's vectors, and a projection makes up for their size."""
    tied, free = _network(tied_embeddings=True), _network(tied_embeddings=False)

    assert tied.output_weight is tied.embedding.weight
    assert tied.projection is not None
    assert free.projection is None
