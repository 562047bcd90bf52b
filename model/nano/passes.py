"""Coarse to fine: one look at the whole reduced picture, then native tiles where fine marks were seen.

The global pass decides blend type, kind and where; at every pixel the look that is surer of a foreground, the global
one or the tile's, says what it is like. (Given to the tiles as an input, as the network allows, the global estimate
misled them: background error of text 0.85 of unchanged, 0.72 without it, the same pictures and weights.)
Arrays only; knows nothing of candidates or policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..types import BlendType, Box, Kind, Options, Request
from . import layout
from .network import Network, NetworkOutput
from .projection import gate, project
from .tiles import Tile, tiles

__all__ = [
    "GLOBAL_SIDE",
    "MARK_GATES",
    "VEIL_GATES",
    "VEIL_SIDE",
    "WEATHER_GATES",
    "Fields",
    "GlobalPrediction",
    "global_fields",
    "predict_global",
    "predict_residual",
    "refine_tiles",
    "select_tiles",
]

GLOBAL_SIDE = 1280
"""Longest side of the reduced picture that `marks` is shown, pixels."""

VEIL_SIDE = 288
"""The same for `veils`, which has learned from 128 to 224 px: on 20 validation pictures fog told came to 0.51 of
unchanged at 224 px, 0.47 at 288, 0.53 at 352, and fog is told from clear as well there as at any size."""

MARK_GATES, VEIL_GATES, WEATHER_GATES = (0.3, 0.6), (0.15, 0.4), (0.3, 0.95)
"""Presence at which a layer begins, and from which it is taken whole. A mark that is doubted would leave haze on clean
ground; a veil is believed or not as one, and thins out softly. Of weather what is half believed is half taken (40
validation pictures of rain: mean 0.608 of unchanged, 0.627 with the gates of marks)."""

MIN_ALPHA = 0.02
"""Alpha below which nothing is worth a layer (5 of 255)."""


@dataclass(frozen=True, eq=False)
class GlobalPrediction:
    """The global pass. picture: what the network was shown, 12 x h x w; factor: reduced pixels a native one.

    latent: which of its answers the network was asked for, as in `session`.
    component_mask: h x w, 0..1: what of its presence is believed (`pieces`), in the look already; None: all.
    """

    output: NetworkOutput
    picture: np.ndarray
    factor: tuple[float, float]
    latent: np.ndarray | None = None
    component_mask: np.ndarray | None = None

    def with_component_mask(self, kept: np.ndarray | None) -> GlobalPrediction:
        """With less of it present."""
        if kept is None:
            return self
        layer = self.output.layer.copy()
        layer[9] *= kept
        return replace(self, output=replace(self.output, layer=layer), component_mask=kept)


@dataclass(frozen=True, eq=False)
class Fields:
    """A layer on a grid over `box`: h x w x 3, h x w x 3, h x w, float16."""

    emission: np.ndarray
    transmission: np.ndarray
    alpha: np.ndarray
    box: Box


def planar(pixels: np.ndarray) -> np.ndarray:
    """h x w x 3|4 uint8|uint16 -> float32 3 x h x w, 0..1; what is transparent is read by its colour."""
    scale = 1 / np.iinfo(pixels.dtype).max
    return np.ascontiguousarray(pixels[..., :3].transpose(2, 0, 1), dtype=np.float32) * np.float32(scale)


def condition(options: Options, blend: BlendType | None, kind: Kind | None) -> np.ndarray:
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
    """One look; flip_tta: also at the mirror image, averaged."""
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
    side: int = GLOBAL_SIDE,
    latent: np.ndarray | None = None,
) -> GlobalPrediction:
    """The global pass at a longest side of `side` pixels. blend, kind: given to the network where not None.

    latent: which of its answers, as in `session`.
    """
    pixels = request.composite.pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    picture = np.zeros((layout.PICTURE_CHANNELS, h, w), np.float32)
    picture[layout.PICTURE] = planar(cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA)) - 0.5
    if request.hint is not None:
        picture[layout.HINT.start] = cv2.resize(request.hint, (w, h), interpolation=cv2.INTER_AREA) / np.float32(255)
        picture[layout.HINT.start + 1] = 1
    output = predict_flip_averaged(network, picture, condition(request.options, blend, kind), flip_tta, latent)
    return GlobalPrediction(output, picture, (w / width, h / height), latent)


def predict_residual(
    network: Network, above: GlobalPrediction, blend: BlendType, options: Options, flip_tta: bool
) -> GlobalPrediction:
    """The global pass over the background that is left once the layer of `above` is taken off."""
    emission, transmission, _ = to_fields(above.output, blend)
    z = above.picture[layout.PICTURE] + 0.5
    y = invert(z, emission, transmission, above.output.paint, INVERSION_WEIGHT)
    picture = np.zeros_like(above.picture)
    picture[layout.PICTURE] = np.clip(y, 0, 1) - 0.5
    output = predict_flip_averaged(network, picture, condition(options, None, None), flip_tta)
    return GlobalPrediction(output, picture, above.factor)


def to_fields(
    output: NetworkOutput, blend: BlendType, gates: tuple[float, float] = MARK_GATES
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Planar emission, transmission, alpha of one blend type; exactly nothing where nothing is present."""
    weight = gate(output.presence, *gates)
    return project(output.emission * weight, output.opacity * weight, blend)


def global_fields(
    whole: GlobalPrediction, blend: BlendType, size: tuple[int, int], gates: tuple[float, float] = MARK_GATES
) -> Fields:
    """The global estimate as it is, over the whole picture of `size`."""
    emission, transmission, alpha = to_fields(whole.output, blend, gates)
    half = np.float16
    return Fields(
        emission.transpose(1, 2, 0).astype(half), transmission.transpose(1, 2, 0).astype(half), alpha.astype(half),
        (0, 0, *size),
    )  # fmt: skip


def select_tiles(whole: GlobalPrediction, request: Request, everywhere: bool) -> list[Tile]:
    """Tiles in which the global pass, or the user's hint, sees something and the selection allows a change."""
    height, width = request.composite.pixels.shape[:2]
    seen = (gate(whole.output.presence) > 0).astype(np.uint8)
    fx, fy = whole.factor
    needed = []
    for tile in tiles(width, height):
        rows, columns = tile.slices
        part = seen[
            int(rows.start * fy) : int(rows.stop * fy) + 1, int(columns.start * fx) : int(columns.stop * fx) + 1
        ]
        hinted = request.hint is not None and bool(request.hint[rows, columns].any())
        allowed = request.selection is None or bool(request.selection[rows, columns].any())
        if allowed and (everywhere or hinted or part.any()):
            needed.append(tile)
    return needed


def resample_to_tile(whole: GlobalPrediction, planes: np.ndarray, tile: Tile) -> np.ndarray:
    """k x h x w: planes of the global pass over the tile, bilinear."""
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


def merge_by_presence(one: NetworkOutput, layer: np.ndarray) -> NetworkOutput:
    """At each pixel more of the layer, the look's or the other, whose presence is greater: large flat letters show in
    the reduced picture alone, fine ones in a tile alone.
    """
    mine, other = one.presence**2, layer[9] ** 2
    share = mine / np.maximum(mine + other, 1e-6)
    return NetworkOutput(one.layer * share + layer * (1 - share), one.blend, one.kind)


def bounds(chosen: list[Tile]) -> Box:
    left, top = min(t.columns.start for t in chosen), min(t.rows.start for t in chosen)
    right, bottom = max(t.columns.stop for t in chosen), max(t.rows.stop for t in chosen)
    return left, top, right - left, bottom - top


def refine_tiles(
    network: Network,
    request: Request,
    whole: GlobalPrediction,
    blend: BlendType,
    kind: Kind | None,
    chosen: list[Tile],
    flip_tta: bool,
    done: Callable[[Tile, np.ndarray, np.ndarray], None],
) -> Fields:
    """Refines `chosen` tiles, of which there is at least one, at native size.

    done: told of every tile, in order, with its planar emission and transmission.
    """
    box = left, top, width, height = bounds(chosen)
    emission = np.zeros((height, width, 3), np.float16)
    transmission = np.ones((height, width, 3), np.float16)
    alpha = np.zeros((height, width), np.float16)
    given = condition(request.options, blend, kind)
    for tile in chosen:
        rows, columns = tile.slices
        z = planar(request.composite.pixels[rows, columns])
        picture = np.zeros((layout.PICTURE_CHANNELS, *z.shape[1:]), np.float32)
        picture[layout.PICTURE] = z - 0.5
        if request.hint is not None:
            picture[layout.HINT.start] = request.hint[rows, columns] / np.float32(255)
            picture[layout.HINT.start + 1] = 1
        output = predict_flip_averaged(network, picture, given, flip_tta, whole.latent)
        if whole.component_mask is not None:
            output.presence[:] *= resample_to_tile(whole, whole.component_mask[None], tile)[0]
        output = merge_by_presence(output, resample_to_tile(whole, whole.output.layer, tile))
        f, t, a = to_fields(output, blend)
        weights = tile.weights()
        here = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
        emission[here] += (f * weights).transpose(1, 2, 0)
        transmission[here] -= ((1 - t) * weights).transpose(1, 2, 0)
        alpha[here] += a * weights
        done(tile, f, t)
    return Fields(emission, transmission, alpha, box)
