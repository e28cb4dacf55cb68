"""With the real model and the real sampler; the loop is tested with smaller ones."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import runs
from seq2seq.batch import EOS
from seq2seq.data.dataset import Side, Split
from seq2seq.data.sampler import BatchingConfig, Sampler
from seq2seq.errors import ConfigError
from seq2seq.nn.model import EncoderDecoder, ModelConfig
from seq2seq.training.learner import Learner
from seq2seq.training.loop import fit
from seq2seq.training.outcome import Outcome, Validation
from seq2seq.training.precision import multiplies_bfloat16

SIZES = dict.fromkeys(("embedding_size", "hidden_size", "encoder_hidden_size", "attention_size"), 8)


def side(seed: int, pairs: int = 60) -> Side:
    """Sentences of one to eight pieces."""
    draw = np.random.default_rng(seed)
    sentences = [[*draw.integers(4, 20, draw.integers(1, 8)).tolist(), EOS] for _ in range(pairs)]
    lengths = np.array([len(sentence) for sentence in sentences], dtype=np.uint32)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint64)
    return Side(np.concatenate(sentences).astype(np.uint16), offsets, lengths)


def parts(**shape: Any) -> tuple[EncoderDecoder, Sampler]:  # noqa: ANN401 — whatever the section has
    """A model and a sampler as each call of a command makes them."""
    torch.manual_seed(3)
    model = EncoderDecoder(ModelConfig.model_validate({**SIZES, **shape}), 20, 20)
    return model, Sampler(Split(side(1), side(2)), BatchingConfig(tokens_per_batch=64), seed=3)


def train(
    run: Path,
    stop_at: int,
    *,
    consistency: str = "none",
    mixed_precision: bool = False,
    **shape: Any,  # noqa: ANN401 — as above
) -> tuple[Outcome, dict[str, Tensor]]:
    """Fit, and give outcome and final weights."""
    model, sampler = parts(**shape)
    _, held_out = parts(**shape)

    def validate(model: nn.Module) -> Validation:
        loss = model(next(held_out))
        return Validation(float(loss.nll) / loss.tokens)

    stop = threading.Event()
    watcher = runs.Watcher(lambda progress: stop.set() if progress.update == stop_at else None)
    outcome = fit(
        run,
        model,
        sampler,
        runs.config(validate_every=100, consistency=consistency, mixed_precision=mixed_precision),
        validate=validate,
        save_best=lambda _model, _mark: None,
        identity={},
        seed=3,
        observer=watcher,
        stop=stop,
    )
    return outcome, dict(model.named_parameters())


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"attention": "none", "cell": "lstm", "tied_embeddings": "none"},
        {"consistency": "r_drop", "layer_norm": True},
        {"consistency": "simcut"},
        {"mixed_precision": True},
        {"mixed_precision": True, "consistency": "r_drop"},
    ],
    ids=["attentive", "plain", "r_drop", "simcut", "bfloat16", "bfloat16 r_drop"],
)
def test_the_real_model_resumes_exactly(tmp_path: Path, shape: dict[str, Any]) -> None:
    """With dropout, tied weights and batches from an epoch that was begun."""
    _, weights = train(tmp_path / "whole", 0, **shape)

    stopped, _ = train(tmp_path / "halves", 13, **shape)
    finished, resumed = train(tmp_path / "halves", 0, **shape)

    assert (stopped.update, finished.update) == (13, 24)
    assert stopped.epoch >= 1
    assert all(torch.equal(resumed[name], weight) for name, weight in weights.items())
    assert runs.learnt(tmp_path / "halves") == runs.learnt(tmp_path / "whole")


def test_complete_epochs_are_counted() -> None:
    """After the last batch of a pass, not after the first one of the next."""
    model, sampler = parts()
    learner = Learner(model, sampler, runs.config())
    batches = sampler.batches_per_epoch

    counted = []
    for _ in range(batches + 1):
        learner.update(1e-3)
        counted.append(learner.epochs)

    assert counted == [0] * (batches - 1) + [1, 1]


def test_what_was_captured_is_restored() -> None:
    """Into a learner that was never trained; the tensors are named after their weights, tied ones once."""
    learner = Learner(*parts(), runs.config())
    for _ in range(3):
        learner.update(1e-3)
    captured = learner.capture()
    copies = {name: tensor.clone() for name, tensor in captured.tensors.items()}
    fresh = Learner(*parts(), runs.config())

    fresh.restore(type(captured)({"learner": captured.state}, copies))

    again = fresh.capture()
    assert again.state == captured.state
    assert all(torch.equal(again.tensors[name], tensor) for name, tensor in copies.items())
    assert {"model/output_weight", "optimiser/output_weight/exp_avg", "average/output_weight"} < copies.keys()


def test_a_model_without_a_consistent_loss_says_so() -> None:
    """Rather than train without it, or fail at the first batch."""
    with pytest.raises(ConfigError, match="a Guesser cannot be trained for consistency"):
        Learner(runs.begin(), runs.Shuffled(), runs.config(consistency="r_drop"))


def test_consistency_changes_what_is_learnt() -> None:
    """The first update already, though the likelihood of the reference is told in the same way."""
    readings = {}
    for consistency in ("none", "r_drop", "simcut"):
        learner = Learner(*parts(), runs.config(consistency=consistency))
        torch.manual_seed(5)
        readings[consistency] = learner.update(1e-3)

    objectives = {reading.objective for reading in readings.values()}
    assert len(objectives) == 3
    assert all(reading.nll == pytest.approx(readings["none"].nll, rel=0.05) for reading in readings.values())
    assert {reading.tokens for reading in readings.values()} == {readings["none"].tokens}


def test_mixed_precision_learns_nearly_the_same() -> None:
    """In bfloat16 where the processor multiplies in it; elsewhere exactly as without."""
    readings, weights = [], []
    for mixed_precision in (True, False):
        learner = Learner(*parts(), runs.config(mixed_precision=mixed_precision))
        torch.manual_seed(5)
        readings.append([learner.update(1e-3).nll for _ in range(5)])
        weights.append(learner.model.get_parameter("decoder.initial_layer.weight").detach())

    assert readings[0] == pytest.approx(readings[1], rel=0.01)
    assert torch.equal(*weights) != multiplies_bfloat16(torch.device("cpu"))
    assert weights[0].dtype == torch.float32
