"""Coarse to fine: one prediction of the reduced picture, then finer tiles where it shows marks.

The global pass decides blend type, kind and place. Tiles have native size unless they would be too many pixels. At
every pixel of a tile the global and the finer prediction are merged by their presence. Arrays only; candidates and
policy are decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..blending import INVERSION_WEIGHT, invert
from ..imaging.resample import fit_long_side, scaled_size
from ..imaging.tiles import Span, Tile, tiles
from ..types import BlendType, Box, Kind, Options, Request
from . import layout
from .network import Network, NetworkOutput

__all__ = [
    "Fields",
    "Gates",
    "GlobalPrediction",
    "TileGrid",
    "condition",
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
    w, h = fit_long_side((width, height), side)
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


@dataclass(frozen=True, eq=False)
class TileGrid:
    """The part of a picture that is refined, at native size or reduced, and its tiles.

    Attributes
    ----------
    pixels : h x w x 3|4, the composite there
    hint : uint8 h x w, or None where the user gave none
    box : the native rectangle that the grid covers
    tiles : on the grid, at least one
    """

    pixels: np.ndarray
    hint: np.ndarray | None
    box: Box
    tiles: list[Tile]

    @property
    def shape(self) -> tuple[int, int]:
        """h, w of the grid."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def native(self, tile: Tile) -> Tile:
        """The native pixels under a tile of the grid."""
        left, top, width, height = self.box
        rows, columns = self.shape
        return Tile(native_span(tile.rows, top, height / rows), native_span(tile.columns, left, width / columns))


def native_span(span: Span, start: int, scale: float) -> Span:
    first, last = start + round(span.start * scale), start + round(span.stop * scale)
    return Span(first, last, round(span.before * scale), round(span.after * scale))


def select_tiles(whole: GlobalPrediction, request: Request, everywhere: bool, max_pixels: float) -> TileGrid | None:
    """The tiles with a foreground in the global prediction or the hint, where the selection allows a change.

    Parameters
    ----------
    everywhere : every tile that the selection allows
    max_pixels : of all tiles together; where the native ones are more, what they cover is reduced by area averaging
        until its tiles are about as many

    Returns
    -------
    TileGrid, or None where no tile is needed
    """
    height, width = request.composite.pixels.shape[:2]
    needed = needed_tiles(whole, request, everywhere)
    chosen = [tile for tile in tiles(width, height) if needed(tile)]
    if not chosen:
        return None
    left, top, width, height = box = tiles_bounding_box(chosen)
    here = slice(top, top + height), slice(left, left + width)
    pixels, hint = request.composite.pixels[here], None if request.hint is None else request.hint[here]
    area = sum((t.rows.stop - t.rows.start) * (t.columns.stop - t.columns.start) for t in chosen)
    if area <= max_pixels:
        return TileGrid(pixels, hint, box, [tile.moved(-left, -top) for tile in chosen])
    size = scaled_size((width, height), (max_pixels / area) ** 0.5)
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    hint = None if hint is None else cv2.resize(hint, size, interpolation=cv2.INTER_AREA)
    grid = TileGrid(pixels, hint, box, list(tiles(*size)))
    return replace(grid, tiles=[tile for tile in grid.tiles if needed(grid.native(tile))])


def needed_tiles(whole: GlobalPrediction, request: Request, everywhere: bool) -> Callable[[Tile], bool]:
    """Whether a native tile is to be refined; see `select_tiles`."""
    present = (gate(whole.output.presence, *whole.gates) > 0).astype(np.uint8)
    fx, fy = whole.factor

    def is_needed(tile: Tile) -> bool:
        rows, columns = tile.slices
        part = present[
            int(rows.start * fy) : int(rows.stop * fy) + 1, int(columns.start * fx) : int(columns.stop * fx) + 1
        ]
        hinted = request.hint is not None and bool(request.hint[rows, columns].any())
        allowed = request.selection is None or bool(request.selection[rows, columns].any())
        return allowed and (everywhere or hinted or bool(part.any()))

    return is_needed


def resample_to_tile(whole: GlobalPrediction, planes: np.ndarray, grid: TileGrid, tile: Tile) -> np.ndarray:
    """k x h x w planes of the global pass -> k x tile height x tile width, bilinear."""
    rows, columns = tile.slices
    width, height = columns.stop - columns.start, rows.stop - rows.start
    fx, fy = whole.factor
    sx, sy = grid.box[2] / grid.shape[1], grid.box[3] / grid.shape[0]
    # Pixel centres: x + 0.5 of the grid is native left + (x + 0.5) * sx, times the factor of the reduced picture.
    x, y = grid.box[0] + (columns.start + 0.5) * sx, grid.box[1] + (rows.start + 0.5) * sy
    matrix = np.array([[fx * sx, 0, x * fx - 0.5], [0, fy * sy, y * fy - 0.5]])
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
    network: Network, grid: TileGrid, whole: GlobalPrediction, given: np.ndarray, tile: Tile, flip_tta: bool
) -> NetworkOutput:
    """Predict one tile, without the rejected components, merged with the global prediction."""
    rows, columns = tile.slices
    z = planar(grid.pixels[rows, columns])
    picture = np.zeros((layout.PICTURE_CHANNELS, *z.shape[1:]), np.float32)
    picture[layout.PICTURE] = z - 0.5
    if grid.hint is not None:
        picture[layout.HINT_MASK] = grid.hint[rows, columns] / np.float32(255)
        picture[layout.HINT_GIVEN] = 1
    output = predict_flip_averaged(network, picture, given, flip_tta, whole.latent)
    if whole.component_mask is not None:
        output.presence[:] *= resample_to_tile(whole, whole.component_mask[None], grid, tile)[0]
    return merge_by_presence(output, resample_to_tile(whole, whole.output.layer, grid, tile))


def refine_tiles(
    network: Network,
    grid: TileGrid,
    whole: GlobalPrediction,
    given: np.ndarray,
    blend: BlendType,
    flip_tta: bool,
    on_tile: Callable[[Tile, np.ndarray, np.ndarray], None],
) -> Fields:
    """Refine the tiles of a grid and blend them over their overlaps.

    Parameters
    ----------
    given : the network's condition input, see `condition`
    on_tile : called after every tile, in order, with its native place, its emission and transmission, 3 x h x w

    Returns
    -------
    Fields over the box of the grid; no layer outside its tiles.
    """
    emission = np.zeros((*grid.shape, 3), np.float16)
    transmission = np.ones((*grid.shape, 3), np.float16)
    alpha = np.zeros(grid.shape, np.float16)
    for tile in grid.tiles:
        f, t, a = to_fields(predict_tile(network, grid, whole, given, tile, flip_tta), blend, whole.gates)
        weights, here = tile.weights(), tile.slices
        emission[here] += (f * weights).transpose(1, 2, 0)
        transmission[here] -= ((1 - t) * weights).transpose(1, 2, 0)
        alpha[here] += a * weights
        on_tile(grid.native(tile), f, t)
    return Fields(emission, transmission, alpha, grid.box)
