"""Does what was found in some of the pictures show in the others? Parts that do not are dropped.

Cross-validation: the overlay is solved for from one half of the pictures, and each picture of the other half is asked
whether it is likelier with that overlay off. Knows nothing of how parts were located.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from .presence import gain
from .solve import SolveConfig, solve

__all__ = ["confirmed", "held_out_gains"]

HALF = 0.5
"""Share of what was found that the other pictures are asked about: of few pictures it is noisy, and noise of full size
would contradict even where the overlay is."""

SMOOTHNESS, RIM = 1.0, 0.3
"""Of the overlay that half of the pictures give: so few leave noise that the others contradict. Only changes of at
least this share of the largest are asked about, for the same reason."""

MANY = 8
"""Fewer pictures are not split: half of them prove too little."""


def confirmed(
    stack: np.ndarray, mask: np.ndarray, config: SolveConfig, tick: Callable[[], None] = lambda: None
) -> np.ndarray:
    """bool h x w: the connected parts of a mask that pictures with no say in them confirm; of few pictures the mask.

    stack: uint8 or uint16 N x h x w x 3, N >= 3.
    """
    if len(stack) < MANY:
        return mask
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    parts = [labels == k for k in range(1, count)]
    gains = held_out_gains(stack, mask, parts, config, tick)
    out = np.zeros(mask.shape, bool)
    for part, own in zip(parts, gains, strict=True):
        if own.mean() > 0:
            out |= part
    return out


def held_out_gains(
    stack: np.ndarray, mask: np.ndarray, parts: list[np.ndarray], config: SolveConfig, tick: Callable[[], None]
) -> np.ndarray:
    """parts x N: the gain of every part in every picture by the overlay of the other half of the pictures."""
    n = len(stack)
    fold = np.arange(n) % 2
    gains = np.zeros((len(parts), n))
    boxes = [_box(part) for part in parts]
    smooth = replace(config, smoothness=SMOOTHNESS)
    for k in range(2):
        solution = HALF * solve(stack[fold != k], mask, None, None, smooth, tick)
        solution[..., 0] += 1 - HALF
        for number in np.flatnonzero(fold == k):
            for row, (part, box) in enumerate(zip(parts, boxes, strict=True)):
                gains[row, number] = gain(stack[(slice(number, number + 1), *box)], solution[box], part[box], RIM)
    return gains


def _box(part: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return slice(rows[0], rows[-1] + 2), slice(columns[0], columns[-1] + 2)
