"""What the generator is made from: the tables of sources and photographs, and the one split.

Knows nothing of downloading or of pixels, save the hash that recognises a photograph.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from PIL import Image

__all__ = [
    "CLEAR_LICENCES",
    "SPLITS",
    "Photo",
    "Source",
    "Split",
    "difference_hash",
    "hash_distance",
    "photos",
    "sources",
    "split_of",
    "train_only_packages",
]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

CLEAR_LICENCES = frozenset(
    {"CC0-1.0", "public-domain", "CC-BY-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0"},
)
"""Licences under which a picture made from a photograph may be passed on with no more than a name."""

_SALT = "alphablend-1117"
_SHARES = (0.72, 0.82)  # train below, validation below, test above
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Source:
    """One package. registry: "debian", "pypi" or "github" (package: OWNER/NAME, version: a commit).

    role: photos, fonts, icons (one colour), sprites (RGBA) or lessons: photographs for training alone.
    """

    package: str
    registry: str
    role: str
    version: str
    licence: str
    members: str


@dataclass(frozen=True)
class Photo:
    """One photograph. member: path inside its package, or "PATH @ byte OFFSET" inside a resource file."""

    package: str
    member: str
    size: str
    dhash: str
    title: str
    author: str
    licence: str

    @property
    def key(self) -> str:
        """What the split hashes: never changes for a photograph."""
        return f"{self.package}/{self.member}"

    @property
    def split(self) -> Split:
        """By the key; lessons came after figures had been published, so all of them go to "train"."""
        return "train" if self.package in train_only_packages() else split_of(self.key)

    @property
    def name(self) -> str:
        """A short name for people; wallpapers that are named by their size go by their folder."""
        path = Path(self.title if self.title != "-" else self.member)
        sized = path.stem.replace("x", "").isdigit()
        return path.parents[2].name or path.stem if sized and len(path.parents) > 2 else path.stem


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (_HERE / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader((x for x in lines if not x.startswith("#")), delimiter="\t")


def photos() -> list[Photo]:
    """Every photograph of PHOTOS.tsv."""
    return [Photo(**row) for row in _rows("PHOTOS.tsv")]


def sources() -> list[Source]:
    """Every package of SOURCES.tsv."""
    return [Source(**row) for row in _rows("SOURCES.tsv")]


@cache
def train_only_packages() -> frozenset[str]:
    """The packages whose photographs are for training alone."""
    return frozenset(source.package for source in sources() if source.role == "lessons")


def split_of(key: str) -> Split:
    """The split of a font, icon, sprite or photograph (but see `Photo.split`): fixed for ever by its key."""
    share = int(hashlib.sha256(f"{_SALT}:{key}".encode()).hexdigest()[:8], 16) / 2**32
    return SPLITS[sum(share >= limit for limit in _SHARES)]


def difference_hash(picture: Image.Image) -> str:
    """64 bits, as 16 hex digits: whether each of 8 x 8 reduced pixels is brighter than its left neighbour."""
    gray = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.LANCZOS), np.int16)
    return np.packbits(gray[:, 1:] > gray[:, :-1]).tobytes().hex()


def hash_distance(one: str, other: str) -> int:
    """How many of 64 bits differ. Below about 6: the same photograph, perhaps at another size."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
