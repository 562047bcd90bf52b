"""Safetensors headers: which weights a model folder holds, of what shape, and whether the files are whole.

Only safetensors is read: other weight files can run code when they are opened, and are refused. Loads no weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..errors import InvalidRequest
from .errors import Damaged

__all__ = ["PICKLES", "Shapes", "config", "metadata", "require_whole", "shapes"]

Shapes = Mapping[str, tuple[int, ...]]

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".msgpack", ".h5")
"""Endings of weight files that can run code when they are opened, or that this program does not read."""


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a safetensors file, or of all those directly in a folder.

    Raises Damaged where a file is cut off or no safetensors file, InvalidRequest where there is none.
    """
    from safetensors import SafetensorError, safe_open

    files = sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    if not files:
        pickles = [file.name for file in path.glob("*") if file.suffix in PICKLES] if path.is_dir() else []
        reason = f"only {pickles[0]}, which can run code when it is opened" if pickles else "none"
        raise InvalidRequest(f"{path} must hold .safetensors files and holds {reason}: convert it to safetensors")
    found: dict[str, tuple[int, ...]] = {}
    for file in files:
        try:
            with safe_open(file, framework="numpy") as opened:  # refuses a header that does not match the file's length
                found |= {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise Damaged(f"{file} is not a whole safetensors file ({error}): fetch it again") from error
    return found


def metadata(path: Path) -> dict[str, str]:
    """The free text that a safetensors file carries. Raises Damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as opened:
            return dict(opened.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise Damaged(f"{path} is not a whole safetensors file ({error}): fetch it again") from error


def config(folder: Path, name: str = "config.json") -> dict:
    """A component's configuration. Raises InvalidRequest where there is none that can be read."""
    try:
        said = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{folder} has no readable {name} ({error}): give the model's own folder") from error
    if not isinstance(said, dict):
        raise InvalidRequest(f"{folder / name} is no configuration: give the model's own folder")
    return said


def require_whole(folder: Path) -> None:
    """Check every weight file below `folder`, and every file that an index names.

    Raises Damaged where one is cut off, or where an index names a file that is not there.
    """
    for part in sorted({file.parent for file in folder.rglob("*.safetensors")}):
        shapes(part)
    for index in folder.rglob("*.safetensors.index.json"):
        for name in sorted(set(config(index.parent, index.name).get("weight_map", {}).values())):
            if not (index.parent / name).is_file():
                raise Damaged(f"{index.parent} lacks {name}, which {index.name} names: fetch the model again")
