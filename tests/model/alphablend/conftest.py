"""A tiny pack, made by the same code as the real one: procedural pictures and Pillow's own font."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ImageFont

from model.alphablend.generator import AlphaBlend
from model.alphablend.glyphs import draw_atlas, draw_icon
from model.alphablend.pack import Pack, PackedPhoto, write_pack
from model.alphablend.sources import SPLITS, Split


def procedural_photo(number: int) -> np.ndarray:
    """uint8, 180 x 260 x 3: smooth colours and edges, another one for each number."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0:180, 0:260] / 180
    waves = [np.sin(rows * rng.uniform(1, 30) + columns * rng.uniform(1, 30) + rng.uniform(0, 6)) for _ in range(3)]
    picture = 0.5 + 0.3 * np.stack(waves, -1) + 0.15 * ((rows * 6 + columns * 4).astype(int) % 2)[..., None]
    return (picture.clip(0, 1) * 255).astype(np.uint8)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Small tensors: threads would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def procedural() -> Callable[[int], np.ndarray]:
    return procedural_photo


@pytest.fixture(scope="session")
def pack_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    font = ImageFont.load_default(size=64)
    assert isinstance(font, ImageFont.FreeTypeFont)
    atlas = draw_atlas("default", font)
    icons = [icon for letter in "&@%#?" if (icon := draw_icon(font, letter)) is not None]
    assert atlas is not None
    sprite = np.zeros((128, 128, 4), np.uint8)
    sprite[20:100, 30:90] = (200, 60, 30, 255)
    parts: dict[Split, Pack] = {
        split: Pack(
            photos=[PackedPhoto(f"{split}-{i}", procedural_photo(10 * k + i)) for i in range(3)],
            atlases=[atlas],
            icons=icons,
            sprites=[sprite, sprite[::-1, :, [2, 0, 1, 3]].copy()],
        )
        for k, split in enumerate(SPLITS)
    }
    path = tmp_path_factory.mktemp("alphablend") / "pack.zip"
    write_pack(path, parts)
    return path


@pytest.fixture(scope="session")
def source(pack_path: Path) -> AlphaBlend:
    return AlphaBlend(pack_path, "train", seed=5)
