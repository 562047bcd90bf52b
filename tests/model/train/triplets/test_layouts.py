"""LOGO-H/L/G and AlphaBlend as the trainers read them."""

import numpy as np
import pytest
import torch
from PIL import Image

from model.diffdecompose.prompts import KIND_WORDS
from model.errors import InvalidRequest
from model.train.triplets.folder import FolderSource
from model.train.triplets.sample import Told
from model.types import BlendType, Kind


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((np.asarray(pixels) * 255).round().astype(np.uint8)).save(path)


def test_subtasks_are_one_set_and_a_kind_s_name_is_told(tmp_path):
    for task in ("fog", "frosted-glass"):
        for part, channels in (("z", 3), ("x", 4), ("y", 3)):
            save(tmp_path / task / part / "a.png", np.full((32, 32, channels), 0.5))
    (tmp_path / "fog" / "blends.json").write_text('{"*": "screen"}')
    source = FolderSource(tmp_path, 32, 0)
    assert source.prompts() == [Told(KIND_WORDS[Kind.FOG], BlendType.SCREEN), Told("frosted glass", None)]
    assert [item.name for item in source.items] == ["fog/a", "frosted-glass/a"]


@pytest.fixture
def logo(tmp_path):
    """One natural picture, larger than its two marked ones."""
    rng = np.random.default_rng(0)
    y = rng.uniform(0.2, 0.8, (8, 8, 3)).repeat(4, 0).repeat(4, 1)
    mask = np.zeros((32, 32))
    mask[8:24, 8:24] = 1
    alpha, colour = 0.6 * mask[..., None], np.array([1.0, 0.0, 1.0])
    z = (1 - alpha) * y + alpha * colour
    save(tmp_path / "natural" / "7.png", y.repeat(2, 0).repeat(2, 1))
    for name in ("7-one", "7-two"):
        save(tmp_path / "train_images" / "image" / f"{name}.png", z)
        save(tmp_path / "train_images" / "mask" / f"{name}.png", mask)
    return tmp_path


def test_logo_has_no_foreground_so_the_one_with_the_least_alpha_explains_the_composite(logo):
    source = FolderSource(logo, 32, 0)
    assert len(source.items) == 2
    sample = source.sample(0)
    colour, alpha = sample.x[0, 0, :3], sample.x[0, 0, 3:]
    again = (1 - alpha) * sample.y[0] + alpha * colour
    assert (again - sample.z[0]).abs().max() < 0.01
    inside = alpha[0, 8:24, 8:24]
    assert inside.mean() == pytest.approx(0.6, abs=0.05)  # a saturated colour: the true alpha
    assert alpha.sum() == inside.sum()  # nothing outside the mask
    assert sample.told == (Told(KIND_WORDS[Kind.WATERMARK], BlendType.NORMAL),)


def test_a_lost_partner_is_named(logo):
    next((logo / "natural").iterdir()).unlink()
    with pytest.raises(InvalidRequest, match=r"7 is missing in .*natural"):
        FolderSource(logo, 32, 0)


def test_a_second_foreground_needs_a_first(tmp_path):
    for part, channels in (("z", 3), ("x", 4), ("y", 3), ("x2", 4), ("x3", 4)):
        save(tmp_path / part / "a.png", np.full((32, 32, channels), 0.5))
    assert torch.equal(FolderSource(tmp_path, 32, 0).sample(0).x[0, 0], FolderSource(tmp_path, 32, 0).sample(0).x[0, 2])
    (tmp_path / "x2" / "a.png").unlink()
    with pytest.raises(InvalidRequest, match=r"a is in .*x3 but not in .*x2"):
        FolderSource(tmp_path, 32, 0)
