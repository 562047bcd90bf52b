import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import InvalidRequest
from model.train.triplets import FolderSource, open_source
from model.types import BlendType


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for part, channels in (("z", 3), ("x", 4), ("y", 3)):
        (tmp_path / part).mkdir()
        for name, side in (("a", 40), ("b", 24)):
            pixels = rng.integers(0, 256, (side, side + 8, channels), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / part / f"{name}.png")
    (tmp_path / "z" / "a.txt").write_text("a stamp\n")
    return tmp_path


def test_a_step_sees_the_same_samples_whenever_it_is_asked(folder):
    source = open_source(folder, size=16, seed=3)
    first = [source.at(step, 0, 2) for step in range(3)]
    again = FolderSource(folder, 16, 3).at(2, 0, 2)
    assert torch.equal(first[2].z, again.z)
    assert first[2].words == again.words
    assert not torch.equal(first[1].z, first[2].z)
    assert not torch.equal(source.at(2, 1, 2).z, again.z)  # another process sees other samples


def test_crops_come_from_one_place_of_all_three_pictures(tmp_path):
    for part in ("z", "x", "y"):
        (tmp_path / part).mkdir()
    ramp = np.arange(48 * 64, dtype=np.uint32).reshape(48, 64)
    pixels = np.stack([ramp % 256, ramp // 256, ramp * 0, ramp * 0 + 255], -1).astype(np.uint8)
    for part in ("z", "y"):
        Image.fromarray(pixels[..., :3]).save(tmp_path / part / "p.png")
    Image.fromarray(pixels).save(tmp_path / "x" / "p.png")
    sample = FolderSource(tmp_path, 16, 0).at(5, 0, 3)
    assert sample.z.shape == (3, 3, 16, 16)
    assert sample.x.shape == (3, 4, 16, 16)
    assert torch.equal(sample.z, sample.y)
    assert torch.equal(sample.z, sample.x[:, :3])


def test_smaller_pictures_are_enlarged_to_the_crop(folder):
    assert FolderSource(folder, 64, 0).at(0, 0, 4).z.shape == (4, 3, 64, 64)


def test_a_text_file_beside_z_describes_the_foreground(folder):
    source = FolderSource(folder, 16, 0)
    assert source.prompts() == [("", None), ("a stamp", None)]
    assert set(source.at(0, 0, 16).words) == {"", "a stamp"}


def test_blend_types_are_read_from_a_file_in_the_folder(folder):
    (folder / "blends.json").write_text('{"a": "screen", "*": "multiply"}')
    source = FolderSource(folder, 16, 0)
    assert source.prompts() == [("", BlendType.MULTIPLY), ("a stamp", BlendType.SCREEN)]
    sample = source.at(0, 0, 16)
    assert set(zip(sample.words, sample.blends, strict=True)) == set(source.prompts())


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"a": "glow"}', "normal, multiply"), ("[]", "blend types"), ('{"c": "add"}', "no picture in z")],
)
def test_wrong_blend_types_are_refused(folder, text, words):
    (folder / "blends.json").write_text(text)
    with pytest.raises(InvalidRequest, match=words):
        open_source(folder, 16, 0)


def test_incomplete_triplets_are_refused_by_name(folder):
    (folder / "x" / "b.png").unlink()
    with pytest.raises(InvalidRequest, match="b is only in one of"):
        open_source(folder, 16, 0)


def test_a_foreground_without_alpha_is_refused(folder):
    for path in (folder / "x").iterdir():
        Image.open(path).convert("RGB").save(path)
    with pytest.raises(InvalidRequest, match="has no alpha"):
        open_source(folder, 16, 0).at(0, 0, 1)


def test_a_place_without_data_is_refused(tmp_path):
    with pytest.raises(InvalidRequest, match="there is no training data"):
        open_source(tmp_path / "none", 16, 0)
    with pytest.raises(InvalidRequest, match="holds no pictures in z"):
        open_source(tmp_path, 16, 0)
