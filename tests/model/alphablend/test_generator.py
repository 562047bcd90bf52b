from __future__ import annotations

import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model import blending
from model.alphablend.backdrop import crops
from model.alphablend.generator import DEFAULT_KINDS, NO_KIND, SUBTYPES, AlphaBlend, Batch
from model.alphablend.rng import Rng
from model.types import BlendType, Kind

BLENDS = list(BlendType)


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Batch))


@pytest.mark.parametrize("subtype", SUBTYPES)
def test_the_true_layer_laid_on_the_backdrop_gives_the_composite(source: AlphaBlend, subtype: str) -> None:
    batch = source.batch(10, (48, 64), {subtype: 1})
    for blend in BLENDS:
        some = batch.of(batch.blend == BLENDS.index(blend))
        alpha, colour = blending.canonical(some.emission, some.transmission, blend, axis=1)
        assert torch.allclose(alpha, some.alpha)
        composite = blending.composite(alpha, colour, some.y, blend)
        unclipped = some.y + colour <= 1 if blend is BlendType.ADD else torch.ones_like(some.y, dtype=torch.bool)
        assert torch.allclose(composite[unclipped], some.clean[unclipped], atol=2e-6)
        assert torch.allclose(some.clean, (some.emission + some.transmission * some.y).clamp(max=1))
    for values in (batch.z, batch.y, batch.emission, batch.transmission, batch.alpha):
        assert values.isfinite().all()
        assert values.min() >= 0
        assert values.max() <= 1


@pytest.mark.parametrize("subtype", SUBTYPES)
def test_every_subtype_shows(source: AlphaBlend, subtype: str) -> None:
    batch = source.batch(16, 64, {subtype: 1})
    change = (batch.clean - batch.y).abs().amax((1, 2, 3)) * 255
    assert (change > 3).float().mean() > 0.5


@pytest.mark.parametrize("subtype", sorted(set(SUBTYPES) - {"pane"}))
def test_nuisance_on_the_composite_is_mild(source: AlphaBlend, subtype: str) -> None:
    source.reseed(5)  # the source is shared: what it drew before depends on which tests ran
    batch = source.batch(24, 64, {subtype: 1})
    error = (batch.z - batch.clean).square().mean((1, 2, 3)).sqrt() * 255
    assert error.median() < 0.6  # most composites only lose what 8 bits lose
    assert error.max() < 14


def test_refraction_stays_below_two_pixels(source: AlphaBlend) -> None:
    _, painter = SUBTYPES["pane"]
    ramp = np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (120, 1, 3))
    batch = source.laid_over(ramp, "pane", (0.0, 0.0), seed=3)
    moved = (batch.z - batch.clean).abs() / batch.transmission.clamp(min=0.05) * 255
    assert painter is not None
    assert moved.quantile(0.99) < 2 + 1


def test_the_same_seed_gives_the_same_batches(pack: Path) -> None:
    one, other = (AlphaBlend(pack, "train", seed=11) for _ in range(2))
    first = one.batch(12, 48)
    assert same(first, other.batch(12, 48))
    assert same(one.batch(5, 32), other.batch(5, 32))
    assert not torch.equal(one.batch(12, 48).y, first.y)
    one.reseed(11)
    assert same(one.batch(12, 48), first)
    one.reseed(12)
    assert not same(one.batch(12, 48), first)


def test_each_split_uses_its_own_photographs_alone(pack: Path) -> None:
    for split in ("validation", "test"):
        assert {p.key.split("-")[0] for p in AlphaBlend(pack, split).banks.photographs} == {split}


def test_photographs_can_be_left_out_by_name(pack: Path) -> None:
    every = [p.key for p in AlphaBlend(pack, "train").banks.photographs]
    left = [p.key for p in AlphaBlend(pack, "train", without=every[0]).banks.photographs]
    assert left == [key for key in every if every[0] not in key]
    assert len(left) < len(every)


def test_pictures_without_overlay_are_clean(source: AlphaBlend) -> None:
    batch = source.batch(12, 64, {"none": 1})
    assert (batch.kind == NO_KIND).all()
    assert (batch.blend == 0).all()
    assert not batch.alpha.any()
    assert not batch.emission.any()
    assert (batch.transmission == 1).all()
    assert torch.equal(batch.clean, batch.y)


def test_an_overlay_that_nobody_can_see_is_none(source: AlphaBlend) -> None:
    dark = np.zeros((40, 40, 3), np.uint8)
    batch = source.laid_over(dark, "scan")
    assert batch.kind.item() == NO_KIND  # black times anything is black
    assert not batch.alpha.any()
    assert torch.equal(batch.clean, batch.y)


@pytest.mark.parametrize(
    ("name", "kind", "allowed"),
    [
        ("text", Kind.WATERMARK, set(BlendType)),
        (Kind.FOG, Kind.FOG, {BlendType.NORMAL, BlendType.SCREEN}),
        (Kind.RAIN, Kind.RAIN, {BlendType.NORMAL, BlendType.SCREEN}),
        (Kind.SNOW, Kind.SNOW, {BlendType.NORMAL, BlendType.SCREEN, BlendType.MULTIPLY}),
        (Kind.FLARE, Kind.FLARE, {BlendType.ADD, BlendType.SCREEN}),
        (Kind.XRAY, Kind.XRAY, {BlendType.MULTIPLY}),
        (Kind.CELL, Kind.CELL, set(BlendType)),
        (Kind.GLASS, Kind.GLASS, {BlendType.NORMAL, BlendType.SCREEN}),
    ],
)
def test_labels_say_what_was_drawn(source: AlphaBlend, name: str, kind: Kind, allowed: set[BlendType]) -> None:
    batch = source.batch(24, 32, {name: 1})
    drawn = batch.kind == list(Kind).index(kind)
    assert drawn.float().mean() > 0.7
    assert (drawn | (batch.kind == NO_KIND)).all()
    assert {BLENDS[i] for i in batch.blend[drawn].tolist()} <= allowed
    for sample in range(len(batch)):
        if BLENDS[int(batch.blend[sample])] is BlendType.MULTIPLY:
            assert not batch.emission[sample].any()
        if BLENDS[int(batch.blend[sample])] is BlendType.ADD:
            assert (batch.transmission[sample] == 1).all()


def test_the_default_mixture_holds_every_kind(source: AlphaBlend) -> None:
    kinds = source.batch(400, 16).kind.tolist()
    assert set(kinds) == {*range(len(Kind)), NO_KIND}
    assert abs(sum(DEFAULT_KINDS.values()) - 1) < 1e-9


def test_strength_makes_overlays_more_opaque(source: AlphaBlend) -> None:
    for kind in (Kind.FOG, Kind.XRAY, "icon"):
        source.reseed(1)
        faint = source.batch(24, 48, {kind: 1}, strength=(0, 0.1)).alpha.mean()
        source.reseed(1)
        strong = source.batch(24, 48, {kind: 1}, strength=(0.9, 1)).alpha.mean()
        assert strong > 1.2 * faint


@pytest.mark.parametrize("size", [(16, 16), (70, 90), (250, 200), (400, 500)])
def test_crops_of_any_size_show_nothing_but_photograph(source: AlphaBlend, size: tuple[int, int]) -> None:
    photographs = source.banks.photographs
    photos = [replace(p, levels=[torch.full_like(x, 255) for x in p.levels]) for p in photographs]
    white = replace(photographs, photos=photos, texels=torch.full_like(photographs.texels, 255))
    pictures, view = crops(replace(source.banks, photographs=white), Rng(3, source.device), 20, size)
    assert pictures.shape == (20, 3, *size)
    assert pictures.min() > 0.999
    assert ((view.left + view.width) < view.wide + 1e-3).all()


def test_backdrops_come_at_many_scales(source: AlphaBlend) -> None:
    _, view = crops(source.banks, Rng(0, source.device), 60, (32, 32))
    short_sides = 1 / view.pixel.reshape(-1)
    assert short_sides.min() < 60
    assert short_sides.max() > 200
    assert ((view.left + view.width) < view.wide + 1e-3).all()
    assert (view.left > -1e-4).all()
    assert ((view.top + view.height) < view.tall + 1e-3).all()
    assert (view.top > -1e-4).all()


def test_whole_pictures_are_whole_and_repeatable(source: AlphaBlend) -> None:
    first = list(source.pictures(4, 90, {"text": 1}, seed=2))
    again = list(source.pictures(4, 90, {"text": 1}, seed=2))
    assert [b.z.shape for b in first] == [(1, 3, 90, 130)] * 4
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0].y, first[1].y)


def test_an_overlay_can_be_laid_over_a_picture_at_its_own_size(source: AlphaBlend) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 111, 3), np.uint8)
    batch = source.laid_over(pixels, "logo", seed=4)
    assert torch.equal((batch.y[0] * 255).round().byte().permute(1, 2, 0), torch.from_numpy(pixels))
    assert batch.kind.tolist() == [list(Kind).index(Kind.WATERMARK)]


def test_an_unknown_kind_is_refused_by_name(source: AlphaBlend) -> None:
    with pytest.raises(ValueError, match="'hail' is no kind"):
        source.batch(1, 16, {"hail": 1})


def test_a_missing_pack_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"alphablend\.fetch"):
        AlphaBlend(tmp_path / "none.zip", "train")


def test_throughput_is_printed(source: AlphaBlend) -> None:
    source.batch(8, 128)
    start = time.process_time()
    source.batch(64, 128)
    print(f"\n{64 / (time.process_time() - start):.0f} samples of 128 px a second of processor time")
