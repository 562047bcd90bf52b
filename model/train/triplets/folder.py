"""Triplets of pictures in folders, shown as in use: made to cover their aspect bucket and cropped to it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...diffdecompose.buckets import bucket, cover
from ...errors import InvalidRequest
from .layouts import Item, items
from .sample import Told, Triplets

__all__ = ["FolderSource"]


class FolderSource:
    """The triplets of a folder, see `layouts`. size: side of the square that a sample has the area of.

    Raises InvalidRequest for what `layouts.items` refuses; later for sizes that differ and an x without alpha.
    """

    def __init__(self, folder: Path, size: int, seed: int) -> None:
        self.items = items(folder)
        self._size = size
        self._seed = seed
        self._groups = [(self._bucket(item), max(1, len(item.foregrounds))) for item in self.items]
        self._alike: dict[tuple[tuple[int, int], int], list[int]] = defaultdict(list)
        for number, group in enumerate(self._groups):
            self._alike[group].append(number)

    def at(self, step: int, rank: int, count: int) -> Triplets:
        rng = np.random.default_rng((self._seed, step, rank, 1))
        chosen = self.drawn(step, rank, count)
        return collated([self.sample(number, (rng.random(), rng.random())) for number in chosen])

    def drawn(self, step: int, rank: int, count: int) -> list[int]:
        """The numbers of the triplets that `at` gives."""
        rng = np.random.default_rng((self._seed, step, rank))
        first = int(rng.integers(len(self.items)))
        return [first, *(int(number) for number in rng.choice(self._alike[self._groups[first]], count - 1))]

    def sample(self, number: int, where: tuple[float, float] = (0.5, 0.5)) -> Triplets:
        """One triplet as a batch of one; where: the crop's place in what hangs over its bucket, 0..1 twice."""
        item, (size, _) = self.items[number], self._groups[number]
        z, y = _read(item.z, alpha=False), _read(item.y, alpha=False)
        if item.mask is not None:
            y = _to_size(item.y, z.shape[:2]) if y.shape != z.shape else y
            layers = [_least_alpha(z, y, _mask(item.mask, z.shape[:2]))]
        else:
            layers = [_read(path, alpha=True) for path in item.foregrounds]
        if any(part.shape[:2] != z.shape[:2] for part in (y, *layers)):
            raise InvalidRequest(f"the triplet {item.name} has pictures of different sizes: make them equal")
        z, y, *layers = (_tensor(cover(part, size, where)) for part in (z, y, *layers))
        return Triplets(torch.stack(layers)[None], y[None], z[None], (self._told(item),))

    def prompts(self) -> list[Told]:
        every = {self._told(item) for item in self.items}
        return sorted(every, key=lambda told: (told.words, told.blend or "", told.foregrounds))

    def told(self, number: int) -> Told:
        """What is said of a triplet."""
        return self._told(self.items[number])

    def group(self, number: int) -> tuple[tuple[int, int], int]:
        """A triplet's bucket (height, width) and number of foregrounds: batches are made of equals."""
        return self._groups[number]

    def _told(self, item: Item) -> Told:
        return Told(item.words, item.blend, max(1, len(item.foregrounds)))

    def _bucket(self, item: Item) -> tuple[int, int]:
        with Image.open(item.z) as picture:  # reads the header
            width, height = picture.size
        return bucket(height, width, self._size)


def collated(samples: list[Triplets]) -> Triplets:
    """Batches of one, as one batch."""
    x, y, z = (torch.cat([getattr(one, part) for one in samples]) for part in ("x", "y", "z"))
    return Triplets(x, y, z, tuple(told for one in samples for told in one.told))


def _read(path: Path, alpha: bool) -> np.ndarray:
    """A picture as float32 H x W x (3 or 4), 0..1."""
    with Image.open(path) as picture:
        if alpha and not picture.has_transparency_data:
            raise InvalidRequest(f"{path} has no alpha: foregrounds are RGBA pictures")
        return np.asarray(picture.convert("RGBA" if alpha else "RGB"), np.float32) / 255


def _to_size(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A natural picture at the size of its marked one, as the authors' loader brings it there."""
    with Image.open(path) as picture:
        resized = picture.convert("RGB").resize((size[1], size[0]), Image.Resampling.BOX)
        return np.asarray(resized, np.float32) / 255


def _mask(path: Path, size: tuple[int, int]) -> np.ndarray:
    with Image.open(path) as picture:
        resized = picture.convert("L").resize((size[1], size[0]), Image.Resampling.NEAREST)
        return np.asarray(resized) > 127


def _least_alpha(z: np.ndarray, y: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The foreground with the least alpha that makes z of y within the mask, H x W x 4; nothing outside it.

    LOGO gives composite, background and mask, but no foreground: of all layers that explain the composite, this is
    the one that `blending.canonical` would choose where colours are saturated.
    """
    change = z - y
    room = np.where(change > 0, 1 - y, y)
    alpha = (np.abs(change) / np.maximum(room, 1e-6)).max(-1, keepdims=True).clip(0, 1) * mask[..., None]
    colour = np.where(alpha > 0, (z - (1 - alpha) * y) / np.maximum(alpha, 1e-6), 0).clip(0, 1)
    return np.concatenate([colour, alpha], -1).astype(np.float32)


def _tensor(pixels: np.ndarray) -> torch.Tensor:
    """H x W x C -> (C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
