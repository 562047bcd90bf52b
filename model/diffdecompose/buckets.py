"""At which size a picture is shown to the network, in training and in use alike. Numpy and OpenCV only.

A picture of any aspect becomes one of about side x side pixels with its own aspect, each length a whole number of
steps; sizes so rounded are the aspect buckets. Larger pictures are reduced by area, smaller ones enlarged. In use the
whole picture is brought to its bucket, at most a few per cent out of proportion. In training it is made to cover its
bucket and cropped, so that several pictures of one bucket make a batch.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["SIDE", "STEP", "bucket", "cover", "resize"]

SIDE = 512
"""Pixels; the paper trained at 512 x 512."""

STEP = 32
"""Pixels; a length is a multiple of it: two tokens of Flux. Training at a smaller side takes one token, 16."""

_LONGEST = 4
"""Aspect beyond which a picture is shown out of proportion: ids that far out are hardly ever trained."""


def bucket(height: int, width: int, side: int = SIDE) -> tuple[int, int]:
    """Height and width at which a picture of `height` x `width` is shown: about `side` x `side` pixels."""
    step = STEP if side >= 16 * STEP else STEP // 2
    aspect = min(max(width / height, 1 / _LONGEST), _LONGEST)
    lengths = (side / aspect**0.5, side * aspect**0.5)
    high, wide = (max(step, round(length / step) * step) for length in lengths)
    return high, wide


def resize(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture, float32 h x w x 3|4 of 0..1, at exactly `size` (height, width), whatever its proportions.

    A fourth channel is straight alpha; colours are weighted by it, so that what is hidden does not bleed out.
    """
    height, width = size
    reduced = height * width < pixels.shape[0] * pixels.shape[1]
    way = cv2.INTER_AREA if reduced else cv2.INTER_CUBIC
    if (height, width) == pixels.shape[:2]:
        return pixels
    if pixels.shape[2] == 3:
        return cv2.resize(pixels, (width, height), interpolation=way).clip(0, 1)
    alpha = pixels[..., 3:]
    found = cv2.resize(np.concatenate([pixels[..., :3] * alpha, alpha], 2), (width, height), interpolation=way)
    opacity = found[..., 3:].clip(0, 1)
    colour = np.where(opacity > 0, found[..., :3] / np.maximum(opacity, 1e-6), 0)
    return np.concatenate([colour, opacity], 2).clip(0, 1)


def cover(pixels: np.ndarray, size: tuple[int, int], where: tuple[float, float] = (0.5, 0.5)) -> np.ndarray:
    """The picture brought to cover `size` in its own proportions, and cropped to it.

    where: 0..1, how far down and to the right the crop lies in what hangs over.
    """
    height, width = size
    scale = max(height / pixels.shape[0], width / pixels.shape[1])
    grown = max(height, round(pixels.shape[0] * scale)), max(width, round(pixels.shape[1] * scale))
    found = resize(pixels, grown)
    top, left = (round(part * (have - want)) for part, have, want in zip(where, grown, size, strict=True))
    return found[top : top + height, left : left + width]
