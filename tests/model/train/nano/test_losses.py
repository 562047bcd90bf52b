"""The losses are least at the truth, and the inputs never show more than they should."""

import pytest
import torch
from torch import Tensor

from model.nano import layout
from model.nano.net import Raw
from model.train.nano.inputs import degraded, hint_mask, network_inputs
from model.train.nano.losses import CLASSES, Truth, losses, solved_background


def truth(n: int = 4, size: int = 32) -> Truth:
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(n, 3, size, size, generator=generator)
    alpha = torch.zeros(n, 1, size, size)
    alpha[:, :, 8:24, 8:24] = 0.5
    emission, transmission = (alpha * 0.8).expand(-1, 3, -1, -1), (1 - alpha).expand(-1, 3, -1, -1)
    classes = torch.zeros(n, dtype=torch.long)
    return Truth(emission + transmission * y, y, emission, transmission, classes, classes, torch.ones(n))


def raw_of(t: Truth, off: float = 0.0) -> Raw:
    """What a network would say that knows the truth, but for `off` in opacity."""
    opacity = (1 - t.transmission + off).clamp(1e-4, 1 - 1e-4)
    blend, kind = torch.zeros(len(t.z), 4), torch.zeros(len(t.z), layout.NO_KIND + 1)
    blend[:, 0] = kind[:, 0] = 20.0
    presence = (opacity.amax(1, keepdim=True) > 0.02).float() * 20 - 10
    return Raw(t.emission.clamp(1e-4, 1 - 1e-4).logit(), opacity.logit(), t.y, presence, blend, kind)


def test_the_truth_costs_less_than_anything_near_it() -> None:
    t = truth()
    at_truth = losses(raw_of(t), t, ramp=1.0)
    assert float(at_truth.background) < 0.08
    for off in (-0.2, 0.2):
        assert float(losses(raw_of(t, off), t, ramp=1.0).total) > float(at_truth.total)


def test_without_warmth_only_masks_and_classes_count() -> None:
    t = truth()
    cold = losses(raw_of(t, 0.2), t, ramp=0.0)
    assert float(cold.total) == pytest.approx(float(cold.mask + CLASSES * cold.classes), abs=1e-6)


def test_tiles_are_not_asked_for_classes() -> None:
    t = truth()
    tiles = Truth(t.z, t.y, t.emission, t.transmission, t.blend, t.kind + 3, torch.zeros(len(t.z)))
    assert float(losses(raw_of(tiles), tiles, ramp=1.0).classes) == 0


def test_the_background_follows_from_the_true_layer() -> None:
    t = truth()
    solved = solved_background(t.z, t.emission, t.transmission, t.y)
    assert torch.allclose(solved, t.y, atol=1e-5)


def inputs(tiles: float, kind: int = 0) -> tuple[Tensor, Tensor]:
    t = truth(64)
    alpha = 1 - t.transmission[:, :1]
    kinds = torch.full((64,), kind)
    return network_inputs(
        t.z, t.emission, t.transmission, alpha, t.blend, kinds, torch.Generator().manual_seed(1), tiles
    )


def test_a_global_pass_is_shown_no_coarse_estimate_and_a_tile_is() -> None:
    picture, condition = inputs(tiles=0.0)
    assert not picture[:, layout.COARSE].any()
    assert not condition[:, layout.IS_TILE].any()
    picture, condition = inputs(tiles=1.0)
    assert picture[:, layout.COARSE].flatten(1).any(1).all()
    assert condition[:, layout.IS_TILE].all()


def test_most_samples_are_told_nothing() -> None:
    _, condition = inputs(tiles=0.0)
    given = condition[:, : layout.IS_TILE].any(dim=1)
    assert 0 < int(given.sum()) < 32


def test_pictures_without_foreground_are_given_no_class() -> None:
    _, condition = inputs(tiles=0.5, kind=layout.NO_KIND)
    assert not condition[:, layout.GIVEN_BLEND].any()
    assert not condition[:, layout.GIVEN_KIND].any()


def test_a_degraded_estimate_is_neither_the_truth_nor_unrelated() -> None:
    t = truth(16, 64)
    layer = torch.cat([t.emission, 1 - t.transmission], dim=1)
    for seed in range(6):
        coarse = degraded(layer, torch.Generator().manual_seed(seed))
        assert coarse.shape == layer.shape
        assert 0 <= float(coarse.min()) <= float(coarse.max()) <= 1
        assert 0.005 < float((coarse - layer).abs().mean()) < 0.2


def test_a_hint_covers_the_mark_or_some_of_it() -> None:
    alpha = 1 - truth(32, 64).transmission[:, :1]
    hint = hint_mask(alpha, torch.Generator().manual_seed(2))
    share = (hint * (alpha > 0)).sum(dim=(1, 2, 3)) / (alpha > 0).sum(dim=(1, 2, 3))
    assert float(share.max()) == 1
    assert float(share.min()) < 0.9
