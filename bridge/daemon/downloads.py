"""Layers and files on their way out: binary frames made one at a time, from files, in the layout that was asked for.

Knows nothing of connections. One block is in memory at a time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from model.opaque import opaque
from model.types import Decomposition

from ..jobs import Job
from ..results import PROFILE, Result, StoredLayer
from ..wire.codec import encode_chunk
from ..wire.messages import Fetch, Layers
from ..wire.parts import CHUNK, DEPTH_BYTES, Blob, LayerInfo, Pixels
from .layouts import outgoing

__all__ = ["Frames", "file_frames", "layer_frames", "layers_message"]


def layers_message(job: Job, result: Result, fetch: Fetch, folder: Path, transfer: int) -> Layers:
    """What is going to be sent; its parts are numbered from `transfer` on."""
    chosen = result.candidates[fetch.candidate]

    def pixels(number: int, layer: StoredLayer) -> Pixels:
        size = layer.width * layer.height * 4 * DEPTH_BYTES[fetch.depth]
        return Pixels(transfer + number, size, layer.width, layer.height, 4, fetch.depth, fetch.order)

    layers = tuple(
        LayerInfo(layer.name, pixels(n, layer), layer.x, layer.y, layer.blend, layer.opacity, layer.visible)
        for n, layer in enumerate(chosen.layers)
    )
    profile = folder / PROFILE
    icc = Blob(transfer + len(layers), profile.stat().st_size) if profile.exists() else None
    return Layers(job.id, fetch.candidate, result.width, result.height, chosen.info, layers, icc, request=fetch.request)


class Frames:
    """Binary frames, one after another. `close` lets go of the files, also where nothing was taken yet.

    is_computed: taking one costs more than reading a block, and belongs into a thread.
    """

    def __init__(
        self,
        frames: Iterator[bytes],
        files: Sequence[BinaryIO],
        remove: Path | None = None,
        is_computed: bool = False,
    ) -> None:
        self._frames = frames
        self.is_computed = is_computed
        self._files = files
        self._remove = remove

    def take(self) -> bytes | None:
        """The next frame; None after the last."""
        return next(self._frames, None)

    def close(self) -> None:
        for file in self._files:
            file.close()
        if self._remove is not None:
            shutil.rmtree(self._remove, ignore_errors=True)


def layer_frames(message: Layers, result: Result, folder: Path, whole: Decomposition | None = None) -> Frames:
    """The binary frames that follow `message`. The files are opened at once: they may be forgotten meanwhile.

    whole: the candidate itself, where layers that are not normal shall come with full alpha.
    """
    stored = result.candidates[message.candidate].layers
    paths = [folder / "result" / layer.file for layer in stored]
    if message.icc is not None:
        paths.append(folder / PROFILE)
    files = [open(path, "rb") for path in paths]  # noqa: SIM115 - closed with the frames
    return Frames(_layer_frames(message, result, files, whole), files, is_computed=whole is not None)


def _layer_frames(
    message: Layers, result: Result, files: Sequence[BinaryIO], whole: Decomposition | None
) -> Iterator[bytes]:
    stored = result.candidates[message.candidate].layers
    for number, (info, layer, file) in enumerate(zip(message.layers, stored, files, strict=False)):
        declared = info.pixels
        if whole is not None and number and layer.blend != "normal":
            yield from _converted(declared, (rows.tobytes() for rows in opaque(whole, number)), result.bits, 4)
        elif layer.channels == 4 and declared.order == "rgba" and declared.depth == f"u{result.bits}":
            yield from _plain(declared.transfer, file)
        else:
            yield from _converted(declared, _blocks(declared, layer, result.bits, file), result.bits, layer.channels)
    if message.icc is not None:
        yield from _plain(message.icc.transfer, files[-1])


def _blocks(declared: Pixels, layer: StoredLayer, bits: int, file: BinaryIO) -> Iterator[bytes]:
    """The stored pixels, as many at a time as make a chunk in the layout that was asked for."""
    count = CHUNK // (4 * DEPTH_BYTES[declared.depth])
    while block := file.read(count * layer.channels * bits // 8):
        yield block


def _converted(declared: Pixels, blocks: Iterable[bytes], bits: int, channels: int) -> Iterator[bytes]:
    offset = 0
    for block in blocks:
        data = outgoing(block, bits, channels, declared.depth, declared.order)
        yield encode_chunk(declared.transfer, offset, data)
        offset += len(data)


def _plain(transfer: int, file: BinaryIO) -> Iterator[bytes]:
    offset = 0
    while block := file.read(CHUNK):
        yield encode_chunk(transfer, offset, block)
        offset += len(block)


def file_frames(path: Path, transfer: int) -> Frames:
    """The binary frames of an exported file, whose folder is removed afterwards."""
    file = open(path, "rb")  # noqa: SIM115 - closed with the frames
    return Frames(_plain(transfer, file), [file], path.parent)
