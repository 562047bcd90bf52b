"""Rejects connected components of a predicted mark whose edge contradicts the fitted ink.

Lamps, petals and lettering of the scene that are predicted along with the letters have other colours. The one mark that
explains the whole edge best (`edge_likelihood`) is tested on the edge of every connected component; components that it
hardly explains are rejected, and it is fitted again without them. Where no single ink explains what would remain, as
with logos of many colours, nothing is rejected. 24 texts and 14 logos of validation, global pass and closed form only,
median of unchanged: text 0.66 to 0.47, logos 0.94 both; none gets worse by more than 0.02.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..imaging.crop import crop_request, resample_to_crop
from ..types import BlendType, Estimate, Request
from . import layout
from .config import NanoConfig
from .edge_likelihood import EdgeLikelihood, EdgePairs, measure_edge, sample_edge
from .fit import outline_of
from .passes import GlobalPrediction, to_fields

__all__ = ["ComponentFilter", "filter_components", "filter_global_components", "filter_native_components", "select_ink"]


@dataclass(frozen=True, eq=False)
class ComponentFilter:
    """likelihood: of the mark without the rejected components.

    component_mask: float32 h x w, 0..1, 0 at rejected components; None where all remain.
    """

    likelihood: EdgeLikelihood
    component_mask: np.ndarray | None = None


def filter_global_components(whole: GlobalPrediction, config: NanoConfig) -> ComponentFilter | None:
    """`filter_components` of the mark in a global prediction."""
    outline = outline_of(to_fields(whole.output, BlendType.NORMAL, whole.gates)[2])
    if outline is None:
        return None
    hinted = whole.picture[layout.HINT_MASK] > 0.5
    picture = whole.picture[layout.PICTURE].transpose(1, 2, 0) + np.float32(0.5)
    return filter_components(picture, outline, config, hinted)


def filter_native_components(request: Request, mark: Estimate, config: NanoConfig) -> Estimate:
    """The mark without components that only native tiles predicted and that its edge contradicts."""
    return without_rejected(mark, filter_native(request, mark, config))


def select_ink(request: Request, mark: Estimate, config: NanoConfig) -> Estimate | None:
    """All of a mark that is of one ink with what the hint touches; None where no single ink explains it.

    request: with a hint.   mark: as predicted without that hint.
    """
    filtered = filter_native(request, mark, config)
    if filtered is None or filtered.likelihood.likelihood_ratio < config.components.min_likelihood_ratio:
        return None
    return without_rejected(mark, filtered)


def filter_native(request: Request, mark: Estimate, config: NanoConfig) -> ComponentFilter | None:
    """`filter_components` of a mark in the pixels of the request, at up to `max_pixels` of them."""
    crop = crop_request(request, config.components.max_pixels, mark.box)
    outline = outline_of(resample_to_crop(mark, crop).alpha)
    hinted = None if crop.hint is None else crop.hint > 0.5
    return None if outline is None else filter_components(crop.pixels, outline, config, hinted)


def without_rejected(mark: Estimate, filtered: ComponentFilter | None) -> Estimate:
    """The mark without the rejected components; itself where none was rejected."""
    if filtered is None or filtered.component_mask is None:
        return mark
    mask = cv2.resize(filtered.component_mask, mark.alpha.shape[::-1]).astype(np.float16)
    emission, opacity = mark.emission * mask[..., None], (1 - mark.transmission) * mask[..., None]
    return replace(mark, emission=emission, transmission=1 - opacity, alpha=mark.alpha * mask)


def filter_components(
    picture: np.ndarray, outline: np.ndarray, config: NanoConfig, hinted: np.ndarray | None = None
) -> ComponentFilter | None:
    """Reject connected components whose edge contradicts the fitted ink; None where the edge is too short.

    Parameters
    ----------
    picture : float32 h x w x 3, 0..1
    outline : bool h x w
    hinted : bool h x w, the user's hint: components that it touches remain and determine the ink
    """
    edge = sample_edge(picture, outline, config.edges)
    first = None if edge is None else measure_edge(edge)
    if edge is None or first is None:
        return None
    count, drawn = cv2.connectedComponents(outline.astype(np.uint8))
    labels = np.asarray(drawn, np.int32)
    certain = np.zeros(count, bool)
    if hinted is not None:
        certain[labels[hinted & outline]] = True
    component, remains = labels.ravel()[edge.at], np.ones(count, bool)
    found = (measure_edge(edge.subset(certain[component])) if certain.any() else None) or first
    for _ in range(config.components.rounds):
        before, remains = remains, explained_components(edge, component, count, found, config) | certain
        if (remains == before).all():
            break
        again = measure_edge(edge.subset(remains[component]))
        if again is None:
            return ComponentFilter(first)
        found = again
    if found.likelihood_ratio < config.components.min_likelihood_ratio or remains[1:].all():
        return ComponentFilter(first)
    remains[0] = False
    return ComponentFilter(found, soft_mask(remains[labels], outline))


def explained_components(
    edge: EdgePairs, component: np.ndarray, count: int, mark: EdgeLikelihood, config: NanoConfig
) -> np.ndarray:
    """bool, one a component: whether the mark explains its edge about as well as it does the whole mark's.

    component: label of each pair of the edge.
    """
    none, one = np.zeros(3, np.float32), np.ones(3, np.float32)
    with_mark = edge.nll(mark.emission, mark.transmission).sum(axis=-1)
    gain = edge.nll(none, one).sum(axis=-1) - with_mark
    # Where the mark's colour is the background's, a true mark gains little, and no more is expected.
    ideal = replace(edge, inside=mark.emission + mark.transmission * edge.outside).nll(none, one).sum(axis=-1)
    expected = np.minimum(ideal - with_mark.mean(), mark.likelihood_ratio)
    pairs = np.maximum(np.bincount(component, minlength=count), 1)
    mean, least = (np.bincount(component, of_each, count) / pairs for of_each in (gain, expected))
    return (pairs < config.components.min_pairs) | (mean >= config.components.min_gain * least)


def soft_mask(remains: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """float32 h x w: 0 at rejected components and around them; 1 at those that remain, around them, and elsewhere."""
    reach = np.ones((5, 5), np.uint8)
    mine = np.asarray(cv2.dilate(remains.astype(np.uint8), reach)) > 0
    near = np.asarray(cv2.dilate((outline & ~remains).astype(np.uint8), np.ones((9, 9), np.uint8))) > 0
    return 1 - np.asarray(cv2.GaussianBlur((near & ~mine).astype(np.float32), (0, 0), 1.0)) * ~mine
