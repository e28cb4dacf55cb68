"""A packed model says what the network says; in int8 nearly, and the same whoever is beside."""

from typing import Any

import numpy as np
import pytest
import torch

from seq2seq.batch import BOS, EOS, collate, collate_source
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.inference import for_inference, table
from seq2seq.nn.inference.library import BLOCK
from seq2seq.nn.inference.model import PackedModel
from seq2seq.nn.inference.product import Affine, Precision, is_int8_available
from seq2seq.nn.inference.table import TokenTable, as_they_are
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from table_model import assert_same, sources

CHANGES: list[dict[str, Any]] = [
    {},
    {"conditional": False},
    {"decoder_layers": 2},
    {"bidirectional": False, "encoder_layers": 2},
    {"input_feeding": True},
    {"input_feeding": True, "deep_output": False, "conditional": False},
    {"deep_output": False, "tied_embeddings": "none"},
    {"tied_embeddings": "target", "scale_embeddings": True},
    {"layer_norm": True},
    {"layer_norm": True, "conditional": False, "encoder_layers": 2},
]
FORMS = [{"attention": attention, **change} for attention in ("none", "bahdanau") for change in CHANGES]
PAIRS = [(list(source), [9, 8, *source[:-1], EOS]) for source in sources(12)]

int8 = pytest.mark.skipif(
    not is_int8_available(), reason="this torch has no int8 products for this processor"
)


def build(form: dict[str, Any], *, std: float = 0.3) -> EncoderDecoder:
    """Make a network with random weights whose vectors have sizes of their own."""
    sizes = {"embedding_size": 12, "hidden_size": 32, "encoder_hidden_size": 16, "attention_size": 20}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = EncoderDecoder(ModelConfig(**{**sizes, **form}), 140, 140)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=std)
    return network.eval().requires_grad_(requires_grad=False)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_each_step_equals_the_networks(form: dict[str, Any]) -> None:
    """Logits up to a shift, attention, and the state that carries them on, several hypotheses a sentence."""
    network = build(form)
    packed = for_inference(network, "float32")
    batch = collate_source([source for source, _ in PAIRS])
    states = network.start(batch).repeat(3), packed.start(batch).repeat(3)
    previous = torch.full((3 * len(PAIRS),), BOS)
    for _ in range(6):
        expected, found = network.step(previous, states[0]), packed.step(previous, states[1])

        torch.testing.assert_close(
            found.logits.log_softmax(-1), expected.logits.log_softmax(-1), atol=1e-4, rtol=0
        )
        assert (found.attention is None) == (expected.attention is None)
        if found.attention is not None and expected.attention is not None:
            torch.testing.assert_close(found.attention, expected.attention, atol=1e-5, rtol=0)
        previous = (previous * 7 + torch.arange(len(previous))) % 100 + 4
        rows = torch.arange(3 * len(PAIRS)).view(-1, 3).flip(1).reshape(-1)
        states = expected.state.reorder(rows), found.state.reorder(rows)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_search_finds_the_same(form: dict[str, Any]) -> None:
    """Equal pieces, and scores and attention within rounding."""
    network = build(form)
    options = SearchOptions(beam=3, n_best=2, max_target_tokens=8, attention=True)

    expected = search_all(network, sources(20), options)
    found = search_all(for_inference(network, "float32"), sources(20), options)

    for one, other in zip(found, expected, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_scoring_equals_the_networks(form: dict[str, Any]) -> None:
    """Forced log probabilities and attention; padding has log probability 0."""
    network = build(form)
    packed = for_inference(network, "float32")

    expected, found = network.force(collate(PAIRS)), packed.force(collate(PAIRS))

    torch.testing.assert_close(found.log_probs, expected.log_probs, atol=1e-4, rtol=0)
    if found.attention is not None and expected.attention is not None:
        real = collate(PAIRS).target_mask
        torch.testing.assert_close(found.attention[real], expected.attention[real], atol=1e-5, rtol=0)


@int8
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_int8_is_near(form: dict[str, Any]) -> None:
    """Weights of a trained network's size: log probabilities within some hundredths a piece."""
    network = build(form, std=0.1)
    packed = for_inference(network, "int8")

    expected, found = network.force(collate(PAIRS)), packed.force(collate(PAIRS))

    error = (found.log_probs - expected.log_probs).abs()
    assert 0.0 < error.max().item() < 0.05


@int8
@pytest.mark.parametrize("attention", ["none", "bahdanau"])
@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize("together", [3, 20])
def test_company_changes_nothing_in_int8(attention: str, beam: int, together: int) -> None:
    """A sentence alone is the same in a batch, to the bit: pieces, scores and attention."""
    packed = for_inference(build({"attention": attention}), "int8")
    options = SearchOptions(beam=beam, max_target_tokens=12, attention=True)
    alone = [search_all(packed, [source], options)[0] for source in sources(20)]

    for start in range(0, 20, together):
        found = search_all(packed, sources(20)[start : start + together], options)
        for one, other in zip(found, alone[start : start + together], strict=True):
            assert_same(one, other)
            assert one.hypotheses[0].log_prob == pytest.approx(other.hypotheses[0].log_prob, abs=1e-5)


@pytest.mark.parametrize("precision", ["float32", pytest.param("int8", marks=int8)])
def test_attention_adds_up_to_one_and_is_zero_on_padding(precision: Any) -> None:  # noqa: ANN401 — parametrised
    """For every row, whatever the lengths beside it."""
    packed = for_inference(build({"attention": "bahdanau"}), precision)
    batch = collate_source([source for source, _ in PAIRS])
    state = packed.start(batch).repeat(2)

    weights = packed.step(torch.full((2 * len(PAIRS),), BOS), state).attention

    assert weights is not None
    torch.testing.assert_close(weights.sum(-1), torch.ones(len(weights)), atol=1e-6, rtol=0)
    assert (weights[~batch.mask.repeat_interleave(2, dim=0)] == 0).all()


@int8
def test_scoring_in_int8_gives_what_the_search_gave() -> None:
    """The log probabilities of what was found, forced in a batch with others."""
    packed = for_inference(build({"attention": "bahdanau"}), "int8")
    assert isinstance(packed, PackedModel)
    found = search_all(packed, sources(20), SearchOptions(beam=2, max_target_tokens=9))
    targets = [answer.hypotheses[0].tokens for answer in found]

    forced = packed.force(collate(list(zip(sources(20), targets, strict=True))))

    for row, answer in enumerate(found):
        best = answer.hypotheses[0]
        np.testing.assert_allclose(forced.log_probs[row, : len(best.tokens)], best.log_probs, atol=1e-5)


@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("precision", ["float32", pytest.param("int8", marks=int8)])
def test_a_vocabulary_too_large_for_a_table_gives_the_same(
    precision: Any,  # noqa: ANN401 — parametrised
    layer_norm: bool,  # noqa: FBT001 — parametrised
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The product at each step in the place of the table."""
    network = build({"attention": "bahdanau", "layer_norm": layer_norm}, std=0.1)
    expected = for_inference(network, precision).force(collate(PAIRS))

    monkeypatch.setattr(table, "_TABLE_BYTES", 0)
    found = for_inference(network, precision).force(collate(PAIRS))

    tolerance = 1e-4 if precision == "float32" else 0.05
    torch.testing.assert_close(found.log_probs, expected.log_probs, atol=tolerance, rtol=0)


@pytest.mark.parametrize("precision", ["float32", pytest.param("int8", marks=int8)])
@pytest.mark.parametrize("form", [{}, {"tied_embeddings": "none"}, {"layer_norm": True}], ids=str)
def test_a_network_that_is_consumed_gives_the_same_and_holds_no_weights(
    precision: Any,  # noqa: ANN401 — parametrised
    form: dict[str, Any],
) -> None:
    """To the bit the same; the vectors of the last table were freed as it was made."""
    expected = for_inference(build({"attention": "bahdanau", **form}), precision).force(collate(PAIRS))
    network = build({"attention": "bahdanau", **form})

    found = for_inference(network, precision, consumes=True).force(collate(PAIRS))

    assert torch.equal(found.log_probs, expected.log_probs)
    assert not [weight for weight in network.parameters() if weight.numel()]


def test_a_network_that_is_not_packed_is_not_consumed() -> None:
    """It is searched as it is."""
    network = build({"cell": "lstm"})

    assert for_inference(network, consumes=True) is network
    assert all(weight.numel() for weight in network.parameters())


@int8
@pytest.mark.parametrize("width", [48, 64, 100])
@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_a_table_of_whole_numbers_is_near(width: int, scale: float) -> None:
    """Within half a step of each block, whatever stands in the others, and the last may be short."""
    vectors, weights = torch.randn(130, 16, generator=torch.Generator().manual_seed(1)), torch.ones(width, 16)
    weights[:32] *= 1_000.0
    affine = Affine.of(weights, torch.linspace(-1.0, 1.0, width))
    exact = scale * vectors @ weights.T + affine.bias
    embedding = torch.nn.Embedding(130, 16, _weight=vectors)

    found = TokenTable(embedding, scale, affine, as_they_are, "int8")(torch.arange(130))

    for block in range(0, width, BLOCK):
        part = slice(block, block + BLOCK)
        step = exact[:, part].abs().amax(dim=1, keepdim=True) / 127
        assert ((found[:, part] - exact[:, part]).abs() <= 0.51 * step).all()


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_table_can_free_embeddings_as_it_goes(precision: Precision) -> None:
    """Then they are gone, and the table is the same."""
    embedding = torch.nn.Embedding(2_500, 16).requires_grad_(requires_grad=False)
    affine = Affine.of(torch.randn(48, 16))
    expected = TokenTable(embedding, 1.0, affine, as_they_are, precision)(torch.arange(2_500))
    assert embedding.weight.numel() == 40_000

    found = TokenTable(embedding, 1.0, affine, as_they_are, precision, consumes=True)(torch.arange(2_500))

    assert torch.equal(found, expected)
    assert embedding.weight.numel() == 0


def test_what_cannot_be_packed_stays_as_it_is() -> None:
    """Other cells, gates normalised with what is fed, weights that are no numbers: the search names them."""
    lstm = build({"cell": "lstm"})
    normalised = build({"layer_norm": True, "input_feeding": True})
    damaged = build({})
    damaged.output_bias[7] = torch.nan

    assert for_inference(lstm) is lstm
    assert for_inference(normalised) is normalised
    assert for_inference(damaged) is damaged
