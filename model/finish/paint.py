"""The background that is believed where little or nothing of it shines through.

The engine's own, or else filled in from around on a reduced picture. It is blended with what inversion
gives, never pasted: no seams. Knows nothing of integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging import guided_upsampling
from ..imaging.pyramid import pull_push
from ..types import BlendType, Box, Candidate
from .field import Field

__all__ = ["Paint", "paint_for"]

CELLS = 1 << 20
"""The fill works on a reduced picture of at most this many pixels."""

CLEAR = 0.6
"""Where a layer lets more than this through everywhere, inversion needs no help."""

NOISE = 0.01
"""Weight of paint against inversion: (noise of the picture / error of paint)^2, about (2.5 levels / 25 levels)^2."""

DOUBT = 0.3
"""The same for the layer's own error, which is large where its transmission T changes from one grid pixel to the
next: times the square of T's local range. Keeps the rim of an opaque mark from bleeding into the background."""


@dataclass(frozen=True, eq=False)
class Paint:
    """planes: 3 x h x w of float16/32, 0..1, over the native rectangle `box`.

    doubt: h' x w' float32 over the whole picture, `size` (width, height): the weight of paint against inversion.
    """

    planes: np.ndarray
    box: Box
    doubt: np.ndarray
    size: tuple[int, int]

    def weight(self, top: int, bottom: int, columns: tuple[int, int]) -> np.ndarray:
        """lambda, n x m: y = (T (z - f) + lambda paint) / (T^2 + lambda)."""
        rows = self.doubt.shape[0]
        low, high = guided_upsampling.rows_needed((top, bottom), rows, self.size[1], 0)
        part = guided_upsampling.enlarge(self.doubt[low:high], low, (top, bottom), rows, self.size)
        return part[:, columns[0] : columns[1]]

    def read(self, top: int, bottom: int, columns: tuple[int, int], otherwise: np.ndarray) -> np.ndarray:
        """3 x n x m float32 of native rows top..bottom, columns x0..x1; `otherwise` where the box ends."""
        x, y, width, height = self.box
        y0, y1 = max(top, y), min(bottom, y + height)
        x0, x1 = max(columns[0], x), min(columns[1], x + width)
        if y0 >= y1 or x0 >= x1:
            return otherwise
        rows = self.planes.shape[1]
        span = y0 - y, y1 - y
        low, high = guided_upsampling.rows_needed(span, rows, height, 0)
        part = self.planes[:, low:high].astype(np.float32)
        part = guided_upsampling.enlarge(part, low, span, rows, (width, height))[..., x0 - x : x1 - x]
        if part.shape == otherwise.shape:
            return part
        out = otherwise.copy()
        out[:, y0 - top : y1 - top, x0 - columns[0] : x1 - columns[0]] = part
        return out


def paint_for(candidate: Candidate, fields: list[Field], pixels: np.ndarray) -> Paint | None:
    """What to believe under opaque parts; None where every layer lets enough through everywhere."""
    if all(float(field.estimate.transmission.min()) > CLEAR for field in fields):
        return None
    height, width = pixels.shape[:2]
    # No finer than the estimates: a sharp picture against a blurred layer would be inverted wrongly at every rim.
    scale = min((CELLS / (height * width)) ** 0.5, *(f.estimate.alpha.shape[1] / f.estimate.box[2] for f in fields), 1)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    light, let = np.zeros((3, size[1], size[0]), np.float32), np.ones((3, size[1], size[0]), np.float32)
    for field in fields:  # top first: z = f1 + T1 (f2 + T2 y)
        its_light, its_let = _reduced(field, (width, height), size)
        light += let * its_light
        let *= its_let
    least = let.min(axis=0)
    around = np.ones((3, 3), np.uint8)
    spread = cv2.dilate(least, around) - cv2.erode(least, around)
    doubt = NOISE + DOUBT * spread * spread
    if candidate.paint is not None:
        planes = np.nan_to_num(np.moveaxis(candidate.paint, -1, 0), nan=0.5).clip(0, 1)
        return Paint(planes, candidate.layers[0].box, doubt, (width, height))
    small = cv2.resize(np.ascontiguousarray(pixels[..., :3]), size, interpolation=cv2.INTER_AREA)
    picture = np.moveaxis(small.astype(np.float32) / np.iinfo(pixels.dtype).max, -1, 0)
    filled = _filled((picture - light) / np.maximum(let, 0.05), least, spread)
    return Paint(filled, (0, 0, width, height), doubt, (width, height))


def _filled(inverted: np.ndarray, let: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Pull-push of the inverted picture (3 x h x w), each pixel trusted as far as its inversion can be.

    The reduction averages noise away, hence less of it than NOISE; at the rim of a mark hardly anything is trusted.
    """
    square = let * let
    known = square / (square + 0.3 * NOISE + 4 * spread * spread)
    values = np.ascontiguousarray(np.moveaxis(inverted.clip(0, 1), 0, -1))
    return np.moveaxis(pull_push(values, known), -1, 0).astype(np.float16)


def _reduced(field: Field, full: tuple[int, int], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(f, T) of a field on the reduced picture, 3 x h x w; nothing outside its region. One channel at a time."""
    estimate, (x, y, width, height) = field.estimate, field.estimate.box
    x0, x1 = (round(v * size[0] / full[0]) for v in (x, x + width))
    y0, y1 = (round(v * size[1] / full[1]) for v in (y, y + height))
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    inside = cv2.resize(field.inside, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    light, let = np.zeros((3, y1, x1), np.float32), np.ones((3, y1, x1), np.float32)
    for k in range(3):
        if estimate.blend != BlendType.MULTIPLY:
            light[k, y0:, x0:] = _shrunk(estimate.emission[..., k], inside.shape) * inside
        if estimate.blend in (BlendType.NORMAL, BlendType.MULTIPLY):
            let[k, y0:, x0:] = 1 - (1 - _shrunk(estimate.transmission[..., k], inside.shape)) * inside
        elif estimate.blend == BlendType.SCREEN:
            let[k] = 1 - light[k]
    pad = ((0, 0), (0, max(0, size[1] - y1)), (0, max(0, size[0] - x1)))
    light, let = np.pad(light, pad), np.pad(let, pad, constant_values=1)
    return light[:, : size[1], : size[0]], let[:, : size[1], : size[0]]


def _shrunk(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    plane = np.nan_to_num(plane.astype(np.float32), nan=0.0).clip(0, 1)
    return cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
