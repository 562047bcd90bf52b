"""A picture on its way in: chunks checked against what was declared, written to files as they come.

Knows nothing of connections. Pixels are never held: a chunk is written and forgotten.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import BinaryIO

from .. import results
from ..errors import Refused
from ..wire.messages import Chunk, Decompose
from ..wire.parts import Blob, Pixels
from .layouts import Intake

__all__ = ["FULL", "Upload", "disk_full", "stored_size"]

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def disk_full() -> Refused:
    return Refused("disk_full", "the disk is full", "free space where your home folder is and hand the job in again")


def stored_size(declared: Pixels) -> int:
    """Bytes the picture takes as it is stored: 3 or 4 channels of 8 or 16 bits."""
    return (
        declared.width
        * declared.height
        * (3 if declared.channels in (1, 3) else 4)
        * (1 if declared.depth == "u8" else 2)
    )


class _Part:
    def __init__(self, declared: Pixels | Blob, path: Path, intake: Intake | None = None) -> None:
        self.declared = declared
        self.received = 0
        self.intake = intake
        self.file: BinaryIO = open(path, "xb", buffering=0)  # noqa: SIM115 - closed by the upload


class Upload:
    """The parts of one `Decompose` in `folder`. `touched`: when the last bytes came, in the caller's clock.

    Raises Refused where the disk is full.
    """

    def __init__(self, request: Decompose, folder: Path, now: float) -> None:
        self.request = request
        self.folder = folder
        self.touched = now
        self.parts: dict[int, _Part] = {}
        pixels = request.pixels
        plain = pixels.channels >= 3 and pixels.order == "rgba" and pixels.depth in ("u8", "u16")
        try:
            self._open(pixels, results.PICTURE, None if plain else Intake(pixels))
            self._open(request.selection, results.SELECTION)
            self._open(request.hint, results.HINT)
            self._open(request.icc, results.PROFILE)
            if request.overlay is not None:
                swapped = request.overlay.order != "rgba"
                self._open(request.overlay, results.OVERLAY, Intake(request.overlay) if swapped else None)
        except OSError as problem:
            self.drop()
            if problem.errno in FULL:
                raise disk_full() from None
            raise

    def _open(self, declared: Pixels | Blob | None, name: str, intake: Intake | None = None) -> None:
        if declared is not None:
            self.parts[declared.transfer] = _Part(declared, self.folder / name, intake)

    def feed(self, chunk: Chunk, now: float) -> None:
        """Write a chunk of one of the parts. Raises Refused where it does not fit, or the disk is full."""
        part = self.parts[chunk.transfer]
        if chunk.offset != part.received:
            raise Refused("bad_pixels", f"bytes at {chunk.offset} came, {part.received} was next", "send them in order")
        if chunk.offset + len(chunk.data) > part.declared.size:
            raise Refused(
                "bad_pixels", f"more than the declared {part.declared.size} bytes came", "declare the true size"
            )
        part.received += len(chunk.data)
        self.touched = now
        try:
            _write(part.file, chunk.data if part.intake is None else part.intake.feed(chunk.data))
        except OSError as problem:
            if problem.errno in FULL:
                raise disk_full() from None
            raise

    @property
    def complete(self) -> bool:
        return all(part.received == part.declared.size for part in self.parts.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed on the way in."""
        intake = self.parts[self.request.pixels.transfer].intake
        return () if intake is None else intake.notes

    def drop(self) -> None:
        """Close and remove what came."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        for part in self.parts.values():
            part.file.close()


def _write(file: BinaryIO, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:  # an unbuffered file may take less than it was given
        view = view[file.write(view) :]
