"""A finished job on disk: `result.json` and one raw file a layer, written by a worker, read by the daemon.

Layers are stored as they are in memory, rows from the top, little-endian, so that they can be mapped.
A layer that is the picture itself (nothing found) becomes a link to the picture's file: no copy.
Knows nothing of sockets or processes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.types import Composite, Decomposition, Layer, Request

from .convert import candidate_info, model_layer, model_options, provenance
from .wire.codec import from_fields, to_fields
from .wire.errors import BadMessage
from .wire.messages import Decompose
from .wire.parts import Blend, CandidateInfo, StageTime

__all__ = [
    "Result",
    "StoredCandidate",
    "StoredLayer",
    "load",
    "read_request",
    "restore",
    "save",
]

PICTURE = "picture.raw"
SELECTION = "selection.raw"
HINT = "hint.raw"
OVERLAY = "overlay.raw"
PROFILE = "profile.icc"


@dataclass(frozen=True)
class StoredLayer:
    """One layer: `file` holds height x width x channels of the picture's depth."""

    file: str
    name: str
    x: int
    y: int
    width: int
    height: int
    channels: int
    blend: Blend
    opacity: float
    visible: bool


@dataclass(frozen=True)
class StoredCandidate:
    info: CandidateInfo
    layers: tuple[StoredLayer, ...]
    seconds: tuple[StageTime, ...]


@dataclass(frozen=True)
class Result:
    """width, height in pixels; bits: 8 or 16 a channel."""

    width: int
    height: int
    bits: int
    candidates: tuple[StoredCandidate, ...]


def read_request(folder: Path, request: Decompose) -> Request:
    """The request for `model`, its pixels mapped read-only from the files of the job's folder.

    The daemon stored the picture as u8 or u16 with 3 or 4 channels (`bridge.daemon.layouts`).
    """
    declared = request.pixels
    dtype = np.dtype("u1") if declared.depth == "u8" else np.dtype("<u2")
    channels = 3 if declared.channels in (1, 3) else 4
    pixels = np.memmap(folder / PICTURE, dtype, "r", shape=(declared.height, declared.width, channels))
    profile = folder / PROFILE
    composite = Composite(pixels, profile.read_bytes() if profile.exists() else None, request.dpi)
    selection = _mask(folder / SELECTION, declared.width, declared.height)
    if request.region is not None:
        x, y, w, h = request.region
        inside = np.zeros((declared.height, declared.width), np.uint8)
        inside[y : y + h, x : x + w] = 255 if selection is None else selection[y : y + h, x : x + w]
        selection = inside
    hint = _mask(folder / HINT, declared.width, declared.height)
    overlay = None
    if request.overlay is not None:
        overlay_dtype = np.dtype("u1") if request.overlay.depth == "u8" else np.dtype("<u2")
        shape = (request.overlay.height, request.overlay.width, 4)
        overlay = np.memmap(folder / OVERLAY, overlay_dtype, "r", shape=shape)
    return Request(composite, model_options(request.options), selection, hint, overlay)


def _mask(path: Path, width: int, height: int) -> np.ndarray | None:
    return np.memmap(path, np.uint8, "r", shape=(height, width)) if path.exists() else None


def save(target: Path, picture: Path, composite: Composite, answers: Sequence[Decomposition]) -> int:
    """Write the answers into the new folder `target`; returns the bytes written. Raises OSError (disk full)."""
    target.mkdir()
    stored = []
    for number, answer in enumerate(answers):
        layers = tuple(
            _save_layer(target, f"{number}-{place}.raw", layer, picture, composite)
            for place, layer in enumerate(answer.layers)
        )
        seconds = tuple(StageTime(stage, value) for stage, value in answer.provenance.seconds.items())
        stored.append(StoredCandidate(candidate_info(answer), layers, seconds))
    width, height = composite.size
    record = to_fields(Result(width, height, composite.depth, tuple(stored)))
    (target / "result.json").write_text(json.dumps(record), "utf-8")
    return sum(file.stat().st_size for file in target.iterdir())


def _save_layer(target: Path, name: str, layer: Layer, picture: Path, composite: Composite) -> StoredLayer:
    pixels = layer.pixels
    same = pixels.shape == composite.pixels.shape and pixels.dtype == composite.pixels.dtype
    if same and pixels.ctypes.data == composite.pixels.ctypes.data and pixels.flags.c_contiguous:
        _link(picture, target / name)
    else:
        with open(target / name, "xb") as file:
            for top in range(0, pixels.shape[0], 256):  # rows at a time: a view may need a copy to become contiguous
                file.write(np.ascontiguousarray(pixels[top : top + 256]).data)
    height, width, channels = pixels.shape
    x, y = layer.offset
    return StoredLayer(name, layer.name, x, y, width, height, channels, layer.blend.value, layer.opacity, layer.visible)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def load(folder: Path) -> Result:
    """What a result folder holds. Raises OSError or BadMessage where it is damaged."""
    try:
        return from_fields(Result, json.loads((folder / "result.json").read_text("utf-8")))
    except ValueError as problem:
        raise BadMessage("internal", f"{folder.name} is damaged ({problem})", "hand the job in again") from None


def restore(folder: Path, request: Decompose, candidate: int | None) -> list[Decomposition]:
    """The decompositions of a finished job, pixels mapped: what the file writers take. candidate None: all."""
    result = load(folder / "result")
    dtype = np.dtype("u1") if result.bits == 8 else np.dtype("<u2")
    profile = folder / PROFILE
    icc = profile.read_bytes() if profile.exists() else None
    options = model_options(request.options)
    chosen = range(len(result.candidates)) if candidate is None else [candidate]
    return [
        Decomposition(
            (result.width, result.height),
            tuple(_restore_layer(folder / "result", layer, dtype) for layer in result.candidates[number].layers),
            provenance(
                result.candidates[number].info,
                options,
                {time.stage: time.seconds for time in result.candidates[number].seconds},
            ),
            icc,
            request.dpi,
        )
        for number in chosen
    ]


def _restore_layer(folder: Path, layer: StoredLayer, dtype: np.dtype) -> Layer:
    shape = (layer.height, layer.width, layer.channels)
    pixels = np.memmap(folder / layer.file, dtype, "r", shape=shape)
    return model_layer(layer, pixels)
