"""The values that flow through the house: what comes in, what is believed, what comes out.

Knows nothing of files, engines or the network. All arrays are numpy; pixels are uint8 or
uint16 in the document's own encoded values, H x W x C, straight alpha. Dataclasses are frozen
and compared by identity where they hold arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from typing import Protocol

import numpy as np

from .errors import InvalidRequest

__all__ = [
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
    """How a layer meets its backdrop. Formulas: `model.blending`."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    ADD = "add"


class Kind(StrEnum):
    """What the foreground is: AlphaBlend's six subtasks, occlusion split by its look."""

    WATERMARK = "watermark"
    FOG = "fog"
    RAIN = "rain"
    SNOW = "snow"
    FLARE = "flare"
    XRAY = "xray"
    CELL = "cell"
    GLASS = "glass"


class Quality(StrEnum):
    """Time against fidelity: `fast` looks once at a reduced copy, `best` looks several times."""

    FAST = "fast"
    NORMAL = "normal"
    BEST = "best"


Box = tuple[int, int, int, int]
"""x, y, width, height in native pixels of the composite; (0, 0) is top left."""


class Tick(Protocol):
    """Progress out, cancellation in.

    Called between steps. `step` of `steps` of the stage `stage` are done; `preview` is an optional
    small H x W x 3|4 uint8 picture. Raises `Cancelled` when the caller wants to stop.
    """

    def __call__(self, stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None: ...


@dataclass(frozen=True)
class Metadata:
    """What a picture file carries beside its pixels; None where absent. Orientation is already applied.

    exif: from its TIFF header on.   xmp: the packet.   iptc: IPTC-IIM records.   text: keyword and text of a PNG's or
    GIF's or JPEG's comments, in the file's order.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    text: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Composite:
    """The flat picture that came in.

    pixels: uint8 or uint16, H x W x 3 or 4, straight alpha, encoded values of the profile `icc`.
    dpi: horizontal, vertical; None where the file says nothing.
    notes: one line for each thing the reader had to change ("converted from CMYK ...").
    Raises InvalidRequest for another shape, dtype or an empty picture.
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

    engine: a name of `model.engines.ENGINES`.       blend: None = inferred.
    kind: what the foreground is; None = inferred.    prompt: free words, for engines that read them.
    colour: the overlay's colour, if the user knows it, 0..1 encoded values.
    seed: >= 0.   steps: sampling steps, None = the engine's own.   candidates: 1..8.   layers: foregrounds, 1..8.
    Raises InvalidRequest for values outside these.
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
    """One job for `model.decompose`.

    selection: uint8 H x W, native size; 0 = pixels that must not change, 255 = may change, soft edges between.
    hint: uint8 H x W, native size; how surely a pixel is foreground (255) or not (0).
    overlay: uint8 or uint16 h x w x 4 of any size, straight alpha: the foreground itself, where it is known.
    It is looked for at every place, scale and angle by `model.overlay`, instead of by the engine of `options`.
    Raises InvalidRequest where a mask has another size than the picture, or the overlay is no RGBA picture.
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
    """What an engine believes of ONE layer, at the engine's own resolution: z = emission + transmission * backdrop.

    emission, transmission: float16/32, h x w x 3, 0..1 of the encoded range.
    alpha: float16/32, h x w: where the layer is, and how opaque.
    blend: the layer's blend type.   confidence: 0..1 that blend and presence are right.
    box: the native rectangle of the composite that the h x w grid covers.
    """

    emission: np.ndarray
    transmission: np.ndarray
    alpha: np.ndarray
    blend: BlendType
    confidence: float
    box: Box


@dataclass(frozen=True, eq=False)
class Candidate:
    """One possible answer, top layer first. An empty `layers` says: nothing found.

    paint: the engine's own background for opaque parts, float16/32 h x w x 3 over `box` of the first
    estimate, or None: `finish` then fills from around.
    engine: who did it ("nano", or "classic" where nano hands over).   kind: what it was taken for.
    """

    layers: tuple[Estimate, ...]
    paint: np.ndarray | None
    seed: int
    confidence: float
    engine: str
    kind: Kind | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """pixels: uint8 or uint16, h x w x 4 (or 3: opaque), straight alpha; offset: x, y of its top left corner."""

    name: str
    pixels: np.ndarray
    offset: tuple[int, int] = (0, 0)
    opacity: float = 1.0
    blend: BlendType = BlendType.NORMAL
    visible: bool = True


@dataclass(frozen=True)
class Provenance:
    """How a decomposition came to be. coverage: share of pixels, 0..1, where a foreground has alpha > 0.

    recomposition_error: largest difference between the stacked layers and the picture, in levels: 0.
    seconds: by stage ("network", "finish", ...). corrected: whether somebody edited it by hand since.
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
    """Layers, bottom to top; the first is the background, as large as the picture. size: width, height.

    Invariant: `model.blending.recompose(d)` equals the composite, every pixel.
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
        """The same decomposition with more stage times noted."""
        noted = {**self.provenance.seconds, **seconds}
        return replace(self, provenance=replace(self.provenance, seconds=noted))


class Engine(Protocol):
    """One way to estimate layers. `estimate` gives `options.candidates` answers, best first."""

    name: str

    def estimate(self, request: Request, tick: Tick) -> list[Candidate]: ...


EngineFactory = Callable[[], Engine]
