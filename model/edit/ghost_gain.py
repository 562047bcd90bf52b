"""How much stronger a layer must be, and how its rim must run, so that nothing of it is left in the background.

The picture is z = y + g u with u = a (c - b), the layer as it is over the backdrop b without detail, and y of course
not looking like u. So g is the slope of the picture against u, by least squares in the neighbourhood of each pixel,
what is smooth taken away from both: 1 where the layer is right, more where a ghost remains, less where it was
taken off too much. The rim, where half a pixel decides, is then measured again, on the line from the backdrop around
it to what the layer would make of it. Knows nothing of brushes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..blending import blended, emission_transmission
from ..types import BlendType, Box
from .config import EditConfig
from .layer_stats import LayerStats, local_stats
from .patch import Patch, max_alpha, solve_patch

__all__ = [
    "GainField",
    "gain_sums",
    "global_gain",
    "layer_gain",
    "local_gain",
    "local_gain_and_colour",
    "remove_ghost",
    "scale_alpha",
]


@dataclass(frozen=True, eq=False)
class GainField:
    """Gains of a whole layer on a coarse grid, for places that show no edge of the layer themselves.

    planes: 5 x h x w float32, of `_channel_gains`.   side: pixels of the picture a cell.
    """

    planes: np.ndarray
    side: float

    def over(self, box: Box) -> np.ndarray:
        """5 x h x w: interpolated at the pixels of `box`; beyond the picture, as at its border."""
        x, y, w, h = box
        scale = 1 / self.side
        onto = np.array([[scale, 0, (x + 0.5) * scale - 0.5], [0, scale, (y + 0.5) * scale - 0.5]], np.float32)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.stack(
            [cv2.warpAffine(p, onto, (w, h), flags=how, borderMode=cv2.BORDER_REPLICATE) for p in self.planes]
        )


def layer_gain(patch: Patch, step: int) -> GainField:
    """The gains of a layer from all of its edges, however far: a flat area has none of its own.

    The products of the regression are averaged over ever smaller neighbourhoods; where a neighbourhood holds no
    evidence, the gain of the next larger one stands. The backdrop without detail is wrong as long as the layer is, so
    one gain for all of the layer comes first.

    patch: the whole picture at every `step`-th pixel.
    """
    config, first = patch.config, 1.0
    for _ in range(config.gain_passes):
        gain = global_gain([gain_sums(patch)], config)
        patch = scale_alpha(patch, np.full(patch.alpha.shape, gain, np.float32))
        first *= gain
    both, own, seen, _ = _regression_terms(patch, None)
    planes, sigma = None, float(max(patch.alpha.shape))
    while sigma > config.gain_sigma:
        planes = _channel_gains(both, own, seen, config, planes, sigma)
        sigma /= 2
    nearest = _channel_gains(both, own, seen, config, planes)
    nearest[0] = np.clip(nearest[0] * np.float32(first), *config.gain_limits)
    if planes is not None:  # what lies near is measured again at full size: against the evidence from further away
        nearest[4] = planes[4]
    return GainField(nearest, float(step * config.gain_cell * config.gain_block))


def scale_alpha(patch: Patch, gain: np.ndarray) -> Patch:
    """The patch with `gain` (h x w) times its alpha, as far as the picture lets it, exact."""
    alpha, colour = patch.alpha_and_colour
    most = np.maximum(alpha, max_alpha(patch.picture, colour, patch.blend))
    return solve_patch(patch, np.clip(alpha * gain, 0, most), colour, patch.alpha > 0)


def local_gain(patch: Patch, colour: np.ndarray | None = None) -> np.ndarray:
    """The gain of the layer's alpha at each pixel, float32 h x w; 1 without evidence for another. See `gain_sums`."""
    both, own, seen, _ = _regression_terms(patch, colour)
    gain = _channel_gains(both, own, seen, patch.config)[0]
    return cv2.resize(gain, patch.alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)


def local_gain_and_colour(
    patch: Patch, here: tuple[slice, slice], prior: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(gain h x w, colour 3 x h x w) `here`: where channels want different gains, the colour is wrong and makes up.

    prior: 5 x h x w of the patch, from `GainField.over`: what stands where the patch holds no evidence; 1 by default.
    """
    both, own, seen, smooth_backdrop = _regression_terms(patch, None)
    if prior is not None:
        prior = np.stack([_downsample(plane, patch.config.gain_cell * patch.config.gain_block) for plane in prior])
    gain, *share, _ = _channel_gains(both, own, seen, patch.config, prior)
    size = patch.alpha.shape[::-1]

    def wide(plane: np.ndarray) -> np.ndarray:
        return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)[here]

    its = patch.alpha_and_colour[1][:, *here]
    below = np.stack([wide(plane) for plane in smooth_backdrop])
    colour = below + np.stack([wide(plane) for plane in share]) * (its - below)
    return wide(gain), colour.clip(0, 1)


def _channel_gains(
    both: np.ndarray,
    own: np.ndarray,
    seen: np.ndarray,
    config: EditConfig,
    prior: np.ndarray | None = None,
    sigma: float | None = None,
) -> np.ndarray:
    """5 x h x w on blocks of cells: the gain, the gain of each channel / gain, and the evidence: the mean of u u.

    both, own, seen: of `_regression_terms`.   prior: of the result's shape: what a larger neighbourhood says, to which
    one with little evidence is drawn; by default 1 with no evidence.   sigma: of the neighbourhood, in pixels.
    """
    width = (sigma or config.gain_sigma) / config.gain_cell / config.gain_block

    def local_mean(planes: np.ndarray) -> np.ndarray:
        return np.stack([cv2.GaussianBlur(_downsample(x, config.gain_block), (0, 0), width) for x in planes])

    both, own, seen = local_mean(both), local_mean(own), local_mean(seen)
    b, o = both.sum(axis=0), own.sum(axis=0)
    if prior is None:
        prior = np.concatenate([np.ones((4, *o.shape), np.float32), np.zeros((1, *o.shape), np.float32)])
    ridge = np.float32(config.gain_ridge) + np.float32(config.gain_prior) * prior[4]
    gain = np.clip((b + ridge * prior[0]) / (o + ridge), *config.gain_limits)
    low, high = config.gain_correlation
    sure = np.clip((b * np.abs(b) / np.maximum(o * seen.sum(axis=0), 1e-12) - low) / (high - low), 0, 1)
    # Far from every edge what little evidence there is comes from the backdrop's own detail.
    sure *= np.clip((o / np.maximum(prior[4], 1e-12) - config.gain_evidence[0]) / np.ptp(config.gain_evidence), 0, 1)
    # A channel in which the layer hardly shows follows the others.
    weight = ridge + o * np.float32(0.03)
    share = (both + weight * gain * prior[1:4]) / (own + weight) / np.maximum(gain, 0.1)
    found = np.concatenate([gain[None], np.clip(share, *config.channel_gain_limits)])
    return np.concatenate([prior[:4] + (found - prior[:4]) * sure, o[None]])


def remove_ghost(
    patch: Patch, gain: np.ndarray, colour: np.ndarray, stats: LayerStats
) -> tuple[np.ndarray, np.ndarray]:
    """Canonical (alpha h x w, colour 3 x h x w), 0..1, that leave no ghost; edges are measured again.

    gain (h x w), colour (3 x h x w): of `local_gain_and_colour`.   stats: of the whole layer.
    """
    alpha = patch.alpha_and_colour[0]
    most = max_alpha(patch.picture, colour, patch.blend)
    alpha = np.clip(alpha * gain, 0, np.maximum(alpha, most))
    tint, opacity = local_stats(alpha, colour, stats, patch.config)
    rim = _edge_band(alpha, opacity)
    colour = colour + (tint - colour) * rim
    emission, transmission = emission_transmission(alpha[None], colour, patch.blend)
    below = np.clip((patch.picture - emission) / np.maximum(transmission, 0.05), 0, 1)
    known = np.clip(1 - 2 * rim, 0, 1) * np.clip(transmission.min(axis=0) * 4, 0, 1) + np.float32(1e-4)
    mass = cv2.GaussianBlur(known, (0, 0), patch.config.edge_sigma)
    around = np.stack([cv2.GaussianBlur(plane * known, (0, 0), patch.config.edge_sigma) / mass for plane in below])
    line = blended(colour, around, patch.blend) - around
    length = (line * line).sum(axis=0)
    measured = ((patch.picture - around) * line).sum(axis=0) / np.maximum(length, 1e-4)
    # Where backdrop and colour are alike, the measure is noise.
    sure = rim * length / (length + np.float32(0.03))
    return alpha + sure * (np.clip(measured, 0, np.minimum(1.05 * opacity, most)) - alpha), colour


def _edge_band(alpha: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """h x w, 0..1: where alpha changes from one pixel to the next by a good part of the layer's opacity."""
    square = np.ones((3, 3), np.uint8)
    steep = (cv2.dilate(alpha, square) - cv2.erode(alpha, square)) / np.maximum(opacity, 0.02)
    return cv2.dilate(np.clip(2.5 * steep - 0.25, 0, 1), square)


def global_gain(parts: list[tuple[np.ndarray, np.ndarray]], config: EditConfig) -> float:
    """One gain for a whole layer, from the `sums` of samples of it; 1 where nothing speaks for another."""
    both, own = (float(sum(crop[k].sum(dtype=np.float64) for crop in parts)) for k in (0, 1))
    return float(np.clip(both / own, *config.gain_limits)) if own > 0 else 1.0


def gain_sums(patch: Patch, colour: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(z u, u u) at each cell, summed over channels: the ratio of their sums is the gain.

    colour: 3 x 1 x 1, in place of the layer's own.
    """
    both, own, _, _ = _regression_terms(patch, colour)
    return both.sum(axis=0), own.sum(axis=0)


def _regression_terms(patch: Patch, colour: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(z u, u u, z z, backdrop without detail), 3 x h x w on cells; see the module's docstring."""
    cell = patch.config.gain_cell
    detail = patch.config.gain_detail_sigma / cell
    alpha = _downsample(patch.alpha_and_colour[0], cell)
    # The backdrop without detail: from where there is least of the layer, what lies under it may be wrong.
    around = cv2.dilate(alpha, np.ones((9, 9), np.uint8))
    clear = (1 - alpha / np.maximum(around, 1e-3)) ** 2 + np.float32(1e-3)
    mass = cv2.GaussianBlur(clear, (0, 0), detail)
    both, own, seen, smooth_backdrop = (np.empty((3, *alpha.shape), np.float32) for _ in range(4))
    normal = patch.blend == BlendType.NORMAL  # known without looking at T in every channel
    for k in range(3):
        plane = _downsample(patch.picture[k], cell)
        smooth_backdrop[k] = cv2.GaussianBlur(_downsample(patch.below[k], cell) * clear, (0, 0), detail) / mass
        if colour is None and normal:
            u = _downsample(patch.alpha_and_colour[0] * patch.alpha_and_colour[1][k], cell) - alpha * smooth_backdrop[k]
        elif colour is None:
            emission, transmission = (_downsample(planes[k], cell) for planes in patch.emission_and_transmission)
            u = emission + (transmission - 1) * smooth_backdrop[k]
        else:
            f, t = emission_transmission(np.float32(1), colour[k], patch.blend)
            u = alpha * (f + (t - 1) * smooth_backdrop[k])
        u -= cv2.GaussianBlur(u, (0, 0), detail)
        plane -= cv2.GaussianBlur(plane, (0, 0), detail)
        both[k], own[k], seen[k] = u * plane, u * u, plane * plane
    return both, own, seen, smooth_backdrop


def _downsample(plane: np.ndarray, cell: int) -> np.ndarray:
    h, w = plane.shape
    return cv2.resize(plane, (-(-w // cell), -(-h // cell)), interpolation=cv2.INTER_AREA)
