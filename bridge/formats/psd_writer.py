"""PSD and PSB written in one pass over the planes: a stripe in memory, never a second copy of the picture.

RLE as every program reads it, or ZIP with prediction (`compact`: a third smaller; GIMP before 2.10 refuses it).
Lengths that are known only afterwards are filled in by seeking back. Specification: see `psd`.
Knows nothing of decompositions; it writes a `LayeredDocument`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import numpy as np

from model.types import BlendType

from .colour import srgb_profile
from .document import Group, LayeredDocument, Node, walk
from .pixels import on_white, small_copy
from .psd import BLENDS, PSB_SIDE, Compression, Divider, Resource
from .stripes import deflated, packbits, stripes

__all__ = ["encode_psd", "needs_psb"]

PSD_BYTES = 2_000_000_000  # Photoshop refuses a PSD above 2 GB
INVISIBLE, PHOTOSHOP_5, NO_PIXELS = 2, 8, 16  # flags of a layer record
WRITER = "diffdecompose-bridge"
THUMBNAIL = 160


def needs_psb(document: LayeredDocument) -> bool:
    """Whether the document is too wide, high or heavy (uncompressed) for a PSD."""
    raw = document.merged.nbytes + sum(layer.pixels.nbytes for layer in walk(document.layers))
    return max(document.size) > PSB_SIDE or raw > PSD_BYTES


def encode_psd(document: LayeredDocument, file: BinaryIO, *, compact: bool = False, large: bool | None = None) -> None:
    """Write the document into `file`, which can seek. large: as PSB; None = where it needs to be.

    An sRGB profile is embedded where a 16-bit document has none: Krita opens such a PSD as linear.
    """
    _Writer(file, needs_psb(document) if large is None else large, compact).write(document)


@dataclass(frozen=True)
class _Record:
    """What one layer record says: a layer, a group's head (`divider` OPEN_GROUP) or its end."""

    name: str
    pixels: np.ndarray | None
    offset: tuple[int, int]
    opacity: float
    blend: BlendType
    visible: bool
    divider: Divider


def _records(nodes: Sequence[Node]) -> Iterator[_Record]:
    """Bottom to top; a group is its end, its members, its head."""
    for node in nodes:
        if isinstance(node, Group):
            yield _Record("</Layer group>", None, (0, 0), 1.0, BlendType.NORMAL, True, Divider.GROUP_END)
            yield from _records(node.layers)
            yield _Record(node.name, None, (0, 0), node.opacity, node.blend, node.visible, Divider.OPEN_GROUP)
        else:
            yield _Record(node.name, node.pixels, node.offset, node.opacity, node.blend, node.visible, Divider.LAYER)


def _channels(pixels: np.ndarray | None) -> list[tuple[int, int]]:
    """(channel id, plane index) in file order; a record without pixels still lists its four empty channels."""
    colours = [(0, 0), (1, 1), (2, 2)]
    return colours if pixels is not None and pixels.shape[2] == 3 else [(-1, 3), *colours]


@dataclass(frozen=True)
class _Writer:
    file: BinaryIO
    large: bool
    compact: bool

    def write(self, document: LayeredDocument) -> None:
        width, height = document.size
        transparent = document.merged.shape[2] == 4
        channels = document.merged.shape[2]
        header = struct.pack(">4sH6xHIIHH", b"8BPS", 2 if self.large else 1, channels, height, width, document.depth, 3)
        self.file.write(header + struct.pack(">I", 0))  # RGB has no colour mode data
        self._resources(document)
        with self._measured(wide=self.large):
            if document.depth == 8:
                with self._measured(wide=self.large, multiple=4):
                    self._layers(document.layers, transparent)
                self.file.write(struct.pack(">I", 0))  # no global layer mask
            else:
                # Photoshop keeps 16-bit layers in a block of their own and leaves the ordinary place empty.
                self.file.write(bytes(8 if self.large else 4) + struct.pack(">I", 0))
                self.file.write(b"8BIMLr16")
                with self._measured(wide=self.large, multiple=4):
                    self._layers(document.layers, transparent)
        self._planes([_matted(document.merged, index) for index in range(channels)], height, compact=False)

    @contextmanager
    def _measured(self, *, wide: bool, multiple: int = 1) -> Iterator[None]:
        """Write a length before what the block writes, zeros after it up to a multiple."""
        layout = ">Q" if wide else ">I"
        start = self.file.tell()
        self.file.write(bytes(struct.calcsize(layout)))
        yield
        length = self.file.tell() - start - struct.calcsize(layout)
        self.file.write(bytes(-length % multiple))
        self._fill(start, struct.pack(layout, length + -length % multiple))

    def _fill(self, position: int, data: bytes) -> None:
        end = self.file.tell()
        self.file.seek(position)
        self.file.write(data)
        self.file.seek(end)

    def _resources(self, document: LayeredDocument) -> None:
        across, down = (round(d * 65536) for d in document.dpi or (72.0, 72.0))
        name = struct.pack(">I", len(WRITER)) + WRITER.encode("utf-16-be")
        found = [
            (Resource.RESOLUTION, struct.pack(">IHHIHH", across, 1, 1, down, 1, 1)),
            (Resource.ICC, document.icc or (srgb_profile() if document.depth == 16 else None)),
            (Resource.VERSION, struct.pack(">IB", 1, 1) + name + name + struct.pack(">I", 1)),
            (Resource.IPTC, document.metadata.iptc),
            (Resource.EXIF, document.metadata.exif),
            (Resource.XMP, document.metadata.xmp),
            (Resource.THUMBNAIL, _thumbnail(document.merged)),
        ]
        with self._measured(wide=False):
            for number, data in found:
                if data:
                    self.file.write(struct.pack(">4sHHI", b"8BIM", number, 0, len(data)) + data + bytes(len(data) % 2))

    def _layers(self, nodes: Sequence[Node], transparent: bool) -> None:
        records = list(_records(nodes))
        # A negative count says that the merged picture's fourth channel is its transparency.
        self.file.write(struct.pack(">h", -len(records) if transparent else len(records)))
        places = [self._record(record) for record in records]
        for record, place in zip(records, places, strict=True):
            for _, plane in _channels(record.pixels):
                start = self.file.tell()
                self._plane(record.pixels, plane)
                layout = ">Q" if self.large else ">I"
                self._fill(place, struct.pack(layout, self.file.tell() - start))
                place += 2 + struct.calcsize(layout)

    def _record(self, record: _Record) -> int:
        """Write one layer record; returns where its first channel length stands, to be filled in later."""
        x, y = record.offset
        height, width = (0, 0) if record.pixels is None else record.pixels.shape[:2]
        channels = _channels(record.pixels)
        self.file.write(struct.pack(">4iH", y, x, y + height, x + width, len(channels)))
        place = self.file.tell() + 2
        for number, _ in channels:
            self.file.write(struct.pack(">hQ" if self.large else ">hI", number, 0))
        flags = PHOTOSHOP_5 | (0 if record.visible else INVISIBLE) | (NO_PIXELS if record.pixels is None else 0)
        blend = BLENDS[record.blend]
        self.file.write(struct.pack(">4s4sBBBx", b"8BIM", blend, round(record.opacity * 255), 0, flags))
        with self._measured(wide=False):
            self.file.write(struct.pack(">II", 0, 0))  # no mask, no blending ranges
            old_name = record.name.encode("mac_roman", "replace")[:31]
            self.file.write(_padded(bytes([len(old_name)]) + old_name))
            units = record.name.encode("utf-16-be", "replace")
            self._tagged(b"luni", struct.pack(">I", len(units) // 2) + units)
            if record.divider is not Divider.LAYER:
                self._tagged(b"lsct", struct.pack(">I4s4s", record.divider, b"8BIM", blend))
        return place

    def _tagged(self, key: bytes, data: bytes) -> None:
        data = _padded(data)
        self.file.write(b"8BIM" + key + struct.pack(">I", len(data)) + data)

    def _plane(self, pixels: np.ndarray | None, index: int) -> None:
        if pixels is None or pixels.size == 0:
            self.file.write(struct.pack(">H", Compression.RAW))
        else:
            self._planes([_plane_stripes(pixels, index)], len(pixels), compact=self.compact)

    def _planes(self, planes: list[Iterator[np.ndarray]], height: int, *, compact: bool) -> None:
        """Write planes under one compression word. RLE: first the lengths of all rows of all planes."""
        if compact:
            self.file.write(struct.pack(">H", Compression.ZIP_PREDICTION))
            for plane in planes:
                for chunk in deflated(_predicted(stripe) for stripe in plane):
                    self.file.write(chunk)
            return
        self.file.write(struct.pack(">H", Compression.RLE))
        table = self.file.tell()
        width_of_length = 4 if self.large else 2
        self.file.write(bytes(width_of_length * height * len(planes)))
        lengths: list[int] = []
        for plane in planes:
            for counts, data in map(packbits, plane):
                lengths += counts
                self.file.write(data)
        self._fill(table, np.array(lengths, f">u{width_of_length}").tobytes())


def _thumbnail(merged: np.ndarray) -> bytes:
    """Resource 1036: a JPEG of at most 160 pixels a side behind a header of 28 bytes; what file managers show."""
    from PIL import Image

    small = small_copy(merged, THUMBNAIL)
    if small.shape[2] == 4:
        small = on_white(small)
    height, width = small.shape[:2]
    jpeg = BytesIO()
    Image.fromarray(small).save(jpeg, "JPEG", quality=85)
    row = (width * 24 + 31) // 32 * 4
    return struct.pack(">6I2H", 1, width, height, row, row * height, jpeg.tell(), 24, 1) + jpeg.getvalue()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _plane_stripes(pixels: np.ndarray, index: int) -> Iterator[np.ndarray]:
    """One plane of H x W x C as contiguous big-endian stripes n x W."""
    for stripe in stripes(pixels):
        yield np.ascontiguousarray(stripe[:, :, index], stripe.dtype.newbyteorder(">"))


def _matted(merged: np.ndarray, index: int) -> Iterator[np.ndarray]:
    """One plane of the merged picture. Where it is transparent Photoshop keeps its colours laid on white."""
    if merged.shape[2] == 3 or index == 3:
        yield from _plane_stripes(merged, index)
        return
    top = np.iinfo(merged.dtype).max
    for stripe in stripes(merged):
        colour, alpha = stripe[:, :, index].astype(np.uint64), stripe[:, :, 3].astype(np.uint64)
        laid = (colour * alpha + (top - alpha) * top + top // 2) // top
        yield np.ascontiguousarray(laid, merged.dtype.newbyteorder(">"))


def _predicted(stripe: np.ndarray) -> np.ndarray:
    """Each sample less the one before it in its row, modulo its range, big-endian."""
    values = stripe.astype(stripe.dtype.newbyteorder("="), copy=False)
    out = values.copy()
    np.subtract(values[:, 1:], values[:, :-1], out=out[:, 1:])
    return np.ascontiguousarray(out, stripe.dtype)
