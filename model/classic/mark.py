"""Closed-form fit of a mark (text, logo, stamp) of one opacity and colour under a hint.

Inside a mark z = (1 - a) y + a c; just outside z = y. Over many pairs of neighbours across the edge the background has
the same distribution on both sides, so

    1 - a = spread of z inside / spread of z outside        (the reduced major axis: unlike least squares it is not
    c     = median over pairs of (z_in - (1 - a) z_out) / a  biased towards thin marks by texture between the two)

Then alpha is estimated again at every pixel of the rim, by projection on the line from background to colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from ..imaging.boxes import bounding_box
from ..imaging.crop import Crop
from ..imaging.inpaint import inpaint_patchmatch, inpaint_telea
from ..imaging.outlines import core_of, half_width, pairs_across
from ..imaging.threads import run_in_background
from ..types import BlendType, Estimate
from .config import DEFAULT, ClassicConfig

__all__ = ["Fit", "fit_mark", "mark", "segmented"]


@dataclass(frozen=True, eq=False)
class Fit:
    """Opacity and colour of a mark.

    Attributes
    ----------
    opacity : 0..1
    colour : 3 values, 0..1
    alike : correlation of the pixels on both sides of the edge, 0..1: how certain the fit is
    """

    opacity: float
    colour: np.ndarray
    alike: float


def mark(
    crop: Crop, colour: tuple[float, float, float] | None, config: ClassicConfig = DEFAULT
) -> tuple[Estimate, np.ndarray] | None:
    """Fit the mark under `crop.hint`.

    Parameters
    ----------
    crop : Crop
        Its hint, which must be given, may follow the mark's outline or cover it roughly.
    colour : three values 0..1, or None
        The mark's colour where it is known.
    config : ClassicConfig
        Thresholds of the mark.

    Returns
    -------
    (Estimate, float16 h x w x 3), or None where no mark is found
        The mark and the background beneath it.
    """
    assert crop.hint is not None
    outline = crop.hint > 0.5
    support = _support(outline)
    around = run_in_background(partial(_around, crop.pixels, outline, config))
    fit = fit_mark(crop.pixels, outline, colour, config)
    if fit is None or fit.opacity < config.mark_min_opacity:
        outline = segmented(crop.pixels, outline)
        support = _support(outline)
        around = run_in_background(partial(_around, crop.pixels, outline, config))
        fit = fit_mark(crop.pixels, outline, colour, config)
        if fit is None or fit.opacity < config.mark_min_opacity:
            return None
    if fit.opacity > _opaque_from(fit, outline, config):
        return _opaque(crop, outline)
    at = np.flatnonzero(support)  # elsewhere the background is the picture
    pixels, alpha = crop.pixels.reshape(-1, 3)[at], _alpha(crop.pixels, outline, support, at, fit)[:, None]
    background = _plausible((pixels - alpha * fit.colour) / np.maximum(1 - alpha, 0.05), *around.result())
    alpha = np.maximum(alpha, _least_alpha(pixels, background))
    emission, transmission = np.zeros_like(crop.pixels), np.ones((*crop.shape, 1), np.float32)
    full = crop.pixels.copy()
    emission.reshape(-1, 3)[at] = pixels - (1 - alpha) * background
    transmission.reshape(-1, 1)[at] = 1 - alpha
    full.reshape(-1, 3)[at] = background
    confidence = 0.5 + 0.4 * fit.alike
    layer = crop.estimate(emission, transmission, 1 - transmission[..., 0], BlendType.NORMAL, confidence)
    return layer, full.astype(np.float16)


def _opaque_from(fit: Fit, outline: np.ndarray, config: ClassicConfig) -> float:
    """The opacity above which a mark counts as opaque: lower where nothing says that the background shows through."""
    if fit.alike > config.mark_min_correlation:
        return config.mark_opaque_shown
    thin, broad = config.mark_opaque_thin, config.mark_opaque_broad
    return thin + (broad - thin) * min(1.0, half_width(outline) / config.mark_broad)


def fit_mark(
    pixels: np.ndarray,
    outline: np.ndarray,
    colour: tuple[float, float, float] | None = None,
    config: ClassicConfig = DEFAULT,
) -> Fit | None:
    """Opacity and colour of a mark; None where fewer than 30 pairs of neighbours lie across its edge.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    outline : bool h x w
    colour : three values 0..1, or None
        The mark's colour where it is known.
    config : ClassicConfig
    """
    inside, outside = pairs_across(pixels, outline, config.mark_max_pairs)
    if len(inside) < 30:
        return None
    if colour is not None:
        given = np.asarray(colour, np.float32)
        span = given - outside
        opacity = float(np.median(((inside - outside) * span).sum(1) / np.maximum((span**2).sum(1), 1e-3)))
        return Fit(float(np.clip(opacity, 0, 1)), given, 1.0)
    alike, spread_in, spread_out = _spreads(inside, outside)
    opacity = 1 - spread_in / max(spread_out, 1e-4)
    step = np.median(inside - outside, axis=0)
    level = np.median(outside, axis=0)
    # On a flat background the opacity is ambiguous: take the smallest that explains the step. A larger one with
    # another colour would give the same background.
    least = float(np.max(np.where(step > 0, step / np.maximum(1 - level, 0.02), -step / np.maximum(level, 0.02))))
    opacity = max(opacity, least) if alike > config.mark_min_correlation else least
    opacity = float(np.clip(opacity, 0, 1))
    if opacity < config.mark_min_opacity:
        return Fit(opacity, level, alike)
    seen = np.median((inside - (1 - opacity) * outside) / opacity, axis=0)
    return Fit(opacity, np.clip(seen, 0, 1).astype(np.float32), alike)


def segmented(pixels: np.ndarray, region: np.ndarray) -> np.ndarray:
    """The thin bright or thin dark part of a rough region, by its difference from a wide median filter.

    Parameters
    ----------
    pixels : float32 h x w x 3, 0..1
    region : bool h x w

    Returns
    -------
    bool h x w, within `region`
    """
    box = bounding_box(region)
    if box is None:
        return region
    height = min(box[2:])
    window = int(np.clip(2 * height // 3, 9, 151)) | 1
    gray = (np.clip(pixels.mean(axis=2), 0, 1) * 255).astype(np.uint8)
    detail = gray.astype(np.int16) - cv2.medianBlur(gray, window)
    inside = detail[region]
    detail = detail if np.clip(inside, 0, None).sum() >= -np.clip(inside, None, 0).sum() else -detail
    level = np.clip(detail, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(level[region].reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return region & (level > max(threshold, 4))


def _spreads(inside: np.ndarray, outside: np.ndarray) -> tuple[float, float, float]:
    """Correlation across the edge and the spread on either side, over all channels together.

    Pairs where either side is clipped are left out.
    """
    fair = ((outside > 0.01) & (outside < 0.99) & (inside > 0.01) & (inside < 0.99)).all(axis=1)
    if fair.sum() < 30:
        return 0.0, 1.0, 1.0
    a, b = inside[fair], outside[fair]
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    saa, sbb, sab = float((a * a).sum()), float((b * b).sum()), float((a * b).sum())
    alike = sab / max((saa * sbb) ** 0.5, 1e-9) if sbb / b.size > 0.01**2 else 0.0
    return max(alike, 0.0), (saa / a.size) ** 0.5, (sbb / b.size) ** 0.5


def _alpha(pixels: np.ndarray, outline: np.ndarray, support: np.ndarray, at: np.ndarray, fit: Fit) -> np.ndarray:
    """float32, one for each of `at`, the flat indices of `support`: `fit.opacity` in the core, measured on the rim."""
    core = core_of(outline)
    known = core | ~support
    solved = pixels * known[..., None]
    solved[core] = (pixels[core] - fit.opacity * fit.colour) / (1 - fit.opacity)
    weight, around = (cv2.GaussianBlur(plane, (0, 0), 2.0) for plane in (known.astype(np.float32), solved))
    alpha, inside = np.full(len(at), fit.opacity, np.float32), core.ravel()[at]
    rim = at[~inside]
    near = around.reshape(-1, 3)[rim] / np.maximum(weight.ravel()[rim], 1e-4)[:, None]
    line = fit.colour - near
    length = np.einsum("nc,nc->n", line, line)
    measured = np.einsum("nc,nc->n", pixels.reshape(-1, 3)[rim] - near, line) / np.maximum(length, 1e-3)
    # Where background and colour are similar the estimate is noise: fall back on the outline.
    sure = length / (length + 0.01)
    flat = fit.opacity * outline.ravel()[rim]
    alpha[~inside] = sure * np.clip(measured, 0, min(1.0, 1.1 * fit.opacity)) + (1 - sure) * flat
    return alpha


def _support(outline: np.ndarray) -> np.ndarray:
    """bool h x w: the mark with its rim."""
    return cv2.dilate(outline.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


def _around(pixels: np.ndarray, outline: np.ndarray, config: ClassicConfig) -> tuple[np.ndarray, np.ndarray]:
    """n x 3 each, for the pixels of the support: the inpainted background, and its plausible deviation."""
    support = _support(outline)
    painted, spread = inpaint_telea(pixels, support.astype(np.uint8)), _surroundings(pixels, ~support)
    factor = np.where(core_of(outline)[support, None], config.mark_plausible_core, config.mark_plausible)
    likely = 0.02 + factor * spread[support]
    depth = cv2.distanceTransform(outline.astype(np.uint8), cv2.DIST_L2, 3)
    likely[depth[support] > config.mark_broad] = 1  # nothing around a broad stroke tells what is beneath its middle
    return painted[support], likely


def _plausible(inverted: np.ndarray, painted: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """n x 3: the inverted background, clipped to `likely` around the inpainted one.

    A mark's outlines, shadows and second colours do not fit its one colour; their inversion is replaced so.
    """
    return painted + np.clip(np.clip(inverted, 0, 1) - painted, -likely, likely)


def _surroundings(pixels: np.ndarray, clear: np.ndarray) -> np.ndarray:
    """Local standard deviation of the `clear` pixels, h x w x 3; smooth, so computed at a quarter of the size."""
    h, w = clear.shape
    small = max(1, w // 4), max(1, h // 4)
    clear = clear.astype(np.float32)

    def blurred(plane: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(cv2.resize(plane, small, interpolation=cv2.INTER_AREA), (0, 0), 2)

    def around(plane: np.ndarray) -> np.ndarray:
        return cv2.resize(blurred(plane * clear) / (count + 1e-4), (w, h), interpolation=cv2.INTER_LINEAR)

    count = blurred(clear)
    planes = np.moveaxis(pixels, -1, 0)
    return np.stack([np.sqrt(np.maximum(around((p - around(p)) ** 2), 0)) for p in planes], axis=-1)


def _least_alpha(pixels: np.ndarray, background: np.ndarray) -> np.ndarray:
    """n x 1: the smallest alpha at which some colour of 0..1 turns `background` into `pixels`, n x 3."""
    lighter = (pixels - background) / np.maximum(1 - background, 1e-3)
    darker = (background - pixels) / np.maximum(background, 1e-3)
    red, green, blue = np.maximum(lighter, darker).T  # over a last axis of 3, max() is 8 x slower
    return np.clip(np.maximum(np.maximum(red, green), blue), 0, 1)[:, None]


def _opaque(crop: Crop, outline: np.ndarray) -> tuple[Estimate, np.ndarray]:
    """The mark as an opaque layer with a soft rim, and an inpainted background."""
    wide = cv2.dilate(outline.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    inpainted = inpaint_patchmatch(crop.pixels, wide)
    alpha = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), 0.8) * wide
    alpha = np.where(outline, 1, alpha).astype(np.float32)
    emission = np.clip(crop.pixels - (1 - alpha[..., None]) * inpainted, 0, 1)
    return crop.estimate(emission, 1 - alpha[..., None], alpha, BlendType.NORMAL, 0.7), inpainted.astype(np.float16)
