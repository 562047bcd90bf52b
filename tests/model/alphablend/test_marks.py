"""Letters, distance fields, shapes and textures: what marks are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model.alphablend.glyphs import CELL, set_line, write_words
from model.alphablend.pack import read_pack
from model.alphablend.rng import Rng
from model.alphablend.shapes import SHAPES, SPREAD, coverage, distance_field, stored_distance
from model.alphablend.textures import SIDE, bilinear_lookup, disc_textures, line_textures, noise_textures, tiled_lookup


def test_a_line_is_as_long_as_its_letters(pack: Path) -> None:
    (atlas,) = read_pack(pack, "train").atlases
    one, three = set_line(atlas, "n"), set_line(atlas, "nnn")
    assert one.shape[0] == CELL
    assert one.any()
    assert three.sum() == 3 * one.sum()
    assert set_line(atlas, "nn", spacing=0.5).shape[1] > set_line(atlas, "nn").shape[1] + CELL // 3


def test_words_can_be_set_in_the_font(pack: Path) -> None:
    (atlas,) = read_pack(pack, "train").atlases
    rng = np.random.default_rng(0)
    said = [write_words(rng, atlas) for _ in range(100)]
    assert len(set(said)) > 80
    assert all(set_line(atlas, words).any() for words in said)


def test_a_stored_distance_is_the_distance() -> None:
    ink = np.zeros((128, 128), bool)
    ink[32:96, 32:96] = True
    bank = torch.from_numpy(distance_field(ink))[None]
    x = torch.tensor([[[0.0, 0.15, 0.25, 0.3, 0.35, 0.6]]])
    found = stored_distance(bank, torch.zeros(1, dtype=torch.long), x, torch.zeros_like(x))
    wanted = torch.tensor([SPREAD, 0.1, 0.0, -0.05, -0.1, -SPREAD])
    assert torch.allclose(found[0, 0], wanted, atol=0.012)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_an_inside_and_stays_in_its_box(name: str) -> None:
    side = torch.linspace(-0.7, 0.7, 141)
    x, y = (c[None] for c in torch.meshgrid(side, side, indexing="xy"))
    for roundness in (0.0, 0.5, 0.99):
        inside = SHAPES[name](x, y, torch.full((1, 1, 1), roundness)) > 0
        assert 0.02 < inside.float().mean() < 0.6
        assert not inside[(x.abs() > 0.52) | (y.abs() > 0.52)].any()


def test_coverage_is_a_half_on_the_edge() -> None:
    assert coverage(torch.tensor([-1.0, 0.0, 1.0]), torch.tensor(0.5)).tolist() == [0, 0.5, 1]


def test_textures_tile_and_fill_their_range() -> None:
    rng = Rng(1, torch.device("cpu"))
    for bank in (noise_textures(rng, 3), line_textures(rng, 2), disc_textures(rng, 2)):
        assert bank.min() >= 0
        assert bank.max() <= 1
        assert bank.std() > 0.02
        u, v = torch.rand(1, 5, 5), torch.rand(1, 5, 5)
        index = torch.tensor([1])
        here = tiled_lookup(bank, index, u, v)
        assert torch.allclose(here, tiled_lookup(bank, index, u + 3, v - 2), atol=2e-3)
        middle = torch.tensor([[[7.5 / SIDE]]])
        assert tiled_lookup(bank, index, middle, middle).item() == pytest.approx(bank[1, 7, 7].item(), abs=1e-5)


def test_lookup_repeats_edges_and_reads_planes_together() -> None:
    bank = torch.arange(2 * 3 * 4 * 5, dtype=torch.uint8).view(2, 3, 4, 5)
    x, y = torch.tensor([[[0.5, 4.5, -9.0, 99.0, 2.0]]]), torch.tensor([[[0.5, 3.5, 0.5, 3.5, 1.5]]])
    found = bilinear_lookup(bank, torch.tensor([1]), x, y)[0, :, 0]
    for plane in range(3):
        p = bank[1, plane].float()
        wanted = [p[0, 0], p[3, 4], p[0, 0], p[3, 4], (p[1, 1] + p[1, 2]) / 2]
        assert torch.allclose(found[plane], torch.stack(wanted))
