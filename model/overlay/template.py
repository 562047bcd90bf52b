"""The overlay as it is drawn into a picture: premultiplied, cropped to what is visible, placed by a similarity.

Coordinates are continuous: pixel i covers i..i+1, so the centre of the top left pixel is (0.5, 0.5).
Knows nothing of pictures' contents or of blend types.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin

import cv2
import numpy as np

from ..errors import InvalidRequest
from ..imaging.boxes import bounding_box, clip_box
from ..types import Box

__all__ = ["Pose", "Template", "render", "template_of", "unit"]

LARGEST = 1 << 22
"""Overlays of more pixels than this are reduced first: no edge of theirs is sharper than a picture shows."""


@dataclass(frozen=True)
class Pose:
    """A similarity: where the template's centre lies in the picture, and how it is turned and enlarged.

    x, y: the centre, native pixels of the picture, continuous.   scale: picture pixels a template pixel, > 0.
    angle: radians, from the x axis towards the y axis.
    """

    x: float
    y: float
    scale: float
    angle: float

    def matrix(self, size: tuple[int, int]) -> np.ndarray:
        """2 x 3: template coordinates (width, height = `size`) to picture coordinates."""
        a, b = self.scale * cos(self.angle), self.scale * sin(self.angle)
        cx, cy = size[0] / 2, size[1] / 2
        return np.array([[a, -b, self.x - a * cx + b * cy], [b, a, self.y - b * cx - a * cy]])

    @classmethod
    def of_matrix(cls, matrix: np.ndarray, size: tuple[int, int]) -> Pose:
        x, y = matrix @ (size[0] / 2, size[1] / 2, 1)
        return cls(float(x), float(y), hypot(matrix[0, 0], matrix[1, 0]), atan2(matrix[1, 0], matrix[0, 0]))

    def scaled(self, factor: float) -> Pose:
        """The same place in a picture enlarged by `factor`."""
        return Pose(self.x * factor, self.y * factor, self.scale * factor, self.angle)

    def corners(self, size: tuple[int, int]) -> np.ndarray:
        """4 x 2: where the template's corners lie, clockwise from its top left."""
        w, h = size
        return np.array([(0, 0, 1), (w, 0, 1), (w, h, 1), (0, h, 1)]) @ self.matrix(size).T

    def box(self, size: tuple[int, int], picture: tuple[int, int], margin: int = 0) -> Box:
        """What the placed template may touch of a picture of `picture` (width, height); empty where it lies outside."""
        corners = self.corners(size)
        x0, y0 = (int(np.floor(v)) for v in corners.min(axis=0))
        x1, y1 = (int(np.ceil(v)) for v in corners.max(axis=0))
        return clip_box((x0, y0, x1 - x0, y1 - y0), picture, margin)


@dataclass(frozen=True, eq=False)
class Template:
    """planes: float32 h x w x 4, 0..1: colour times alpha, then alpha.

    offset: x, y of the template's top left corner in the overlay that was given; reduced: template pixels an
    overlay pixel (1, or less for a very large overlay).
    one_ink: the overlay's colour where it has only one, else None.
    whole: the planes of the overlay as it was given, margins included (without them where it is very large).
    window: where `whole` lies: left, top, width, height in template pixels from the template's top left corner.
    """

    planes: np.ndarray
    offset: tuple[float, float]
    reduced: float
    one_ink: tuple[float, float, float] | None
    whole: np.ndarray
    window: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width, height."""
        return self.planes.shape[1], self.planes.shape[0]

    @property
    def area(self) -> float:
        """Pixels of the smallest upright rectangle around what is visible."""
        return float(self.planes.shape[0] * self.planes.shape[1])


def template_of(overlay: np.ndarray) -> Template:
    """The template of an overlay, uint8 or uint16 h x w x 4, straight alpha.

    Raises InvalidRequest where nothing of it is visible, or it is visible everywhere in one colour: such an overlay
    has no shape that could be found.
    """
    top = np.iinfo(overlay.dtype).max
    box = bounding_box(overlay[..., 3])
    if box is None:
        raise InvalidRequest("nothing of the overlay is visible, its alpha is 0 everywhere: choose another")
    x, y, w, h = box
    if w < 4 or h < 4:
        raise InvalidRequest(f"the overlay's visible part is only {w} x {h} pixels: choose a larger one")
    height, width = overlay.shape[:2]
    if width * height > LARGEST:
        overlay, (left, above), (width, height) = overlay[y : y + h, x : x + w], (0, 0), (w, h)
    else:
        left, above = x, y
    straight = overlay.astype(np.float32) / top
    whole = np.concatenate([straight[..., :3] * straight[..., 3:], straight[..., 3:]], axis=-1)
    planes = whole[above : above + h, left : left + w]
    colours = straight[above : above + h, left : left + w, :3].reshape(-1, 3)
    if float(planes[..., 3].min()) > 0.98 and float(np.ptp(colours, axis=0).max()) < 0.02:
        raise InvalidRequest("the overlay is one plain rectangle, which cannot be found: choose one with a shape")
    reduced = min(1.0, (LARGEST / (w * h)) ** 0.5)
    if reduced < 1:
        planes = cv2.resize(planes, (round(w * reduced), round(h * reduced)), interpolation=cv2.INTER_AREA)
        whole, width, height = planes, planes.shape[1], planes.shape[0]
    weight = planes[..., 3].sum()
    mean = planes[..., :3].sum(axis=(0, 1)) / weight
    spread = np.abs(planes[..., :3] - mean * planes[..., 3:]).sum(axis=(0, 1)) / weight
    one_ink = None if spread.max() > 0.02 else (float(mean[0]), float(mean[1]), float(mean[2]))
    return Template(np.ascontiguousarray(planes), (x, y), reduced, one_ink, whole, (-left, -above, width, height))


def render(template: Template, pose: Pose, box: Box, samples: int = 1) -> np.ndarray:
    """The placed template over the picture's rectangle `box`: float32 h x w x channels, 0 outside the template.

    Each pixel is the mean over its square, from `samples` x `samples` points: 1 is enough while searching.
    """
    x, y, w, h = box
    source, matrix = _prefiltered(template, pose, pose.scale * samples)
    shifted = matrix.copy()
    shifted[:, 2] -= (x, y)
    shifted *= samples
    # cv2 counts from pixel centres
    shifted[:, 2] += shifted[:, :2] @ (0.5, 0.5) - 0.5
    smooth = cv2.INTER_CUBIC if pose.scale * samples > 1.05 else cv2.INTER_LINEAR
    drawn = cv2.warpAffine(source, shifted, (w * samples, h * samples), flags=smooth, borderMode=cv2.BORDER_CONSTANT)
    if samples > 1:
        drawn = cv2.resize(drawn, (w, h), interpolation=cv2.INTER_AREA)
    return drawn


def _prefiltered(template: Template, pose: Pose, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The template reduced to about the scale at which it is sampled, and the matrix that then places it."""
    matrix = pose.matrix(template.size)
    if scale > 0.8:
        return template.planes, matrix
    w, h = template.size
    size = max(2, round(w * scale)), max(2, round(h * scale))
    matrix = matrix.copy()
    matrix[:, 0] *= w / size[0]
    matrix[:, 1] *= h / size[1]
    return cv2.resize(template.planes, size, interpolation=cv2.INTER_AREA), matrix


def unit(pixels: np.ndarray) -> np.ndarray:
    """uint8 or uint16 as float32 0..1; float32 as it is."""
    if pixels.dtype == np.float32:
        return pixels
    return pixels.astype(np.float32) * np.float32(1 / np.iinfo(pixels.dtype).max)
