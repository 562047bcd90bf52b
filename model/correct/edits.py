"""What the brushes and sliders ask for, and what alpha and colour that means at each pixel.

    Foreground  this belongs to the layer: at least its usual opacity here, in its colour
    Background  this does not: alpha 0, the background is the picture
    Scale       more or less of what is there; nothing comes where nothing is
    Match       as much as makes the layer's ghost in the background vanish, its rim too
    Recolour    another colour, and as much of it as the picture shows
    Retype      another blend type; the background as it is, as far as that type can

`edited` applies one to a patch and solves it exactly. Knows nothing of how the reach of a brush came about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..types import BlendType
from .cover import Cover, cover_near
from .gain import gain_near, matched, tinted_near
from .patch import Patch, most_alpha, resolved
from .retype import retyped

__all__ = ["RGB", "Background", "Edit", "Foreground", "Match", "Recolour", "Retype", "Scale", "edited", "mark_near"]

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
class Retype:
    blend: BlendType


Edit = Foreground | Background | Scale | Match | Recolour | Retype


MARGIN = 24
"""Pixels around what is meant that single pixels are compared with; colour and strength look further."""


def edited(patch: Patch, reach: np.ndarray, edit: Edit, cover: Cover) -> Patch:
    """The patch after `edit`, exact. reach: h x w, 0..1: how much each pixel is meant (0: it keeps its levels).

    cover: what the whole layer is made of. `Retype` changes all of the patch, whatever the reach.
    """
    if isinstance(edit, Retype):
        alpha, colour = retyped(patch, edit.blend)
        everywhere = (patch.alpha > 0) | (alpha * patch.top >= 0.5)
        return resolved(replace(patch, blend=edit.blend), alpha, colour, everywhere, fresh=False)
    here = _meant(reach)
    if here is None:
        return patch
    part, reach = patch.part(here), reach[here]
    alpha, colour = _wanted(patch, part, here, reach, edit, cover)
    half = 0.5 / patch.top
    before, tint = part.cover
    changed = np.abs(alpha - before) >= half
    if isinstance(edit, Recolour | Foreground | Match):
        changed |= np.abs(alpha * (colour - tint)).max(axis=0) >= half
    return patch.having(here, resolved(part, alpha, colour, changed & (reach > 0)))


def mark_near(patch: Patch, edit: Foreground, cover: Cover) -> tuple[np.ndarray, np.ndarray]:
    """(colour 3 x h x w, opacity h x w) of what `edit` would put at each pixel."""
    colour, opacity = cover_near(*patch.cover, cover)
    if edit.colour is not None:
        colour = np.broadcast_to(_planes(edit.colour), colour.shape)
    if edit.opacity is not None:
        opacity = np.full_like(opacity, edit.opacity)
    return colour, opacity


def _meant(reach: np.ndarray) -> tuple[slice, slice] | None:
    """Rows and columns of what is meant, and MARGIN around; None where nothing is."""
    rows = np.flatnonzero(reach.any(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(reach[rows[0] : rows[-1] + 1].any(axis=0))
    return (
        slice(max(int(rows[0]) - MARGIN, 0), int(rows[-1]) + 1 + MARGIN),
        slice(max(int(columns[0]) - MARGIN, 0), int(columns[-1]) + 1 + MARGIN),
    )


def _wanted(
    patch: Patch, part: Patch, here: tuple[slice, slice], reach: np.ndarray, edit: Edit, cover: Cover
) -> tuple[np.ndarray, np.ndarray]:
    """Canonical (alpha h x w, colour 3 x h x w), 0..1, of the `part` of the patch that lies `here`."""
    alpha, colour = part.cover
    match edit:
        case Foreground():
            tint, opacity = (x[..., *here] for x in mark_near(patch, edit, cover))
            raised = np.maximum(alpha, np.minimum(opacity * reach, most_alpha(part.picture, tint, patch.blend)))
            share = np.clip((raised - alpha) / np.maximum(raised, 1e-6), 0, 1)
            return raised, colour + (tint - colour) * share
        case Background():
            return alpha * (1 - reach), colour
        case Scale():
            return np.clip(alpha * np.float32(edit.factor) ** reach, 0, 1), colour
        case Match():
            gain, tint = tinted_near(patch, here)
            if patch.blend != BlendType.NORMAL:  # there alpha and colour say the same thing twice
                tint = colour
            found, tint = matched(part, gain, tint, cover)
            return alpha + (found - alpha) * reach, colour + (tint - colour) * reach
        case Recolour():
            tint = _planes(edit.colour)
            gain = gain_near(patch, tint)[here] if edit.gain is None else np.float32(edit.gain)
            return np.clip(alpha * (1 + (gain - 1) * reach), 0, 1), colour + (tint - colour) * reach
        case Retype():
            raise AssertionError("retyping has no reach")


def _planes(colour: RGB) -> np.ndarray:
    return np.array(colour, np.float32)[:, None, None]
