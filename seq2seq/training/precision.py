"""Which devices multiply in bfloat16."""

import torch


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has instructions for products in bfloat16, so that they are faster than in float32.

    CUDA: yes. x86: AVX512-BF16 or AMX. Elsewhere bfloat16 would be imitated, which is slower.
    """
    if device.type == "cuda":
        return True
    able = torch.cpu.get_capabilities()
    return device.type == "cpu" and bool(able.get("avx512_bf16") or able.get("amx_bf16"))
