"""Where the overlay may be: correlation of edge directions over all scales and angles, on reduced pictures.

At every scale the picture is reduced until the overlay is some 32 pixels wide (root of its area), so that one set of
turned templates serves all scales. What is compared is the direction of edges, as a doubled angle (light on dark and
dark on light are the same), each weighted by its strength against its surroundings: Fitch et al., "Orientation
correlation", 2002. Correlation is by Fourier transform, block by block (overlap-save). Gives candidates;
`refine` says which of them are true.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log, log2, pi

import cv2
import numpy as np

from ..imaging.resample import reduce_to
from ..imaging.stripes import THREADS
from ..types import Tick
from .template import Pose, Template, render

__all__ = ["COARSE", "FINE", "MOST_PIXELS", "Hit", "directions", "search"]

COARSE, FINE = (32, 600_000), (56, 220_000)
"""Root of the template's area in the reduced picture, and the most pixels of such a picture. The fine search sees
more of a template with much detail, at several times the cost."""

SCALES = (0.05, 8.0)
"""The scales that are looked at: 0.1 to 4, and the picture resized by 0.5 to 2 afterwards."""

MOST_PIXELS = COARSE[1]
"""What `search` needs to be given at most."""

TOLERANCE = 0.75
"""How far, in reduced pixels, an edge at the template's mean radius may be off between two steps of scale or angle."""

KEPT = 14
"""Candidates that are returned of each octave of scale: where the overlay is small there are more places by chance."""


@dataclass(frozen=True)
class Hit:
    """A pose in native pixels, and its score: correlation in standard deviations of that of unrelated edges."""

    pose: Pose
    score: float


def directions(planes: np.ndarray, noise: float) -> np.ndarray:
    """Edge directions of h x w x c values: float32 2 x h x w, the vector (cos 2t, sin 2t) times a weight 0..1.

    The weight compares an edge with the mean of its surroundings plus `noise`.
    """
    gx, gy = cv2.Scharr(planes, cv2.CV_32F, 1, 0, scale=1 / 32), cv2.Scharr(planes, cv2.CV_32F, 0, 1, scale=1 / 32)
    real = (gx * gx - gy * gy).reshape(*planes.shape[:2], -1).sum(axis=-1)
    imaginary = (2 * gx * gy).reshape(*planes.shape[:2], -1).sum(axis=-1)
    square = np.sqrt(real * real + imaginary * imaginary)
    strength = np.sqrt(square)
    around = cv2.blur(strength, (15, 15), borderType=cv2.BORDER_REFLECT)
    weight = strength / (strength + around + noise) / np.maximum(square, 1e-12)
    return np.stack([real * weight, imaginary * weight])


@dataclass(frozen=True, eq=False)
class _Turned:
    """A template at SIDE, turned: directions 2 x n x n around its centre, and their norm."""

    angle: float
    field: np.ndarray
    norm: float


def search(template: Template, picture: np.ndarray, detail: tuple[int, int], tick: Tick) -> list[Hit]:
    """Candidates, best first, at most KEPT of each octave. picture: float32 h x w x 3, 0..1, of at most about
    MOST_PIXELS. detail: COARSE or FINE."""
    side = detail[0]
    base = side / template.area**0.5
    turned = _turned(template, side, picture.reshape(-1, 3).mean(axis=0))
    levels = list(_levels(template, picture.shape[1::-1], detail, turned))
    hits: list[Hit] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for done, found in enumerate(pool.map(lambda level: _at_level(base, picture, level, turned), levels)):
            hits += found
            tick("network", done + 1, len(levels) + 1)
    return _distinct(hits, template)


def _radius(template: Template, side: float) -> float:
    """Root mean square distance of the template's edges from its centre, at a root of area of `side`."""
    w, h = template.size
    return side * ((w * w + h * h) / 12 / (w * h)) ** 0.5


def _turned(template: Template, root: int, backdrop: np.ndarray) -> list[_Turned]:
    scale = root / template.area**0.5
    w, h = template.size
    side = 2 * int(np.ceil(scale * (w * w + h * h) ** 0.5 / 2 + 3))
    count = int(np.ceil(2 * pi / (2 * TOLERANCE / _radius(template, root))))
    out = []
    for k in range(count):
        angle = 2 * pi * k / count
        drawn = render(template, Pose(side / 2, side / 2, scale, angle), (0, 0, side, side), samples=2)
        alpha = drawn[..., 3:]
        shown = np.concatenate([drawn[..., :3] + (1 - alpha) * backdrop.astype(np.float32), alpha / 2], axis=-1)
        field = directions(shown, 0.02)
        out.append(_Turned(angle, field, float(np.sqrt((field * field).sum()))))
    return out


def _levels(
    template: Template, picture: tuple[int, int], detail: tuple[int, int], turned: list[_Turned]
) -> Iterator[float]:
    """By how much a picture of `picture` (width, height) is reduced, finest first."""
    w, h = picture
    side, pixels = detail
    step = 1 + 2 * TOLERANCE / _radius(template, side)
    base = template.area**0.5 / side
    level = min(1.5, (pixels / (h * w)) ** 0.5, 1 / (SCALES[0] * base))
    # The template may be somewhat larger than the picture.
    least = max(0.6 * max(turned[0].field.shape[1:]) / max(h, w), 1 / (SCALES[1] * base))
    for k in range(int(log(level / least) / log(step)) + 2 if level > least else 1):
        yield level / step**k


def _at_level(base: float, picture: np.ndarray, level: float, turned: list[_Turned]) -> list[Hit]:
    """The best place of each angle in each block. base: pixels of the reduced picture a template pixel."""
    h, w = picture.shape[:2]
    size = max(8, round(w * level)), max(8, round(h * level))
    small = reduce_to(picture, size) if level <= 1 else cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    field = directions(small, 0.01)
    spread = float(np.sqrt((field * field).mean())) + 1e-6
    n = turned[0].field.shape[1]
    block = 128 if n < 40 else 256
    block = max(block, cv2.getOptimalDFTSize(2 * n))
    padded = np.pad(field, ((0, 0), (n // 2, n // 2 + block), (n // 2, n // 2 + block)))
    valid = block - n + 1
    corners = [(top, left) for top in range(0, size[1], valid) for left in range(0, size[0], valid)]
    spectra = [[cv2.dft(padded[c, t : t + block, x : x + block].copy()) for c in (0, 1)] for t, x in corners]
    hits = []
    scale = base * w / size[0]
    for one in turned:
        kernel = np.zeros((2, block, block), np.float32)
        kernel[:, :n, :n] = one.field
        mask = [cv2.dft(kernel[c]) for c in (0, 1)]
        for (top, left), spectrum in zip(corners, spectra, strict=True):
            product = cv2.mulSpectrums(spectrum[0], mask[0], 0, conjB=True)
            product += cv2.mulSpectrums(spectrum[1], mask[1], 0, conjB=True)
            response = cv2.dft(product, flags=cv2.DFT_INVERSE | cv2.DFT_REAL_OUTPUT | cv2.DFT_SCALE)
            here = response[: min(valid, size[1] - top), : min(valid, size[0] - left)]
            _, best, _, (x, y) = cv2.minMaxLoc(here)
            pose = Pose((left + x) * w / size[0], (top + y) * h / size[1], scale, one.angle)
            hits.append(Hit(pose, float(best) / (one.norm * spread)))
    return hits


def _distinct(hits: list[Hit], template: Template) -> list[Hit]:
    """The best KEPT hits of each octave, without those that a better one all but equals."""
    kept: list[Hit] = []
    count: dict[int, int] = {}
    side = template.area**0.5
    for hit in sorted(hits, key=lambda one: -one.score):
        pose = hit.pose
        octave = round(log2(pose.scale))
        if count.get(octave, 0) == KEPT:
            continue
        near = (
            abs(log(pose.scale / other.pose.scale)) < 0.15
            and abs((pose.angle - other.pose.angle + pi) % (2 * pi) - pi) < 0.15
            and max(abs(pose.x - other.pose.x), abs(pose.y - other.pose.y)) < 0.15 * side * other.pose.scale
            for other in kept
        )
        if not any(near):
            kept.append(hit)
            count[octave] = count.get(octave, 0) + 1
    return kept
