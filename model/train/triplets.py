"""Triplets (z, x, y) for both stages of DiffDecompose: from the AlphaBlend generator or from a folder.

What a step sees follows from the seed, the step and the process alone, not from what came before: so a
training that was interrupted goes on with the very samples it would have seen. Knows nothing of networks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from ..blending import canonical
from ..diffdecompose.prompts import KIND_WORDS
from ..errors import InvalidRequest
from ..types import BlendType, Kind

__all__ = ["FolderSource", "GeneratedSource", "Source", "Triplets", "open_source"]


@dataclass(frozen=True, eq=False)
class Triplets:
    """float32 of 0..1. x: the foreground (B, 4, H, W), straight alpha. y: background, z: composite, (B, 3, H, W).

    blends: one a sample, None where it is not known.   words: a few words for each foreground, may be empty.
    """

    x: torch.Tensor
    y: torch.Tensor
    z: torch.Tensor
    blends: tuple[BlendType | None, ...]
    words: tuple[str, ...]


class Source(Protocol):
    """Where triplets come from."""

    def at(self, step: int, rank: int, count: int) -> Triplets:
        """The samples of one step of one process: the same whenever they are asked for."""
        ...

    def prompts(self) -> list[tuple[str, BlendType | None]]:
        """Every pair of words and blend type that can occur, so that text is encoded once and beforehand."""
        ...


def open_source(data: Path, size: int, seed: int) -> Source:
    """A folder with z, x and y inside, or a pack of the AlphaBlend generator (a file).

    Raises InvalidRequest where `data` is neither.
    """
    if data.is_file():
        return GeneratedSource(data, size, seed)
    if data.is_dir():
        return FolderSource(data, size, seed)
    raise InvalidRequest(f"there is no training data at {data}: give a pack of the generator or a folder of triplets")


class GeneratedSource:
    """Endless AlphaBlend samples of `size` pixels square; foregrounds in the one canonical form."""

    def __init__(self, pack: Path, size: int, seed: int, device: str = "cpu") -> None:
        from ..alphablend.generator import AlphaBlend

        self._generator = AlphaBlend(pack, "train", device, seed)
        self._size = size
        self._seed = seed

    def at(self, step: int, rank: int, count: int) -> Triplets:
        self._generator.reseed(_mix(self._seed, step, rank))
        batch = self._generator.batch(count, self._size)
        blends = [list(BlendType)[int(i)] for i in batch.blend]
        foregrounds = []
        for emission, transmission, blend in zip(batch.emission, batch.transmission, blends, strict=True):
            alpha, colour = canonical(emission, transmission, blend, axis=0)
            foregrounds.append(torch.cat([colour, alpha]))
        kinds = [list(Kind)[int(i)] if int(i) < len(Kind) else None for i in batch.kind]
        return Triplets(torch.stack(foregrounds), batch.y, batch.z, tuple(blends), tuple(map(_kind_words, kinds)))

    def prompts(self) -> list[tuple[str, BlendType | None]]:
        return [(_kind_words(kind), blend) for kind in (None, *Kind) for blend in BlendType]


class FolderSource:
    """Pictures of the same name in `z`, `x` (with alpha) and `y`; random crops of `size` pixels square.

    Smaller pictures are enlarged to the crop. A text file of the same name beside z describes the foreground.
    `blends.json` in the folder names the blend types: {"NAME": "screen", "*": "normal"}, "*" for all the others;
    without it no blend type is known.
    Raises InvalidRequest for missing folders, unmatched names, sizes that differ, an x without alpha and an
    unknown blend type or name.
    """

    def __init__(self, folder: Path, size: int, seed: int) -> None:
        names = {part: {path.stem: path for path in _pictures(folder / part)} for part in ("z", "x", "y")}
        if not names["z"]:
            raise InvalidRequest(f"{folder} holds no pictures in z: lay triplets out as z/NAME, x/NAME, y/NAME")
        for part in ("x", "y"):
            lonely = sorted(set(names["z"]) ^ set(names[part]))
            if lonely:
                raise InvalidRequest(
                    f"{lonely[0]} is only in one of {folder}/z and {folder}/{part}: complete the triplet"
                )
        self._paths = [(names["z"][stem], names["x"][stem], names["y"][stem]) for stem in sorted(names["z"])]
        self._blends = _read_blends(folder / "blends.json", set(names["z"]))
        self._size = size
        self._seed = seed

    def at(self, step: int, rank: int, count: int) -> Triplets:
        rng = np.random.default_rng((self._seed, step, rank))
        chosen = [self._paths[i] for i in rng.integers(len(self._paths), size=count)]
        samples = [self._crop(paths, rng) for paths in chosen]
        z, x, y = (torch.stack(parts) for parts in zip(*samples, strict=True))
        blends = tuple(self._blend(paths[0]) for paths in chosen)
        return Triplets(x, y, z, blends, tuple(_caption(paths[0]) for paths in chosen))

    def prompts(self) -> list[tuple[str, BlendType | None]]:
        pairs = {(_caption(z), self._blend(z)) for z, _, _ in self._paths}
        return sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))

    def _blend(self, z: Path) -> BlendType | None:
        return self._blends.get(z.stem, self._blends.get("*"))

    def _crop(self, paths: tuple[Path, Path, Path], rng: np.random.Generator) -> tuple[torch.Tensor, ...]:
        z, x, y = (_read(path, alpha=part == 1) for part, path in enumerate(paths))
        if not z.shape[1:] == x.shape[1:] == y.shape[1:]:
            raise InvalidRequest(f"the triplet {paths[0].stem} has pictures of different sizes: make them equal")
        whole = torch.cat([z, x, y])[None]  # (1, 10, H, W): one crop for all three
        short = min(whole.shape[-2:])
        if short < self._size:
            grown = [-(-side * self._size // short) for side in whole.shape[-2:]]
            whole = F.interpolate(whole, grown, mode="bilinear")
        top, left = (int(rng.integers(side - self._size + 1)) for side in whole.shape[-2:])
        cut = whole[0, :, top : top + self._size, left : left + self._size]
        return cut[:3], cut[3:7], cut[7:]


def _read(path: Path, alpha: bool) -> torch.Tensor:
    """A picture as float32 (3 or 4, H, W), 0..1."""
    with Image.open(path) as picture:
        if alpha and not picture.has_transparency_data:
            raise InvalidRequest(f"{path} has no alpha: foregrounds are RGBA pictures")
        pixels = np.asarray(picture.convert("RGBA" if alpha else "RGB"), np.float32)
    return torch.from_numpy(pixels / 255).permute(2, 0, 1)


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp", ".tif")]


def _read_blends(path: Path, names: set[str]) -> dict[str, BlendType]:
    """Blend types by name, "*" for the rest; empty where there is no file."""
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        blends = {str(name): BlendType(blend) for name, blend in said.items()}
    except (ValueError, AttributeError) as error:
        known = ", ".join(BlendType)
        raise InvalidRequest(f"{path} must be names and blend types ({known}): correct it ({error})") from error
    strange = sorted(blends.keys() - names - {"*"})
    if strange:
        raise InvalidRequest(f"{path} names {strange[0]}, which is no picture in z: correct the name")
    return blends


def _caption(z: Path) -> str:
    text = z.with_suffix(".txt")
    return text.read_text(encoding="utf-8").strip() if text.is_file() else ""


def _kind_words(kind: Kind | None) -> str:
    return KIND_WORDS[kind] if kind else ""


def _mix(seed: int, step: int, rank: int) -> int:
    """One seed for the generator out of three numbers."""
    return int(np.random.SeedSequence((seed, step, rank)).generate_state(1, np.uint32)[0])
