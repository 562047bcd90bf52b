"""The types of requests, estimates and results that all packages share.

Knows nothing of files, engines or the network. All arrays are numpy; pixels are uint8 or
uint16 in the document's own encoded values, H x W x C, straight alpha. Dataclasses are frozen
and compared by identity where they hold arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from typing import Protocol

import numpy as np

from .errors import InvalidRequest

__all__ = [
    "VEIL_KINDS",
    "WEATHER_KINDS",
    "BlendType",
    "Box",
    "Candidate",
    "Composite",
    "Decomposition",
    "Engine",
    "Estimate",
    "Kind",
    "Layer",
    "Metadata",
    "Options",
    "Provenance",
    "Quality",
    "Request",
    "Tick",
]


class BlendType(StrEnum):
    """How a layer is composited over its backdrop. Formulas: `model.blending`."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    ADD = "add"


class Kind(StrEnum):
    """What the foreground is: AlphaBlend's six subtasks, occlusion split by its appearance."""

    WATERMARK = "watermark"
    FOG = "fog"
    RAIN = "rain"
    SNOW = "snow"
    FLARE = "flare"
    XRAY = "xray"
    CELL = "cell"
    GLASS = "glass"


VEIL_KINDS = frozenset({Kind.FOG, Kind.FLARE, Kind.XRAY, Kind.CELL, Kind.GLASS})
"""Kinds spread over the picture, without fine detail."""

WEATHER_KINDS = frozenset({Kind.RAIN, Kind.SNOW})
"""Kinds made of many small components."""


class Quality(StrEnum):
    """Time against fidelity: `fast` predicts a reduced copy once, `best` makes several predictions and averages."""

    FAST = "fast"
    NORMAL = "normal"
    BEST = "best"


Box = tuple[int, int, int, int]
"""x, y, width, height in native pixels of the composite; (0, 0) is top left."""


class Tick(Protocol):
    """Callback that reports progress and may cancel the work; called between steps.

    Parameters
    ----------
    stage : name of the stage
    step, steps : how many of the stage's steps are done, and of how many
    preview : uint8 H x W x 3|4, small; or None

    Raises
    ------
    Cancelled
        Where the caller wants the work to stop.
    """

    def __call__(self, stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None: ...


@dataclass(frozen=True)
class Metadata:
    """What a picture file carries beside its pixels; None where absent. Orientation is already applied.

    Attributes
    ----------
    exif : from its TIFF header on
    xmp : the packet
    iptc : IPTC-IIM records
    text : keyword and text of the comments of a PNG, GIF or JPEG, in the file's order
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    text: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Composite:
    """The flat picture that is to be decomposed.

    Attributes
    ----------
    pixels : uint8 or uint16 H x W x 3|4
        Straight alpha, encoded values of the profile `icc`.
    icc : the profile's bytes, or None
    dpi : horizontal, vertical, dots per inch; None where the file does not state it
    metadata : Metadata
    notes : one line for each thing that the reader had to change ("converted from CMYK ...")

    Raises
    ------
    InvalidRequest
        For another shape or dtype, and for an empty picture.
    """

    pixels: np.ndarray
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    metadata: Metadata = Metadata()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        p = self.pixels
        if p.ndim != 3 or p.shape[2] not in (3, 4) or p.dtype not in (np.uint8, np.uint16):
            raise InvalidRequest(
                f"a picture must be H x W x 3 or 4 of uint8 or uint16, not {p.shape} of {p.dtype}: convert it first"
            )
        if p.shape[0] < 1 or p.shape[1] < 1:
            raise InvalidRequest(f"the picture is empty ({p.shape[1]} x {p.shape[0]}): choose another")

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def depth(self) -> int:
        """Bits a channel: 8 or 16."""
        return self.pixels.dtype.itemsize * 8


@dataclass(frozen=True)
class Options:
    """Everything that affects the result, and nothing else: same options, same picture, same device -> same bytes.

    Attributes
    ----------
    engine : a name of `model.engines.ENGINES`
    blend : blend type of the foreground; None: inferred
    kind : what the foreground is; None: inferred
    prompt : free text, for engines that read it
    colour : the overlay's colour where the user knows it, three encoded values 0..1
    seed : 0..2^63 - 1
    steps : sampling steps, 1..200; None: the engine's own
    candidates : how many to return at most, 1..8
    layers : how many foregrounds to look for, 1..8
    quality : Quality

    Raises
    ------
    InvalidRequest
        For values outside these ranges.
    """

    engine: str = "nano"
    blend: BlendType | None = None
    kind: Kind | None = None
    prompt: str = ""
    colour: tuple[float, float, float] | None = None
    seed: int = 0
    steps: int | None = None
    candidates: int = 1
    layers: int = 1
    quality: Quality = Quality.NORMAL

    def __post_init__(self) -> None:
        def between(name: str, value: int, low: int, high: int) -> None:
            if not low <= value <= high:
                raise InvalidRequest(f"{name} must lie between {low} and {high}, not {value}")

        between("seed", self.seed, 0, 2**63 - 1)
        between("candidates", self.candidates, 1, 8)
        between("layers", self.layers, 1, 8)
        if self.steps is not None:
            between("steps", self.steps, 1, 200)
        if self.colour is not None and not all(isfinite(c) and 0 <= c <= 1 for c in self.colour):
            raise InvalidRequest(f"colour must be three values between 0 and 1, not {self.colour}")


@dataclass(frozen=True, eq=False)
class Request:
    """One picture for `model.decompose`, with everything that affects the result.

    Attributes
    ----------
    composite : Composite
    options : Options
    selection : uint8 H x W at native size, or None
        0: the pixel must not change, 255: it may; soft edges between.
    hint : uint8 H x W at native size, or None
        Confidence that a pixel is foreground, from 0 to 255.
    overlay : uint8 or uint16 h x w x 4 of any size, straight alpha, or None
        The foreground itself where it is known. `model.overlay` then searches for it at every place, scale and angle,
        in place of the engine of `options`.

    Raises
    ------
    InvalidRequest
        Where a mask is not uint8 or has another size than the picture, or the overlay is not RGBA.
    """

    composite: Composite
    options: Options = Options()
    selection: np.ndarray | None = None
    hint: np.ndarray | None = None
    overlay: np.ndarray | None = None

    def __post_init__(self) -> None:
        overlay = self.overlay
        if overlay is not None and (
            overlay.ndim != 3 or overlay.shape[2] != 4 or overlay.dtype not in (np.uint8, np.uint16) or not overlay.size
        ):
            raise InvalidRequest(
                f"the overlay must be h x w x 4 of uint8 or uint16 with alpha, not {overlay.shape} of {overlay.dtype}: "
                "give a picture with a transparent ground"
            )
        for name in ("selection", "hint"):
            mask = getattr(self, name)
            if mask is None:
                continue
            if mask.shape != self.composite.pixels.shape[:2] or mask.dtype != np.uint8:
                h, w = self.composite.pixels.shape[:2]
                raise InvalidRequest(
                    f"the {name} is {mask.shape[::-1]} of {mask.dtype} but the picture is ({w}, {h}) "
                    f"and masks are uint8: give a gray picture of the same size"
                )


@dataclass(frozen=True, eq=False)
class Estimate:
    """An engine's estimate of one layer, at the engine's own resolution: z = emission + transmission * backdrop.

    Attributes
    ----------
    emission, transmission : float16/32 h x w x 3, 0..1 of the encoded range
    alpha : float16/32 h x w, 0..1
        Opacity; 0 where the layer is absent.
    blend : the layer's blend type
    confidence : probability, 0..1, that presence and blend type are right
    box : the native rectangle of the composite that the h x w grid covers
    """

    emission: np.ndarray
    transmission: np.ndarray
    alpha: np.ndarray
    blend: BlendType
    confidence: float
    box: Box


@dataclass(frozen=True, eq=False)
class Candidate:
    """One possible decomposition as an engine estimates it.

    Attributes
    ----------
    layers : estimates, top layer first; empty where nothing was found
    paint : float16/32 h x w x 3, 0..1, over `box` of the first estimate, or None
        The engine's own background for opaque parts; without it `finish` interpolates from the surroundings.
    seed : the seed it was made with
    confidence : probability, 0..1, that it is right
    engine : name of the engine that made it: "classic" where nano leaves a kind to it
    kind : the detected kind of foreground, or None
    beyond_hint : whether the layers may reach far from the user's hint, because they are one mark with what it touches
    """

    layers: tuple[Estimate, ...]
    paint: np.ndarray | None
    seed: int
    confidence: float
    engine: str
    kind: Kind | None = None
    beyond_hint: bool = False


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a decomposition.

    Attributes
    ----------
    name : as paint programs show it
    pixels : uint8 or uint16 h x w x 4, straight alpha; or h x w x 3, opaque
    offset : x, y of the top left corner in the picture, pixels; may lie outside it
    opacity : 0..1, multiplies alpha
    blend : BlendType
    visible : whether it takes part in the stack
    """

    name: str
    pixels: np.ndarray
    offset: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    blend: BlendType = BlendType.NORMAL
    visible: bool = True


@dataclass(frozen=True)
class Provenance:
    """How a decomposition was made.

    Attributes
    ----------
    engine : name of the engine that made it
    options : the options of the request
    seed : the seed of this candidate
    blend : blend type of the top foreground, or None without one
    kind : the detected or declared kind, or None
    confidence : probability, 0..1, that it is right
    coverage : share of pixels, 0..1, where a foreground has alpha above 0
    recomposition_error : largest difference between the stacked layers and the picture, in levels; 0
    seconds : duration of each stage ("load", "network", "finish", ...)
    corrected : whether it was edited by hand since
    """

    engine: str
    options: Options
    seed: int
    blend: BlendType | None
    kind: Kind | None
    confidence: float
    coverage: float
    recomposition_error: int
    seconds: dict[str, float] = field(default_factory=dict)
    corrected: bool = False


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Layers whose stack is the composite: `model.blending.recompose(d)` equals it in every pixel.

    Attributes
    ----------
    size : width, height in pixels
    layers : bottom to top; the first is the background, as large as the picture
    provenance : Provenance
    icc, dpi, metadata : as in the composite
    """

    size: tuple[int, int]
    layers: tuple[Layer, ...]
    provenance: Provenance
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    metadata: Metadata = Metadata()

    @property
    def background(self) -> Layer:
        return self.layers[0]

    @property
    def foregrounds(self) -> tuple[Layer, ...]:
        """Bottom to top; empty where nothing was found."""
        return self.layers[1:]

    def with_seconds(self, **seconds: float) -> Decomposition:
        """A copy with these stages' durations, in seconds, added to its provenance."""
        noted = {**self.provenance.seconds, **seconds}
        return replace(self, provenance=replace(self.provenance, seconds=noted))


class Engine(Protocol):
    """A way to estimate layers.

    `estimate` returns at least one and at most `options.candidates` candidates, best first.
    """

    name: str

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]: ...
