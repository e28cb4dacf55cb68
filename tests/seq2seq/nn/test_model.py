"""The whole network, in every form it can be built in."""

import itertools
from typing import Any

import pytest
import torch

from seq2seq.batch import BOS, EOS, collate, collate_source
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.errors import ConfigError
from seq2seq.nn.cells import CELLS, CellName
from seq2seq.nn.model import EncoderDecoder, ModelConfig

PAIRS = [([5, 6, 7, EOS], [8, 9, EOS]), ([6, EOS], [9, 8, 7, 6, EOS]), ([9, 8, EOS], [5, EOS])]
SMALL: dict[str, Any] = {
    "embedding_size": 6,
    "hidden_size": 5,
    "encoder_hidden_size": 4,
    "attention_size": 3,
    "dropout_embedding": 0.0,
    "dropout_memory": 0.0,
    "dropout_output": 0.0,
}
CHANGES: list[dict[str, Any]] = [
    {},
    {"conditional": False},
    {"cell": "lstm", "decoder_layers": 2},
    {"cell": "rnn", "bidirectional": False},
    {"cell": "gru-cho", "encoder_layers": 2},
    {"input_feeding": True},
    {"deep_output": False, "tied_embeddings": "none"},
    {"tied_embeddings": "target", "fused": False},
    {"scale_embeddings": True},
    {"layer_norm": True},
    {"layer_norm": True, "conditional": False, "input_feeding": True, "encoder_layers": 2, "cell": "lstm"},
]
FORMS = [{"attention": attention, **change} for attention in ("none", "bahdanau") for change in CHANGES]


def build(form: dict[str, Any]) -> EncoderDecoder:
    """Make a small model without dropout, the same each time."""
    torch.manual_seed(1)
    return EncoderDecoder(ModelConfig(**{**SMALL, **form}), 12, 12)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_unrolling_equals_stepping(form: dict[str, Any]) -> None:
    """Teacher forcing over a batch gives what `step`, one sentence alone, gives for the same pieces."""
    model = build(form).eval()

    forced = model.force(collate(PAIRS))

    for row, (source, target) in enumerate(PAIRS):
        state = model.start(collate_source([source]))
        for t, (previous, token) in enumerate(itertools.pairwise([BOS, *target])):
            step = model.step(torch.tensor([previous]), state)
            state = step.state
            expected = step.logits.log_softmax(dim=-1)[0, token]
            torch.testing.assert_close(forced.log_probs[row, t], expected, atol=1e-5, rtol=0)
            if step.attention is not None:
                assert forced.attention is not None
                torch.testing.assert_close(forced.attention[row, t, : len(source)], step.attention[0])
        assert (forced.log_probs[row, len(target) :] == 0).all()


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_loss_is_the_sum_of_the_forced_log_probabilities(form: dict[str, Any]) -> None:
    """Padding costs nothing, and every weight has a gradient."""
    model = build(form)

    loss = model(collate(PAIRS))
    loss.sum.backward()

    expected = -model.eval().force(collate(PAIRS)).log_probs.sum()
    torch.testing.assert_close(loss.sum, expected)
    torch.testing.assert_close(loss.nll, loss.sum.detach())
    assert loss.tokens == sum(len(target) for _, target in PAIRS)
    without = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert without == []


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_a_translator_of_cells_as_written_equals_the_fast_one(cell: CellName, attention: str) -> None:
    """Encoder and decoder of every cell: same loss, same gradients, same translations."""
    batch = collate(PAIRS)
    form = {"cell": cell, "attention": attention, "encoder_layers": 2}
    written, fast = (build({**form, "fused": fused}).eval() for fused in (False, True))

    losses = [model(batch).sum for model in (written, fast)]
    for loss in losses:
        loss.backward()
    found = [
        search_all(model, [(5, 6, 7, EOS), (9, EOS)], SearchOptions(beam=2)) for model in (written, fast)
    ]

    torch.testing.assert_close(*losses)
    for mine, theirs in zip(written.parameters(), fast.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad)
    assert [one.hypotheses[0].tokens for one in found[0]] == [one.hypotheses[0].tokens for one in found[1]]


@pytest.mark.parametrize("cell", list(CELLS))
def test_a_translator_learns_with_every_cell(cell: CellName) -> None:
    """Three pairs by heart, from a loss near ln 12 a piece to almost none."""
    model, batch = build({"cell": cell, "hidden_size": 16, "encoder_hidden_size": 8}), collate(PAIRS)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.03)
    losses = []

    for _ in range(60):
        loss = model(batch)
        optimiser.zero_grad()
        loss.sum.backward()
        optimiser.step()
        losses.append(float(loss.nll) / loss.tokens)

    assert losses[0] > 1.5
    assert losses[-1] < 0.1


def test_twins_differ_in_their_attention_alone() -> None:
    """One setting; the same encoder, decoder and output, hence the same other weights' shapes."""
    plain = {name: weight.shape for name, weight in build({"attention": "none"}).named_parameters()}
    attentive = {name: weight.shape for name, weight in build({"attention": "bahdanau"}).named_parameters()}

    assert {name: shape for name, shape in attentive.items() if "attention" not in name} == plain
    assert len(attentive) > len(plain)


def test_only_an_attentive_model_has_weights() -> None:
    """The plain model's attention is None in every result."""
    assert build({"attention": "none"}).force(collate(PAIRS)).attention is None
    assert build({"attention": "bahdanau"}).force(collate(PAIRS)).attention is not None


@pytest.mark.parametrize(("tied", "expected"), [("none", 3), ("target", 2), ("all", 1)])
def test_tied_embeddings_are_one_matrix(tied: str, expected: int) -> None:
    """None: three vocabulary matrices; two-way: two; three-way: one."""
    model = EncoderDecoder(ModelConfig(**{**SMALL, "tied_embeddings": tied}), 13, 13)

    matrices = [weight for weight in model.parameters() if weight.dim() == 2 and weight.shape[0] == 13]

    assert len(matrices) == expected


def test_three_way_tying_needs_a_joint_vocabulary() -> None:
    """The message says what differs and both ways to mend it."""
    with pytest.raises(ConfigError, match=r"12 and 13 pieces.*subword\.joint = true"):
        EncoderDecoder(ModelConfig(**SMALL), 12, 13)


@pytest.mark.parametrize(
    "dropout",
    [
        "dropout_embedding",
        "dropout_memory",
        "dropout_recurrent",
        "dropout_output",
        "word_dropout_source",
        "word_dropout_target",
    ],
)
def test_each_dropout_acts_in_training_and_rests_in_evaluation(dropout: str) -> None:
    """Two training losses differ; two evaluation losses agree."""
    model = build({dropout: 0.5})
    batch = collate(PAIRS)

    torch.manual_seed(1)
    first, second = model(batch).sum, model(batch).sum
    model.eval()
    third, fourth = model(batch).sum, model(batch).sum

    assert first.item() != second.item()
    assert third.item() == fourth.item()


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_a_tiny_model_learns_to_reverse(attention: str) -> None:
    """Sequences of up to four signs: the right answer becomes the likeliest one."""
    form = {**SMALL, "attention": attention, "embedding_size": 16, "hidden_size": 24}
    model = build({**form, "encoder_hidden_size": 24, "attention_size": 16})
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(1)
    for _ in range(220):
        words = [
            torch.randint(4, 12, (int(torch.randint(1, 5, (1,), generator=generator)),), generator=generator)
            for _ in range(48)
        ]
        batch = collate([([*word.tolist(), EOS], [*word.flip(0).tolist(), EOS]) for word in words])
        loss = model(batch)
        (loss.sum / loss.tokens).backward()
        optimiser.step()
        optimiser.zero_grad()

    held_out = model.eval()(
        collate([([4, 9, 6, 5, EOS], [5, 6, 9, 4, EOS]), ([7, 10, 8, EOS], [8, 10, 7, EOS])])
    )

    assert held_out.nll.item() / held_out.tokens < 0.25
