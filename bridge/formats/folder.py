"""A folder of PNGs and a manifest: `background.png`, `foreground.png` (`foreground-1.png`...), `manifest.json`.

Further candidates stand in `candidate-2/`, ... The manifest lists layers bottom to top, so that a script can
stack them. Knows nothing of where the files go: `put(name)` opens each one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

from model.types import Decomposition

from .png import encode_png

__all__ = ["MANIFEST", "encode_folder"]

MANIFEST = "manifest.json"
Put = Callable[[str], AbstractContextManager[BinaryIO]]


def encode_folder(decompositions: Sequence[Decomposition], put: Put) -> None:
    """Write every layer, then the manifest. put: opens a new file by its name in the folder ("a/b.png")."""
    described = [_candidate(one, number, put) for number, one in enumerate(decompositions, start=1)]
    first = decompositions[0]
    manifest = {
        "format": "diffdecompose-layers",
        "version": 1,
        "width": first.size[0],
        "height": first.size[1],
        **described[0],
    }
    if len(described) > 1:
        manifest["alternatives"] = described[1:]
    with put(MANIFEST) as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")


def _candidate(one: Decomposition, number: int, put: Put) -> dict[str, Any]:
    folder = "" if number == 1 else f"candidate-{number}/"
    listed = []
    for index, layer in enumerate(one.layers):
        file_name = folder + _file_name(index, len(one.layers))
        whole = index == 0
        with put(file_name) as file:
            encode_png(layer.pixels, file, icc=one.icc, dpi=one.dpi, metadata=one.metadata if whole else None)
        listed.append(
            {
                "file": file_name,
                "name": layer.name,
                "blend": str(layer.blend),
                "opacity": layer.opacity,
                "x": layer.offset[0],
                "y": layer.offset[1],
                "visible": layer.visible,
            }
        )
    past = one.provenance
    entry = {"engine": past.engine, "seed": past.seed, "confidence": past.confidence, "coverage": past.coverage}
    entry["corrected"] = past.corrected
    return {**entry, "recomposition_error": past.recomposition_error, "layers": listed}


def _file_name(index: int, count: int) -> str:
    if index == 0:
        return "background.png"
    return "foreground.png" if count == 2 else f"foreground-{index}.png"
