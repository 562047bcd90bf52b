"""The parts of messages: pixels and blobs that follow in binary messages, options, engines, jobs, layers.

Knows nothing of who sends them when: see `messages`. Python 3.9 syntax.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, Optional, Tuple

from .errors import BadMessage

__all__ = [
    "CHUNK",
    "DEPTH_BYTES",
    "MAX_CHUNK",
    "MAX_FRAME",
    "MAX_TEXT",
    "Availability",
    "Blend",
    "Blob",
    "CandidateInfo",
    "ChannelOrder",
    "Depth",
    "EngineInfo",
    "JobInfo",
    "Kind",
    "LayerInfo",
    "Limits",
    "ModelInfo",
    "Options",
    "Pixels",
    "Preview",
    "Quality",
    "StageTime",
    "State",
    "check_job",
    "refuse",
]

CHUNK = 1 << 20
"""Bytes of pixels a binary message carries when we send it: small enough that a Cancel slips between two."""
MAX_CHUNK = 4 << 20
"""Most bytes of pixels a binary message may carry."""
MAX_FRAME = 8 << 20
"""Most bytes of one WebSocket message; above, the connection is closed (1009)."""
MAX_TEXT = 1 << 20
"""Most bytes of one control message."""

Depth = Literal["u8", "u16", "f16", "f32"]
ChannelOrder = Literal["rgba", "bgra"]
Blend = Literal["normal", "multiply", "screen", "add"]
Kind = Literal["watermark", "fog", "rain", "snow", "flare", "xray", "cell", "glass"]
Quality = Literal["fast", "normal", "best"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Availability = Literal["ready", "loading", "loaded", "unavailable"]

DEPTH_BYTES = {"u8": 1, "u16": 2, "f16": 2, "f32": 4}

_JOB_ID = re.compile(r"[0-9a-z][0-9a-z-]{7,63}")


def refuse(what: str, advice: str, code: str = "bad_request") -> None:
    """Raises BadMessage."""
    raise BadMessage(code, what, advice)


def check_job(job: str) -> None:
    """Raises BadMessage where `job` cannot be a job id."""
    # The id names a folder in the daemon's store, so nothing else may pass.
    if not _JOB_ID.fullmatch(job):
        refuse("the job id is not valid", "use 8 to 64 of 0-9, a-z and '-', for example a hexadecimal UUID")


@dataclass(frozen=True)
class Pixels:
    """A picture that follows in binary messages.

    transfer: the number its binary messages carry.   size: bytes in all, width * height * channels * bytes of depth.
    channels: 1 gray, 2 gray and alpha, 3 colour, 4 colour and alpha (straight).
    depth: u8, u16 (full range), f16, f32 (0..1), little-endian.   order: colour channels as R,G,B or B,G,R.
    Rows run from the top, without padding.
    """

    transfer: int
    size: int
    width: int
    height: int
    channels: int = 4
    depth: Depth = "u8"
    order: ChannelOrder = "rgba"

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            refuse(f"the picture is {self.width} x {self.height} pixels", "send at least one pixel", "bad_pixels")
        if not 1 <= self.channels <= 4:
            refuse(f"{self.channels} channels are not known", "send 1, 2, 3 or 4", "bad_pixels")
        expected = self.width * self.height * self.channels * DEPTH_BYTES[self.depth]
        if self.size != expected:
            refuse(
                f"{self.width} x {self.height} x {self.channels} of {self.depth} are {expected} bytes, not {self.size}",
                "declare the size that will be sent",
                "bad_pixels",
            )


@dataclass(frozen=True)
class Blob:
    """Bytes that follow in binary messages numbered `transfer`: an ICC profile, or an exported file."""

    transfer: int
    size: int


@dataclass(frozen=True)
class Preview:
    """A small picture in a control message: 3 bytes a pixel, R, G, B, rows from the top."""

    width: int
    height: int
    rgb: bytes = field(repr=False)


@dataclass(frozen=True)
class StageTime:
    stage: str
    seconds: float


@dataclass(frozen=True)
class Options:
    """Everything that affects the result: `model.types.Options`, field for field, for programs without numpy."""

    engine: str = "nano"
    blend: Optional[Blend] = None
    kind: Optional[Kind] = None
    prompt: str = ""
    colour: Optional[Tuple[float, float, float]] = None
    seed: int = 0
    steps: Optional[int] = None
    candidates: int = 1
    layers: int = 1
    quality: Quality = "normal"

    def __post_init__(self) -> None:
        bounds = [
            ("seed", self.seed, 0, 2**63 - 1),
            ("candidates", self.candidates, 1, 8),
            ("layers", self.layers, 1, 8),
        ]
        if self.steps is not None:
            bounds.append(("steps", self.steps, 1, 200))
        for name, value, low, high in bounds:
            if not low <= value <= high:
                refuse(f"{name} is {value}", f"choose a value between {low} and {high}")
        if len(self.prompt) > 4000:
            refuse(f"the prompt has {len(self.prompt)} characters", "use at most 4000")
        for value in self.colour or ():
            if not 0 <= value <= 1:
                refuse(f"a colour value is {value}", "use three values between 0 and 1")


@dataclass(frozen=True)
class Limits:
    """What the daemon accepts. A larger picture, queue or message is answered with `Failed`."""

    pixels: int
    side: int
    chunk: int = MAX_CHUNK
    text: int = MAX_TEXT
    queued: int = 256
    connections: int = 128


@dataclass(frozen=True)
class ModelInfo:
    """Weights that an engine needs and that can be fetched by name.

    gigabytes: 10^9 bytes to fetch.   device_gib: device memory of the smallest tier, 0 = not stated.
    installed: whether they are on this machine.
    """

    name: str
    gigabytes: float
    licence: str
    device_gib: float = 0.0
    installed: bool = False


@dataclass(frozen=True)
class EngineInfo:
    """One engine. state: `ready` (starts when needed), `loading`, `loaded`, `unavailable` (`detail` says what to do).

    For a second after the daemon's start all are `loading`: it may be tried, whether it can run is being looked at.
    device: where it runs, "cpu" or "cuda".   models: the weights it needs; older daemons do not tell.
    command: for a terminal, fetches what the engine lacks; "" = nothing can be fetched.
    """

    name: str
    state: Availability
    detail: str = ""
    device: str = "cpu"
    models: Tuple[ModelInfo, ...] = ()
    command: str = ""

    @property
    def lacks(self) -> Literal["", "memory", "weights"]:
        """What keeps an unavailable engine from running, in one word for short labels; "" = something else."""
        said = self.detail.lower() if self.state == "unavailable" else ""
        if "memory" in said:
            return "memory"
        return "weights" if "download" in said or "weights" in said else ""


@dataclass(frozen=True)
class CandidateInfo:
    """One answer of a finished job, without its pixels. confidence, coverage: 0..1; recomposition_error: levels."""

    engine: str
    blend: Optional[Blend]
    kind: Optional[Kind]
    confidence: float
    coverage: float
    recomposition_error: int
    seed: int
    layers: int
    preview: Optional[Preview] = None


@dataclass(frozen=True)
class LayerInfo:
    """One layer: where it lies, how it blends, and the pixels that follow (always 4 channels)."""

    name: str
    pixels: Pixels
    x: int = 0
    y: int = 0
    blend: Blend = "normal"
    opacity: float = 1.0
    visible: bool = True


@dataclass(frozen=True)
class JobInfo:
    """One line of the job list. place: 1 = next to run, 0 = not waiting. created: seconds since 1970.

    seconds: how long it ran.   size: bytes it keeps on disk.   code, what: why it failed.
    """

    job: str
    state: State
    engine: str
    title: str = ""
    width: int = 0
    height: int = 0
    place: int = 0
    stage: str = ""
    step: int = 0
    steps: int = 0
    created: float = 0.0
    seconds: float = 0.0
    size: int = 0
    code: str = ""
    what: str = ""
