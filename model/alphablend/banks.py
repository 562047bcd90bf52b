"""One split of the pack as tensors on the device, ready to be looked up.

Photographs as pyramids, lines of text and icons as distance fields, sprites as RGBA, textures of noise,
streaks and discs. Knows nothing of how samples are made from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from .drawings import drawings
from .glyphs import CELL, Atlas, set_line, write_words
from .pack import Pack, read_pack
from .photobank import Photographs
from .rng import Rng
from .shapes import distance_field
from .sources import Split
from .textures import disc_textures, line_textures, noise_textures

__all__ = ["LINE_HEIGHT", "Banks", "load_banks"]

LINE_HEIGHT = CELL // 2
_LINE_WIDTH = 8 * LINE_HEIGHT
_DRAWINGS = 72
_LINES_A_FONT, _MOST_LINES = 32, 3072


@dataclass(frozen=True, eq=False)
class Banks:
    """lines: uint8 (L, LINE_HEIGHT, W) distance fields, line_width (L,): texels used; icons: uint8 (K, S, S);
    sprites: uint8 (K, 4, S, S), straight alpha; noise, streaks, discs: textures for `textures.tiled_lookup`."""

    photographs: Photographs
    lines: Tensor
    line_width: Tensor
    icons: Tensor
    sprites: Tensor
    noise: Tensor
    streaks: Tensor
    discs: Tensor

    def moved(self, to_device: Callable[[Tensor], Tensor]) -> Banks:
        """The same banks with every tensor moved; `Photograph.levels` stay views of the former buffer."""
        photographs = Photographs(
            self.photographs.photos,
            to_device(self.photographs.texels),
            to_device(self.photographs.table),
            self.photographs.drawings,
        )
        tensors = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "photographs"}
        return Banks(photographs, **{name: to_device(value) for name, value in tensors.items()})


def _line(rng: np.random.Generator, atlases: list[Atlas]) -> np.ndarray:
    """One mark of text: a line, or a block of two; bool, CELL x at most 2 _LINE_WIDTH, even."""
    atlas = atlases[rng.integers(len(atlases))]

    def fitting() -> str:
        texts = [write_words(rng, atlas) for _ in range(4)]
        return next((t for t in texts if len(t) * 0.42 * CELL < 2 * _LINE_WIDTH), min(texts, key=len))

    spacing = rng.uniform(0.02, 0.2) if rng.random() < 0.2 else 0.0
    lines = [set_line(atlas, fitting(), spacing) for _ in range(2 if rng.random() < 0.12 else 1)]
    if len(lines) == 2:
        width = max(line.shape[1] for line in lines)
        centred = [np.pad(line, ((0, 0), ((width - line.shape[1]) // 2,) * 2)) for line in lines]
        shortest = min(line.shape[1] for line in centred)
        lines = [np.concatenate([line[::2, :shortest:2] for line in centred])]
    (ink,) = lines
    if ink.shape[1] > 2 * _LINE_WIDTH:  # wide letters, or many: end at a gap between two of them
        gaps = np.flatnonzero(~ink[:, : 2 * _LINE_WIDTH].any(0))
        ink = ink[:, : gaps[-1] if len(gaps) and gaps[-1] > CELL else 2 * _LINE_WIDTH]
    return np.pad(ink, ((0, 0), (0, ink.shape[1] % 2)))


def _lines(rng: np.random.Generator, atlases: list[Atlas]) -> tuple[np.ndarray, np.ndarray]:
    count = min(_MOST_LINES, _LINES_A_FONT * len(atlases))
    fields, widths = np.zeros((count, LINE_HEIGHT, _LINE_WIDTH), np.uint8), np.zeros(count, np.float32)
    for i in range(count):
        field = distance_field(_line(rng, atlases))
        fields[i, :, : field.shape[1]] = field
        widths[i] = field.shape[1]
    return fields, widths


def _sprites(pack: Pack) -> np.ndarray:
    """uint8 (K, 4, S, S); colour is spread into transparent pixels so that edges do not darken."""
    spread = []
    for sprite in pack.sprites:
        alpha = sprite[..., 3:].astype(np.float32)
        near = cv2.blur(sprite[..., :3] * alpha, (9, 9)) / np.maximum(cv2.blur(alpha, (9, 9)), 0.1)[..., None]
        colour = np.where(alpha > 4, sprite[..., :3], near.clip(0, 255).astype(np.uint8))
        spread.append(np.concatenate([colour, sprite[..., 3:]], -1).transpose(2, 0, 1))
    return np.stack(spread)


def load_banks(
    path: Path, split: Split, device: torch.device, seed: int, without: str = "", varied: bool = False
) -> Banks:
    """Reads one split and draws its textures and lines; the same seed gives the same banks on the same device.

    without: part of the keys of photographs that are left out. varied: drawings are added to them.

    Raises FileNotFoundError where the pack has not been made.
    """
    pack = read_pack(path, split)
    rng = Rng(seed, device)
    lines, widths = _lines(rng.host, pack.atlases)
    icons = np.stack([distance_field(icon) for icon in pack.icons])

    photos = [photo for photo in pack.photos if not (without and without in photo.key)]
    drawn = drawings(pack, _DRAWINGS, seed) if varied else []

    def held(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device)

    return Banks(
        photographs=Photographs.load([*photos, *drawn], device, len(drawn)),
        lines=held(lines),
        line_width=held(widths),
        icons=held(icons),
        sprites=held(_sprites(pack)),
        noise=noise_textures(rng, 18),
        streaks=line_textures(rng, 10),
        discs=disc_textures(rng, 10),
    )
