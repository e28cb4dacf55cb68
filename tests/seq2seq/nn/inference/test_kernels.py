"""The kernels say what torch says: in whole numbers to the bit, and the same whoever is beside."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 — the name every torch program uses

from seq2seq.batch import EOS, collate, collate_source
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.inference import for_inference, library
from seq2seq.nn.inference.library import Kernels
from seq2seq.nn.inference.model import PackedModel
from seq2seq.nn.inference.product import Affine, Int8Weights, KernelProduct
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from table_model import sources

FORMS: list[dict[str, Any]] = [
    {},
    {"conditional": False},
    {"decoder_layers": 3},
    {"bidirectional": False, "encoder_layers": 2},
    {"input_feeding": True},
    {"input_feeding": True, "conditional": False, "decoder_layers": 2},
    {"attention": "none"},
    {"attention": "none", "conditional": False},
    {"attention": "none", "input_feeding": True, "decoder_layers": 2},
]
PAIRS = [(list(source), [9, 8, *source[:-1], EOS]) for source in sources(12)]
FIRST = 4  # of the pieces that may be chosen


def build(form: dict[str, Any]) -> EncoderDecoder:
    """Make a network of a trained one's weights, of sizes that kernels walk through."""
    sizes = {"embedding_size": 16, "hidden_size": 48, "encoder_hidden_size": 16, "attention_size": 32}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = EncoderDecoder(ModelConfig(**{"attention": "bahdanau", **sizes, **form}), 140, 140)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return network.eval().requires_grad_(requires_grad=False)


def fused(network: EncoderDecoder) -> PackedModel:
    """Pack a network, with its step in one call."""
    packed = for_inference(network, "int8")
    assert isinstance(packed, PackedModel)
    assert packed._fused is not None
    return packed


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    """Numbers from 0 to 1."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 13, 64])
@pytest.mark.parametrize(("outputs", "inputs"), [(1, 16), (64, 16), (65, 48), (200, 256)])
@pytest.mark.parametrize("lowest", [0.0, -1.0])
def test_a_product_is_that_of_the_whole_numbers(
    kernels: Kernels, rows: int, outputs: int, inputs: int, lowest: float
) -> None:
    """Of inputs rounded to steps, beyond the bounds too; whatever panels are filled up with stays unseen."""
    affine = Affine.of(random(outputs, inputs) - 0.5, random(outputs))
    weights = Int8Weights(affine, lowest, 1.0)
    x = random(rows, inputs, seed=1) * (1.2 - lowest) + lowest

    found = KernelProduct(weights, kernels)(x)

    steps = (x / weights.scale).round().add(weights.zero).clamp(0, kernels.input_steps) - weights.zero
    exact = (steps.double() @ weights.whole.double().T) * (weights.scales * weights.scale) + weights.bias
    torch.testing.assert_close(found.double(), exact, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        found, F.linear(x.clamp(lowest, 1.0), affine.weight, affine.bias), atol=0.1, rtol=0
    )


@pytest.mark.parametrize("rows", [1, 5, 64])
def test_threads_change_nothing(kernels: Kernels, rows: int) -> None:
    """Not a bit, however the panels are shared out; nor while another thread has the team."""
    product = KernelProduct(Int8Weights(Affine.of(random(4_000, 128) - 0.5), 0.0, 1.0), kernels)
    x = random(rows, 128, seed=1)
    torch.set_num_threads(1)
    expected = product(x)
    torch.set_num_threads(3)
    found: list[bool] = []

    def multiply() -> None:
        torch.set_num_threads(3)
        found.extend(torch.equal(product(x), expected) for _ in range(50))

    callers = [threading.Thread(target=multiply) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert found == [True] * 150


def test_a_child_of_a_fork_has_threads_of_its_own(kernels: Kernels) -> None:
    """Those of its parent are gone, whatever they were doing."""
    product = KernelProduct(Int8Weights(Affine.of(random(4_000, 128) - 0.5), 0.0, 1.0), kernels)
    torch.set_num_threads(2)
    x = random(8, 128, seed=1)
    expected = product(x).numpy().tobytes()
    for _ in range(20):
        product(x)
        child = os.fork()
        if child == 0:  # without operations of torch, whose threads do not outlive a fork
            signal.alarm(30)
            os._exit(0 if product(x).numpy().tobytes() == expected else 1)

        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_step_in_one_call_is_its_parts(kernels: Kernels, form: dict[str, Any]) -> None:
    """Logits, attention and the next state, for several hypotheses a sentence."""
    assert kernels.name
    packed, parts = fused(build(form)), fused(build(form))
    parts._fused = None
    batch = collate_source([source for source, _ in PAIRS])
    states = packed.start(batch).repeat(3), parts.start(batch).repeat(3)
    previous = torch.full((3 * len(PAIRS),), 7)
    for _ in range(5):
        found, expected = packed.step(previous, states[0]), parts.step(previous, states[1])

        # Where a last bit falls on the edge between two steps of an input, a product moves by one step.
        torch.testing.assert_close(found.logits, expected.logits, atol=5e-3, rtol=0)
        if expected.attention is not None:
            torch.testing.assert_close(found.attention, expected.attention, atol=1e-3, rtol=0)
        previous = (previous * 7 + torch.arange(len(previous))) % 100 + FIRST
        rows = torch.arange(3 * len(PAIRS)).view(-1, 3).flip(1).reshape(-1)
        states = found.state.reorder(rows), expected.state.reorder(rows)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_it_is_near_the_network(kernels: Kernels, form: dict[str, Any]) -> None:
    """Log probabilities within some hundredths a piece, and attention likewise."""
    assert kernels.name
    network = build(form)

    expected, found = network.force(collate(PAIRS)), fused(network).force(collate(PAIRS))

    error = (found.log_probs - expected.log_probs).abs()
    assert 0.0 < error.max().item() < 0.05
    if expected.attention is not None and found.attention is not None:
        real = collate(PAIRS).target_mask
        torch.testing.assert_close(found.attention[real], expected.attention[real], atol=0.01, rtol=0)
        assert (
            found.attention[~collate(PAIRS).source.mask.unsqueeze(1).expand_as(found.attention)] == 0
        ).all()


@pytest.mark.parametrize("form", [{}, {"attention": "none"}, {"input_feeding": True}], ids=str)
@pytest.mark.parametrize("beam", [1, 4])
def test_company_changes_no_bit(kernels: Kernels, form: dict[str, Any], beam: int) -> None:
    """Pieces, probabilities and attention of a sentence, alone and among twenty, with one thread or three."""
    assert kernels.name
    packed = fused(build(form))
    options = SearchOptions(beam=beam, max_target_tokens=12, attention=True)
    torch.set_num_threads(1)
    alone = [search_all(packed, [source], options)[0] for source in sources(20)]

    torch.set_num_threads(3)
    together = search_all(packed, sources(20), options)

    for one, other in zip(alone, together, strict=True):
        for mine, theirs in zip(one.hypotheses, other.hypotheses, strict=True):
            assert mine.tokens == theirs.tokens
            assert mine.log_probs == theirs.log_probs
            if mine.attention is not None and theirs.attention is not None:
                assert (mine.attention == theirs.attention).all()


@pytest.mark.parametrize("rows", [1, 70])
@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("vocabulary", [13, 64, 100, 8_000, 70_001])
def test_the_best_pieces_are_those_of_topk(kernels: Kernels, rows: int, count: int, vocabulary: int) -> None:
    """With the end before them, as probabilities over all pieces; of equals the first."""
    logits = random(rows, vocabulary, seed=2) * 20.0
    logits[0, -2:] = 25.0

    log_probs, tokens = kernels.best(logits, count, end=EOS, first=FIRST)

    every = logits.double().log_softmax(dim=-1)
    torch.testing.assert_close(log_probs[:, 1:], every[:, FIRST:].topk(count).values, atol=1e-5, rtol=0)
    torch.testing.assert_close(log_probs[:, 0], every[:, EOS], atol=1e-5, rtol=0)
    assert (tokens[:, 0] == EOS).all()
    assert torch.equal(logits.gather(1, tokens[:, 1:]), logits[:, FIRST:].topk(count).values)
    assert all(len(set(row)) == 1 + count for row in tokens.tolist())
    assert tokens[0, 1:3].tolist() == [vocabulary - 2, vocabulary - 1][:count]


@pytest.mark.parametrize("at", [0, EOS, 5, 63, 99])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_row_that_is_not_finite_shows(kernels: Kernels, at: int, value: float) -> None:
    """Wherever the number stands; the other rows are as they were. Some pieces may be impossible, not all."""
    logits = random(3, 100, seed=2)
    logits[1, at] = value
    logits[2, 20:] = -torch.inf

    log_probs, tokens = kernels.best(logits, 2, end=EOS, first=FIRST)

    assert log_probs[1].isnan().all()
    assert log_probs[[0, 2]].isfinite().all()
    assert ((tokens >= FIRST) | (torch.arange(3) == 0)).all()
    assert kernels.best(torch.full((1, 100), -torch.inf), 2, end=EOS, first=FIRST)[0].isnan().all()


def test_python_and_c_agree_on_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was built from another version is not used, and people are told."""
    header = Path(library.__file__).parent / "kernels" / "kernels.h"
    assert f"S2S_VERSION = {library.VERSION} " in header.read_text(encoding="utf-8")
    if library.load() is None:
        pytest.skip("no kernels were built for this processor")

    monkeypatch.setattr(library, "VERSION", library.VERSION + 1)
    library.kernels.cache_clear()

    assert library.load() is None
    assert "built from another version" in library.described()
    library.kernels.cache_clear()


def test_they_can_be_switched_off() -> None:
    """By the environment, and then torch does the work."""
    program = "from seq2seq.nn.inference import is_int8_available, library; print(library.kernels())"
    environment = {**os.environ, library.SWITCH: "off"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout == "None\n"


@pytest.mark.parametrize("beam", [1, 4])
def test_searches_side_by_side_find_the_same(kernels: Kernels, beam: int) -> None:
    """Shares of the sentences, each in a thread of its own, in the order in which they came."""
    assert kernels.name
    packed = fused(build({}))
    options = SearchOptions(beam=beam, n_best=beam, max_target_tokens=12, attention=True)
    many = [source for source in sources(20) for _ in range(5)]
    torch.set_num_threads(1)
    assert packed.workers == 1
    expected = search_all(packed, many, options)

    torch.set_num_threads(3)
    assert packed.workers == 3
    found = search_all(packed, many, options)

    assert [answer.key for answer in found] == list(range(100))
    for one, other in zip(expected, found, strict=True):
        assert [hypothesis.tokens for hypothesis in one.hypotheses] == [
            hypothesis.tokens for hypothesis in other.hypotheses
        ]
        assert [hypothesis.log_probs for hypothesis in one.hypotheses] == [
            hypothesis.log_probs for hypothesis in other.hypotheses
        ]


def test_a_search_that_fails_in_a_thread_fails_for_its_caller(
    kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And leaves the number of threads as it was."""
    assert kernels.name
    packed = fused(build({}))
    torch.set_num_threads(2)

    def fail(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(Kernels, "run", fail)
    with pytest.raises(MemoryError, match="no room"):
        search_all(packed, [source for source in sources(20) for _ in range(5)], SearchOptions(beam=1))
    assert library.threads() == 2
