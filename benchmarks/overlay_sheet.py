"""The README's picture of a known overlay: what it is, a picture that carries it, and what the program makes of that.

    python -m benchmarks.overlay_sheet        writes examples/results/known-overlay.jpg

The overlay is drawn turned and half transparent into an example picture, which is stored as JPEG 90 and read again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from model.decompose import decompose
from model.types import BlendType, Composite, Request

from .overlay_pictures import Case, draw, logo_overlay

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "examples" / "results" / "known-overlay.jpg"
HEIGHT, GAP = 320, 8


def panel(pixels: np.ndarray) -> np.ndarray:
    """RGB of HEIGHT rows; what is transparent lies over a checkerboard."""
    h, w = pixels.shape[:2]
    if pixels.shape[2] == 4:
        rows, columns = np.indices((h, w)) // 12
        ground = np.where((rows + columns) % 2, 235, 200)[..., None]
        alpha = pixels[..., 3:] / 255
        pixels = np.rint(pixels[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8)
    return cv2.resize(pixels, (round(w * HEIGHT / h), HEIGHT), interpolation=cv2.INTER_AREA)


def main() -> int:
    photo = np.asarray(Image.open(ROOT / "examples" / "glass.jpg").convert("RGB"))
    overlay = logo_overlay(np.random.default_rng(3), 300)
    h, w = photo.shape[:2]
    scale, angle = 0.5 * h / 300, 0.3
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    place = np.array([[a, -b, w / 2 - 150 * (a - b)], [b, a, h / 2 - 150 * (a + b)]])
    drawn = draw(Case(0, "logo", overlay, (place,), 0.5, BlendType.NORMAL, quality=90), photo)
    (answer,) = decompose(Request(Composite(drawn.composite), overlay=overlay))
    background = answer.background.pixels
    left = np.abs(background.astype(int) - photo).mean()
    before = np.abs(drawn.composite.astype(int) - photo).mean()
    print(f"mean error of the background {left:.2f} levels, of the picture {before:.2f}")
    panels = [panel(part) for part in (overlay, drawn.composite, background)]
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    row = [part for one in panels for part in (one, gap)][:-1]
    Image.fromarray(np.concatenate(row, axis=1)).save(TARGET, "JPEG", quality=88)
    return 0


if __name__ == "__main__":
    sys.exit(main())
