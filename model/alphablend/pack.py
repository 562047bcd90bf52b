"""The one file that training carries: photographs, glyph atlases, icons and sprites, by split.

A zip file with `index.json`; photographs as JPEG, atlases and icons as one-bit PNG, sprites as
WebP with alpha. Knows nothing of tensors or of where the pictures came from.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .glyphs import Atlas
from .sources import Split

__all__ = ["Pack", "PackedPhoto", "read_pack", "write_pack"]

ICONS_A_SHEET = 128


@dataclass(frozen=True, eq=False)
class PackedPhoto:
    """pixels: uint8, H x W x 3."""

    key: str
    pixels: np.ndarray
    author: str = "-"
    licence: str = "-"


@dataclass(frozen=True, eq=False)
class Pack:
    """One split's share. icons: bool, ICON x ICON each; sprites: uint8, S x S x 4, straight alpha."""

    photos: list[PackedPhoto] = field(default_factory=list)
    atlases: list[Atlas] = field(default_factory=list)
    icons: list[np.ndarray] = field(default_factory=list)
    sprites: list[np.ndarray] = field(default_factory=list)


def _encoded(pixels: np.ndarray, form: str, **options: Any) -> bytes:
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, form, **options)
    return held.getvalue()


def _one_bit(ink: np.ndarray) -> bytes:
    held = io.BytesIO()
    Image.fromarray(ink).convert("1").save(held, "PNG")
    return held.getvalue()


def write_pack(path: Path, parts: dict[Split, Pack], quality: int = 88, halved: bool = False) -> None:
    """Writes splits into one file, whole or not at all. quality: of the JPEGs, 1..100; halved: with 4:2:0 chroma."""
    index: dict[str, Any] = {"version": 1}
    working = path.with_suffix(".part")
    with zipfile.ZipFile(working, "w") as held:
        for split, part in parts.items():
            listed: dict[str, list[Any]] = {"photos": [], "atlases": [], "icons": [], "sprites": []}

            def put(group: str, number: int, data: bytes, suffix: str, split: str = split) -> str:
                name = f"{split}/{group}/{number:05d}.{suffix}"
                held.writestr(name, data)
                return name

            for i, photo in enumerate(part.photos):
                name = put(
                    "photos", i, _encoded(photo.pixels, "JPEG", quality=quality, subsampling=2 if halved else 0), "jpg"
                )
                listed["photos"].append(
                    {"file": name, "key": photo.key, "author": photo.author, "licence": photo.licence}
                )
            for i, atlas in enumerate(part.atlases):
                name = put("atlases", i, _one_bit(atlas.ink), "png")
                listed["atlases"].append({"file": name, "name": atlas.name, "glyphs": atlas.glyphs})
            for i in range(0, len(part.icons), ICONS_A_SHEET):
                cells = part.icons[i : i + ICONS_A_SHEET]
                name = put("icons", i, _one_bit(np.concatenate(cells, axis=0)), "png")
                listed["icons"].append({"file": name, "count": len(cells)})
            for i, sprite in enumerate(part.sprites):
                listed["sprites"].append(put("sprites", i, _encoded(sprite, "WEBP", quality=82, method=3), "webp"))
            index[split] = listed
        held.writestr("index.json", json.dumps(index, ensure_ascii=False), compress_type=zipfile.ZIP_DEFLATED)
    os.replace(working, path)


def read_pack(path: Path, split: Split) -> Pack:
    """One split's share. Raises FileNotFoundError where the pack has not been made yet."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `python -m model.alphablend.fetch` first")
    with zipfile.ZipFile(path) as held:

        def picture(name: str) -> np.ndarray:
            return np.asarray(Image.open(io.BytesIO(held.read(name))))

        def cells(rows: Iterable[dict[str, Any]]) -> list[np.ndarray]:
            return [cell for row in rows for cell in np.split(picture(row["file"]), row["count"])]

        listed = json.loads(held.read("index.json"))[split]
        return Pack(
            photos=[
                PackedPhoto(row["key"], picture(row["file"]), row["author"], row["licence"]) for row in listed["photos"]
            ],
            atlases=[
                Atlas(row["name"], picture(row["file"]), {k: tuple(v) for k, v in row["glyphs"].items()})
                for row in listed["atlases"]
            ],
            icons=cells(listed["icons"]),
            sprites=[picture(name) for name in listed["sprites"]],
        )
