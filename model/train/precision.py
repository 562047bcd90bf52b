"""The number format that a network trains in: bfloat16 where the processor computes it, float32 elsewhere."""

from __future__ import annotations

import torch

__all__ = ["mixed_precision"]


def mixed_precision(device: str | torch.device) -> torch.autocast:
    """Autocast to bfloat16 on CUDA and on processors with AVX-512 or AMX, disabled on others.

    Without AVX-512 oneDNN computes convolutions in bfloat16 with reference code: one of 48 channels takes six times as
    long as in float32, a step of training twenty times (an EPYC with AVX2, torch 2.13).
    """
    kind = torch.device(device).type
    enabled = kind != "cpu" or "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.autocast(kind, torch.bfloat16, enabled=enabled)
