"""Layers and files on their way out: binary frames made one at a time, from files, in the layout that was asked for.

Knows nothing of connections. One block is in memory at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ..jobs import Job
from ..results import PROFILE, Result, StoredLayer
from ..wire.codec import encode_chunk
from ..wire.messages import Fetch, Layers
from ..wire.parts import CHUNK, DEPTH_BYTES, Blob, LayerInfo, Pixels
from .layouts import outgoing

__all__ = ["file_frames", "layer_frames", "layers_message"]


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


def layer_frames(message: Layers, result: Result, folder: Path) -> Iterator[bytes]:
    """The binary frames that follow `message`. The files are opened at once: they may be forgotten meanwhile."""
    stored = result.candidates[message.candidate].layers
    files = [open(folder / "result" / layer.file, "rb") for layer in stored]  # noqa: SIM115 - closed by the iterator
    if message.icc is not None:
        files.append(open(folder / PROFILE, "rb"))  # noqa: SIM115
    return _layer_frames(message, result, files)


def _layer_frames(message: Layers, result: Result, files: Sequence[BinaryIO]) -> Iterator[bytes]:
    stored = result.candidates[message.candidate].layers
    try:
        for info, layer, file in zip(message.layers, stored, files, strict=False):
            yield from _converted(info.pixels, layer, result.bits, file)
        if message.icc is not None:
            yield from _plain(message.icc.transfer, files[-1])
    finally:
        for file in files:
            file.close()


def _converted(told: Pixels, layer: StoredLayer, bits: int, file: BinaryIO) -> Iterator[bytes]:
    if layer.channels == 4 and told.order == "rgba" and told.depth == f"u{bits}":
        yield from _plain(told.transfer, file)
        return
    pixel = layer.channels * bits // 8
    count = CHUNK // (4 * DEPTH_BYTES[told.depth])  # pixels a block
    offset = 0
    while block := file.read(count * pixel):
        data = outgoing(block, bits, layer.channels, told.depth, told.order)
        yield encode_chunk(told.transfer, offset, data)
        offset += len(data)


def _plain(transfer: int, file: BinaryIO) -> Iterator[bytes]:
    offset = 0
    while block := file.read(CHUNK):
        yield encode_chunk(transfer, offset, block)
        offset += len(block)


def file_frames(path: Path, transfer: int) -> Iterator[bytes]:
    """The binary frames of an exported file, which is removed afterwards."""
    file = open(path, "rb")  # noqa: SIM115 - closed by the iterator
    return _file_frames(path, file, transfer)


def _file_frames(path: Path, file: BinaryIO, transfer: int) -> Iterator[bytes]:
    try:
        yield from _plain(transfer, file)
    finally:
        file.close()
        os.unlink(path)
