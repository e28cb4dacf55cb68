"""Which devices multiply in bfloat16."""

import os

import torch

_PRIMITIVES = "64"  # products of other shapes that oneDNN keeps compiled; its own choice is 1,024


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for products in bfloat16, so that they are faster than in float32.

    CUDA: yes. x86: AVX512-BF16 or AMX. Elsewhere bfloat16 would be imitated, which is slower.
    """
    if device.type == "cuda":
        return True
    able = torch.cpu.get_capabilities()
    return device.type == "cpu" and bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def prepare_products() -> None:
    """Let oneDNN keep fewer compiled products: batches have hundreds of shapes, and each takes memory.

    Takes effect before the first product of the process in bfloat16, and where nobody else has chosen.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _PRIMITIVES)
