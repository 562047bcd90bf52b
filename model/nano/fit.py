"""The closed-form solution of a mark: one ink, its repeats, and inpainting where it is opaque.

The network's outline is accurate long before its opacity and colour are, and a text or stamp usually has one of each.
So they are fitted across the outline (`model.classic.mark`); the fit is taken where its recovered background shows less
of the mark's edge than the network's. Where a mark is opaque, inversion is undefined and the background is inpainted.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..classic.mark import mark as fit_mark
from ..imaging.crop import Crop, crop_request, resample_to_crop
from ..imaging.inpaint import inpaint_patchmatch
from ..imaging.stripes import stripes
from ..imaging.threads import run_in_background
from ..types import BlendType, Box, Estimate, Request
from .config import FitConfig, NanoConfig
from .passes import Fields, GlobalPrediction
from .tiling import find_tiling

__all__ = [
    "closed_form",
    "fit_single_ink",
    "inpaint_opaque",
    "inverted",
    "outline_of",
    "predicted_background",
    "residual_edge",
]

MIN_OUTLINE = 80
"""Pixels of an outline below which there is nothing to fit."""


def closed_form(
    request: Request, top: Estimate, paint: np.ndarray | None, config: NanoConfig
) -> tuple[Estimate, np.ndarray | None]:
    """Fit the mark through its repeats or as one ink; unchanged where neither fits.

    Parameters
    ----------
    top : the mark as the network predicts it
    paint : float16 h x w x 3, 0..1, over the box of `top`, or None
        The network's background.

    Returns
    -------
    Estimate, and the background beneath it over its box, float16 h x w x 3
        `paint` where nothing is fitted and nothing is opaque.
    """
    tiling = find_tiling(request, top, config.tiling)
    if tiling is None:
        fitted = fit_if_normal(request, top, config.fit)
        if fitted is not None:
            return fitted
        beneath = inpaint_opaque(request, top, config.fit)
        return top, paint if beneath is None else beneath
    pool = run_in_background(tiling.pool_instances)  # of the picture alone, so it need not wait for the fit
    fitted = fit_if_normal(request, tiling.top, config.fit)
    return tiling.solved(fitted[0] if fitted else tiling.top, pool.result())


def fit_if_normal(request: Request, mark: Estimate, config: FitConfig) -> tuple[Estimate, np.ndarray] | None:
    return fit_single_ink(request, mark, config) if mark.blend is BlendType.NORMAL else None


def predicted_background(whole: GlobalPrediction, fields: Fields) -> np.ndarray | None:
    """The global pass's background over the box, reduced, float16; None where the picture shows through everywhere."""
    if float(fields.transmission.min()) > 0.25:
        return None
    left, top, width, height = fields.box
    fx, fy = whole.factor
    rows = slice(int(top * fy), max(int(top * fy) + 1, round((top + height) * fy)))
    columns = slice(int(left * fx), max(int(left * fx) + 1, round((left + width) * fx)))
    return np.ascontiguousarray(whole.output.paint[:, rows, columns].transpose(1, 2, 0)).astype(np.float16)


def outline_of(alpha: np.ndarray) -> np.ndarray | None:
    """bool h x w: alpha > 0.5 x the 80th percentile of alpha above 0.08; None below MIN_OUTLINE pixels."""
    present = alpha[alpha > 0.08]
    if len(present) < MIN_OUTLINE:
        return None
    return alpha > 0.5 * np.quantile(present.astype(np.float32), 0.8)


def fit_single_ink(request: Request, estimate: Estimate, config: FitConfig) -> tuple[Estimate, np.ndarray] | None:
    """Fit one opacity and one colour to a predicted mark (`model.classic.mark`).

    Parameters
    ----------
    request : Request
    estimate : the mark as the network predicts it
    config : FitConfig

    Returns
    -------
    (Estimate, float16 h x w x 3) or None
        The fitted mark and the background beneath it, over its box. None where no such mark fits, or where the
        network's own prediction leaves less of an edge in the background.
    """
    outline = outline_of(estimate.alpha)
    if outline is None:
        return None
    crop = crop_request(request, config.max_pixels, box_around(outline, estimate))
    x, y, width, height = estimate.box
    left, top, w, h = crop.box  # inside the estimate's
    native = cv2.resize(outline.astype(np.uint8), (width, height))[top - y : top - y + h, left - x : left - x + w]
    hint = cv2.resize(native, crop.shape[::-1], interpolation=cv2.INTER_NEAREST)
    del native  # at the picture's size
    crop = replace(crop, hint=hint.astype(np.float32))
    network_edge = run_in_background(lambda: residual_edge(inverted(crop, resample_to_crop(estimate, crop)), hint > 0))
    fitted = fit_mark(crop, request.options.colour)
    if fitted is None:
        return None
    fitted_edge = residual_edge(inverted(crop, fitted[0]), hint > 0)
    return fitted if fitted_edge < network_edge.result() else None


def box_around(outline: np.ndarray, estimate: Estimate, margin: int = 32) -> Box:
    """The native bounding box of the outline, widened by `margin` pixels."""
    x, y, width, height = estimate.box
    fx, fy = width / outline.shape[1], height / outline.shape[0]
    rows, columns = np.flatnonzero(outline.any(axis=1)), np.flatnonzero(outline.any(axis=0))
    left, top = max(0, int(columns[0] * fx) - margin), max(0, int(rows[0] * fy) - margin)
    right = min(width, int((columns[-1] + 1) * fx) + margin)
    bottom = min(height, int((rows[-1] + 1) * fy) + margin)
    return x + left, y + top, right - left, bottom - top


def inverted(crop: Crop, layer: Estimate) -> np.ndarray:
    """float32 h x w x 3: the background by regularised inversion, the picture itself where nothing shows through."""
    out = np.empty(crop.pixels.shape, np.float32)
    for top, bottom in stripes(crop.shape[1], crop.shape[0]):  # whole arrays of every term would be a peak of memory
        rows = slice(top, bottom)
        f, t = layer.emission[rows].astype(np.float32), layer.transmission[rows].astype(np.float32)
        z = crop.pixels[rows]
        np.clip(invert(z, f, t, z, INVERSION_WEIGHT), 0, 1, out=out[rows])
    return out


def residual_edge(picture: np.ndarray, outline: np.ndarray) -> float:
    """Mean gradient of `picture`, 0..1, across the edge of the outline."""
    inside = outline.astype(np.float32)
    soft = cv2.GaussianBlur(inside, (0, 0), 1.0)
    normal = np.stack([cv2.Sobel(soft, -1, 1, 0), cv2.Sobel(soft, -1, 0, 1)])
    length = np.sqrt((normal**2).sum(axis=0))
    edge = length > 0.5 * length.max()
    if not edge.any():
        return 0.0
    steps = [
        np.abs(cv2.Sobel(p, -1, 1, 0) * normal[0] + cv2.Sobel(p, -1, 0, 1) * normal[1])[edge] / length[edge]
        for p in np.moveaxis(picture, -1, 0)
    ]
    return float(np.mean(steps)) / 8


def inpaint_opaque(request: Request, mark: Estimate, config: FitConfig) -> np.ndarray | None:
    """The background beneath `mark`, float16 h x w x 3 over its box; None where hardly a pixel is opaque.

    Inverted where the picture shows through, inpainted with texture from around (`model.imaging.inpaint`) elsewhere.
    """
    if float(mark.transmission.min()) > config.opaque_transmission:
        return None
    crop = crop_request(request, config.inpaint_max_pixels, mark.box)
    layer = resample_to_crop(mark, crop)
    transmission = layer.transmission.min(axis=-1)
    opaque = transmission < config.opaque_transmission
    if opaque.sum() < config.min_opaque_pixels:
        return None
    size = 2 * config.edge_pixels + 1
    near = cv2.dilate(opaque.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    unknown = near & (transmission < config.edge_transmission) | opaque
    return inpaint_patchmatch(inverted(crop, layer), unknown).astype(np.float16)
