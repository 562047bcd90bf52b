"""A candidate's pose made exact, and how sure it is: least squares between the gradients of picture and overlay.

Where a layer of any blend type lies over a backdrop y that varies slowly, the picture's gradient is its own backdrop's
plus a sum of the overlay's alpha gradient and its colour's gradient, each times 1 and times y. The factors of that sum
and the pose are fitted together (Gauss-Newton, weights that fall with the residual: Holland and Welsch 1977), so the
pose needs no knowledge of opacity, blend type or ink. Knows nothing of layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import cv2
import numpy as np

from ..imaging.resample import reduce_to
from ..types import Box
from .template import Pose, Template, render, unit

__all__ = ["Fit", "gradients", "refine"]

STEP = 0.25
"""Pixels by which a parameter is moved to see how the drawn overlay changes."""

EDGE = 0.04
"""Gradient (per pixel, of alpha or colour) from which a pixel takes part."""

CELLS = 6
"""The template is divided into CELLS x CELLS for `Fit.certainty`."""


@dataclass(frozen=True)
class Fit:
    """A refined pose, native pixels.

    certainty: t value of the overlay's edges being in the picture, every cell of the template one witness: about 2 to 6
    for the best of many poses in a picture without the overlay.   support: how many cells testify.   gain: mean gain in
    log likelihood, where it was computed.
    """

    pose: Pose
    certainty: float
    support: int
    gain: float = 0.0


def gradients(planes: np.ndarray) -> np.ndarray:
    """Central differences of h x w x c: float32 2 x h x w x c, x first; per pixel."""
    padded = cv2.copyMakeBorder(planes, 1, 1, 1, 1, cv2.BORDER_REPLICATE).reshape(
        planes.shape[0] + 2, planes.shape[1] + 2, -1
    )
    return np.stack([padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]]) / 2


def refine(
    template: Template,
    picture: np.ndarray,
    pose: Pose,
    side: float,
    steps: int,
    samples: int = 1,
    only_position: bool = False,
) -> Fit:
    """Fit the pose at a resolution where the template's root of area is at most `side` pixels.

    picture: h x w x 3 as for `unit`, in the resolution in which `pose` is given.
    only_position: scale and angle are known and stay.
    Gives certainty 0 where too little of the template lies in the picture.
    """
    level = min(1.0, side / (pose.scale * template.area**0.5))
    h, w = picture.shape[:2]
    margin = max(4, int(6 / level))
    box = pose.box(template.size, (w, h), margin)
    if box[2] * level < 8 or box[3] * level < 8:
        return Fit(pose, 0.0, 0)
    size = max(8, round(box[2] * level)), max(8, round(box[3] * level))
    crop = unit(reduce_to(picture[box[1] : box[1] + box[3], box[0] : box[0] + box[2]], size))
    factor = size[0] / box[2], size[1] / box[3]
    uniform = (factor[0] * factor[1]) ** 0.5
    local = Pose((pose.x - box[0]) * factor[0], (pose.y - box[1]) * factor[1], pose.scale * uniform, pose.angle)
    work = _Work(template, crop, samples)
    for _ in range(steps):
        moved = work.step(local, 2 if only_position else 4)
        if moved is None:
            return Fit(pose, 0.0, 0)
        local, distance = moved
        if distance < 0.003:
            break
    certainty, support = work.certainty(local)
    found = Pose(local.x / factor[0] + box[0], local.y / factor[1] + box[1], local.scale / uniform, local.angle)
    return Fit(found, certainty, support)


class _Work:
    """A crop of the picture, and what the fits on it share."""

    def __init__(self, template: Template, crop: np.ndarray, samples: int) -> None:
        self._template = template
        self._samples = samples
        self._box: Box = (0, 0, crop.shape[1], crop.shape[0])
        self._gradient = gradients(crop)
        self._backdrop = cv2.blur(crop, (7, 7), borderType=cv2.BORDER_REFLECT)
        w, h = template.size
        self._arm = ((w * w + h * h) / 12) ** 0.5  # of the template's corners and edges, template pixels
        # The alpha of a plate that covers everything, or the colours of a single ink, say nothing of their own.
        self._colours = template.one_ink is None

    def _regressors(self, pose: Pose) -> np.ndarray:
        """2 x h x w x 4: gradients of colour times alpha, and of alpha."""
        return gradients(render(self._template, pose, self._box, self._samples))

    def _moved(self, pose: Pose, by: np.ndarray) -> Pose:
        """by: pixels in x, in y, of radius, along the circle, at the template's mean radius."""
        arm = self._arm * pose.scale
        return Pose(pose.x + by[0], pose.y + by[1], pose.scale * (1 + by[2] / arm), pose.angle + by[3] / arm)

    def _designs(self, fields: np.ndarray, at: np.ndarray) -> list[np.ndarray]:
        """Per colour channel, n x 2 or n x 4: what the picture's gradient is a sum of. fields: 2 x h x w x 4."""
        picked = fields[:, at]  # 2 x m x 4
        backdrop = self._backdrop[at]  # m x 3
        out = []
        for k in range(3):
            alpha, colour, y = picked[..., 3], picked[..., k], backdrop[None, :, k]
            columns = [alpha, y * alpha]
            if self._colours:
                columns += [colour, y * colour]
            out.append(np.stack([c.ravel() for c in columns], axis=-1))
        return out

    def _edges(self, fields: np.ndarray) -> np.ndarray:
        """bool h x w: pixels on the overlay's edges, and beside them: the pose may have to move there."""
        strength = np.abs(fields).max(axis=(0, 3))
        return cv2.dilate((strength > EDGE * max(float(strength.max()), 0.1)).astype(np.uint8), np.ones((3, 3))) > 0

    def _fitted(self, designs: list[np.ndarray], data: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
        """The factors of each channel, and the weights 0..1 of the samples (shared by channels)."""
        weight = np.ones(len(data[0]), np.float32)
        factors: list[np.ndarray] = []
        for _ in range(4):
            factors = []
            for design, values in zip(designs, data, strict=True):
                factors.append(_solved(design, values, weight))
            square = np.zeros_like(weight)
            for design, values, factor in zip(designs, data, factors, strict=True):
                square += (values - design @ factor) ** 2
            weight = (1 / (1 + square / (2 * np.median(square) + 1e-7))).astype(np.float32)
        return factors, weight

    def step(self, pose: Pose, free: int) -> tuple[Pose, float] | None:
        """One Gauss-Newton step of the first `free` parameters: pose, and pixels moved. None: nothing to fit."""
        fields = self._regressors(pose)
        at = self._edges(fields)
        if np.count_nonzero(at) < 30:
            return None
        designs = self._designs(fields, at)
        data = [self._gradient[:, at, k].ravel() for k in range(3)]
        factors, weight = self._fitted(designs, data)
        moves = STEP * np.eye(4)[:free]
        moved = [self._designs(self._regressors(self._moved(pose, move)), at) for move in moves]
        normal, right = np.zeros((free, free)), np.zeros(free)
        for k, (design, values, factor) in enumerate(zip(designs, data, factors, strict=True)):
            slopes = np.stack([((other[k] - design) @ factor) / STEP for other in moved], axis=-1)
            # What a change of the factors could explain as well does not count as movement.
            weighted = design * weight[:, None]
            inner = weighted.T @ design
            inner += 1e-4 * np.trace(inner) / len(inner) * np.eye(len(inner)) + 1e-9 * np.eye(len(inner))
            slopes = slopes - design @ np.linalg.solve(inner, weighted.T @ slopes)
            residual = values - design @ factor
            normal += (slopes * weight[:, None]).T @ slopes
            right += (slopes * weight[:, None]).T @ residual
        normal += 1e-3 * np.diag(np.diag(normal)) + 1e-9 * np.eye(free)
        by = np.zeros(4)
        by[:free] = np.linalg.solve(normal, right)
        length = float(np.abs(by).max())
        by *= min(1.0, 1.0 / max(length, 1e-9))
        return self._moved(pose, by), float(np.abs(by).max())

    def certainty(self, pose: Pose) -> tuple[float, int]:
        """t value over the template's cells, and how many they are."""
        fields = self._regressors(pose)
        at = self._edges(fields)
        if np.count_nonzero(at) < 30:
            return 0.0, 0
        designs = self._designs(fields, at)
        data = [self._gradient[:, at, k].ravel() for k in range(3)]
        # Weights by the data alone: those of the fit would leave out whatever contradicts it.
        square = np.sum([values**2 for values in data], axis=0)
        weight = (1 / (1 + square / (2 * np.median(square) + 1e-6))).astype(np.float32)
        cell = np.tile(self._cells(pose, at), 2)
        agreement, energy = np.zeros(CELLS * CELLS), np.zeros(CELLS * CELLS)
        # Every cell is judged by factors that were fitted to the cells of the other colour of a chessboard.
        white = (cell % CELLS + cell // CELLS) % 2 == 0
        for mine in (white, ~white):
            for design, values in zip(designs, data, strict=True):
                factor = _solved(design[~mine], values[~mine], weight[~mine])
                model, share = design[mine] @ factor, weight[mine]
                agreement += np.bincount(cell[mine], share * model * values[mine], CELLS * CELLS)
                energy += np.bincount(cell[mine], share * model * model, CELLS * CELLS)
        used = energy > 0.01 * energy.sum() / len(energy)
        share = np.sqrt(energy[used])  # a few strong cells shall not speak for all
        slopes = agreement[used] / energy[used]
        if len(slopes) < 4:
            return 0.0, len(slopes)
        mean = (share * slopes).sum() / share.sum()
        error = np.sqrt((share**2 * (slopes - mean) ** 2).sum() / share.sum() ** 2 * len(slopes) / (len(slopes) - 1))
        return float(mean / (error + 0.01)), len(slopes)

    def _cells(self, pose: Pose, at: np.ndarray) -> np.ndarray:
        """Which cell of the template each pixel of `at` lies in."""
        rows, columns = np.nonzero(at)
        dx, dy = columns + 0.5 - pose.x, rows + 0.5 - pose.y
        w, h = self._template.size
        u = (cos(pose.angle) * dx + sin(pose.angle) * dy) / (pose.scale * w) + 0.5
        v = (cos(pose.angle) * dy - sin(pose.angle) * dx) / (pose.scale * h) + 0.5
        across, down = (np.clip((x * CELLS).astype(int), 0, CELLS - 1) for x in (u, v))
        return down * CELLS + across


def _solved(design: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted least squares with a small ridge: alpha and colour of an overlay may be all but the same."""
    weighted = design * weight[:, None]
    normal = weighted.T @ design
    ridge = 1e-3 * np.trace(normal) / len(normal) + 1e-9
    return np.linalg.solve(normal + ridge * np.eye(len(normal)), weighted.T @ values)
