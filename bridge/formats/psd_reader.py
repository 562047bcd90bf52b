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
from .limits import DAMAGED, check_layers, check_size
from .psd import KEYS, Compression, Divider, Resource
from .psd_planes import inflated, plane_bytes, take_off_white, to_plane, unpacked

__all__ = ["Cursor", "read_psd", "read_psd_layers", "tagged_blocks"]

BITMAP, GRAY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9
NAMES = {MULTICHANNEL: "multichannel", LAB: "Lab"}
SPACES = {BITMAP: "GRAY", GRAY: "GRAY", DUOTONE: "GRAY", INDEXED: "RGB", RGB: "RGB", CMYK: "CMYK"}
COUNTS = {"GRAY": 1, "RGB": 3, "CMYK": 4}
WIDE_KEYS = {b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph"}
WIDE_KEYS |= {b"FMsk", b"lnk2", b"FEid", b"FXid", b"PxSD"}  # lengths of eight bytes in a PSB
MOST_DEPTH = 64
ZIPPED = (Compression.ZIP, Compression.ZIP_PREDICTION)
LEFT_OUT = {b"lfx2": "effects", b"lrFX": "effects", b"vmsk": "a vector mask", b"vsms": "a vector mask"}


class Cursor:
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

    def row_lengths(self, rows: int) -> np.ndarray:
        """The lengths of so many run-length encoded rows."""
        size = 4 if self.large else 2
        return np.frombuffer(self.take(size * rows), f">u{size}").astype(np.int64)

    def part(self, length: int) -> Cursor:
        return Cursor(self.take(length), self.large)

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
    layers: Cursor | None
    merged: Cursor

    @property
    def metadata(self) -> Metadata:
        exif, xmp, iptc = (self.resources.get(key) for key in (Resource.EXIF, Resource.XMP, Resource.IPTC))
        return Metadata(exif, xmp, iptc)

    @property
    def dpi(self) -> tuple[float, float] | None:
        data = self.resources.get(Resource.RESOLUTION, b"")
        if len(data) < 16:
            return None
        across, down = (round(struct.unpack_from(">I", data, place)[0] / 65536, 2) for place in (0, 8))
        return (across, down) if across > 0 and down > 0 else None


def _sections(data: bytes) -> _File:
    cursor = Cursor(memoryview(data))
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


def _resources(cursor: Cursor) -> Iterator[tuple[int, bytes]]:
    while cursor.left >= 12:
        _, number, name = cursor.read("4sHB")
        cursor.take(name + (name + 1) % 2)  # the name and its length byte are padded to an even count
        length = cursor.one("I")
        yield number, bytes(cursor.take(length))
        cursor.take(min(length % 2, cursor.left))


def _layer_info(section: Cursor) -> Cursor | None:
    """The layer info: in its own place (8 bits), or in a block behind (16 bits)."""
    if section.left < 4:
        return None
    info = section.part(section.length())
    if info.left >= 2:
        return info
    if section.left >= 4:
        section.take(section.one("I"))  # global layer mask
    for key, data in tagged_blocks(section):
        if key in (b"Lr16", b"Layr"):
            return Cursor(data, section.large)
    return None


def tagged_blocks(cursor: Cursor) -> Iterator[tuple[bytes, memoryview]]:
    """Blocks with a key. Programs pad them to one, two or four bytes: zeros before the next signature are skipped."""
    while cursor.left >= 12:
        signature, key = bytes(cursor.take(4)), bytes(cursor.take(4))
        if signature not in (b"8BIM", b"8B64"):
            return
        length = cursor.one("Q") if cursor.large and key in WIDE_KEYS else cursor.one("I")
        yield key, cursor.take(length)
        while cursor.left and cursor.data[cursor.at] == 0:
            cursor.take(1)


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
        take_off_white(samples)
    icc = file.resources.get(Resource.ICC)
    return Decoded(samples, space, icc, file.dpi, file.metadata, tuple(notes))


def _negative(layers: Cursor) -> bool:
    """A negative count of layers says that the merged picture's first extra channel is its transparency."""
    return struct.unpack_from(">h", layers.data, 0)[0] < 0


def _merged(file: _File, count: int) -> np.ndarray:
    """The first `count` channels of the merged picture: H x W x count."""
    width, height = file.size
    cursor = Cursor(file.merged.data, file.large)
    cursor.at = file.merged.at
    compression, length = cursor.one("H"), plane_bytes(width, height, file.depth)
    predicted = compression == Compression.ZIP_PREDICTION
    if compression == Compression.RLE:
        sizes = [int(part.sum()) for part in cursor.row_lengths(height * file.channels).reshape(file.channels, height)]
        planes = (unpacked(cursor.take(size), length) for size in sizes[:count])
    else:
        rest = cursor.take(cursor.left)
        whole = inflated(rest, length * file.channels) if compression in ZIPPED else rest
        planes = (whole[index * length :] for index in range(count))
    out = np.empty((height, width, count), np.uint16 if file.depth == 16 else np.uint8)
    for index, raw in enumerate(planes):
        out[:, :, index] = to_plane(raw, width, height, file.depth, predicted=predicted)
    return out


def _through_palette(samples: np.ndarray, palette: bytes) -> np.ndarray:
    if len(palette) < 768:
        raise UnreadablePicture(DAMAGED)
    colours = np.frombuffer(palette, np.uint8, 768).reshape(3, 256).T
    return np.concatenate([colours[samples[:, :, 0]], samples[:, :, 1:]], axis=2)


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
        cursor = Cursor(file.layers.data, file.large)
        count = abs(cursor.one("h"))
        check_layers([(1, 1)] * count)
        records = [_record(cursor) for _ in range(count)]
        boxes = [record.box for record in records]
        check_layers([(right - left, bottom - top) for top, left, bottom, right in boxes])
        nodes = _tree([(record, _layer_pixels(cursor, record, file.depth)) for record in records], notes)
    icc = file.resources.get(Resource.ICC)
    return LayeredDocument(file.size, nodes, merged.samples, icc, file.dpi, file.metadata, tuple(dict.fromkeys(notes)))


def _record(cursor: Cursor) -> _Record:
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
    for key, data in tagged_blocks(extra):
        if key == b"luni" and len(data) >= 4:
            units = struct.unpack_from(">I", data)[0]
            record.name = bytes(data[4 : 4 + 2 * units]).decode("utf-16-be", "replace").rstrip("\0")
        elif key in (b"lsct", b"lsdk") and len(data) >= 4:
            record.divider = struct.unpack_from(">I", data)[0]
            if len(data) >= 12:
                record.blend = bytes(data[8:12])
        elif key in LEFT_OUT:
            record.notes.append(f"{LEFT_OUT[key]} of a layer was left out")
    return record


def _layer_pixels(cursor: Cursor, record: _Record, depth: int) -> np.ndarray | None:
    """The channels of a layer, taken from the cursor: H x W x 3|4, or None where it has no pixels."""
    top, left, bottom, right = record.box
    width, height = right - left, bottom - top
    places = {number: Cursor(cursor.take(length), cursor.large) for number, length in record.channels}
    order = [number for number in (0, 1, 2, -1) if number in places]
    if width * height == 0 or order[:3] != [0, 1, 2]:
        return None
    out = np.empty((height, width, len(order)), np.uint16 if depth == 16 else np.uint8)
    for index, number in enumerate(order):
        out[:, :, index] = _channel(places[number], width, height, depth)
    return out


def _channel(cursor: Cursor, width: int, height: int, depth: int) -> np.ndarray:
    compression, length = cursor.one("H"), plane_bytes(width, height, depth)
    if compression == Compression.RLE:
        raw = unpacked(cursor.take(int(cursor.row_lengths(height).sum())), length)
    else:
        raw = cursor.take(cursor.left)
        raw = inflated(raw, length) if compression in ZIPPED else raw
    return to_plane(raw, width, height, depth, predicted=compression == Compression.ZIP_PREDICTION)


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
