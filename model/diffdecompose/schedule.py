"""The noise levels of one decomposition. Knows nothing of pictures or layers.

Flux bends its levels by a shift mu that grows with the number of tokens. In context there are two honest
counts: all image tokens (PhotoDoodle) or only those that are denoised (Flux Kontext).
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from enum import StrEnum

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

__all__ = ["Shift", "set_levels"]


class Shift(StrEnum):
    """Which tokens count for the shift of the schedule."""

    ALL = "all"
    TARGET = "target"


def set_levels(
    scheduler: FlowMatchEulerDiscreteScheduler,
    steps: int,
    grid: int,
    layers: int,
    shift: Shift,
    device: torch.device,
) -> torch.Tensor:
    """Set the scheduler to `steps` levels from noise to picture; returns its timesteps, (steps,), 1000 .. 0.

    grid: tokens of one layer.   layers: layers that are denoised.
    """
    tokens = grid * (layers + 1 if shift is Shift.ALL else layers)
    c = scheduler.config
    low, high = c.get("base_image_seq_len", 256), c.get("max_image_seq_len", 4096)
    slope = (c.get("max_shift", 1.15) - c.get("base_shift", 0.5)) / (high - low)
    mu = c.get("base_shift", 0.5) + slope * (tokens - low)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps).tolist(), mu=mu, device=device)
    # Known from the start, the scheduler need not look its place up on the device at every step.
    scheduler.set_begin_index(0)
    assert isinstance(scheduler.timesteps, torch.Tensor)
    return scheduler.timesteps
