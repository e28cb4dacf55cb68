"""A network is made without numbers, and given those of the file one tensor after the other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import tiny
from seq2seq.bundle import default_model
from seq2seq.loading import load_network
from seq2seq.model_directory import distinct_tensors

COMPILER = "torch._dynamo"
PROGRAM = f"""
import sys
from seq2seq.translator import load_translator
load_translator({str(default_model())!r}, device="cpu")
print({COMPILER!r} in sys.modules)
"""


def test_every_tensor_is_that_of_the_file(tmp_path: Path) -> None:
    """Tied ones stay tied, none is left without numbers, and none is learnt any more."""
    bundle = tiny.bundle(tmp_path / "model")
    size = tiny.subword().size

    network = load_network(bundle, size, size)

    tensors, written = distinct_tensors(network), load_file(bundle.weights)
    assert tensors.keys() == written.keys()
    assert all(torch.equal(tensors[name], written[name].float()) for name in written)
    assert network.source_embedding is network.target_embedding
    assert network.output_weight is network.target_embedding.weight
    assert not any(weight.is_meta or weight.requires_grad for weight in network.parameters())


def test_a_network_can_be_changed_without_the_file(tmp_path: Path) -> None:
    """Its numbers are its own: they are not mapped from the file."""
    bundle = tiny.bundle(tmp_path / "model")
    network = load_network(bundle, tiny.subword().size, tiny.subword().size)
    before = {name: weight.clone() for name, weight in network.named_parameters()}

    bundle.weights.write_bytes(b"\0" * bundle.weights.stat().st_size)

    assert all(torch.equal(weight, before[name]) for name, weight in network.named_parameters())


@pytest.mark.skipif(not default_model().is_dir(), reason="no model comes with this checkout")
def test_loading_does_not_load_the_compiler() -> None:
    """It is a third of torch, and torch takes it for some operations on tensors without numbers."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )

    assert found.stdout == "False\n"
