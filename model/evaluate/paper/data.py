"""The paper's benchmarks as folders: pictures with their true background and, where there is one, a mask.

    LOGO-H, LOGO-L, LOGO-G     FOLDER/natural/ID.jpg, FOLDER/<val_images|val|test>/{image,mask}/ID-NAME.png, as the
    (Cun and Pun, AAAI 2021)   authors' loader reads them: several marked pictures share one natural picture
    AlphaBlend, or your own    FOLDER/{z,x,y}/NAME, or FOLDER/SUBTASK/{z,x,y}/NAME

Knows nothing of engines or metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ...errors import InvalidRequest
from ..triplets import from_folder

__all__ = ["Sample", "dilated", "samples"]

_SPLITS = ("val_images", "val", "test")
_SEEN = 8  # alpha, of 255, from which a pixel belongs to the mask of a triplet


@dataclass(frozen=True, eq=False)
class Sample:
    """composite, background: uint8 H x W x 3. mask: uint8 H x W, 255 where the foreground is; not yet dilated."""

    row: str
    name: str
    composite: np.ndarray
    background: np.ndarray
    mask: np.ndarray


def samples(folder: Path, row: str) -> Iterator[Sample]:
    """All samples of a benchmark's folder, in order of their names; `row` names them in the table.

    Raises InvalidRequest where the folder has none of the layouts above, or a picture lacks its partner.
    """
    if (folder / "natural").is_dir():
        yield from _logo(folder, row)
    elif (folder / "z").is_dir():
        yield from _triplets(folder, row)
    else:
        tasks = sorted(path for path in folder.glob("*") if (path / "z").is_dir())
        if not tasks:
            raise InvalidRequest(f"{folder} holds neither natural/ (LOGO) nor z/ (triplets): check the folder")
        for task in tasks:
            yield from _triplets(task, f"{row} {task.name}")


def dilated(mask: np.ndarray) -> np.ndarray:
    """The mask as the paper gives it to inpainting: grown by a 5 x 5 square, five times."""
    return cv2.dilate(mask, np.ones((5, 5), np.uint8), iterations=5)


def _logo(folder: Path, row: str) -> Iterator[Sample]:
    split = next((folder / name for name in _SPLITS if (folder / name / "image").is_dir()), None)
    if split is None:
        raise InvalidRequest(f"{folder} has no {' or '.join(_SPLITS)} with image/ inside: check the folder")
    for path in sorted((split / "image").glob("*")):
        natural = _partner(folder / "natural", path.stem.split("-")[0])
        composite = _read(path)
        height, width = composite.shape[:2]
        background = cv2.resize(_read(natural), (width, height), interpolation=cv2.INTER_AREA)
        mask = cv2.cvtColor(_read(_partner(split / "mask", path.stem)), cv2.COLOR_RGB2GRAY)
        yield Sample(row, path.stem, composite, background, np.where(mask > 127, 255, 0).astype(np.uint8))


def _triplets(folder: Path, row: str) -> Iterator[Sample]:
    for one in from_folder(folder):
        mask = np.where(one.alpha * 255 > _SEEN, 255, 0).astype(np.uint8)
        yield Sample(row, one.name, one.composite, one.background, mask)


def _partner(folder: Path, stem: str) -> Path:
    found = sorted(folder.glob(f"{stem}.*"))
    if not found:
        raise InvalidRequest(f"{stem} is missing in {folder}: complete the benchmark")
    return found[0]


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
