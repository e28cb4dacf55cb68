from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny
from seq2seq.bundle import Bundle
from seq2seq.errors import ModelError, UsageError
from seq2seq.loading import load_network
from seq2seq.loading import packed as packed_for_search
from seq2seq.manifest import write_manifest
from seq2seq.model_directory import FORMAT
from seq2seq.translator import Translator, load_translator


def test_loading_draws_no_random_numbers(attentive: Translator) -> None:
    """A program's own generator goes on as if no model had been loaded."""
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    load_translator(attentive.bundle.directory, device="cpu")

    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize(
    ("device", "problem"),
    [
        ("gpu", "the device is 'gpu', and must be auto, cpu, cuda or such as cuda:1"),
        ("cuda:x", "the device is 'cuda:x', and must be auto, cpu, cuda or such as cuda:1"),
        ("cuda:99", "there is no device 'cuda:99' that torch can use"),
    ],
)
def test_an_unknown_device_is_named(attentive: Translator, device: str, problem: str) -> None:
    """What there is not cannot be used, and is not silently replaced."""
    with pytest.raises(UsageError) as refused:
        load_translator(attentive.bundle.directory, device=device)

    assert refused.value.problem == problem


def test_an_unknown_precision_is_named(attentive: Translator) -> None:
    """The message says what there is."""
    with pytest.raises(UsageError, match="the precision is 'int4', and must be auto, float32 or int8"):
        load_translator(attentive.bundle.directory, device="cpu", precision="int4")


def test_int8_is_refused_where_it_cannot_be(tmp_path: Path) -> None:
    """A network of other cells would be searched in float32 unasked."""
    bundle = tiny.bundle(tmp_path / "model")
    network = load_network(bundle, tiny.subword().size, tiny.subword().size)
    lstm = tiny.model(network.config.model_copy(update={"cell": "lstm"}), 360, 360)

    with pytest.raises(UsageError, match=r"int8 is for GRU networks.*Use the precision float32"):
        packed_for_search(lstm, "int8")


def test_a_number_of_threads_must_be_positive(attentive: Translator) -> None:
    """The option is named."""
    with pytest.raises(UsageError, match="threads: threads is 0, and must be at least 1"):
        load_translator(attentive.bundle.directory, threads=0)


def _rewritten(directory: Path, tensors: dict[str, torch.Tensor]) -> ModelError:
    save_file(tensors, directory / "weights.safetensors")
    write_manifest(directory, format_number=FORMAT)
    with pytest.raises(ModelError) as refused:
        load_translator(directory, device="cpu")
    return refused.value


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    """Missing, unknown, of another shape or type: the tensor is named."""
    tiny.bundle(tmp_path / "model")
    tensors = load_file(tmp_path / "model/weights.safetensors")
    bias = tensors["output_bias"]
    others = {name: tensor for name, tensor in tensors.items() if name != "output_bias"}

    problems = [
        _rewritten(tmp_path / "model", others),
        _rewritten(tmp_path / "model", tensors | {"zzz": bias.clone()}),
        _rewritten(tmp_path / "model", others | {"output_bias": bias[:-1].clone()}),
        _rewritten(tmp_path / "model", others | {"output_bias": bias.double()}),
    ]

    assert [
        error.problem.removeprefix("the weights do not fit the configuration: ") for error in problems
    ] == [
        "'output_bias' is missing",
        "'zzz' is not known",
        f"'output_bias' has the shape ({len(bias) - 1},), and must be ({len(bias)},)",
        "'output_bias' is torch.float64, and must be torch.float32 or torch.float16",
    ]


def test_a_network_of_another_version_is_named(tmp_path: Path) -> None:
    """A setting that this program does not know is a ModelError, not a traceback."""
    tiny.bundle(tmp_path / "model")
    config = tmp_path / "model/config.json"
    config.write_text(config.read_text().replace('"cell": "gru"', '"cell": "transformer"'))
    write_manifest(tmp_path / "model", format_number=FORMAT)

    with pytest.raises(ModelError, match="its network cannot be built") as refused:
        load_translator(tmp_path / "model")

    assert "transformer" in refused.value.problem


def test_a_model_replaced_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    """The revision tells the model that was opened from the one that is there."""
    first = tiny.bundle(tmp_path / "model", seed=1)

    second = tiny.bundle(tmp_path / "model", seed=2)

    assert (first.is_current(), second.is_current()) == (False, True)
    assert Bundle.open(tmp_path / "model").revision == second.revision != first.revision
