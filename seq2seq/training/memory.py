"""How much memory a run has needed at most."""

import resource
import sys

import torch


def peak_memory() -> dict[str, int]:
    """Bytes: of this process, and, where CUDA is used, of tensors on the current device."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    peaks = {"peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch leaves it untyped
        peaks["peak_cuda_memory_bytes"] = torch.cuda.max_memory_allocated()
    return peaks
