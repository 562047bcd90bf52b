"""What the brushes and sliders ask for, and what alpha and colour that means at each pixel.

    Foreground  this belongs to the layer: at least its usual opacity here, in its colour
    Background  this does not: alpha 0, the background is the picture
    Scale       more or less of what is there; nothing comes where nothing is
    Match       as much as makes the layer's ghost in the background vanish, its rim too
    Recolour    another colour, and as much of it as the picture shows
    ChangeBlendType  another blend type; the background as it is, as far as that type can

`apply_edit` applies one to a patch and solves it exactly. Knows nothing of how the weight of a brush came about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..blending import fit_blend_type
from ..types import BlendType
from .ghost_gain import local_gain, local_gain_and_colour, remove_ghost, scale_alpha
from .layer_stats import LayerStats, local_stats
from .patch import Patch, max_alpha, solve_patch

__all__ = [
    "RGB",
    "Background",
    "ChangeBlendType",
    "Edit",
    "Foreground",
    "Match",
    "Recolour",
    "Scale",
    "apply_edit",
    "foreground_appearance",
]

RGB = tuple[float, float, float]
"""A colour in the document's encoded values, 0..1."""


@dataclass(frozen=True)
class Foreground:
    """colour, opacity: None = the layer's own, near by."""

    colour: RGB | None = None
    opacity: float | None = None


@dataclass(frozen=True)
class Background:
    pass


@dataclass(frozen=True)
class Scale:
    """factor: of alpha; above 1 more, below 1 less."""

    factor: float


@dataclass(frozen=True)
class Match:
    pass


@dataclass(frozen=True)
class Recolour:
    """gain: of alpha, for the whole layer; None = looked for near each pixel."""

    colour: RGB
    gain: float | None = None


@dataclass(frozen=True)
class ChangeBlendType:
    blend: BlendType


Edit = Foreground | Background | Scale | Match | Recolour | ChangeBlendType


def apply_edit(
    patch: Patch, weight: np.ndarray, edit: Edit, stats: LayerStats, gains: np.ndarray | None = None
) -> Patch:
    """The patch after `edit`, exact. weight: h x w, 0..1: the brush at each pixel (0: it keeps its levels).

    stats: of the whole layer.   gains: for `Match`, see `local_gain_and_colour`. `ChangeBlendType` changes all of the
    patch, whatever the weight.
    """
    if isinstance(edit, ChangeBlendType):
        alpha, colour = _through(patch, edit.blend)
        everywhere = (patch.alpha > 0) | (alpha * patch.top >= 0.5)
        return solve_patch(replace(patch, blend=edit.blend), alpha, colour, everywhere, fresh=False)
    here = _slices_around(weight, patch.config.operation_margin)
    if here is None:
        return patch
    crop, weight = patch.crop(here), weight[here]
    alpha, colour = _wanted(patch, crop, here, weight, edit, stats, gains)
    half = 0.5 / patch.top
    before, tint = crop.alpha_and_colour
    changed = np.abs(alpha - before) >= half
    if isinstance(edit, Recolour | Foreground | Match):
        changed |= np.abs(alpha * (colour - tint)).max(axis=0) >= half
    return patch.with_crop(here, solve_patch(crop, alpha, colour, changed & (weight > 0)))


def foreground_appearance(patch: Patch, edit: Foreground, stats: LayerStats) -> tuple[np.ndarray, np.ndarray]:
    """(colour 3 x h x w, opacity h x w) of what `edit` would put at each pixel."""
    colour, opacity = local_stats(*patch.alpha_and_colour, stats, patch.config)
    if edit.colour is not None:
        colour = np.broadcast_to(_planes(edit.colour), colour.shape)
    if edit.opacity is not None:
        opacity = np.full_like(opacity, edit.opacity)
    return colour, opacity


def _through(patch: Patch, blend: BlendType) -> tuple[np.ndarray, np.ndarray]:
    """(alpha h x w, colour 3 x h x w) of a layer of another type over the backdrop; nothing where nothing was."""
    transmission = patch.emission_and_transmission[1]
    alpha, colour = fit_blend_type(patch.picture, patch.below, transmission, blend, axis=0)
    return alpha[0] * (patch.alpha > 0), colour


def _slices_around(weight: np.ndarray, margin: int) -> tuple[slice, slice] | None:
    """Rows and columns where the weight is above 0, `margin` wider on each side; None where it is 0 everywhere."""
    rows = np.flatnonzero(weight.any(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(weight[rows[0] : rows[-1] + 1].any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + 1 + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + 1 + margin),
    )


def _wanted(
    patch: Patch,
    crop: Patch,
    here: tuple[slice, slice],
    weight: np.ndarray,
    edit: Edit,
    stats: LayerStats,
    gains: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Canonical (alpha h x w, colour 3 x h x w), 0..1, of the `part` of the patch that lies `here`."""
    alpha, colour = crop.alpha_and_colour
    match edit:
        case Foreground():
            tint, opacity = (x[..., *here] for x in foreground_appearance(patch, edit, stats))
            raised = np.maximum(alpha, np.minimum(opacity * weight, max_alpha(crop.picture, tint, patch.blend)))
            share = np.clip((raised - alpha) / np.maximum(raised, 1e-6), 0, 1)
            return raised, colour + (tint - colour) * share
        case Background():
            return alpha * (1 - weight), colour
        case Scale():
            return np.clip(alpha * np.float32(edit.factor) ** weight, 0, 1), colour
        case Match():
            if gains is not None:  # what the whole layer says first, so that only the rest is measured here
                patch = scale_alpha(patch, gains[0])
                crop, gains = patch.crop(here), np.concatenate([np.ones_like(gains[:1]), gains[1:]])
            gain, tint = local_gain_and_colour(patch, here, gains)
            if patch.blend != BlendType.NORMAL:  # there alpha and colour say the same thing twice
                tint = colour
            found, tint = remove_ghost(crop, gain, tint, stats)
            return alpha + (found - alpha) * weight, colour + (tint - colour) * weight
        case Recolour():
            tint = _planes(edit.colour)
            gain = local_gain(patch, tint)[here] if edit.gain is None else np.float32(edit.gain)
            return np.clip(alpha * (1 + (gain - 1) * weight), 0, 1), colour + (tint - colour) * weight
        case ChangeBlendType():
            raise AssertionError("changing the blend type has no brush")


def _planes(colour: RGB) -> np.ndarray:
    return np.array(colour, np.float32)[:, None, None]
