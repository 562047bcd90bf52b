"""The overlay of a group of pictures in a file, for the processes that take the pictures apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.types import BlendType, Estimate

__all__ = ["read_shared", "write_shared"]


def read_shared(path: str) -> Estimate | None:
    """The estimate in a file of `write_shared`; None where the pictures share nothing."""
    with np.load(path) as held:
        if "box" not in held:
            return None
        x, y, w, h = held["box"].tolist()
        blend, confidence = BlendType(str(held["blend"])), float(held["confidence"])
        emission, transmission, alpha = held["emission"], held["transmission"], held["alpha"]
    return Estimate(emission, transmission, alpha, blend, confidence, (x, y, w, h))


def write_shared(estimate: Estimate | None, path: Path) -> None:
    """The same estimate gives the same bytes. None: the pictures share nothing."""
    if estimate is None:
        np.savez(path, nothing=np.zeros(0))
        return
    np.savez(
        path,
        emission=estimate.emission,
        transmission=estimate.transmission,
        alpha=estimate.alpha,
        blend=str(estimate.blend),
        confidence=estimate.confidence,
        box=estimate.box,
    )
