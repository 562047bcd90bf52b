"""Every message that client and daemon exchange, as frozen dataclasses in two tagged unions.

Knows nothing of JSON, sockets or pictures' content: `codec` turns messages into frames, `client`
and the daemon send them. PROTOCOL.md says in which order they flow. Python 3.9 syntax.

A client numbers its requests (`request`, from 1); the answer carries the same number. 0 marks what
the daemon sends on its own: progress and the end of a job to everyone attached to it.
"""

import re
from dataclasses import dataclass
from typing import Literal, Optional, Tuple, Union

from .errors import BadMessage

__all__ = [
    "CHUNK",
    "DEPTH_BYTES",
    "MAX_CHUNK",
    "MAX_FRAME",
    "MAX_TEXT",
    "PROTOCOL",
    "Accepted",
    "Attach",
    "Blob",
    "Cancel",
    "Cancelled",
    "CandidateInfo",
    "Chunk",
    "ClientMessage",
    "DaemonMessage",
    "Decompose",
    "Depth",
    "EngineInfo",
    "EngineState",
    "Export",
    "Exported",
    "Failed",
    "Fetch",
    "Finished",
    "Forget",
    "Forgotten",
    "Hello",
    "JobInfo",
    "JobList",
    "Jobs",
    "LayerInfo",
    "Layers",
    "Limits",
    "Options",
    "Order",
    "Pixels",
    "Preview",
    "Progress",
    "Ready",
    "StageTime",
    "Stop",
    "Stopping",
    "Welcome",
]

PROTOCOL = 1
CHUNK = 1 << 20
"""Bytes of pixels a binary message carries when we send it: small enough that a Cancel slips between two."""
MAX_CHUNK = 4 << 20
"""Most bytes of pixels a binary message may carry."""
MAX_FRAME = 8 << 20
"""Most bytes of one WebSocket message; above, the connection is closed (1009)."""
MAX_TEXT = 1 << 20
"""Most bytes of one control message."""

Depth = Literal["u8", "u16", "f16", "f32"]
Order = Literal["rgba", "bgra"]
Blend = Literal["normal", "multiply", "screen", "add"]
Kind = Literal["watermark", "fog", "rain", "snow", "flare", "xray", "cell", "glass"]
Quality = Literal["fast", "normal", "best"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Availability = Literal["ready", "loading", "loaded", "unavailable"]

DEPTH_BYTES = {"u8": 1, "u16": 2, "f16": 2, "f32": 4}

_JOB_ID = re.compile(r"[0-9a-z][0-9a-z-]{7,63}")


def _refuse(what: str, advice: str, code: str = "bad_request") -> None:
    raise BadMessage(code, what, advice)


def _check_job(job: str) -> None:
    # The id names a folder in the daemon's store, so nothing else may pass.
    if not _JOB_ID.fullmatch(job):
        _refuse("the job id is not valid", "use 8 to 64 of 0-9, a-z and '-', for example a hexadecimal UUID")


# Parts of messages


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
    order: Order = "rgba"

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            _refuse(f"the picture is {self.width} x {self.height} pixels", "send at least one pixel", "bad_pixels")
        if not 1 <= self.channels <= 4:
            _refuse(f"{self.channels} channels are not known", "send 1, 2, 3 or 4", "bad_pixels")
        told = self.width * self.height * self.channels * DEPTH_BYTES[self.depth]
        if self.size != told:
            _refuse(
                f"{self.width} x {self.height} x {self.channels} of {self.depth} are {told} bytes, not {self.size}",
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
    rgb: bytes


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
                _refuse(f"{name} is {value}", f"choose a value between {low} and {high}")
        if len(self.prompt) > 4000:
            _refuse(f"the prompt has {len(self.prompt)} characters", "use at most 4000")
        for value in self.colour or ():
            if not 0 <= value <= 1:
                _refuse(f"a colour value is {value}", "use three values between 0 and 1")


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
class EngineInfo:
    """One engine. state: `ready` (starts when needed), `loading`, `loaded`, `unavailable` (`detail` says what to do).

    device: where it runs, "cpu" or "cuda".
    """

    name: str
    state: Availability
    detail: str = ""
    device: str = "cpu"


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


# Client to daemon


@dataclass(frozen=True)
class Hello:
    """The first message of a connection. Answered by `Welcome`, or `Failed` protocol_mismatch."""

    protocol: int
    client: str = ""
    version: str = ""
    request: int = 0


@dataclass(frozen=True)
class Decompose:
    """A new job, or the same again to attach to it. Answered by `Ready` (send the pixels) or `Accepted` (known already).

    selection, hint: masks, 1 channel of u8, of the picture's size.   region: x, y, width, height; outside nothing changes.
    icc: the picture's profile.   dpi: horizontal, vertical.   title: a name for the job list, never for a path.
    priority: -10..10, higher runs earlier.
    """

    job: str
    pixels: Pixels
    options: Options = Options()
    selection: Optional[Pixels] = None
    hint: Optional[Pixels] = None
    icc: Optional[Blob] = None
    region: Optional[Tuple[int, int, int, int]] = None
    dpi: Optional[Tuple[float, float]] = None
    title: str = ""
    priority: int = 0
    request: int = 0

    def __post_init__(self) -> None:
        _check_job(self.job)
        if not -10 <= self.priority <= 10:
            _refuse(f"the priority is {self.priority}", "choose a value between -10 and 10")
        if len(self.title) > 300:
            _refuse(f"the title has {len(self.title)} characters", "use at most 300")
        for name, mask in (("selection", self.selection), ("hint", self.hint)):
            if mask is None:
                continue
            if (mask.width, mask.height) != (self.pixels.width, self.pixels.height):
                _refuse(
                    f"the {name} is {mask.width} x {mask.height} but the picture is "
                    f"{self.pixels.width} x {self.pixels.height}",
                    "send a mask of the picture's size",
                    "bad_pixels",
                )
            if mask.channels != 1 or mask.depth != "u8":
                _refuse(f"the {name} is {mask.channels} x {mask.depth}", "send one channel of u8", "bad_pixels")
        if self.icc is not None and not 1 <= self.icc.size <= MAX_CHUNK:
            _refuse(f"the ICC profile has {self.icc.size} bytes", f"send 1 to {MAX_CHUNK}", "bad_pixels")
        if self.region is not None:
            x, y, w, h = self.region
            if w < 1 or h < 1 or x < 0 or y < 0 or x + w > self.pixels.width or y + h > self.pixels.height:
                _refuse(f"the region {x},{y},{w},{h} does not lie in the picture", "choose one inside")
        numbers = [part.transfer for part in self.parts]
        if len(set(numbers)) != len(numbers):
            _refuse("two parts share a transfer number", "number them apart", "bad_message")

    @property
    def parts(self) -> Tuple[Union[Pixels, Blob], ...]:
        """What follows in binary messages."""
        return tuple(p for p in (self.pixels, self.selection, self.hint, self.icc) if p is not None)


@dataclass(frozen=True)
class Attach:
    """Follow a job that was accepted before. Answered by `Accepted`, then as if just submitted."""

    job: str
    request: int = 0


@dataclass(frozen=True)
class Cancel:
    """Stop a job. Answered by how the job ended: `Cancelled`, or `Finished` or `Failed` where that came first."""

    job: str
    request: int = 0


@dataclass(frozen=True)
class Jobs:
    """Answered by `JobList`."""

    request: int = 0


@dataclass(frozen=True)
class Fetch:
    """One candidate of a finished job, in the depth and channel order named. Answered by `Layers` and binary messages."""

    job: str
    candidate: int = 0
    depth: Depth = "u8"
    order: Order = "rgba"
    request: int = 0


@dataclass(frozen=True)
class Export:
    """A finished job as a layered file. candidate: one, or None for all as groups. Answered by `Exported` and its bytes."""

    job: str
    format: Literal["psd", "ora"] = "psd"
    candidate: Optional[int] = None
    compact: bool = False
    request: int = 0


@dataclass(frozen=True)
class Forget:
    """Drop a finished job and its files. Answered by `Forgotten`. A job that waits or runs is cancelled first."""

    job: str
    request: int = 0


@dataclass(frozen=True)
class Stop:
    """End the daemon. Answered by `Stopping`. Accepted jobs wait for the next start."""

    request: int = 0


# Daemon to client


@dataclass(frozen=True)
class Welcome:
    """notices: lines the user should see (a damaged job list set aside, ...). features: optional messages it knows."""

    protocol: int
    version: str
    engines: Tuple[EngineInfo, ...]
    limits: Limits
    notices: Tuple[str, ...] = ()
    features: Tuple[str, ...] = ()
    pid: int = 0
    request: int = 0


@dataclass(frozen=True)
class Ready:
    """The daemon wants the pixels of a `Decompose` now."""

    job: str
    request: int = 0


@dataclass(frozen=True)
class Accepted:
    """The job is on disk and will be finished, whatever happens to client, worker or daemon.

    place: 1 = next to run, 0 = not waiting.   attached: the job was known before.   notes: what was changed on the way in.
    """

    job: str
    place: int
    state: State = "queued"
    attached: bool = False
    notes: Tuple[str, ...] = ()
    request: int = 0


@dataclass(frozen=True)
class Progress:
    """`step` of `steps` of `stage` are done. elapsed: seconds since it started; left: seconds to go, None = not known."""

    job: str
    stage: str
    step: int
    steps: int
    elapsed: float
    left: Optional[float] = None
    preview: Optional[Preview] = None


@dataclass(frozen=True)
class Finished:
    """The job is done: `candidates`, best first, wait to be fetched."""

    job: str
    width: int
    height: int
    candidates: Tuple[CandidateInfo, ...]
    seconds: Tuple[StageTime, ...] = ()
    notes: Tuple[str, ...] = ()
    request: int = 0


@dataclass(frozen=True)
class Cancelled:
    job: str
    request: int = 0


@dataclass(frozen=True)
class Layers:
    """One candidate, layers bottom to top; the first is the background. The parts follow in binary messages."""

    job: str
    candidate: int
    width: int
    height: int
    info: CandidateInfo
    layers: Tuple[LayerInfo, ...]
    icc: Optional[Blob] = None
    request: int = 0

    @property
    def parts(self) -> Tuple[Union[Pixels, Blob], ...]:
        """What follows in binary messages, in this order."""
        parts = tuple(layer.pixels for layer in self.layers)
        return parts if self.icc is None else (*parts, self.icc)


@dataclass(frozen=True)
class Exported:
    """A layered file: its bytes follow in binary messages."""

    job: str
    format: str
    file: Blob
    request: int = 0


@dataclass(frozen=True)
class JobList:
    jobs: Tuple[JobInfo, ...]
    request: int = 0


@dataclass(frozen=True)
class Forgotten:
    job: str
    request: int = 0


@dataclass(frozen=True)
class EngineState:
    """Sent to everyone when an engine's state changes."""

    engine: EngineInfo


@dataclass(frozen=True)
class Failed:
    """code: for programs (PROTOCOL.md lists them). what: what happened. advice: what to do next. job: "" = no job."""

    code: str
    what: str
    advice: str
    job: str = ""
    request: int = 0


@dataclass(frozen=True)
class Stopping:
    request: int = 0


@dataclass(frozen=True)
class Chunk:
    """One binary message: `data` belongs at byte `offset` of transfer `transfer`. Offsets come in order, without gaps."""

    transfer: int
    offset: int
    data: memoryview


ClientMessage = Union[Hello, Decompose, Attach, Cancel, Jobs, Fetch, Export, Forget, Stop]
DaemonMessage = Union[
    Welcome,
    Ready,
    Accepted,
    Progress,
    Finished,
    Cancelled,
    Layers,
    Exported,
    JobList,
    Forgotten,
    EngineState,
    Failed,
    Stopping,
]
