"""Placed overlays as one layer: emission and transmission at full size. Knows nothing of searching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..imaging.stripes import stripes
from ..types import Estimate
from .drawing import Renderer
from .fitting import Solution
from .likelihood import appearance_fields
from .template import Pose

__all__ = ["estimate_of"]


def estimate_of(
    renderer: Renderer, poses: Sequence[Pose], solution: Solution, picture: tuple[int, int], confidence: float
) -> Estimate:
    """One layer of all placed overlays, later ones over earlier ones, at the picture's full size (width, height)."""
    margin = solution.drawing.margin
    boxes = [pose.box(renderer.template.size, picture, margin) for pose in poses]
    x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
    x1, y1 = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    emission, transmission = np.zeros((y1 - y0, x1 - x0, 3), np.float16), np.ones((y1 - y0, x1 - x0, 3), np.float16)
    for pose, (x, y, w, h) in zip(poses, boxes, strict=True):
        for top, bottom in stripes(w, h):
            here = np.s_[y - y0 + top : y - y0 + bottom, x - x0 : x - x0 + w]
            drawn = renderer.draw(pose, (x, y + top, w, bottom - top), solution.drawing)
            f, t = appearance_fields(drawn, solution.appearance)
            emission[here] = f + t * emission[here]
            transmission[here] = t * transmission[here]
    np.clip(emission, 0, 1, out=emission)
    np.clip(transmission, 0, 1, out=transmission)
    alpha = np.maximum(emission.max(axis=-1), 1 - transmission.min(axis=-1))
    return Estimate(emission, transmission, alpha, solution.appearance.blend, confidence, (x0, y0, x1 - x0, y1 - y0))
