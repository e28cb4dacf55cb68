"""A network from a model directory: its shape from the configuration, its weights from safetensors."""

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from seq2seq.amounts import amount
from seq2seq.bundle import Bundle
from seq2seq.config import Section, build
from seq2seq.errors import ConfigError, ModelError, UsageError
from seq2seq.model_directory import ModelDirectory, distinct_tensors
from seq2seq.nn.ensemble import Ensemble
from seq2seq.nn.inference import PackedModel, Precision, for_inference, is_int8_available, library
from seq2seq.nn.initialisation import without_weights
from seq2seq.nn.model import EncoderDecoder, ModelConfig, TranslationModel

C = TypeVar("C", bound=Section)
N = TypeVar("N", bound=nn.Module)

PRECISIONS = ("auto", "float32", "int8")
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE_BYTES = 2**19  # what a step makes anew is smaller
_KEPT_AS = (torch.float32, torch.float16)  # on disk; in memory they are float32


def device_named(name: str) -> torch.device:
    """Find a device: "auto" (CUDA when there is any, or else the CPU), "cpu", "cuda" or "cuda:1".

    Choosing CUDA turns TF32 off for the whole process.

    Raises:
        UsageError: there is no such device.
    """
    kind, _, index = name.partition(":")
    if kind not in {"auto", "cpu", "cuda"} or (index and not (kind == "cuda" and index.isdecimal())):
        raise UsageError(
            f"the device is '{name}', and must be auto, cpu, cuda or such as cuda:1", where="device"
        )
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise UsageError(
            f"there is no device '{name}' that torch can use",
            where="device",
            mend="Use the device cpu or auto; `seq2seq doctor` says what there is.",
        )
    if kind == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    # TF32 has 10 bits of mantissa; with it a sentence's score would depend on its batch.
    torch.backends.cudnn.allow_tf32 = False
    return torch.device(f"cuda:{index}" if index else "cuda")


def describe_device() -> str:
    """What "auto" would take, and how many CPU threads torch uses, for people."""
    threads = amount(torch.get_num_threads(), "thread")
    if torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name()}), {threads}"
    return f"cpu (no CUDA device), {threads}"


def describe_kernels() -> str:
    """Whether products in whole numbers are our own, for people."""
    return library.described()


def use_threads(threads: int | None) -> None:
    """Let torch use so many CPU threads, in the whole process; None leaves its own choice.

    Raises:
        UsageError: it is below 1.
    """
    if threads is None:
        return
    if threads < 1:
        raise UsageError(f"threads is {threads}, and must be at least 1", where="threads")
    torch.set_num_threads(threads)


def return_freed_memory() -> None:
    """Give freed memory back to the system: what was there while a model was packed, above all."""
    with suppress(AttributeError):  # another C library has no such function
        ctypes.CDLL(None).malloc_trim(0)


def return_large_blocks() -> None:
    """From now on give large blocks back to the system as soon as they are freed, in the whole process.

    That is for one who translates files: a service would be slower by it, in float32. glibc keeps
    freed blocks up to a size that it raises, up to 32 MiB, with each larger one; and because torch's
    tensors are aligned, the next of the same size often does not fit where one was: a process would
    grow with every batch. Whoever sets glibc's own variables has the last word.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return
    with suppress(AttributeError):  # another C library has no such functions
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, 4 * _LARGE_BYTES)
        libc.mallopt(_M_ARENA_MAX, 1)  # else each thread has a heap, with gaps of its own


def load_network(bundle: Bundle, source_vocabulary: int, target_vocabulary: int) -> EncoderDecoder:
    """Build the network of a bundle on the CPU, ready to translate: no dropout, no gradients.

    Raises:
        ModelError: configuration and weights do not fit each other or this program.
    """

    def make(shape: ModelConfig) -> EncoderDecoder:
        with without_weights():
            return EncoderDecoder(shape, source_vocabulary, target_vocabulary)

    return load_module(bundle, ModelConfig, make)


def fill(network: EncoderDecoder, bundle: Bundle) -> None:
    """Give a network the weights of a model.

    Raises:
        ModelError: the network is not made as that model's is.
    """
    try:
        _fill(network, bundle)
    except ModelError as error:
        mend = f"Set [model] as it is in {bundle.directory / 'config.json'}, and the vocabulary likewise."
        raise ModelError(error.problem, where=error.where, mend=mend) from error


def load_module(opened: ModelDirectory, section: type[C], make: Callable[[C], N]) -> N:
    """Build the network of any model on the CPU, ready to be used: no dropout, no gradients.

    Args:
        opened: the model.
        section: what the `model` part of its configuration is.
        make: makes the network, with any weights or `without_weights`, from that section.

    Raises:
        ModelError: configuration and weights do not fit each other or this program.
    """
    where = str(opened.directory / "config.json")
    try:
        shape = build(opened.values["model"], section, where=where)
        with torch.random.fork_rng(devices=[]):  # loading draws no numbers from the caller's generator
            network = make(shape)
    except ConfigError as error:
        raise ModelError(
            f"its network cannot be built ({error.problem})",
            where=where,
            mend="Use the version of seq2seq that wrote it, or train the model again.",
        ) from error
    _fill(network, opened)
    return network.eval().requires_grad_(requires_grad=False)


def packed(
    network: EncoderDecoder, precision: str, *, is_fit_for_int8: bool = False, consumes: bool = False
) -> EncoderDecoder | PackedModel:
    """Make a network ready for searching: packed for a CPU, or as it is; see `for_inference`.

    Args:
        network: on its device, in evaluation mode.
        precision: "float32"; "int8" for a CPU that has it: faster, and not quite the same numbers; or
            "auto": int8 where it can be and the model is fit for it, or else float32.
        is_fit_for_int8: what the model's card says.
        consumes: see `for_inference`.

    Raises:
        UsageError: there is no such precision, or not here.
    """
    if precision not in PRECISIONS:
        raise UsageError(
            f"the precision is '{precision}', and must be auto, float32 or int8", where="precision"
        )
    is_wanted = precision == "int8" or (precision == "auto" and is_fit_for_int8)
    chosen: Precision = "int8" if is_wanted and is_int8_available() else "float32"
    ready = for_inference(network, chosen, consumes=consumes)
    if precision == "int8" and precision_of(ready) != "int8":
        raise UsageError(
            "int8 is for GRU networks on an x86 CPU, with a torch that has its products",
            where="precision",
            mend="Use the precision float32.",
        )
    return ready


def precision_of(model: TranslationModel) -> str:
    """In which numbers a model is searched; an ensemble may have several, with commas between."""
    members = model.members if isinstance(model, Ensemble) else (model,)
    found = (member.precision if isinstance(member, PackedModel) else "float32" for member in members)
    return ", ".join(dict.fromkeys(found))


@torch.no_grad()
def _fill(network: nn.Module, opened: ModelDirectory) -> None:
    """Give a network the weights of a model, one tensor after the other."""
    tensors = distinct_tensors(network)
    _check(tensors, opened)
    made: dict[int, nn.Parameter] = {}
    for name, tensor in tensors.items():
        if tensor.is_meta:
            weights = _read(opened, name).to(tensor.dtype, copy=True)
            made[id(tensor)] = nn.Parameter(weights, requires_grad=tensor.requires_grad)
        else:
            tensor.copy_(_read(opened, name))
    for name, parameter in list(network.named_parameters(remove_duplicate=False)):
        if parameter.is_meta:  # tied ones have several names
            owner, _, own_name = name.rpartition(".")
            setattr(network.get_submodule(owner), own_name, made[id(parameter)])


def _read(opened: ModelDirectory, name: str) -> Tensor:
    """Read one tensor; what was mapped of the file for it goes with it."""
    with safe_open(opened.weights, framework="pt") as weights:
        tensor: Tensor = weights.get_tensor(name)
        return tensor


def _check(network: dict[str, Any], opened: ModelDirectory) -> None:
    """Check that a model's weights are there, and fit."""
    try:
        weights = load_file(opened.weights)  # mapped, and not read
    except (SafetensorError, OSError) as error:
        raise ModelError(f"the weights cannot be read ({error})", where=str(opened.weights)) from error
    problems = [f"'{name}' is missing" for name in network if name not in weights]
    problems += [f"'{name}' is not known" for name in weights if name not in network]
    for name in network.keys() & weights.keys():
        if weights[name].dtype not in _KEPT_AS:
            problems.append(f"'{name}' is {weights[name].dtype}, and must be torch.float32 or torch.float16")
        elif weights[name].shape != network[name].shape:
            shapes = f"{tuple(weights[name].shape)}, and must be {tuple(network[name].shape)}"
            problems.append(f"'{name}' has the shape {shapes}")
    if problems:
        raise ModelError(
            f"the weights do not fit the configuration: {min(problems)}",
            where=str(opened.weights),
            mend="Train the model again, or use the version of seq2seq that wrote it.",
        )
