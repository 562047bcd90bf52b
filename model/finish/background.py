"""The background prior: what is assumed to lie where little or nothing of the background is transmitted.

The engine's inpainted background, or else pull-push from around on a reduced picture. It enters `blending.invert` with
a weight and is never pasted, so that there are no seams. Knows nothing of integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging import guided_upsampling
from ..imaging.pyramid import pull_push
from ..imaging.resample import scaled_size
from ..types import BlendType, Box, Candidate
from .config import FinishConfig
from .field import Field

__all__ = ["BackgroundPrior", "background_prior"]


@dataclass(frozen=True, eq=False)
class BackgroundPrior:
    """A background and how much it weighs against inversion.

    Attributes
    ----------
    planes : float16/32 3 x h x w, 0..1, over the native rectangle `box`
    weights : float32 h' x w' over the whole picture
        The weight in `blending.invert`.
    size : width, height of the whole picture
    """

    planes: np.ndarray
    box: Box
    weights: np.ndarray
    size: tuple[int, int]

    def weight(self, top: int, bottom: int, columns: tuple[int, int]) -> np.ndarray:
        """The weight at native rows top..bottom and columns x0..x1: float32 n x m."""
        rows = self.weights.shape[0]
        low, high = guided_upsampling.rows_needed((top, bottom), rows, self.size[1], 0)
        part = guided_upsampling.enlarge(self.weights[low:high], low, (top, bottom), rows, self.size)
        return part[:, columns[0] : columns[1]]

    def read(self, top: int, bottom: int, columns: tuple[int, int], otherwise: np.ndarray) -> np.ndarray:
        """The background at native rows top..bottom and columns x0..x1: float32 3 x n x m.

        Outside the box `otherwise`, of the same shape.
        """
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


def background_prior(
    candidate: Candidate, fields: list[Field], pixels: np.ndarray, config: FinishConfig
) -> BackgroundPrior | None:
    """The prior under the layers of a candidate; None where every layer transmits enough everywhere.

    Parameters
    ----------
    candidate : Candidate
    fields : list of Field
        Of its layers that are not empty, top first; at least one.
    pixels : uint8/16 H x W x C
        The composite.
    config : FinishConfig
    """
    if all(float(field.estimate.transmission.min()) > config.clear_transmission for field in fields):
        return None
    height, width = pixels.shape[:2]
    # No finer than the estimates: a sharp picture against a blurred layer would be inverted wrongly at every rim.
    grids = (f.estimate.alpha.shape[1] / f.estimate.box[2] for f in fields)
    size = scaled_size((width, height), min((config.fill_max_pixels / (height * width)) ** 0.5, *grids, 1))
    emission, transmission = _empty_layer((size[1], size[0]))
    for field in fields:  # top first: z = f1 + T1 (f2 + T2 y)
        its_emission, its_transmission = _reduced_layer(field, (width, height), size)
        emission += transmission * its_emission
        transmission *= its_transmission
    least = transmission.min(axis=0)
    window = np.ones((3, 3), np.uint8)
    local_range = cv2.dilate(least, window) - cv2.erode(least, window)
    weights = config.inversion_weight + config.rim_weight * local_range * local_range
    if candidate.paint is not None:
        planes = np.nan_to_num(np.moveaxis(candidate.paint, -1, 0), nan=0.5).clip(0, 1)
        return BackgroundPrior(planes, candidate.layers[0].box, weights, (width, height))
    small = cv2.resize(np.ascontiguousarray(pixels[..., :3]), size, interpolation=cv2.INTER_AREA)
    picture = np.moveaxis(small.astype(np.float32) / np.iinfo(pixels.dtype).max, -1, 0)
    inverted = (picture - emission) / np.maximum(transmission, 0.05)
    filled = _filled(inverted, least, local_range, config)
    return BackgroundPrior(filled, (0, 0, width, height), weights, (width, height))


def _empty_layer(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(f, T) of a layer that does nothing, float32 3 x h x w each."""
    return np.zeros((3, *shape), np.float32), np.ones((3, *shape), np.float32)


def _filled(
    inverted: np.ndarray, transmission: np.ndarray, local_range: np.ndarray, config: FinishConfig
) -> np.ndarray:
    """Pull-push of the inverted picture (3 x h x w), each pixel known as far as its inversion can be.

    The reduction averages noise away, hence a smaller weight than at full size; at the rim of a mark little is known.
    """
    square = transmission * transmission
    known = square / (square + 0.3 * config.inversion_weight + 4 * local_range * local_range)
    values = np.ascontiguousarray(np.moveaxis(inverted.clip(0, 1), 0, -1))
    return np.moveaxis(pull_push(values, known), -1, 0).astype(np.float16)


def _reduced_layer(field: Field, full: tuple[int, int], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(f, T) of a field on the reduced picture, 3 x h x w; nothing outside its region. One channel at a time."""
    estimate, (x, y, width, height) = field.estimate, field.estimate.box
    x0, x1 = (round(v * size[0] / full[0]) for v in (x, x + width))
    y0, y1 = (round(v * size[1] / full[1]) for v in (y, y + height))
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    inside = cv2.resize(field.inside, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    emission, transmission = _empty_layer((y1, x1))
    for k in range(3):
        if estimate.blend != BlendType.MULTIPLY:
            emission[k, y0:, x0:] = _reduced_plane(estimate.emission[..., k], inside.shape) * inside
        if estimate.blend in (BlendType.NORMAL, BlendType.MULTIPLY):
            opacity = 1 - _reduced_plane(estimate.transmission[..., k], inside.shape)
            transmission[k, y0:, x0:] = 1 - opacity * inside
        elif estimate.blend == BlendType.SCREEN:
            transmission[k] = 1 - emission[k]
    pad = ((0, 0), (0, max(0, size[1] - y1)), (0, max(0, size[0] - x1)))
    emission, transmission = np.pad(emission, pad), np.pad(transmission, pad, constant_values=1)
    return emission[:, : size[1], : size[0]], transmission[:, : size[1], : size[0]]


def _reduced_plane(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    plane = np.nan_to_num(plane.astype(np.float32), nan=0.0).clip(0, 1)
    return cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
