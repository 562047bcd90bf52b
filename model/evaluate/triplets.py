"""Composites with their true layers: from the AlphaBlend generator, or from a folder. Knows nothing of engines.

A triplet is (z, x, y): composite, foreground, background. Torch is imported by the generator alone, when it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..blending import canonical, emission_transmission
from ..errors import InvalidRequest
from ..imaging.resample import reduce_to, scaled_size
from ..types import BlendType, Kind

if TYPE_CHECKING:
    from ..alphablend.generator import Batch

__all__ = ["CLEAN", "ROWS", "Triplet", "from_folder", "from_generator", "from_photographs"]

CLEAN = "none"
"""The row of pictures without an overlay."""

ROWS: dict[str, tuple[tuple[str, ...], Kind | None]] = {
    "text": (("plain", "text"), Kind.WATERMARK),
    "text-plain": (("plain",), Kind.WATERMARK),
    "text-styled": (("text",), Kind.WATERMARK),
    "logo": (("icon", "logo"), Kind.WATERMARK),
    "opaque": (("solid", "sticker"), Kind.WATERMARK),
    "fog": (("fog",), Kind.FOG),
    "rain": (("rain",), Kind.RAIN),
    "snow": (("flakes", "dirt", "stain"), Kind.SNOW),
    "flare": (("flare",), Kind.FLARE),
    "xray": (("scan", "shadow"), Kind.XRAY),
    "cell": (("cell",), Kind.CELL),
    "glass": (("pane", "reflection"), Kind.GLASS),
    CLEAN: ((CLEAN,), None),
}
"""The table's rows: what the generator is asked for, and the kind it is."""


@dataclass(frozen=True, eq=False)
class Triplet:
    """One picture with its truth. row: the table's row.   name: unique within it.

    composite, background: uint8 H x W x 3.   emission, transmission: float32 H x W x 3.   alpha: float32 H x W,
    canonical.   blend, kind: None where there is no overlay or nobody knows.
    """

    row: str
    name: str
    composite: np.ndarray
    background: np.ndarray
    emission: np.ndarray
    transmission: np.ndarray
    alpha: np.ndarray
    blend: BlendType | None
    kind: Kind | None


def from_generator(pack: Path, row: str, count: int, short_side: int, seed: int, split: str) -> Iterator[Triplet]:
    """`count` whole pictures of one row of ROWS; the same for the same arguments."""
    from ..alphablend.generator import AlphaBlend

    looks, _ = ROWS[row]
    source = AlphaBlend(pack, split, "cpu", seed)  # pyright: ignore[reportArgumentType]
    batches = source.pictures(count, short_side, dict.fromkeys(looks, 1.0), seed=seed)
    for number, batch in enumerate(batches):
        yield _triplet(batch, row, row, number)


def from_photographs(pack: Path, folder: Path, row: str, megapixels: float, seed: int) -> Iterator[Triplet]:
    """A composite on every photograph of `folder`, each reduced to `megapixels`; smaller ones are left out.

    pack: whose fonts, icons and textures (of its test split) the overlays are made of. The row's name carries the size.
    Raises InvalidRequest for a folder without such photographs.
    """
    from ..alphablend.generator import AlphaBlend

    looks, _ = ROWS[row]
    source, found = AlphaBlend(pack, "test", "cpu", seed), False
    for number, path in enumerate(sorted(folder.glob("*.jpg"))):
        pixels = _reduced(_colours(path), megapixels)
        if pixels is None:
            continue
        found = True
        batch = source.laid_over(pixels, looks[number % len(looks)], seed=seed * 1_000_003 + number)
        yield _triplet(batch, row, f"{row} at {megapixels:g} MP", number)
    if not found:
        raise InvalidRequest(f"{folder} holds no JPEG of {megapixels:g} megapixels or more: make data/native first")


def _triplet(batch: Batch, row: str, shown_as: str, number: int) -> Triplet:
    """A batch of one as arrays."""
    kind = ROWS[row][1]
    z, y, emission, transmission = (
        getattr(batch, part)[0].permute(1, 2, 0).contiguous().numpy() for part in ("z", "y", "emission", "transmission")
    )
    return Triplet(
        row=shown_as,
        name=f"{row}-{number:03d}",
        composite=_levels(z),
        background=_levels(z if kind is None else y),  # the truth of a clean picture is that picture
        emission=emission,
        transmission=transmission,
        alpha=batch.alpha[0, 0].numpy(),
        blend=None if kind is None else list(BlendType)[int(batch.blend[0])],
        kind=kind,
    )


def _colours(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def _reduced(pixels: np.ndarray, megapixels: float) -> np.ndarray | None:
    """None where the picture is smaller."""
    height, width = pixels.shape[:2]
    scale = (megapixels * 1e6 / (height * width)) ** 0.5
    if scale > 1.001:
        return None
    return reduce_to(pixels, scaled_size((width, height), scale))


def from_folder(folder: Path) -> Iterator[Triplet]:
    """Pictures of the same name in z, x (with alpha) and y, as for training; blend type normal, kind unknown.

    Raises InvalidRequest for an empty folder, a name that is not in all three, or sizes that differ.
    """
    paths = sorted(p for p in (folder / "z").glob("*") if p.is_file())
    if not paths:
        raise InvalidRequest(f"{folder} holds no pictures in z: lay triplets out as z/NAME, x/NAME, y/NAME")
    for path in paths:
        z, x, y = (_read(folder / part, path.stem, alpha=part == "x") for part in ("z", "x", "y"))
        if not z.shape[:2] == x.shape[:2] == y.shape[:2]:
            raise InvalidRequest(
                f"{path.stem} is {z.shape[1]} x {z.shape[0]} in z, {x.shape[1]} x {x.shape[0]} in x and "
                f"{y.shape[1]} x {y.shape[0]} in y: give all three the same size"
            )
        layer = x.astype(np.float32) / 255
        emission, transmission = emission_transmission(layer[..., 3:], layer[..., :3], BlendType.NORMAL)
        alpha, _ = canonical(emission, transmission, BlendType.NORMAL)
        yield Triplet(folder.name, path.stem, z, y, emission, transmission, alpha[..., 0], BlendType.NORMAL, None)


def _read(folder: Path, stem: str, alpha: bool) -> np.ndarray:
    from PIL import Image

    found = sorted(folder.glob(f"{stem}.*"))
    if not found:
        raise InvalidRequest(f"{stem} is missing in {folder}: complete the triplet")
    with Image.open(found[0]) as picture:
        return np.asarray(picture.convert("RGBA" if alpha else "RGB"))


def _levels(picture: np.ndarray) -> np.ndarray:
    return cv2.convertScaleAbs(picture, alpha=255)
