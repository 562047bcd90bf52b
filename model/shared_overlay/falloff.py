"""A vignette that pictures share: a fall of brightness towards the corners, without any edge that could be located.

The gradient of a picture z = T y is T times the backdrop's own, whose distribution is symmetric and sparse, plus z
times the gradient of log T. So log T, a polynomial of the squared distance from the centre, follows by robust
regression of all gradients of all pictures (after Zheng et al., single-image vignetting correction by radial gradient
symmetry, CVPR 2008). Circles and ellipses of the picture's own proportions are compared. Each picture alone must then
agree that it is there. Knows nothing of marks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..imaging.luma import LUMA
from ..imaging.resample import fit_pixels, reduce_to
from ..types import BlendType, Estimate

__all__ = ["Falloff", "FalloffConfig", "estimate_falloff", "falloff_layer"]


@dataclass(frozen=True)
class FalloffConfig:
    """Attributes
    ----------
    terms : powers of the squared distance
    pixels : the copies that it is estimated from have at most so many
    scale, widest : of gradients, 0..1, at the end and at the start of the reweighting
    rounds : of reweighting
    least_fall : of the light in the corners, 0..1: less is not claimed, photographs fall off by 0.2 to 0.3 themselves
    least_t : t value over pictures of the falloff that was found: photographs alone reach 6, vignettes 7 to 12
    grid : the layer's own resolution has at most so many pixels
    """

    terms: int = 3
    pixels: int = 30_000
    scale: float = 1.5 / 255
    widest: float = 12 / 255
    rounds: int = 12
    least_fall: float = 0.3
    least_t: float = 6.5
    grid: int = 1_000_000


DEFAULT = FalloffConfig()


@dataclass(frozen=True)
class Falloff:
    """log T = sum of coefficients[k] q^(k+1); q is 0 in the centre and 1 in the corners.

    circular: q grows alike in both directions, else as an ellipse of the picture's proportions.
    """

    coefficients: tuple[float, ...]
    circular: bool

    def transmission(self, size: tuple[int, int], whole: tuple[int, int]) -> np.ndarray:
        """float32 h x w, 0..1, on a grid of `size` (width, height) over a picture of `whole`; 1 where it is largest."""
        distance, _, _ = _squared_distance(size, whole, self.circular)
        log = sum(a * distance ** (k + 1) for k, a in enumerate(self.coefficients))
        return np.exp(np.minimum(log, 0)).astype(np.float32)


def estimate_falloff(
    stack: np.ndarray, config: FalloffConfig = DEFAULT, tick: Callable[[], None] = lambda: None
) -> Falloff | None:
    """The falloff that pictures share; None where they have none that is beyond chance and beyond a lens's own.

    Parameters
    ----------
    stack : uint8 or uint16 N x h x w x 3
        Reduced copies of whole pictures, N >= 3.
    config : FalloffConfig
    tick : called between rounds; may raise to stop
    """
    whole = stack.shape[2], stack.shape[1]
    size = fit_pixels(whole, config.pixels)
    unit = np.float32(1 / np.iinfo(stack.dtype).max)
    pictures = np.stack([reduce_to(one, size).astype(np.float32) @ (LUMA * unit) for one in stack])
    fits = []
    for circular in (False, True):
        fit = _Regression(pictures, whole, circular, config)
        for _ in range(config.rounds):
            tick()
            fit.step()
        fits.append(fit)
    best = min(fits, key=lambda fit: fit.cost)
    falloff = Falloff(tuple(float(v) for v in best.coefficients), best.circular)
    fall = 1 - float(falloff.transmission(size, whole)[[0, 0, -1, -1], [0, -1, 0, -1]].mean())
    shares = best.shares()
    error = float(shares.std(ddof=1)) / len(shares) ** 0.5
    if fall < config.least_fall or float(shares.mean()) < config.least_t * error:
        return None
    return falloff


def falloff_layer(falloff: Falloff, size: tuple[int, int], config: FalloffConfig = DEFAULT) -> Estimate:
    """The falloff as one multiply layer over a picture of `size` (width, height)."""
    grid = fit_pixels(size, config.grid)
    through = falloff.transmission(grid, size)
    transmission = np.repeat(through[..., None], 3, axis=-1).astype(np.float16)
    emission = np.zeros_like(transmission)
    return Estimate(emission, transmission, 1 - through, BlendType.MULTIPLY, 1.0, (0, 0, *size))


def _squared_distance(
    size: tuple[int, int], whole: tuple[int, int], circular: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Squared distance from the centre, 1 in the corners, and its derivatives by grid pixel in x and y."""
    w, h = size
    x, y = (np.arange(w) + 0.5) / w - 0.5, (np.arange(h) + 0.5) / h - 0.5
    across, down = (whole[0] ** 2, whole[1] ** 2) if circular else (1.0, 1.0)
    most = (across + down) / 4
    distance = (across * x[None] ** 2 + down * y[:, None] ** 2) / most
    slope_x = np.broadcast_to(2 * across * x[None] / w / most, distance.shape)
    slope_y = np.broadcast_to(2 * down * y[:, None] / h / most, distance.shape)
    return distance, slope_x, slope_y


class _Regression:
    """Iteratively reweighted least squares (Cauchy) of the gradients on those of log T."""

    def __init__(self, pictures: np.ndarray, whole: tuple[int, int], circular: bool, config: FalloffConfig) -> None:
        self.circular = circular
        self._config = config
        self._scale = config.widest
        distance, *slopes = _squared_distance((pictures.shape[2], pictures.shape[1]), whole, circular)
        powers = [(k + 1) * distance**k for k in range(config.terms)]
        # Per picture: values and design of both directions, over pixels that are neither black nor burnt out.
        self._values, self._designs = [], []
        for picture in pictures:
            sound = (picture > 4 / 255) & (picture < 251 / 255)
            sound = cv2.erode(sound.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            sound[[0, -1]] = sound[:, [0, -1]] = False
            rows, columns = np.gradient(picture)
            values, design = [], []
            for gradient, slope in ((columns, slopes[0]), (rows, slopes[1])):
                values.append(gradient[sound])
                design.append(np.stack([(picture * power * slope)[sound] for power in powers], axis=-1))
            self._values.append(np.concatenate(values).astype(np.float32))
            self._designs.append(np.concatenate(design).astype(np.float32))
        self.coefficients = np.zeros(config.terms)
        self.cost = np.inf

    def step(self) -> None:
        """One round; the scale narrows from one to the next."""
        terms = self._config.terms
        normal, right, cost = np.zeros((terms, terms)), np.zeros(terms), 0.0
        for values, design in zip(self._values, self._designs, strict=True):
            square = (values - design @ self.coefficients.astype(np.float32)) ** 2
            weight = 1 / (self._scale**2 + square)
            weighted = design * weight[:, None]
            normal += weighted.T @ design
            right += weighted.T @ values
            cost += float(np.log1p(square / self._scale**2).sum())
        self.cost = cost
        self.coefficients = np.linalg.solve(normal + 1e-6 * np.trace(normal) * np.eye(terms), right)
        self._scale = max(self._config.scale, 0.7 * self._scale)

    def shares(self) -> np.ndarray:
        """How much of the falloff each picture shows by itself: about 1 each, 0 of pictures without."""
        out = []
        for values, design in zip(self._values, self._designs, strict=True):
            model = design @ self.coefficients.astype(np.float32)
            share = 0.5
            for _ in range(5):
                weight = 1 / (self._scale**2 + (values - share * model) ** 2)
                share = float((weight * model * values).sum() / max(float((weight * model * model).sum()), 1e-12))
            out.append(share)
        return np.array(out)
