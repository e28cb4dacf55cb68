"""The kernels in C, `kernels/kernels.c`: where they were built, and how Python calls them.

They are built when the package is installed where there is a C compiler for x86-64; without them, or
with the environment's SEQ2SEQ_KERNELS set to "off", torch does the same work, more slowly. Calls give up the
interpreter's lock.
"""

import ctypes
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ctypes import POINTER, Structure, byref, c_float, c_int, c_int32, c_int64, c_void_p
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

VERSION = 5  # `S2S_VERSION`: what was built from other sources is left alone
SWITCH = "SEQ2SEQ_KERNELS"
VECTOR = 16  # sizes that kernels walk through are multiples of it
MOST_LAYERS = 8  # above the first
PANEL = 64  # outputs that a product pads to, at most
BLOCK = 64  # `S2S_BLOCK`: numbers of a table's row that have a scale of their own
_NAMES = {1: "avx2", 2: "avx512-vnni"}
COARSE = 126  # steps of an input where pairs of products are added in 16 bits: 2 x 126 x 127 still fits
FINE = 254  # where there are instructions that add in 32 bits (VNNI)
_STEPS = {1: COARSE, 2: FINE}


class ProductFields(Structure):
    """`S2SProduct`."""

    _fields_: ClassVar = [
        ("set", c_int32),
        ("zero", c_int32),
        ("highest", c_int32),
        ("rate", c_float),
        ("inputs", c_int64),
        ("outputs", c_int64),
        ("weights", c_void_p),
        ("scales", c_void_p),
        ("biases", c_void_p),
    ]


class TableFields(Structure):
    """`S2STable`."""

    _fields_: ClassVar = [("whole", c_void_p), ("scales", c_void_p)]

    @classmethod
    def of(cls, whole: Tensor, scales: Tensor) -> "TableFields":
        """Point to whole numbers (V, O) of 8 bits, and to the scales of their blocks (V, ⌈O / BLOCK⌉)."""
        return cls(whole.data_ptr(), scales.data_ptr())


class ReadingFields(Structure):
    """`S2SReading`."""

    _fields_: ClassVar = [
        ("recurrent", POINTER(ProductFields)),
        ("rows", c_int64),
        ("positions", c_int64),
        ("backwards", c_int32),
        ("lengths", c_void_p),
        ("tokens", c_void_p),
        ("table", TableFields),
        ("gates", c_void_p),
        ("states", c_void_p),
        ("summary", c_void_p),
        ("width", c_int64),
    ]


class AttentionFields(Structure):
    """`S2SAttention`."""

    _fields_: ClassVar = [
        ("set", c_int32),
        ("rows", c_int64),
        ("hypotheses", c_int64),
        ("positions", c_int64),
        ("size", c_int64),
        ("memory_size", c_int64),
        ("queries", c_void_p),
        ("query_stride", c_int64),
        ("keys", c_void_p),
        ("states", c_void_p),
        ("lengths", c_void_p),
        ("energy", c_void_p),
        ("context", c_void_p),
        ("weights", c_void_p),
    ]


class DecoderFields(Structure):
    """`S2SDecoder`."""

    _fields_: ClassVar = [
        *((name, c_int64) for name in ("hidden", "readout", "attention", "memory_size", "layers")),
        *(
            (name, POINTER(ProductFields))
            for name in ("first", "recurrent", "context", "feed", "hidden_out", "projection")
        ),
        ("upper_inputs", POINTER(ProductFields) * MOST_LAYERS),
        ("upper_recurrent", POINTER(ProductFields) * MOST_LAYERS),
        ("energy", c_void_p),
        ("table", TableFields),
    ]


class StepFields(Structure):
    """`S2SStep`."""

    _fields_: ClassVar = [
        ("rows", c_int64),
        ("hypotheses", c_int64),
        ("positions", c_int64),
        ("previous", c_void_p),
        ("embedded", c_void_p),
        ("hidden", c_void_p * (MOST_LAYERS + 1)),
        ("feed", c_void_p),
        ("keys", c_void_p),
        ("states", c_void_p),
        ("lengths", c_void_p),
        ("context", c_void_p),
        ("new_hidden", c_void_p * (MOST_LAYERS + 1)),
        ("new_readout", c_void_p),
        ("logits", c_void_p),
        ("weights", c_void_p),
    ]


class BestFields(Structure):
    """`S2SBest`."""

    _fields_: ClassVar = [
        ("rows", c_int64),
        ("vocabulary", c_int64),
        ("count", c_int64),
        ("end", c_int64),
        ("first", c_int64),
        ("log_probs", c_void_p),
        ("tokens", c_void_p),
    ]


class RunFields(Structure):
    """`S2SRun`."""

    _fields_: ClassVar = [
        ("steps", c_int64),
        ("first", StepFields),
        ("best", BestFields),
        ("previous", c_void_p),
    ]


_own = threading.local()


def threads() -> int:
    """How many threads a call of this thread may use: torch's number, but for `alone`."""
    found: int | None = getattr(_own, "threads", None)
    return torch.get_num_threads() if found is None else found


@contextmanager
def alone() -> Iterator[None]:
    """Let calls of this thread use no other: for work that is shared out already."""
    _own.threads = 1
    try:
        yield
    finally:
        del _own.threads


class Kernels:
    """The library, for one set of instructions.

    Args:
        library: the library, loaded.
        instructions: 1 for AVX2, 2 for AVX-512 with VNNI.
    """

    def __init__(self, library: ctypes.CDLL, instructions: int) -> None:
        self.instructions = instructions
        self._library = library

        def function(name: str, result: type | None, *arguments: type) -> Callable[..., int]:
            found = library[name]
            found.restype, found.argtypes = result, arguments
            return found

        self._packed_size = function("s2s_packed_size", c_int64, c_int, c_int64, c_int64)
        self._pack = function("s2s_pack", None, c_int, c_void_p, c_int64, c_int64, c_void_p)
        self._multiply = function(
            "s2s_multiply", c_int, POINTER(ProductFields), c_void_p, c_int64, c_void_p, c_int
        )
        self._decays = function("s2s_decays", None, c_int, c_void_p, c_int64)
        self._attend = function("s2s_attend", None, POINTER(AttentionFields), c_int)
        self._read = function("s2s_read", c_int, POINTER(ReadingFields), c_int)
        self._step = function("s2s_step", c_int, POINTER(DecoderFields), POINTER(StepFields), c_int)
        self._run = function("s2s_run", c_int64, POINTER(DecoderFields), POINTER(RunFields), c_int)
        self._best = function("s2s_best", None, c_int, c_void_p, POINTER(BestFields), c_int)

    @property
    def name(self) -> str:
        """The instructions by name."""
        return _NAMES[self.instructions]

    @property
    def input_steps(self) -> int:
        """How many steps a product rounds its inputs to."""
        return _STEPS[self.instructions]

    def pack(self, whole: Tensor) -> Tensor:
        """Lay out weights (O, I) of 8 bits as the products read them."""
        outputs, inputs = whole.shape
        assert whole.dtype == torch.int8, "weights are whole numbers already"
        packed = torch.empty(self._packed_size(self.instructions, outputs, inputs), dtype=torch.int8)
        whole = whole.contiguous()
        self._pack(self.instructions, whole.data_ptr(), outputs, inputs, packed.data_ptr())
        return packed

    def multiply(self, product: ProductFields, x: Tensor) -> Tensor:
        """Multiply rows x (R, I): (R, O)."""
        x = _plain(x)
        y = x.new_empty(len(x), product.outputs)
        _check(self._multiply(byref(product), x.data_ptr(), len(x), y.data_ptr(), threads()))
        return y

    def decays(self, x: Tensor) -> Tensor:
        """Replace each x by exp(-x), at most exp(40) and at least exp(-40); in whole vectors."""
        x = _plain(x)
        self._decays(self.instructions, x.data_ptr(), x.numel())
        return x

    def attend(self, fields: AttentionFields) -> None:
        """Fill in context and weights."""
        self._attend(byref(fields), threads())

    def read(self, fields: ReadingFields) -> None:
        """Fill in the states and the summary of one direction of an encoder layer."""
        _check(self._read(byref(fields), threads()))

    def step(self, decoder: DecoderFields, step: StepFields) -> None:
        """Take a step of the decoder."""
        _check(self._step(byref(decoder), byref(step), threads()))

    def run(self, decoder: DecoderFields, run: RunFields) -> int:
        """Take greedy steps of the decoder, and say how many."""
        taken = self._run(byref(decoder), byref(run), threads())
        _check(min(taken, 0))
        return taken

    def best(self, logits: Tensor, count: int, *, end: int, first: int) -> tuple[Tensor, Tensor]:
        """Return log probabilities and numbers of `end` and of the best pieces from `first` on.

        Args:
            logits: (R, V), float32.
            count: how many pieces a row.
            end: the piece that comes before them whatever its rank.
            first: pieces below are no candidates.

        Returns:
            Twice (R, 1 + count): float64, NaN all along a row that is not finite, and int64.
        """
        logits = _plain(logits)
        rows, vocabulary = logits.shape
        log_probs = torch.empty(rows, 1 + count, dtype=torch.float64)
        tokens = torch.empty(rows, 1 + count, dtype=torch.int64)
        fields = BestFields(rows, vocabulary, count, end, first, log_probs.data_ptr(), tokens.data_ptr())
        self._best(self.instructions, logits.data_ptr(), byref(fields), threads())
        return log_probs, tokens


def are_built() -> bool:
    """Whether there was a compiler at installation, and the sources are those of then."""
    return _library() is not None


def described() -> str:
    """Which kernels are used, for people."""
    instead = "torch's own operations are used"
    if os.environ.get(SWITCH) == "off":
        return f"off, by {SWITCH} in the environment: {instead}"
    found = kernels()
    if found is not None:
        return found.name
    if are_built():
        return f"none for this processor: {instead}"
    if any(path.is_file() for path in _paths()):
        return f"built from another version, install again: {instead}"
    return f"none were built, which takes a C compiler for x86-64: {instead}"


@cache
def kernels() -> Kernels | None:
    """The kernels for this processor; None where there are none, or they are switched off."""
    return None if os.environ.get(SWITCH) == "off" else load()


def load(instructions: int | None = None) -> Kernels | None:
    """Load the kernels; None where they were not built, or for no instructions of this processor.

    Args:
        instructions: older ones than the processor has, for tests.
    """
    library = _library()
    if library is None:
        return None
    best = int(library.s2s_instructions())
    chosen = best if instructions is None else min(instructions, best)
    return Kernels(library, chosen) if chosen else None


def _library() -> ctypes.CDLL | None:
    for path in _paths():
        if path.is_file():
            with suppress(OSError):  # built for another system
                library = ctypes.CDLL(str(path))
                if getattr(library, "s2s_version", lambda: 0)() == VERSION:
                    return library
    return None


def _paths() -> Sequence[Path]:
    return [Path(__file__).with_name(f"_kernels{suffix}") for suffix in EXTENSION_SUFFIXES]


def _plain(x: Tensor) -> Tensor:
    assert x.dtype == torch.float32, "kernels read float32"
    assert x.device.type == "cpu", "kernels read main memory"
    return x.contiguous()


def _check(result: int) -> None:
    if result:
        raise MemoryError("there is no memory left for a step of the search")
