"""The first pass over many pictures: reduced copies of those that differ from each other. Knows nothing of overlays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..imaging.resample import fit_pixels, reduce_to

__all__ = ["different_pictures"]

SIDE = 24
"""Of the copies by which two pictures are told apart."""


def different_pictures(
    read: Callable[[int], np.ndarray | None],
    count: int,
    pixels: int,
    most: int,
    same: float,
    tick: Callable[[int], None],
) -> tuple[list[int], list[np.ndarray], tuple[int, int]]:
    """Numbers and reduced copies of pictures that differ, evenly from all, and the size (width, height) of all.

    Parameters
    ----------
    read : callable
        Picture of a number below `count`, uint8 or uint16 H x W x 3|4; None where it cannot be read.
    pixels : the copies have at most so many
    most : pictures at most
    same : correlation of small copies, 0..1, from which two pictures are one
    tick : called with the number of pictures chosen so far; may raise to stop
    """
    most = min(count, most)
    order = sorted(range(count), key=lambda k: (k * most) % count if count > most else k)
    chosen: list[int] = []
    copies: list[np.ndarray] = []
    prints: list[np.ndarray] = []
    size = (0, 0)
    for number in order:
        if len(chosen) == most:
            break
        tick(len(chosen))
        picture = read(number)
        if picture is None:
            continue
        size = picture.shape[1], picture.shape[0]
        copy = reduce_to(picture[..., :3], fit_pixels(size, pixels))
        small = reduce_to(copy, (SIDE, SIDE)).astype(np.float64).ravel()
        small -= small.mean()
        small /= max(float(np.linalg.norm(small)), 1e-9)
        if all(float(small @ other) < same for other in prints):
            chosen.append(number)
            copies.append(copy)
            prints.append(small)
    return chosen, copies, size
