"""Coarse to fine: one prediction of the reduced picture, then native-size tiles where it shows fine marks.

The global pass decides blend type, kind and place. At every pixel of a tile the global and the native prediction are
merged by their presence. Arrays only; candidates and policy are decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..imaging.tiles import Tile, tiles
from ..types import BlendType, Box, Kind, Options, Request
from . import layout
from .network import Network, NetworkOutput

__all__ = [
    "Fields",
    "Gates",
    "GlobalPrediction",
    "gate",
    "global_fields",
    "predict_global",
    "predict_residual",
    "project",
    "refine_tiles",
    "select_tiles",
    "to_fields",
]

Gates = tuple[float, float]
"""Presence, 0..1, at which a layer begins and from which it is taken whole."""


@dataclass(frozen=True, eq=False)
class GlobalPrediction:
    """The prediction of a whole, reduced picture.

    Attributes
    ----------
    output : NetworkOutput
    picture : float32 12 x h x w, the network's input
    factor : reduced pixels a native pixel, along x and y
    gates : the network's own, used for every field that is made of this prediction
    latent : float32 4, which sample it is; None is the zero-latent one
    component_mask : float32 h x w, 0..1, already applied to the presence; None where no component was rejected
    """

    output: NetworkOutput
    picture: np.ndarray
    factor: tuple[float, float]
    gates: Gates
    latent: np.ndarray | None = None
    component_mask: np.ndarray | None = None

    def with_component_mask(self, mask: np.ndarray | None) -> GlobalPrediction:
        """A copy whose presence is multiplied by `mask`; itself where that is None."""
        if mask is None:
            return self
        layer = self.output.layer.copy()
        layer[layout.PRESENCE] *= mask
        return replace(self, output=replace(self.output, layer=layer), component_mask=mask)


@dataclass(frozen=True, eq=False)
class Fields:
    """A layer on a grid over `box`: emission and transmission h x w x 3, alpha h x w, float16, 0..1."""

    emission: np.ndarray
    transmission: np.ndarray
    alpha: np.ndarray
    box: Box


def planar(pixels: np.ndarray) -> np.ndarray:
    """h x w x 3|4 uint8|uint16 -> float32 3 x h x w, 0..1. Transparent pixels count with their colour."""
    scale = 1 / np.iinfo(pixels.dtype).max
    return np.ascontiguousarray(pixels[..., :3].transpose(2, 0, 1), dtype=np.float32) * np.float32(scale)


def condition(options: Options, blend: BlendType | None, kind: Kind | None) -> np.ndarray:
    """The condition input of the network, float32 17; what is None is left to the network."""
    vector = np.zeros(layout.CONDITION_WIDTH, np.float32)
    if blend is not None:
        vector[layout.GIVEN_BLEND.start + layout.BLENDS.index(blend)] = 1
    if kind is not None:
        vector[layout.GIVEN_KIND.start + layout.KINDS.index(kind)] = 1
    if options.colour is not None:
        vector[layout.GIVEN_COLOUR] = options.colour
        vector[layout.HAS_COLOUR] = 1
    return vector


def flipped(output: NetworkOutput) -> NetworkOutput:
    return NetworkOutput(output.layer[:, :, ::-1], output.blend, output.kind)


def predict_flip_averaged(
    network: Network, picture: np.ndarray, given: np.ndarray, flip_tta: bool, latent: np.ndarray | None = None
) -> NetworkOutput:
    """One prediction; with flip_tta the mean of it and of that of the horizontally flipped picture."""
    one = network.predict(picture, given, latent)
    if not flip_tta:
        return one
    other = flipped(network.predict(np.ascontiguousarray(picture[:, :, ::-1]), given, latent))
    return NetworkOutput((one.layer + other.layer) / 2, (one.blend + other.blend) / 2, (one.kind + other.kind) / 2)


def predict_global(
    network: Network,
    request: Request,
    blend: BlendType | None,
    kind: Kind | None,
    flip_tta: bool,
    side: int,
    gates: Gates,
    latent: np.ndarray | None = None,
) -> GlobalPrediction:
    """Predict the whole picture at a longest side of at most `side` pixels.

    Parameters
    ----------
    blend, kind : given to the network where not None
    flip_tta : average with the flipped picture
    gates : of this network
    latent : float32 4, or None for the zero-latent sample
    """
    pixels = request.composite.pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    picture = np.zeros((layout.PICTURE_CHANNELS, h, w), np.float32)
    picture[layout.PICTURE] = planar(cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA)) - 0.5
    if request.hint is not None:
        picture[layout.HINT_MASK] = cv2.resize(request.hint, (w, h), interpolation=cv2.INTER_AREA) / np.float32(255)
        picture[layout.HINT_GIVEN] = 1
    output = predict_flip_averaged(network, picture, condition(request.options, blend, kind), flip_tta, latent)
    return GlobalPrediction(output, picture, (w / width, h / height), gates, latent)


def predict_residual(
    network: Network, above: GlobalPrediction, blend: BlendType, options: Options, flip_tta: bool
) -> GlobalPrediction:
    """Predict the background that is left once the layer of `above`, of type `blend`, is removed."""
    emission, transmission, _ = to_fields(above.output, blend, above.gates)
    z = above.picture[layout.PICTURE] + 0.5
    y = invert(z, emission, transmission, above.output.paint, INVERSION_WEIGHT)
    picture = np.zeros_like(above.picture)
    picture[layout.PICTURE] = np.clip(y, 0, 1) - 0.5
    output = predict_flip_averaged(network, picture, condition(options, None, None), flip_tta)
    return GlobalPrediction(output, picture, above.factor, above.gates)


def gate(presence: np.ndarray, low: float, high: float) -> np.ndarray:
    """Smoothstep from presence to weight, 0..1: exactly 0 up to `low`, exactly 1 from `high` on."""
    t = np.clip((presence - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def channel_max(planes: np.ndarray) -> np.ndarray:
    """3 x h x w -> h x w. Like max(axis=0), but eight times faster where the channels lie innermost."""
    return np.maximum(np.maximum(planes[0], planes[1]), planes[2])


def project(emission: np.ndarray, opacity: np.ndarray, blend: BlendType) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest layer of one blend type (see `model.blending` for what each type allows).

    normal: grey transmission, alpha at least the emission, so that a colour of at most 1 exists; screen: emission
    equals 1 - transmission; add: transmission 1; multiply: emission 0.

    Parameters
    ----------
    emission, opacity : 3 x h x w, 0..1; opacity is 1 - transmission

    Returns
    -------
    emission, transmission : 3 x h x w
    alpha : h x w
    """
    if blend is BlendType.NORMAL:
        alpha = np.maximum((opacity[0] + opacity[1] + opacity[2]) / 3, channel_max(emission))
        return emission, np.broadcast_to(1 - alpha, emission.shape), alpha
    if blend is BlendType.SCREEN:
        shared = (emission + opacity) / 2
        return shared, 1 - shared, channel_max(shared)
    if blend is BlendType.ADD:
        return emission, np.ones_like(emission), channel_max(emission)
    return np.zeros_like(opacity), 1 - opacity, channel_max(opacity)


def to_fields(output: NetworkOutput, blend: BlendType, gates: Gates) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Emission, transmission (3 x h x w) and alpha (h x w) of one blend type; exactly no layer below the gates."""
    weight = gate(output.presence, *gates)
    return project(output.emission * weight, output.opacity * weight, blend)


def global_fields(whole: GlobalPrediction, blend: BlendType, size: tuple[int, int]) -> Fields:
    """The global prediction as a layer over the whole picture. size: native width, height."""
    emission, transmission, alpha = to_fields(whole.output, blend, whole.gates)
    half = np.float16
    return Fields(
        emission.transpose(1, 2, 0).astype(half), transmission.transpose(1, 2, 0).astype(half), alpha.astype(half),
        (0, 0, *size),
    )  # fmt: skip


def select_tiles(whole: GlobalPrediction, request: Request, everywhere: bool) -> list[Tile]:
    """Tiles with a foreground in the global prediction or the hint, and where the selection allows a change.

    everywhere: every tile that the selection allows.
    """
    height, width = request.composite.pixels.shape[:2]
    present = (gate(whole.output.presence, *whole.gates) > 0).astype(np.uint8)
    fx, fy = whole.factor
    needed = []
    for tile in tiles(width, height):
        rows, columns = tile.slices
        part = present[
            int(rows.start * fy) : int(rows.stop * fy) + 1, int(columns.start * fx) : int(columns.stop * fx) + 1
        ]
        hinted = request.hint is not None and bool(request.hint[rows, columns].any())
        allowed = request.selection is None or bool(request.selection[rows, columns].any())
        if allowed and (everywhere or hinted or part.any()):
            needed.append(tile)
    return needed


def resample_to_tile(whole: GlobalPrediction, planes: np.ndarray, tile: Tile) -> np.ndarray:
    """k x h x w planes of the global pass -> k x tile height x tile width, bilinear."""
    rows, columns = tile.slices
    width, height = columns.stop - columns.start, rows.stop - rows.start
    fx, fy = whole.factor
    # Pixel centres: native x + 0.5 lies at (x + 0.5) * factor of the reduced picture.
    matrix = np.array([[fx, 0, (columns.start + 0.5) * fx - 0.5], [0, fy, (rows.start + 0.5) * fy - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    coarse = np.empty((len(planes), height, width), np.float32)
    for i, layer in enumerate(planes):
        plane = np.ascontiguousarray(layer)
        cv2.warpAffine(plane, matrix, (width, height), coarse[i], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return coarse


def merge_by_presence(output: NetworkOutput, layer: np.ndarray) -> NetworkOutput:
    """Average of a prediction and another layer (10 x h x w), weighted by the square of their presence.

    Large flat letters show in the reduced picture only, fine ones in a tile only. (Given to the tiles as an input
    instead, the global estimate misled them; see EXPERIMENTS.md.)
    """
    mine, other = output.presence**2, layer[layout.PRESENCE] ** 2
    share = mine / np.maximum(mine + other, 1e-6)
    return NetworkOutput(output.layer * share + layer * (1 - share), output.blend, output.kind)


def tiles_bounding_box(chosen: list[Tile]) -> Box:
    left, top = min(t.columns.start for t in chosen), min(t.rows.start for t in chosen)
    right, bottom = max(t.columns.stop for t in chosen), max(t.rows.stop for t in chosen)
    return left, top, right - left, bottom - top


def predict_tile(
    network: Network, request: Request, whole: GlobalPrediction, given: np.ndarray, tile: Tile, flip_tta: bool
) -> NetworkOutput:
    """Predict one tile at native size, without the rejected components, merged with the global prediction."""
    rows, columns = tile.slices
    z = planar(request.composite.pixels[rows, columns])
    picture = np.zeros((layout.PICTURE_CHANNELS, *z.shape[1:]), np.float32)
    picture[layout.PICTURE] = z - 0.5
    if request.hint is not None:
        picture[layout.HINT_MASK] = request.hint[rows, columns] / np.float32(255)
        picture[layout.HINT_GIVEN] = 1
    output = predict_flip_averaged(network, picture, given, flip_tta, whole.latent)
    if whole.component_mask is not None:
        output.presence[:] *= resample_to_tile(whole, whole.component_mask[None], tile)[0]
    return merge_by_presence(output, resample_to_tile(whole, whole.output.layer, tile))


def refine_tiles(
    network: Network,
    request: Request,
    whole: GlobalPrediction,
    blend: BlendType,
    kind: Kind | None,
    chosen: list[Tile],
    flip_tta: bool,
    on_tile: Callable[[Tile, np.ndarray, np.ndarray], None],
) -> Fields:
    """Refine tiles at native size and blend them over their overlaps.

    Parameters
    ----------
    chosen : at least one tile
    on_tile : called after every tile, in order, with its emission and transmission, 3 x h x w

    Returns
    -------
    Fields over the bounding box of the tiles; no layer outside them.
    """
    box = left, top, width, height = tiles_bounding_box(chosen)
    emission = np.zeros((height, width, 3), np.float16)
    transmission = np.ones((height, width, 3), np.float16)
    alpha = np.zeros((height, width), np.float16)
    given = condition(request.options, blend, kind)
    for tile in chosen:
        rows, columns = tile.slices
        f, t, a = to_fields(predict_tile(network, request, whole, given, tile, flip_tta), blend, whole.gates)
        weights = tile.weights()
        here = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        emission[here] += (f * weights).transpose(1, 2, 0)
        transmission[here] -= ((1 - t) * weights).transpose(1, 2, 0)
        alpha[here] += a * weights
        on_tile(tile, f, t)
    return Fields(emission, transmission, alpha, box)
