"""Whether a picture carries an overlay that is known: are its gradients likelier with the overlay off than as they are?

Knows nothing of how the overlay was estimated.
"""

from __future__ import annotations

import numpy as np

from .solve import SolveConfig, recovered

__all__ = ["carries", "gain"]

SCALE = SolveConfig().scale

STEP, SHARE = 0.03, 0.5
"""Change of s or h from one pixel to the next that counts as an edge of the overlay: elsewhere both are as likely. Of
an overlay without edges, the share of its largest change."""


def carries(stack: np.ndarray, solution: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """bool N: which pictures carry the overlay. Parameters as in `gain`."""
    return np.array([gain(one[None], solution, mask) > 0 for one in stack])


def gain(stack: np.ndarray, solution: np.ndarray, mask: np.ndarray, rim: float = 0.0) -> float:
    """Mean over edges and pictures of the logarithm of the ratio of likelihoods: above 0 speaks for the overlay.

    Parameters
    ----------
    stack : uint8 or uint16 N x h x w x 3
    solution : float h x w x 3 x 2, s and h
    mask : bool h x w, where the overlay is
    rim : only edges count that change by at least this share of the largest change in the mask
    """
    plain = stack * np.float32(1 / np.iinfo(stack.dtype).max)
    clean = recovered(stack, solution)
    changes = [np.abs(np.diff(solution, axis=axis)).max(axis=(-1, -2)) for axis in (0, 1)]
    least = min(STEP, SHARE * max(float(change.max(initial=0.0)) for change in changes))
    if rim:
        inside = (change[mask[:-1] if axis == 0 else mask[:, :-1]] for axis, change in enumerate(changes))
        least = max(least, rim * max(float(part.max(initial=0.0)) for part in inside))
    total = count = 0.0
    for axis in (0, 1):
        before, after = np.s_[:, :-1], np.s_[:, 1:]
        if axis == 0:
            before, after = np.s_[:-1], np.s_[1:]
        there = mask[before] | mask[after]
        edge = there & (changes[axis] > least)
        through = 2 / (solution[before][..., 0] + solution[after][..., 0])
        with_it = _square(np.diff(plain, axis=axis + 1))
        without = _square(through * np.diff(clean, axis=axis + 1))  # in the composite's scale: no gain from contrast
        total += float((edge * np.log((SCALE**2 + with_it) / (SCALE**2 + without))).sum())
        count += float(edge.sum()) * len(stack)
    return total / max(count, 1.0)


def _square(difference: np.ndarray) -> np.ndarray:
    return (difference**2).sum(axis=-1)
