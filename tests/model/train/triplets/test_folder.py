import numpy as np
import pytest
import torch
from PIL import Image

from model.diffdecompose.buckets import bucket
from model.errors import InvalidRequest
from model.train.triplets.folder import FolderSource
from model.train.triplets.sample import Told
from model.train.triplets.source import open_source
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
    assert first[2].told == again.told
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
    sample = FolderSource(tmp_path, 32, 0).at(5, 0, 3)
    assert sample.z.shape == (3, 3, 32, 32)
    assert sample.x.shape == (3, 1, 4, 32, 32)
    assert torch.equal(sample.z, sample.y)
    assert torch.allclose(sample.z, sample.x[:, 0, :3], atol=1e-6)
    assert not torch.equal(sample.z[0], sample.z[1])  # one picture, two crops


def test_large_pictures_are_reduced_and_small_ones_enlarged_to_what_is_shown_in_use(tmp_path):
    for part, channels in (("z", 3), ("x", 4), ("y", 3)):
        (tmp_path / part).mkdir()
        for name, size in (("large", (640, 480)), ("small", (16, 12))):
            Image.new("RGBA"[:channels], size, (200, 100, 50, 255)[:channels]).save(tmp_path / part / f"{name}.png")
    source = FolderSource(tmp_path, 64, 0)
    assert {tuple(source.sample(i).z.shape[-2:]) for i in range(2)} == {bucket(480, 640, 64)} == {(48, 80)}


def test_a_batch_has_pictures_of_one_bucket_and_one_number_of_foregrounds(tmp_path):
    for part, channels in (("z", 3), ("x", 4), ("y", 3), ("x2", 4)):
        (tmp_path / part).mkdir()
        for name, size in (("wide", (64, 32)), ("tall", (32, 64)), ("also-wide", (128, 64)), ("two", (64, 32))):
            if part != "x2" or name == "two":
                Image.new("RGBA"[:channels], size, (9, 9, 9, 200)[:channels]).save(tmp_path / part / f"{name}.png")
    source = FolderSource(tmp_path, 64, 0)
    shapes = {tuple(source.at(step, 0, 3).x.shape[1:]) for step in range(30)}
    assert shapes == {(1, 4, 48, 96), (1, 4, 96, 48), (2, 4, 48, 96)}
    assert Told("", None, 2) in source.prompts()


def test_colour_under_no_alpha_does_not_bleed_into_what_is_seen(tmp_path):
    x = np.zeros((64, 64, 4), np.uint8)
    x[:, :31] = (255, 0, 0, 255)
    x[:, 31:] = (0, 255, 0, 0)
    for part, pixels in (("z", x[..., :3]), ("x", x), ("y", x[..., :3])):
        (tmp_path / part).mkdir()
        Image.fromarray(pixels).save(tmp_path / part / "p.png")
    colour, alpha = FolderSource(tmp_path, 32, 0).sample(0).x[0, 0].split([3, 1])
    rim = (alpha[0] > 0.2) & (alpha[0] < 0.8)
    assert rim.any()
    assert colour[1][rim].max() < 0.01
    assert colour[0][rim].min() > 0.99


def test_a_text_file_beside_z_describes_the_foreground(folder):
    source = FolderSource(folder, 16, 0)
    assert source.prompts() == [Told("", None), Told("a stamp", None)]
    assert {source.at(step, 0, 1).told[0].words for step in range(16)} == {"", "a stamp"}


def test_blend_types_are_read_from_a_file_in_the_folder(folder):
    (folder / "blends.json").write_text('{"a": "screen", "*": "multiply"}')
    source = FolderSource(folder, 16, 0)
    assert source.prompts() == [Told("", BlendType.MULTIPLY), Told("a stamp", BlendType.SCREEN)]
    assert {source.at(step, 0, 1).told[0] for step in range(16)} == set(source.prompts())


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
