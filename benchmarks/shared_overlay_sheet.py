"""The README's picture of a shared overlay: pictures that carry it, what was worked out, and what lies under it.

    python -m benchmarks.shared_overlay_sheet        writes examples/results/shared-overlay.jpg

Twelve views of the example pictures, each half of one, stamped alike with shadowed letters; nothing is told. Two
of them are shown.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from PIL import Image

from model.decompose import silent
from model.shared_overlay import estimate_overlay, overlay_pixels, take_off
from model.types import Composite, Request

from .overlay_sheet import GAP, HEIGHT, ROOT, panel

TARGET = ROOT / "examples" / "results" / "shared-overlay.jpg"
NAMES = "flare", "glass", "rain", "shadow", "stain", "xray"
SIZE = 480, 360
SHOWN = 2, 5


def views() -> list[np.ndarray]:
    """Twelve different pictures of SIZE, uint8 h x w x 3."""
    out = []
    for name in NAMES:
        whole = np.asarray(Image.open(ROOT / "examples" / f"{name}.jpg").convert("RGB"))
        middle = whole.shape[1] // 2
        for part in (whole[:, :middle], whole[:, middle:]):
            scale = max(SIZE[0] / part.shape[1], SIZE[1] / part.shape[0])
            method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            w, h = (max(round(side * scale), least) for side, least in zip(part.shape[1::-1], SIZE, strict=True))
            large = cv2.resize(np.ascontiguousarray(part), (w, h), interpolation=method)
            out.append(large[(h - SIZE[1]) // 2 :, (w - SIZE[0]) // 2 :][: SIZE[1], : SIZE[0]])
    return out


def stamped(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """All with the same yellow letters at an opacity of 0.6 and their soft shadow."""
    big = np.zeros((4 * SIZE[1], 4 * SIZE[0]), np.uint8)
    cv2.putText(big, "Archive 1974", (180, 820), cv2.FONT_HERSHEY_DUPLEX, 7, 255, 34, cv2.LINE_AA)
    letters = cv2.resize(big, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    shadow = cv2.GaussianBlur(np.roll(letters[..., 0], (4, 4), (0, 1)), (0, 0), 2)[..., None]
    through = (1 - 0.5 * shadow) * (1 - 0.6 * letters)
    emission = 0.6 * letters * np.array([255, 215, 60], np.float32)
    return [np.rint(emission + through * picture).astype(np.uint8) for picture in pictures]


def main() -> int:
    pictures = views()
    composites = stamped(pictures)
    found = estimate_overlay(composites.__getitem__, len(composites))
    if found.estimate is None:
        print("nothing found")
        return 1
    panels = [panel(composites[k]) for k in SHOWN]
    x, y, w, h = found.estimate.box
    overlay = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    overlay[y : y + h, x : x + w] = overlay_pixels(found.estimate)
    panels.append(panel(overlay))
    for k in SHOWN:
        background = take_off(Request(Composite(composites[k])), found.estimate, silent).background.pixels
        left = np.abs(background.astype(int) - pictures[k]).mean()
        before = np.abs(composites[k].astype(int) - pictures[k]).mean()
        print(f"mean error of the background {left:.2f} levels, of the picture {before:.2f}")
        panels.append(panel(background))
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    row = [part for one in panels for part in (one, gap)][:-1]
    sheet = np.concatenate(row, axis=1)
    Image.fromarray(cv2.resize(sheet, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)).save(TARGET, quality=88)
    return 0


if __name__ == "__main__":
    sys.exit(main())
