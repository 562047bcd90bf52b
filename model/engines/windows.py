"""Very tall or very wide pictures, seen in overlapping windows: the answer for a strip is that of its parts.

The global pass reduces a picture by its longer side, so that a strip of comics or a panorama would be looked at a
hundred pixels across, where no mark can be seen and everything looks like one. Knows nothing of networks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..imaging.boxes import Slices
from ..imaging.crop import Crop, resample_to_crop
from ..imaging.resample import reduce_to, scaled_size
from ..imaging.tiles import Span, spans
from ..nano.config import WindowConfig
from ..types import VEIL_KINDS, BlendType, Box, Candidate, Composite, Estimate, Kind, Options, Request, Tick

__all__ = ["estimate_in_windows", "merge_windows", "window_boxes"]

Look = Callable[[Request, Tick], list[Candidate]]
"""An engine's `estimate`."""


def window_boxes(size: tuple[int, int], config: WindowConfig) -> list[tuple[Box, Span]]:
    """The windows along the longer side, with the stretch of it that each covers; empty where one look is enough.

    size: width, height.
    """
    long, short = max(size), min(size)
    if long <= config.min_side or long < config.max_aspect * short:
        return []
    length = max(round(config.aspect * short), config.min_side)
    overlap = round(config.overlap * min(length, short))
    along = spans(long, length, overlap)
    upright = size[1] > size[0]
    return [
        ((0, s.start, size[0], s.stop - s.start) if upright else (s.start, 0, s.stop - s.start, size[1]), s)
        for s in along
    ]


def estimate_in_windows(look: Look, request: Request, tick: Tick, config: WindowConfig) -> Candidate | None:
    """Look at every window, and merge what is found; None where the picture is not that long.

    A mark or weather may be in one window alone. A veil lies over the whole picture: it counts where most windows show
    it, and is then looked for in all of them.

    Parameters
    ----------
    look : called with the part of the request in a window
    request : Request
        With a hint, only windows that it touches are looked at.
    tick : Tick
    config : WindowConfig
    """
    windows = window_boxes(request.composite.size, config)
    if not windows:
        return None
    parts = [_part(request, box) for box, _ in windows]
    if request.hint is not None and request.hint.any():
        kept = [i for i, part in enumerate(parts) if part.hint is not None and part.hint.any()]
        windows, parts = [windows[i] for i in kept], [parts[i] for i in kept]
    progress = _Progress(tick, len(parts))
    found = [look(part, progress.of(i))[0] for i, part in enumerate(parts)]
    kind, blend = _common_kind(found, request.options)
    for i, (part, one) in enumerate(zip(parts, found, strict=True)):
        veiled = kind in VEIL_KINDS and one.kind is not kind
        if veiled or (one.kind is kind and any(layer.blend is not blend for layer in one.layers)):
            again = replace(part, options=replace(part.options, kind=kind, blend=blend))
            found[i] = look(again, progress.of(i))[0]
        elif one.kind is not kind:
            found[i] = replace(one, layers=(), paint=None)
    found = [_shifted(one, box) for one, (box, _) in zip(found, windows, strict=True)]
    return merge_windows(found, [span for _, span in windows], request)


def _shifted(one: Candidate, window: Box) -> Candidate:
    """The candidate of a window with its boxes in pixels of the whole picture."""
    layers = tuple(
        replace(layer, box=(layer.box[0] + window[0], layer.box[1] + window[1], *layer.box[2:])) for layer in one.layers
    )
    return replace(one, layers=layers)


def _part(request: Request, box: Box) -> Request:
    """The request for one window alone."""
    x, y, w, h = box
    here = np.s_[y : y + h, x : x + w]
    composite = Composite(np.ascontiguousarray(request.composite.pixels[here]))
    masks = {
        name: None if (mask := getattr(request, name)) is None else np.ascontiguousarray(mask[here])
        for name in ("selection", "hint")
    }
    return replace(request, composite=composite, **masks)


class _Progress:
    """Progress of each window as a part of the whole; it never falls, though some windows are looked at again.

    A window's own preview shows only a part, and is left out.
    """

    def __init__(self, tick: Tick, windows: int) -> None:
        self._tick, self._windows, self._done = tick, windows, 0

    def of(self, number: int) -> Tick:
        def tick(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
            self._done = max(self._done, 100 * number + 100 * step // max(1, steps))
            self._tick(stage, self._done, 100 * self._windows)

        return tick


def _common_kind(found: Sequence[Candidate], options: Options) -> tuple[Kind | None, BlendType | None]:
    """Kind and blend type that most confidence is for; (None, None) where nothing is believed."""
    there = [one for one in found if one.layers]
    veiled = sum(one.kind in VEIL_KINDS for one in there)
    if options.kind is None and 2 * veiled <= len(found):
        there = [one for one in there if one.kind not in VEIL_KINDS]
    if not there:
        return None, None
    votes: Counter[tuple[Kind | None, BlendType]] = Counter()
    for one in there:
        votes[one.kind, one.layers[0].blend] += one.confidence  # pyright: ignore[reportArgumentType]
    return max(votes, key=lambda key: (votes[key], *map(str, key)))


def merge_windows(found: Sequence[Candidate], along: Sequence[Span], request: Request) -> Candidate:
    """One candidate over all windows, each fading into the next where they overlap.

    Parameters
    ----------
    found : one candidate a window, of one kind and blend type
    along : the stretch of the longer side that each window covers
    request : for the whole picture
    """
    there = [(one, span) for one, span in zip(found, along, strict=True) if one.layers]
    if not there:
        confidence = min((one.confidence for one in found), default=0.5)
        return Candidate((), None, request.options.seed, confidence, "nano")
    best = max((one for one, _ in there), key=lambda one: one.confidence)
    depth = max(len(one.layers) for one, _ in there)
    layers = tuple(_merged_layer(there, n, request) for n in range(depth))
    paint = _merged_paint(there, layers[0], request)
    return replace(best, layers=layers, paint=paint)


def _merged_layer(there: Sequence[tuple[Candidate, Span]], number: int, request: Request) -> Estimate:
    """The layers of this number of all windows as one, weighted over their overlaps; float16."""
    parts = [(one.layers[number], span) for one, span in there if len(one.layers) > number]
    box, shape = _grid([layer for layer, _ in parts], request.composite.size)
    emission, opacity = (np.zeros((*shape, 3), np.float32) for _ in range(2))
    alpha, total = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for layer, span in parts:
        here, crop = _place(layer.box, box, shape)
        resampled = resample_to_crop(layer, crop)
        weights = _weights(span, layer.box, crop.shape, request.composite.size)
        emission[here] += weights[..., None] * resampled.emission
        opacity[here] += weights[..., None] * (1 - resampled.transmission)
        alpha[here] += weights * resampled.alpha
        total[here] += weights
    total = np.maximum(total, 1e-6)
    half = np.float16
    best = max((layer for layer, _ in parts), key=lambda layer: layer.confidence)
    return replace(
        best, emission=(emission / total[..., None]).astype(half),
        transmission=(1 - opacity / total[..., None]).astype(half), alpha=(alpha / total).astype(half), box=box,
    )  # fmt: skip


def _merged_paint(there: Sequence[tuple[Candidate, Span]], top: Estimate, request: Request) -> np.ndarray | None:
    """The inpainted backgrounds of all windows over the box of `top`, the picture elsewhere; None without any."""
    if all(one.paint is None for one, _ in there):
        return None
    x, y, w, h = top.box
    shape, pixels = top.alpha.shape, request.composite.pixels
    full = np.iinfo(pixels.dtype).max
    paint = reduce_to(pixels[y : y + h, x : x + w, :3], shape[::-1]).astype(np.float32) / full
    for one, span in there:
        if one.paint is None:
            continue
        here, crop = _place(one.layers[0].box, top.box, shape)
        weights = _weights(span, one.layers[0].box, crop.shape, request.composite.size)[..., None]
        own = cv2.resize(one.paint.astype(np.float32), crop.shape[::-1], interpolation=cv2.INTER_LINEAR)
        paint[here] += np.minimum(1, 2 * weights) * (own - paint[here])
    return paint.astype(np.float16)


def _grid(layers: Sequence[Estimate], size: tuple[int, int]) -> tuple[Box, tuple[int, int]]:
    """The smallest box around all layers, and the shape of a grid over it as fine as the finest of theirs."""
    x0, y0 = min(layer.box[0] for layer in layers), min(layer.box[1] for layer in layers)
    x1 = min(max(layer.box[0] + layer.box[2] for layer in layers), size[0])
    y1 = min(max(layer.box[1] + layer.box[3] for layer in layers), size[1])
    scale = min(1.0, max(layer.alpha.shape[1] / layer.box[2] for layer in layers))
    width, height = scaled_size((x1 - x0, y1 - y0), scale)
    return (x0, y0, x1 - x0, y1 - y0), (height, width)


def _place(box: Box, whole: Box, shape: tuple[int, int]) -> tuple[Slices, Crop]:
    """Where `box` lies on the grid of this shape over `whole`, and an empty crop of exactly that part."""
    spans_ = []
    for i in (1, 0):
        cell = whole[2 + i] / shape[1 - i]
        start = round((box[i] - whole[i]) / cell)
        stop = max(start + 1, min(shape[1 - i], round((box[i] + box[2 + i] - whole[i]) / cell)))
        spans_.append(slice(min(start, stop - 1), stop))
    rows, columns = spans_
    grid = np.broadcast_to(np.float32(0), (rows.stop - rows.start, columns.stop - columns.start, 3))
    return (rows, columns), Crop(grid, None, box)


def _weights(span: Span, box: Box, shape: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """float32 of this shape over the box: the window's ramps where it overlaps its neighbours, never quite 0."""
    axis = 1 if size[1] > size[0] else 0
    along = span.weights()[max(0, box[axis] - span.start) :][: box[2 + axis]]
    positions = np.linspace(0, len(along) - 1, shape[1 - axis])
    ramp = np.maximum(np.interp(positions, np.arange(len(along)), along), 1e-3).astype(np.float32)
    return np.broadcast_to(ramp[:, None] if axis else ramp[None, :], shape)
