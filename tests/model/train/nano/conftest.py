"""A pack of noise for what trains nano's networks."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def noise_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise photographs and Pillow's own font, through the code that makes the real pack."""
    pytest.importorskip("torch")
    import numpy as np
    from PIL import ImageFont

    from model.alphablend.glyphs import draw_atlas, draw_icon
    from model.alphablend.pack import Pack, PackedPhoto, write_pack
    from model.alphablend.sources import SPLITS

    font = ImageFont.load_default(size=64)
    assert isinstance(font, ImageFont.FreeTypeFont)
    atlas, icon = draw_atlas("default", font), draw_icon(font, "&")
    assert atlas is not None
    assert icon is not None
    rng = np.random.default_rng(0)
    photos = [PackedPhoto(f"photo-{i}", rng.integers(0, 255, (160, 200, 3), np.uint8)) for i in range(2)]
    sprite = rng.integers(0, 255, (128, 128, 4), np.uint8)
    path = tmp_path_factory.mktemp("nano") / "pack.zip"
    write_pack(path, {split: Pack(photos, [atlas], [icon], [sprite]) for split in SPLITS})
    return path
