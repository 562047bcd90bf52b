"""Weather, flares, shadows and spatter by the formulas of the package albumentations (Buslaev et al., 2020).

These effects have no layers: emission and transmission are the smallest that explain the change. Fog and snow also
blur or recolour the whole picture, which no engine can undo. Knows nothing of engines.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...errors import InvalidRequest
from ...types import Kind
from ..triplets import Triplet

__all__ = ["EFFECTS", "applied"]

EFFECTS: dict[str, Kind] = {
    "rain": Kind.RAIN,
    "fog": Kind.FOG,
    "snow": Kind.SNOW,
    "flare": Kind.FLARE,
    "shadow": Kind.XRAY,
    "spatter": Kind.SNOW,
}
"""The rows, and the kind that each is."""


def _transform(row: str, number: int, short_side: int) -> Any:
    """The effect of a row; variants of one effect take turns by `number`."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # otherwise its import asks the network for a newer version
    try:
        import albumentations as A
    except ImportError:
        raise InvalidRequest(
            "albumentations is not installed: install the extra `dev`, or choose another --set"
        ) from None
    turn = number % 3
    match row:
        case "rain":  # without the darkening and blurring of the whole picture, which no layer of rain explains
            kind = ("drizzle", "heavy", "default")[turn]
            return A.RandomRain(brightness_coefficient=1.0, blur_value=1, drop_width=1 + turn, rain_type=kind, p=1)
        case "fog":
            return A.RandomFog(fog_coef_range=(0.4, 0.9), alpha_coef=0.08 + 0.04 * turn, p=1)
        case "snow":
            return A.RandomSnow(method="texture", p=1)
        case "flare":
            method = ("overlay", "physics_based")[number % 2]
            return A.RandomSunFlare(src_radius=short_side // 3, method=method, p=1)
        case "shadow":
            return A.RandomShadow(shadow_intensity_range=(0.3, 0.6), num_shadows_limit=(1, 2), p=1)
        case _:
            return A.Spatter(mode=("rain", "mud")[number % 2], p=1)


def applied(photograph: np.ndarray, row: str, number: int, seed: int) -> Triplet:
    """One effect over one photograph, uint8 H x W x 3; deterministic.

    Raises InvalidRequest where albumentations is not installed.
    """
    transform = _transform(row, number, min(photograph.shape[:2]))
    transform.set_random_seed(seed * 1_000_003 + number)
    composite = np.ascontiguousarray(transform(image=photograph)["image"])
    z, y = composite.astype(np.float32) / 255, photograph.astype(np.float32) / 255
    emission = np.maximum(z - y, 0)
    transmission = np.where(z < y, z / np.maximum(y, 1e-3), 1).astype(np.float32)
    alpha = np.maximum(emission / np.maximum(1 - y, 1e-3), 1 - transmission).max(axis=2).clip(0, 1)
    return Triplet(row, f"{row}-{number:03d}", composite, photograph, emission, transmission, alpha, None, EFFECTS[row])
