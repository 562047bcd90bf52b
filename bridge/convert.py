"""The model's types as the wire's and back: options, pictures, masks, layers' provenance, previews.

The wire's types are plain values that programs without numpy can hold; the model's hold arrays and enumerations. This
is the only place that knows both. Knows nothing of how messages travel or where results are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from model.types import BlendType, Composite, Decomposition, Kind, Layer, Options, Provenance, Quality

from .wire import Mask, Picture
from .wire import Options as WireOptions
from .wire.parts import CandidateInfo, Preview

__all__ = [
    "candidate_info",
    "model_layer",
    "model_options",
    "preview",
    "preview_pixels",
    "provenance",
    "wire_mask",
    "wire_options",
    "wire_picture",
]

PREVIEW_SIDE = 128
"""Longest side of a preview in pixels."""


class LayerPlace(Protocol):
    """What the wire and a stored result both say of a layer beside its pixels."""

    @property
    def name(self) -> str: ...
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...
    @property
    def blend(self) -> str: ...
    @property
    def opacity(self) -> float: ...
    @property
    def visible(self) -> bool: ...


def model_options(options: WireOptions) -> Options:
    """The same options in the model's type."""
    fields: dict[str, Any] = {**vars(options), "quality": Quality(options.quality)}
    fields["blend"] = None if options.blend is None else BlendType(options.blend)
    fields["kind"] = None if options.kind is None else Kind(options.kind)
    return Options(**fields)


def wire_options(options: Options) -> WireOptions:
    """The same options in the wire's type: enumerations become their words."""
    plain: dict[str, Any] = {
        name: str(value) if isinstance(value, str) else value for name, value in vars(options).items()
    }
    return WireOptions(**plain)


def wire_picture(composite: Composite) -> Picture:
    """The pixels with profile and resolution; a copy only where they are not contiguous."""
    width, height = composite.size
    pixels = np.ascontiguousarray(composite.pixels)
    depth = "u8" if composite.depth == 8 else "u16"
    return Picture(width, height, pixels.data.cast("B"), pixels.shape[2], depth, "rgba", composite.icc, composite.dpi)


def wire_mask(mask: np.ndarray | None) -> Mask | None:
    """mask: uint8 H x W."""
    return None if mask is None else Mask(mask.shape[1], mask.shape[0], np.ascontiguousarray(mask).data.cast("B"))


def candidate_info(decomposition: Decomposition) -> CandidateInfo:
    """What a client is told of a candidate before it fetches its pixels."""
    of = decomposition.provenance
    return CandidateInfo(
        of.engine,
        None if of.blend is None else of.blend.value,
        None if of.kind is None else of.kind.value,
        float(of.confidence),
        float(of.coverage),
        int(of.recomposition_error),
        int(of.seed),
        len(decomposition.layers),
        preview(decomposition.background.pixels),
    )


def provenance(
    info: CandidateInfo, options: Options, seconds: Mapping[str, float] | None = None, *, corrected: bool = False
) -> Provenance:
    """The provenance of a candidate. options: those of its request."""
    return Provenance(
        info.engine,
        options,
        info.seed,
        None if info.blend is None else BlendType(info.blend),
        None if info.kind is None else Kind(info.kind),
        info.confidence,
        info.coverage,
        info.recomposition_error,
        dict(seconds or {}),
        corrected=corrected,
    )


def model_layer(place: LayerPlace, pixels: np.ndarray) -> Layer:
    """pixels: H x W x 3|4 of uint8 or uint16."""
    return Layer(place.name, pixels, (place.x, place.y), place.opacity, BlendType(place.blend), place.visible)


def preview(pixels: np.ndarray) -> Preview:
    """A small copy of H x W x 3|4 of uint8 or uint16, at most PREVIEW_SIDE long."""
    stride = max(1, -(-max(pixels.shape[:2]) // PREVIEW_SIDE))
    small = pixels[stride // 2 :: stride, stride // 2 :: stride, :3]
    if small.size == 0:
        small = pixels[:1, :1, :3]
    if small.dtype == np.uint16:
        small = small >> 8
    return Preview(small.shape[1], small.shape[0], small.astype(np.uint8).tobytes())


def preview_pixels(preview: Preview | None) -> np.ndarray | None:
    """uint8 h x w x 3; None for None."""
    if preview is None:
        return None
    return np.frombuffer(preview.rgb, np.uint8).reshape(preview.height, preview.width, 3)
