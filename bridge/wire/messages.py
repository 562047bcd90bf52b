"""Every message that client and daemon exchange, as frozen dataclasses in two tagged unions.

Knows nothing of JSON, sockets or pictures' content: `codec` turns messages into frames, `client`
and the daemon send them. PROTOCOL.md says in which order they flow. Python 3.9 syntax.

A client numbers its requests (`request`, from 1); the answer carries the same number. 0 marks what
the daemon sends on its own: progress and the end of a job to everyone attached to it.
"""

from dataclasses import dataclass
from typing import Literal, Optional, Tuple, Union

from .parts import (
    MAX_CHUNK,
    Blob,
    CandidateInfo,
    ChannelOrder,
    Depth,
    EngineInfo,
    JobInfo,
    LayerInfo,
    Limits,
    Options,
    Pixels,
    Preview,
    StageTime,
    State,
    check_job,
    refuse,
)

__all__ = [
    "PROTOCOL",
    "VERSION",
    "Accepted",
    "Attach",
    "Cancel",
    "Cancelled",
    "Chunk",
    "ClientMessage",
    "DaemonMessage",
    "Decompose",
    "EngineState",
    "Export",
    "Exported",
    "Failed",
    "Fetch",
    "Finished",
    "Forget",
    "Forgotten",
    "Hello",
    "JobList",
    "Jobs",
    "Layers",
    "Progress",
    "Ready",
    "Stop",
    "Stopping",
    "Welcome",
]

PROTOCOL = 1
VERSION = "0.1.0"
"""Of the whole product: what both sides tell each other, for people."""


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
    """A new job, or the same again to attach to it. Answered by `Ready` (send the pixels) or `Accepted` (known).

    selection, hint: masks, 1 channel of u8, of the picture's size.
    overlay: the overlay itself, 4 channels of u8 or u16, of any size; only to a daemon whose `Welcome.features` name
    "overlay": an older one would not look for it.
    region: x, y, width, height; outside nothing changes.
    icc: the picture's profile.   dpi: horizontal, vertical.   title: a name for the job list, never for a path.
    priority: -10..10, higher runs earlier.
    """

    job: str
    pixels: Pixels
    options: Options = Options()  # noqa: RUF009 - frozen
    selection: Optional[Pixels] = None
    hint: Optional[Pixels] = None
    icc: Optional[Blob] = None
    region: Optional[Tuple[int, int, int, int]] = None
    dpi: Optional[Tuple[float, float]] = None
    title: str = ""
    priority: int = 0
    request: int = 0
    overlay: Optional[Pixels] = None

    def __post_init__(self) -> None:
        check_job(self.job)
        if not -10 <= self.priority <= 10:
            refuse(f"the priority is {self.priority}", "choose a value between -10 and 10")
        if len(self.title) > 300:
            refuse(f"the title has {len(self.title)} characters", "use at most 300")
        for name, mask in (("selection", self.selection), ("hint", self.hint)):
            if mask is None:
                continue
            if (mask.width, mask.height) != (self.pixels.width, self.pixels.height):
                refuse(
                    f"the {name} is {mask.width} x {mask.height} but the picture is "
                    f"{self.pixels.width} x {self.pixels.height}",
                    "send a mask of the picture's size",
                    "bad_pixels",
                )
            if mask.channels != 1 or mask.depth != "u8":
                refuse(f"the {name} is {mask.channels} x {mask.depth}", "send one channel of u8", "bad_pixels")
        if self.overlay is not None and (self.overlay.channels != 4 or self.overlay.depth not in ("u8", "u16")):
            refuse(
                f"the overlay is {self.overlay.channels} x {self.overlay.depth}",
                "send colour and alpha, 4 channels of u8 or u16",
                "bad_pixels",
            )
        if self.icc is not None and not 1 <= self.icc.size <= MAX_CHUNK:
            refuse(f"the ICC profile has {self.icc.size} bytes", f"send 1 to {MAX_CHUNK}", "bad_pixels")
        if self.region is not None:
            x, y, w, h = self.region
            if w < 1 or h < 1 or x < 0 or y < 0 or x + w > self.pixels.width or y + h > self.pixels.height:
                refuse(f"the region {x},{y},{w},{h} does not lie in the picture", "choose one inside")
        numbers = [part.transfer for part in self.parts]
        if len(set(numbers)) != len(numbers):
            refuse("two parts share a transfer number", "number them apart", "bad_message")

    @property
    def parts(self) -> Tuple[Union[Pixels, Blob], ...]:
        """What follows in binary messages."""
        parts = (self.pixels, self.selection, self.hint, self.icc, self.overlay)
        return tuple(p for p in parts if p is not None)


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
    """One candidate of a finished job, in the depth and channel order named. Answered by `Layers` and its bytes.

    opaque: layers that are not normal come with full alpha and neutral colour where they do nothing, for programs
    whose own mixing would not be exact. Only where the picture is opaque.
    """

    job: str
    candidate: int = 0
    depth: Depth = "u8"
    order: ChannelOrder = "rgba"
    opaque: bool = False
    request: int = 0


@dataclass(frozen=True)
class Export:
    """A finished job as a layered file. candidate: one; None: all, as groups. Answered by `Exported`, its bytes."""

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

    place: 1 = next to run, 0 = not waiting.   attached: the job was known before.
    notes: what was changed on the way in.
    """

    job: str
    place: int
    state: State = "queued"
    attached: bool = False
    notes: Tuple[str, ...] = ()
    request: int = 0


@dataclass(frozen=True)
class Progress:
    """`step` of `steps` of `stage` are done. elapsed, left: seconds; left is None where not known yet."""

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
    """One binary message: `data` belongs at byte `offset` of transfer `transfer`. Offsets come in order, no gaps."""

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
