"""Every source of random numbers: seeded, kept and put back together."""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class RandomState:
    """Where the generators of Python, NumPy and torch (CPU, and each CUDA device) stand."""

    plain: Mapping[str, Any]  # Python's and NumPy's, as JSON
    tensors: Mapping[str, Tensor]  # "torch", "cuda/0", …

    @staticmethod
    def capture() -> "RandomState":
        """Take down where all generators stand."""
        version, words, gauss = random.getstate()
        numpy_name, numpy_words, *numpy_rest = np.random.get_state()  # noqa: NPY002 — the global one is meant
        tensors = {"torch": torch.get_rng_state()}
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch leaves it untyped
            tensors |= {f"cuda/{index}": state for index, state in enumerate(torch.cuda.get_rng_state_all())}
        plain = {
            "python": [version, list(words), gauss],
            "numpy": [str(numpy_name), np.asarray(numpy_words).tolist(), *numpy_rest],
        }
        return RandomState(plain, tensors)

    def restore(self) -> None:
        """Put all generators back. CUDA devices that are absent now are passed over."""
        version, words, gauss = self.plain["python"]
        random.setstate((version, tuple(words), gauss))
        name, numpy_words, *rest = self.plain["numpy"]
        state = (name, np.array(numpy_words, dtype=np.uint32), *rest)
        np.random.set_state(state)  # noqa: NPY002 — the global one is meant
        torch.set_rng_state(self.tensors["torch"])
        for index in range(torch.cuda.device_count()):
            if f"cuda/{index}" in self.tensors:
                torch.cuda.set_rng_state(self.tensors[f"cuda/{index}"], index)


def seed_all(seed: int) -> None:
    """Seed Python, NumPy and torch on every device."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 — the global one is meant
    torch.manual_seed(seed)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Whatever the block draws, the generators afterwards stand where they stood."""
    state = RandomState.capture()
    try:
        yield
    finally:
        state.restore()


@contextmanager
def deterministic(*, enabled: bool) -> Iterator[None]:
    """Within the block torch takes kernels that repeat exactly, and warns where there is none."""
    if not enabled:
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself only with this
    before = torch.are_deterministic_algorithms_enabled()
    warned_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warned_only)
