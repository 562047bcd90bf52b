"""PSD and PSB read: the merged picture of any, the layers of an RGB one.

Every length is checked against what is there before anything is made of it. Specification: see `psd`.
Knows nothing of colour conversion.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from model.types import BlendType, Layer, Metadata

from ..errors import UnreadablePicture
from .decoded import Decoded
from .document import Group, LayeredDocument, Node
from .limits import DAMAGED, check_layers, check_size, decoding
from .psd import KEYS, Compression, Divider, Resource

__all__ = ["read_psd", "read_psd_layers"]

BITMAP, GRAY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9
NAMES = {MULTICHANNEL: "multichannel", LAB: "Lab"}
SPACES = {BITMAP: "GRAY", GRAY: "GRAY", DUOTONE: "GRAY", INDEXED: "RGB", RGB: "RGB", CMYK: "CMYK"}
COUNTS = {"GRAY": 1, "RGB": 3, "CMYK": 4}
WIDE_KEYS = {b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph"}
WIDE_KEYS |= {b"FMsk", b"lnk2", b"FEid", b"FXid", b"PxSD"}  # lengths of eight bytes in a PSB
MOST_DEPTH = 64
LEFT_OUT = {b"LMsk": "", b"lfx2": "effects", b"lrFX": "effects", b"vmsk": "a vector mask", b"vsms": "a vector mask"}


class _Cursor:
    """A place in the bytes of a file that cannot leave them."""

    def __init__(self, data: memoryview, large: bool = False) -> None:
        self.data, self.at, self.large = data, 0, large

    def take(self, length: int) -> memoryview:
        if length < 0 or self.at + length > len(self.data):
            raise UnreadablePicture(DAMAGED)
        self.at += length
        return self.data[self.at - length : self.at]

    def read(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(">" + layout, self.take(struct.calcsize(">" + layout)))

    def one(self, layout: str) -> int:
        return self.read(layout)[0]

    def length(self) -> int:
        return self.one("Q" if self.large else "I")

    def part(self, length: int) -> _Cursor:
        return _Cursor(self.take(length), self.large)

    @property
    def left(self) -> int:
        return len(self.data) - self.at


@dataclass(frozen=True, eq=False)
class _File:
    """The sections of a PSD, nothing decoded. layers: the layer info, at its count; None where there is none."""

    large: bool
    channels: int
    size: tuple[int, int]
    depth: int
    mode: int
    palette: bytes
    resources: dict[int, bytes]
    layers: _Cursor | None
    merged: _Cursor

    @property
    def metadata(self) -> Metadata:
        return Metadata(self.resources.get(Resource.EXIF), self.resources.get(Resource.XMP))

    @property
    def dpi(self) -> tuple[float, float] | None:
        data = self.resources.get(Resource.RESOLUTION, b"")
        if len(data) < 16:
            return None
        across, down = (round(struct.unpack_from(">I", data, place)[0] / 65536, 2) for place in (0, 8))
        return (across, down) if across > 0 and down > 0 else None


def _sections(data: bytes) -> _File:
    cursor = _Cursor(memoryview(data))
    cursor.take(4)
    version, channels, height, width, depth, mode = cursor.read("H6xHIIHH")
    if version not in (1, 2):
        raise UnreadablePicture(f"PSD version {version} is unknown: save it again as PSD")
    check_size(width, height)
    cursor.large = version == 2
    if mode not in SPACES:
        name = NAMES.get(mode, f"number {mode}")
        raise UnreadablePicture(f"the colour model {name} cannot be opened: convert it to RGB first")
    if depth not in (8, 16) and not (depth == 1 and mode == BITMAP):
        raise UnreadablePicture(f"{depth}-bit samples cannot be opened: convert it to 8 or 16 bits first")
    palette = bytes(cursor.take(cursor.one("I")))
    resources = dict(_resources(cursor.part(cursor.one("I"))))
    section = cursor.part(cursor.length())
    return _File(cursor.large, channels, (width, height), depth, mode, palette, resources, _layer_info(section), cursor)


def _resources(cursor: _Cursor) -> Iterator[tuple[int, bytes]]:
    while cursor.left >= 12:
        _, number, name = cursor.read("4sHB")
        cursor.take(name + (name + 1) % 2)  # the name and its length byte are padded to an even count
        length = cursor.one("I")
        yield number, bytes(cursor.take(length))
        cursor.take(min(length % 2, cursor.left))


def _layer_info(section: _Cursor) -> _Cursor | None:
    """The layer info: in its own place (8 bits), or in a block behind (16 bits)."""
    if section.left < 4:
        return None
    info = section.part(section.length())
    if info.left >= 2:
        return info
    if section.left >= 4:
        section.take(section.one("I"))  # global layer mask
    for key, data in _tagged(section, 4):
        if key in (b"Lr16", b"Layr"):
            return _Cursor(data, section.large)
    return None


def _tagged(cursor: _Cursor, multiple: int) -> Iterator[tuple[bytes, memoryview]]:
    while cursor.left >= 12:
        signature, key = bytes(cursor.take(4)), bytes(cursor.take(4))
        if signature not in (b"8BIM", b"8B64"):
            return
        length = cursor.one("Q") if cursor.large and key in WIDE_KEYS else cursor.one("I")
        yield key, cursor.take(length)
        cursor.take(min(-length % multiple, cursor.left))


def read_psd(data: bytes) -> Decoded:
    """The merged picture. Raises UnreadablePicture."""
    file = _sections(data)
    version = file.resources.get(Resource.VERSION, b"")
    if len(version) >= 5 and version[4] == 0:
        raise UnreadablePicture("it was saved without a merged picture: save it with 'Maximize Compatibility'")
    space = SPACES[file.mode]
    count = 1 if file.mode == INDEXED else COUNTS[space]
    transparent = file.channels > count and file.layers is not None and _negative(file.layers)
    count += transparent
    if file.channels < count:
        raise UnreadablePicture(DAMAGED)
    samples = _merged(file, count)
    notes = []
    if file.channels > count:
        notes.append("saved selections (extra channels) were left out")
    if file.mode == BITMAP:
        samples = 255 - samples
    elif file.mode == INDEXED:
        samples = _through_palette(samples, file.palette)
    elif file.mode == CMYK:
        samples[:, :, :4] = np.iinfo(samples.dtype).max - samples[:, :, :4]  # PSD: 0 is full ink
    if transparent and file.mode != CMYK:
        samples = _unmatted(samples)
    icc = file.resources.get(Resource.ICC)
    return Decoded(samples, space, icc, file.dpi, file.metadata, tuple(notes))


def _negative(layers: _Cursor) -> bool:
    """A negative count of layers says that the merged picture's first extra channel is its transparency."""
    return struct.unpack_from(">h", layers.data, 0)[0] < 0


def _merged(file: _File, count: int) -> np.ndarray:
    width, height = file.size
    cursor = _Cursor(file.merged.data, file.large)
    cursor.at = file.merged.at
    compression = cursor.one("H")
    if compression == Compression.RLE:
        lengths = np.frombuffer(cursor.take((4 if file.large else 2) * height * file.channels), _lengths(file.large))
        sizes = [int(part.sum(dtype=np.int64)) for part in lengths.reshape(file.channels, height)[:count]]
        planes = [_unpacked(cursor.take(size), width, height, file.depth) for size in sizes]
    else:
        row = (width + 7) // 8 if file.depth == 1 else width * file.depth // 8
        whole = cursor.take(cursor.left)
        raw = _inflated(whole, row * height * file.channels) if compression in (2, 3) else whole
        planes = [_plane(raw[index * row * height :], width, height, file.depth, compression) for index in range(count)]
    return np.stack(planes, axis=2)


def _lengths(large: bool) -> str:
    return ">u4" if large else ">u2"


def _unpacked(data: memoryview, width: int, height: int, depth: int) -> np.ndarray:
    """Run-length encoded rows, one after another, as H x W. Decoding stops where the plane is full."""
    from imagecodecs import packbits_decode

    row = (width + 7) // 8 if depth == 1 else width * depth // 8
    with decoding():
        raw = packbits_decode(bytes(data), out=bytearray(row * height))
    return _plane(memoryview(raw), width, height, depth, Compression.RAW)


def _inflated(data: memoryview, length: int) -> memoryview:
    """At most `length` bytes of a zlib stream."""
    from zlib import decompressobj

    with decoding():
        return memoryview(decompressobj().decompress(data, length))


def _plane(raw: memoryview, width: int, height: int, depth: int, compression: int) -> np.ndarray:
    """Bytes of one plane as H x W uint8 or uint16, prediction undone."""
    row = (width + 7) // 8 if depth == 1 else width * depth // 8
    if len(raw) < row * height:
        raise UnreadablePicture(DAMAGED)
    if depth == 1:
        bits = np.frombuffer(raw, np.uint8, row * height).reshape(height, row)
        return np.unpackbits(bits, axis=1)[:, :width] * np.uint8(255)
    plane = np.frombuffer(raw, f">u{depth // 8}", width * height).reshape(height, width)
    plane = plane.astype(f"u{depth // 8}")
    return np.cumsum(plane, axis=1, dtype=plane.dtype) if compression == Compression.ZIP_PREDICTION else plane


def _through_palette(samples: np.ndarray, palette: bytes) -> np.ndarray:
    if len(palette) < 768:
        raise UnreadablePicture(DAMAGED)
    colours = np.frombuffer(palette, np.uint8, 768).reshape(3, 256).T
    return np.concatenate([colours[samples[:, :, 0]], samples[:, :, 1:]], axis=2)


def _unmatted(samples: np.ndarray) -> np.ndarray:
    """Colours that were laid on white under their alpha, taken off it again; clear pixels stay as they are."""
    top = np.iinfo(samples.dtype).max
    out = samples.copy()
    for line, laid in zip(out, samples, strict=True):
        alpha = laid[:, -1:].astype(np.int64)
        colour = (laid[:, :-1].astype(np.int64) - (top - alpha)) * top
        straight = np.clip((2 * colour + alpha) // np.maximum(2 * alpha, 1), 0, top)
        line[:, :-1] = np.where(alpha > 0, straight, laid[:, :-1])
    return out


@dataclass(eq=False)
class _Record:
    """A layer record while it is read."""

    box: tuple[int, int, int, int]
    channels: list[tuple[int, int]]
    blend: bytes
    opacity: int
    flags: int
    name: str = ""
    divider: int = Divider.LAYER
    notes: list[str] = field(default_factory=list)


def read_psd_layers(data: bytes) -> LayeredDocument:
    """Layers, groups and the merged picture of an RGB document. Raises UnreadablePicture."""
    file = _sections(data)
    merged = read_psd(data)
    if file.mode != RGB:
        raise UnreadablePicture("only the layers of RGB documents can be opened: convert it to RGB first")
    notes: list[str] = list(merged.notes)
    nodes: tuple[Node, ...] = ()
    if file.layers is not None:
        cursor = _Cursor(file.layers.data, file.large)
        count = abs(cursor.one("h"))
        check_layers([(1, 1)] * count)
        records = [_record(cursor) for _ in range(count)]
        boxes = [record.box for record in records]
        check_layers([(right - left, bottom - top) for top, left, bottom, right in boxes])
        nodes = _tree([(record, _layer_pixels(cursor, record, file.depth)) for record in records], notes)
    icc = file.resources.get(Resource.ICC)
    return LayeredDocument(file.size, nodes, merged.samples, icc, file.dpi, file.metadata, tuple(dict.fromkeys(notes)))


def _record(cursor: _Cursor) -> _Record:
    top, left, bottom, right, count = cursor.read("4iH")
    if bottom < top or right < left or count > 56:
        raise UnreadablePicture(DAMAGED)
    channels = [(cursor.one("h"), cursor.length()) for _ in range(count)]
    cursor.take(4)
    blend = bytes(cursor.take(4))
    opacity, clipping, flags = cursor.read("BBBx")
    record = _Record((top, left, bottom, right), channels, blend, opacity, flags)
    extra = cursor.part(cursor.one("I"))
    if extra.take(extra.one("I")):
        record.notes.append("a layer mask was left out")
    extra.take(extra.one("I"))
    length = extra.one("B")
    record.name = bytes(extra.take(length)).decode("mac_roman")
    extra.take(min(-(length + 1) % 4, extra.left))
    if clipping:
        record.notes.append("a layer clipped to the one below is shown unclipped")
    for key, data in _tagged(extra, 4):
        if key == b"luni" and len(data) >= 4:
            units = struct.unpack_from(">I", data)[0]
            record.name = bytes(data[4 : 4 + 2 * units]).decode("utf-16-be", "replace").rstrip("\0")
        elif key in (b"lsct", b"lsdk") and len(data) >= 4:
            record.divider = struct.unpack_from(">I", data)[0]
            if len(data) >= 12:
                record.blend = bytes(data[8:12])
        elif LEFT_OUT.get(key):
            record.notes.append(f"{LEFT_OUT[key]} of a layer was left out")
    return record


def _layer_pixels(cursor: _Cursor, record: _Record, depth: int) -> np.ndarray | None:
    """The channels of a layer, taken from the cursor: H x W x 3|4, or None where it has no pixels."""
    top, left, bottom, right = record.box
    width, height = right - left, bottom - top
    planes: dict[int, np.ndarray] = {}
    for number, length in record.channels:
        data = cursor.take(length)
        if number in (-1, 0, 1, 2) and width * height:
            planes[number] = _channel(_Cursor(data, cursor.large), width, height, depth)
    order = [number for number in (0, 1, 2, -1) if number in planes]
    if width * height == 0 or order[:3] != [0, 1, 2]:
        return None
    return np.stack([planes[number] for number in order], axis=2)


def _channel(cursor: _Cursor, width: int, height: int, depth: int) -> np.ndarray:
    compression = cursor.one("H")
    if compression == Compression.RLE:
        lengths = np.frombuffer(cursor.take((4 if cursor.large else 2) * height), _lengths(cursor.large))
        return _unpacked(cursor.take(int(lengths.sum(dtype=np.int64))), width, height, depth)
    raw = cursor.take(cursor.left)
    if compression in (Compression.ZIP, Compression.ZIP_PREDICTION):
        raw = _inflated(raw, width * height * depth // 8)
    elif compression != Compression.RAW:
        raise UnreadablePicture(DAMAGED)
    return _plane(raw, width, height, depth, compression)


def _tree(found: list[tuple[_Record, np.ndarray | None]], notes: list[str]) -> tuple[Node, ...]:
    """Records, bottom to top, as layers and groups: a group's end comes first, its head last."""
    open_groups: list[list[Node]] = [[]]
    for record, pixels in found:
        if record.divider == Divider.GROUP_END:
            open_groups.append([])
            if len(open_groups) > MOST_DEPTH:
                raise UnreadablePicture("its groups are nested too deeply: flatten some")
            continue
        notes.extend(record.notes)
        if record.blend not in KEYS and record.blend != b"pass":
            name = record.blend.decode("ascii", "replace").strip()
            notes.append(f"the blend mode {name!r} is unknown here and was read as normal")
        looks = {
            "opacity": record.opacity / 255,
            "blend": KEYS.get(record.blend, BlendType.NORMAL),
            "visible": not record.flags & 2,
        }
        if record.divider in (Divider.OPEN_GROUP, Divider.CLOSED_GROUP):
            members = open_groups.pop() if len(open_groups) > 1 else []
            open_groups[-1].append(Group(record.name, tuple(members), **looks))
        elif pixels is None:
            notes.append("a layer without pixels was left out")
        else:
            top, left, _, _ = record.box
            open_groups[-1].append(Layer(record.name, pixels, (left, top), **looks))
    return tuple(node for level in open_groups for node in level)
