"""What a client hands in and gets back: pictures and layers as plain bytes, so that no numpy is needed.

Also their way into and out of messages. Knows nothing of sockets or the daemon. Python 3.9 syntax.
"""

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from .messages import Decompose, Layers
from .parts import Blob, CandidateInfo, ChannelOrder, Depth, Options, Pixels

__all__ = ["Candidate", "Layer", "Mask", "Picture", "candidate_of", "decompose_message", "part_sources"]

_PICTURE, _SELECTION, _HINT, _ICC, _OVERLAY = 1, 2, 3, 4, 5  # transfer numbers


@dataclass(frozen=True, eq=False)
class Picture:
    """The flat picture to take apart.

    data: bytes-like, contiguous, width * height * channels * bytes of depth, rows from the top.
    channels: 1 gray, 2 gray and alpha, 3 colour, 4 colour and straight alpha.
    depth: u8, u16, f16, f32, little-endian.
    order: "rgba" or "bgra" (Krita's integer documents).   icc: the profile's bytes.   dpi: horizontal, vertical.
    """

    width: int
    height: int
    data: Any
    channels: int = 4
    depth: Depth = "u8"
    order: ChannelOrder = "rgba"
    icc: Optional[bytes] = None
    dpi: Optional[Tuple[float, float]] = None


@dataclass(frozen=True, eq=False)
class Mask:
    """A gray picture of the composite's size, one byte a pixel: a selection or a hint."""

    width: int
    height: int
    data: Any


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer. data: width * height * 4 channels in the depth and order asked for; x, y: its top left corner."""

    name: str
    width: int
    height: int
    data: bytearray
    x: int
    y: int
    blend: str
    opacity: float
    visible: bool


@dataclass(frozen=True, eq=False)
class Candidate:
    """One answer, layers bottom to top; the first is the background. Stacked they are the picture again."""

    job: str
    index: int
    width: int
    height: int
    layers: Tuple[Layer, ...]
    info: CandidateInfo
    icc: Optional[bytes]
    depth: Depth
    order: ChannelOrder

    @property
    def background(self) -> Layer:
        return self.layers[0]

    @property
    def foregrounds(self) -> Tuple[Layer, ...]:
        """Bottom to top; empty where nothing was found."""
        return self.layers[1:]


def decompose_message(
    job: str,
    picture: Picture,
    options: Options,
    selection: Optional[Mask],
    hint: Optional[Mask],
    region: Optional[Tuple[int, int, int, int]],
    title: str,
    priority: int,
    overlay: Optional[Picture] = None,
) -> Decompose:
    """The request, sizes taken from the data itself. Raises BadMessage where an argument is impossible."""

    def gray(number: int, mask: Optional[Mask]) -> Optional[Pixels]:
        if mask is None:
            return None
        return Pixels(number, memoryview(mask.data).nbytes, mask.width, mask.height, 1)

    def coloured(number: int, picture: Picture) -> Pixels:
        size = memoryview(picture.data).nbytes
        return Pixels(number, size, picture.width, picture.height, picture.channels, picture.depth, picture.order)

    return Decompose(
        job,
        coloured(_PICTURE, picture),
        options,
        gray(_SELECTION, selection),
        gray(_HINT, hint),
        None if picture.icc is None else Blob(_ICC, len(picture.icc)),
        region,
        picture.dpi,
        title,
        priority,
        overlay=None if overlay is None else coloured(_OVERLAY, overlay),
    )


def part_sources(
    picture: Picture, selection: Optional[Mask], hint: Optional[Mask], overlay: Optional[Picture] = None
) -> Dict[int, Any]:
    """The bytes behind each transfer number of `decompose_message`; None where the part is absent."""
    return {
        _PICTURE: picture.data,
        _SELECTION: selection and selection.data,
        _HINT: hint and hint.data,
        _ICC: picture.icc,
        _OVERLAY: overlay and overlay.data,
    }


def candidate_of(layers: Layers, buffers: Dict[int, bytearray], depth: Depth, order: ChannelOrder) -> Candidate:
    """The layers with their pixels, received into `buffers` by transfer number."""
    read = tuple(
        Layer(
            info.name,
            info.pixels.width,
            info.pixels.height,
            buffers[info.pixels.transfer],
            info.x,
            info.y,
            info.blend,
            info.opacity,
            info.visible,
        )
        for info in layers.layers
    )
    icc = None if layers.icc is None else bytes(buffers[layers.icc.transfer])
    return Candidate(layers.job, layers.candidate, layers.width, layers.height, read, layers.info, icc, depth, order)
