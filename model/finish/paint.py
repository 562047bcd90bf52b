"""The background that is believed where little or nothing of it shines through.

The engine's own, or else filled in from around on a reduced picture. It is blended with what inversion
gives, never pasted: no seams. Knows nothing of integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..types import BlendType, Box, Candidate
from . import guided
from .field import Field
from .fill import pull_push

__all__ = ["Paint", "paint_for"]

CELLS = 1 << 20
"""The fill works on a reduced picture of at most this many pixels."""

CLEAR = 0.6
"""Where more than this shines through, the inverted picture is known well enough to fill from."""

DARK = 0.3
"""Where less than this shines through, it is not known at all."""


@dataclass(frozen=True, eq=False)
class Paint:
    """planes: 3 x h x w of float16/32, 0..1, over the native rectangle `box`."""

    planes: np.ndarray
    box: Box

    def read(self, top: int, bottom: int, columns: tuple[int, int], otherwise: np.ndarray) -> np.ndarray:
        """3 x n x m float32 of native rows top..bottom, columns x0..x1; `otherwise` where the box ends."""
        x, y, width, height = self.box
        y0, y1 = max(top, y), min(bottom, y + height)
        x0, x1 = max(columns[0], x), min(columns[1], x + width)
        if y0 >= y1 or x0 >= x1:
            return otherwise
        rows = self.planes.shape[1]
        span = y0 - y, y1 - y
        low, high = guided.rows_needed(span, rows, height, 0)
        part = self.planes[:, low:high].astype(np.float32)
        part = guided.enlarge(part, low, span, rows, (width, height))[..., x0 - x : x1 - x]
        if part.shape == otherwise.shape:
            return part
        out = otherwise.copy()
        out[:, y0 - top : y1 - top, x0 - columns[0] : x1 - columns[0]] = part
        return out


def paint_for(candidate: Candidate, fields: list[Field], pixels: np.ndarray) -> Paint | None:
    """What to believe under opaque parts; None where every layer lets enough through everywhere."""
    if candidate.paint is not None:
        planes = np.moveaxis(candidate.paint, -1, 0)
        return Paint(np.nan_to_num(planes, nan=0.5).clip(0, 1), candidate.layers[0].box)
    if all(float(field.estimate.transmission.min()) > CLEAR for field in fields):
        return None
    return _filled(fields, pixels)


def _filled(fields: list[Field], pixels: np.ndarray) -> Paint:
    """Pull-push over the reduced picture, of what inversion gives where enough shines through."""
    height, width = pixels.shape[:2]
    scale = min(1.0, (CELLS / (height * width)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(pixels[..., :3]), size, interpolation=cv2.INTER_AREA)
    picture = np.moveaxis(small.astype(np.float32) / np.iinfo(pixels.dtype).max, -1, 0)
    let = np.ones_like(picture)
    for field in fields:  # top first: z = f1 + T1 (f2 + T2 y)
        light, through = _reduced(field, (width, height), size)
        picture = picture - let * light
        let = let * through
    known = ((let.min(axis=0) - DARK) / (CLEAR - DARK)).clip(0, 1)
    inverted = (picture / np.maximum(let, DARK)).clip(0, 1)
    values = np.ascontiguousarray(np.moveaxis(inverted, 0, -1))
    filled = pull_push(values, known.astype(np.float32))
    return Paint(np.moveaxis(filled, -1, 0).astype(np.float16), (0, 0, width, height))


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
