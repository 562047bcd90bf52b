"""An estimate on the grid of a view, whichever of the two is larger or finer. Knows nothing of what it estimates."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..imaging.crop import Crop
from ..types import Estimate

__all__ = ["resample_to_crop"]


def resample_to_crop(estimate: Estimate, view: Crop) -> Estimate:
    """`estimate` resampled to a view's box and resolution, float32; no layer where it has nothing to say."""
    box, shape = estimate.box, estimate.alpha.shape
    if box == view.box and shape == view.shape:
        emission, transmission, alpha = (
            plane.astype(np.float32) for plane in (estimate.emission, estimate.transmission, estimate.alpha)
        )
        return replace(estimate, emission=emission, transmission=transmission, alpha=alpha)
    shared = [
        (max(view.box[i], box[i]), min(view.box[i] + view.box[i + 2], box[i] + box[i + 2]))  # along x, along y
        for i in (0, 1)
    ]
    of = tuple(cells(shared[i], (box[i], box[i + 2]), shape[1 - i]) for i in (1, 0))
    to = tuple(cells(shared[i], (view.box[i], view.box[i + 2]), view.shape[1 - i]) for i in (1, 0))

    def on_view(plane: np.ndarray, outside: float) -> np.ndarray:
        out = np.full(view.shape, outside, np.float32)
        part = out[to]
        kind = cv2.INTER_AREA if part.shape[0] < plane[of].shape[0] else cv2.INTER_LINEAR
        part[:] = cv2.resize(plane[of].astype(np.float32), part.shape[::-1], interpolation=kind)
        return out

    def each(planes: np.ndarray, outside: float) -> np.ndarray:
        """One channel at a time: the float32 copy of a whole native estimate was the peak of all memory."""
        return np.stack([on_view(plane, outside) for plane in np.moveaxis(planes, -1, 0)], axis=-1)

    return replace(
        estimate, emission=each(estimate.emission, 0), transmission=each(estimate.transmission, 1),
        alpha=on_view(estimate.alpha, 0), box=view.box,
    )  # fmt: skip


def cells(span: tuple[int, int], along: tuple[int, int], count: int) -> slice:
    """The cells, at least one, of a grid of `count` over along = (start, length) that a native span covers."""
    start, length = along
    first = min(round((span[0] - start) * count / length), count - 1)
    return slice(first, max(first + 1, round((span[1] - start) * count / length)))
