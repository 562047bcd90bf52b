"""Varied sources: wider than the generator's own ranges, true all the same, and never in the way of the test split."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch

from model.alphablend import degradations
from model.alphablend.drawings import DRAWINGS, drawings
from model.alphablend.generator import NO_KIND, SUBTYPES, AlphaBlend
from model.alphablend.pack import read_pack
from model.alphablend.photobank import DRAWINGS_SHARE
from model.alphablend.variation import POSSIBLE
from model.types import BlendType, Kind


@pytest.fixture(scope="module")
def varied(pack: Path) -> AlphaBlend:
    return AlphaBlend(pack, "train", seed=5, varied=True)


@pytest.mark.parametrize("subtype", [*SUBTYPES, "none"])
def test_a_varied_layer_laid_on_its_backdrop_still_gives_the_composite(varied: AlphaBlend, subtype: str) -> None:
    varied.reseed(1)
    batch = varied.batch(12, (48, 64), {subtype: 1})
    for values in (batch.z, batch.y, batch.emission, batch.transmission, batch.alpha):
        assert values.isfinite().all()
        assert values.min() >= 0
        assert values.max() <= 1
    if subtype != "pane":  # glass displaces what lies behind it
        assert (
            (batch.z - batch.clean).square().mean((1, 2, 3)).sqrt() * 255
        ).median() < 4  # half of them went through a JPEG
    drawn = batch.kind != NO_KIND
    if subtype != "none":
        possible = {list(BlendType).index(blend) for blend in POSSIBLE[SUBTYPES[subtype][0]]}
        assert set(batch.blend[drawn].tolist()) <= possible


def test_rain_is_met_in_every_blend_that_light_has(varied: AlphaBlend) -> None:
    varied.reseed(2)
    batch = varied.batch(60, 32, {Kind.RAIN: 1})
    found = {list(BlendType)[i] for i in batch.blend[batch.kind != NO_KIND].tolist()}
    assert found == {BlendType.NORMAL, BlendType.SCREEN, BlendType.ADD}


def test_some_varied_pictures_are_gray_and_some_are_drawings(varied: AlphaBlend) -> None:
    varied.reseed(3)
    y = varied.batch(80, 32, {"none": 1}).y
    gray = (y.amax(1) - y.amin(1)).amax((1, 2)) < 2 / 255
    assert 0.02 < gray.float().mean() < 0.35
    photographs = varied.banks.photographs
    host = varied._rng.host
    share = sum(photographs.drawn(host).key.startswith("drawing/") for _ in range(600)) / 600
    assert abs(share - DRAWINGS_SHARE) < 0.06


def test_a_source_that_is_not_varied_holds_photographs_alone(source: AlphaBlend, varied: AlphaBlend) -> None:
    assert not any(photo.key.startswith("drawing/") for photo in source.banks.photographs)
    assert len(varied.banks.photographs) > len(source.banks.photographs)


def test_the_same_seed_gives_the_same_varied_batches(varied: AlphaBlend) -> None:
    batches = []
    for _ in range(2):
        varied.reseed(9)
        batches.append(varied.batch(8, 32))
    assert all(torch.equal(getattr(batches[0], f.name), getattr(batches[1], f.name)) for f in fields(batches[0]))


def test_each_sort_of_drawing_is_another_and_holds_detail(pack: Path) -> None:
    drawn = drawings(read_pack(pack, "train"), len(DRAWINGS), seed=1)
    assert [picture.key.split("/")[1] for picture in drawn] == list(DRAWINGS)
    for picture in drawn:
        assert picture.pixels.shape == (480, 640, 3)
        assert picture.pixels.std() > 5


@pytest.mark.parametrize("kind", [*Kind, "none"])
def test_every_varied_kind_is_drawn_on_the_device(fake_gpu: Any, varied: AlphaBlend, kind: str) -> None:
    degradations._constants.cache_clear()
    held = varied.banks
    try:
        with fake_gpu() as made:
            varied.banks, varied.device = held.moved(made), torch.device("fakegpu")
            varied.reseed(0)
            assert varied.batch(8, (48, 64), {kind: 1.0}).z.device.type == "fakegpu"
    finally:
        varied.banks, varied.device = held, torch.device("cpu")
        degradations._constants.cache_clear()
