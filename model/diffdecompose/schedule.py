"""The noise levels of one decomposition. Knows nothing of pictures or layers.

Flux bends its levels by a shift mu that grows with the number of tokens. In context there are two honest
counts: all image tokens (PhotoDoodle) or only those that are denoised (Flux Kontext).
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

__all__ = ["Shift", "log_shift", "set_levels"]


class Shift(StrEnum):
    """Which tokens count for the shift of the schedule."""

    ALL = "all"
    TARGET = "target"


def log_shift(config: Mapping[str, Any], grid: int, layers: int, shift: Shift) -> float:
    """mu, by which the levels of `layers` layers of `grid` tokens are bent: u becomes s u / (1 + (s - 1) u), s = e^mu.

    config: the scheduler's.
    """
    tokens = grid * (layers + 1 if shift is Shift.ALL else layers)
    low, high = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    slope = (config.get("max_shift", 1.15) - config.get("base_shift", 0.5)) / (high - low)
    return config.get("base_shift", 0.5) + slope * (tokens - low)


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
    mu = log_shift(scheduler.config, grid, layers, shift)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps).tolist(), mu=mu, device=device)
    # Known from the start, the scheduler need not look its place up on the device at every step.
    scheduler.set_begin_index(0)
    assert isinstance(scheduler.timesteps, torch.Tensor)
    return scheduler.timesteps
