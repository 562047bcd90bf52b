"""The overlay resampled as image programs do it, at exact sub-pixel places.

An overlay that is made smaller is first reduced with a filter that covers its source pixels, then placed by an
interpolation; which of the usual pairs of filters was used shows at every edge, and so does what happened to the
picture afterwards (`Drawing.variance`). Pillow computes positions in double precision, which OpenCV's warps (steps of
1/32 pixel) do not. Knows nothing of opacity or blend types.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sin

import cv2
import numpy as np
from PIL import Image

from ..types import Box
from .resizing import Resize
from .template import Pose, Template

__all__ = ["RESAMPLINGS", "Drawing", "Renderer"]

_R = Image.Resampling


@dataclass(frozen=True)
class Resampling:
    """reducing: the filter that makes the overlay smaller, to whole pixels. placing: the one that puts it in its place.

    enlarging: `reducing` makes it larger as well, as programs do with layers that are not turned.
    """

    reducing: Image.Resampling
    placing: Image.Resampling
    enlarging: bool = False

    def usual(self, pose: Pose) -> bool:
        """Whether it differs from the others, and is to be expected, at this pose."""
        return not self.enlarging or (pose.scale > 1 and abs(sin(2 * pose.angle)) < 0.01)


RESAMPLINGS = (
    Resampling(_R.LANCZOS, _R.BICUBIC),
    Resampling(_R.BICUBIC, _R.BICUBIC),
    Resampling(_R.BILINEAR, _R.BILINEAR),
    Resampling(_R.BOX, _R.BICUBIC),
    Resampling(_R.BICUBIC, _R.BICUBIC, enlarging=True),
    Resampling(_R.LANCZOS, _R.BICUBIC, enlarging=True),
)
"""Those that are tried."""

PASS = 0.4
"""Most variance that one pass of a kernel of three values adds."""


@dataclass(frozen=True)
class Drawing:
    """resampling: index into RESAMPLINGS.

    variance: of the blur after it, square pixels; below 0 the picture was sharpened, as by resizing with a cubic.
    resize: of the finished picture, where it is known: the overlay is drawn at the picture's size before it.
    """

    resampling: int = 0
    variance: float = 0.0
    resize: Resize | None = None

    @property
    def margin(self) -> int:
        """Pixels that the blur and the interpolation reach beyond the overlay's corners."""
        return 3 + ceil(3 * abs(self.variance) ** 0.5)


class Renderer:
    """Draws one template; keeps what it was reduced to."""

    def __init__(self, template: Template) -> None:
        self.template = template
        colour, ink = template.planes[..., :3], template.one_ink
        # Exactly one colour: its planes are multiples of alpha.
        self._flat = ink is not None and float(np.abs(colour - template.planes[..., 3:] * ink).max()) < 1e-3
        self._reduced: dict[tuple[int, int, int], list[Image.Image]] = {}

    def draw(self, pose: Pose, box: Box, drawing: Drawing) -> np.ndarray:
        """float32 h x w x 4 over the picture's rectangle `box`: colour times alpha, then alpha, 0..1."""
        grow = 2 if drawing.variance else 0
        x, y, w, h = box[0] - grow, box[1] - grow, box[2] + 2 * grow, box[3] + 2 * grow
        if drawing.resize is None:
            out = self._sharp(pose, (x, y, w, h), drawing.resampling)
        else:
            resize = drawing.resize
            out = self._sharp(_before(pose, resize), resize.source((x, y, w, h)), drawing.resampling)
            # Not clipped: a sharp cubic leaves more than 1 beside an edge, and less than 0.
            out = resize.apply(out, (x, y, w, h))
        if drawing.variance:
            out = _blurred(out, drawing.variance)[grow : h - grow, grow : w - grow]
        return out

    def _sharp(self, pose: Pose, box: Box, resampling: int) -> np.ndarray:
        """Drawn at the size at which it came into the picture."""
        x, y, w, h = box
        usual = RESAMPLINGS[resampling]
        template = self.template
        left, top, width, height = template.window
        # From coordinates of the whole overlay, margins included: that is what a program resizes.
        matrix = pose.matrix(template.size) @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
        small = width, height
        if pose.scale < 1 or usual.enlarging:
            small = max(2, round(width * pose.scale)), max(2, round(height * pose.scale))
        matrix[:, 0] *= width / small[0]
        matrix[:, 1] *= height / small[1]
        matrix[:, 2] -= (x, y)
        inverse = np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2].ravel().tolist()
        planes = self._planes(small, resampling, usual.reducing)
        drawn = [plane.transform((w, h), Image.Transform.AFFINE, inverse, usual.placing) for plane in planes]
        if template.one_ink is not None and len(drawn) == 1:
            alpha = np.asarray(drawn[0])
            out = np.stack([*(alpha * np.float32(v) for v in template.one_ink), alpha], axis=-1)
        else:
            out = np.stack([np.asarray(one) for one in drawn], axis=-1)
        return out.clip(0, 1)

    def _planes(self, size: tuple[int, int], name: int, reducing: Image.Resampling) -> list[Image.Image]:
        key = (*size, name if size != self.template.whole.shape[1::-1] else 0)
        if key not in self._reduced:
            if len(self._reduced) > 8:
                self._reduced.clear()
            whole = self.template.whole
            kept = (3,) if self._flat else range(4)
            planes = [Image.fromarray(np.ascontiguousarray(whole[..., k])) for k in kept]
            if size != (whole.shape[1], whole.shape[0]):
                planes = [plane.resize(size, reducing) for plane in planes]
            self._reduced[key] = planes
        return self._reduced[key]


def _before(pose: Pose, resize: Resize) -> Pose:
    """The pose in the picture before it was resized."""
    across, down = resize.factors
    return Pose(pose.x * across, pose.y * down, pose.scale * (across * down) ** 0.5, pose.angle)


def _blurred(planes: np.ndarray, variance: float) -> np.ndarray:
    """Planes after a blur of that variance; below 0, less what such a blur would take away."""
    passes = ceil(abs(variance) / PASS)
    part = abs(variance) / passes / 2
    kernel = np.array([part, 1 - 2 * part, part], np.float32)
    out = planes
    for _ in range(passes):
        out = cv2.sepFilter2D(out, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
    if variance > 0:
        return out
    return (2 * planes - out).clip(0, 1)
