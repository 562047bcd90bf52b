"""Where each sample lies in its picture.

Fields are drawn in picture coordinates: the picture's short side is 1, (0, 0) its top left corner. A
crop and a whole picture differ in nothing but their view, so marks keep their proportion to the picture.
Knows nothing of what is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["View"]


@dataclass(frozen=True, eq=False)
class View:
    """x, y: (n, H, W), picture coordinates of the pixel centres. The rest (n, 1, 1).

    pixel: side of a pixel.   left, top, width, height: the window seen.   wide, tall: the whole picture.
    """

    x: Tensor
    y: Tensor
    pixel: Tensor
    left: Tensor
    top: Tensor
    width: Tensor
    height: Tensor
    wide: Tensor
    tall: Tensor

    @staticmethod
    def window(size: tuple[int, int], short_side: Tensor, left: Tensor, top: Tensor, picture: Tensor) -> View:
        """Views of `size` = (H, W) pixels, each from (left, top) of a picture that has `short_side` pixels.

        short_side, left, top: (n,), pixels.   picture: (n, 2), width and height of the pictures, pixels.
        """
        pixel = (1 / short_side)[:, None, None]
        left, top = left[:, None, None] * pixel, top[:, None, None] * pixel
        rows = torch.arange(size[0], device=pixel.device) + 0.5
        columns = torch.arange(size[1], device=pixel.device) + 0.5
        x = (left + columns[None, None, :] * pixel).expand(-1, size[0], -1)
        y = (top + rows[None, :, None] * pixel).expand(-1, -1, size[1])
        wide, tall = picture[:, 0, None, None] * pixel, picture[:, 1, None, None] * pixel
        return View(x, y, pixel, left, top, size[1] * pixel, size[0] * pixel, wide, tall)

    def __len__(self) -> int:
        return self.x.shape[0]

    def of(self, index: Tensor) -> View:
        """The views of some samples."""
        fields = (self.x, self.y, self.pixel, self.left, self.top, self.width, self.height, self.wide, self.tall)
        return View(*(f[index] for f in fields))
