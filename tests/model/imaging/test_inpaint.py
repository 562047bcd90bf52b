"""Painting from around: nothing else changes, no seam, the same every time."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from model.imaging.inpaint import inpaint_patchmatch
from model.imaging.pyramid import membrane


def hole(shape, box):
    mask = np.zeros(shape[:2], bool)
    mask[box] = True
    return mask


def test_only_the_hole_changes_and_it_is_the_same_every_time(scene):
    mask = hole(scene.shape, np.s_[60:90, 80:130])
    painted = inpaint_patchmatch(scene, mask)
    assert np.array_equal(painted[~mask], scene[~mask])
    assert np.array_equal(painted, inpaint_patchmatch(scene, mask))
    assert not np.array_equal(painted[mask], scene[mask])


def test_a_pattern_goes_on_through_the_hole():
    stripes = (np.arange(160) // 8 % 2).astype(np.float32)[:, None, None].repeat(160, 1).repeat(3, 2) * 0.6 + 0.2
    mask = hole(stripes.shape, np.s_[60:100, 60:100])
    painted = inpaint_patchmatch(stripes, mask)
    assert np.abs(painted - stripes)[mask].mean() < 0.05


def test_a_gradient_shows_no_seam():
    ramp = np.linspace(0.1, 0.9, 200, dtype=np.float32)[None, :, None].repeat(120, 0).repeat(3, 2)
    mask = hole(ramp.shape, np.s_[40:80, 70:130])
    painted = inpaint_patchmatch(ramp, mask)
    steps = np.abs(np.diff(painted, axis=0)).max()
    assert steps < 0.06


def test_without_the_library_it_is_painted_all_the_same(scene, monkeypatch):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    mask = hole(scene.shape, np.s_[60:90, 80:130])
    painted = inpaint_patchmatch(scene, mask)
    assert np.abs(painted - scene)[mask].mean() < 0.25
    assert np.array_equal(painted[~mask], scene[~mask])


@pytest.mark.parametrize("whole", [True, False])
def test_a_hole_that_leaves_nothing_to_learn_from_is_filled_evenly(whole):
    picture = np.full((20, 20, 3), 0.3, np.float32)
    mask = np.ones((20, 20), bool)
    mask[0, 0] = whole
    painted = inpaint_patchmatch(picture, mask)
    assert np.isfinite(painted).all()
    assert np.ptp(painted[1:, 1:]) == 0


def test_a_membrane_is_as_smooth_as_its_rim():
    known = np.ones((50, 50), bool)
    known[10:40, 10:40] = False
    values = np.linspace(0, 1, 50, dtype=np.float32)[None, :, None].repeat(50, 0).repeat(3, 2)
    surface = membrane(values, known, ~known)
    assert np.abs(surface - values)[~known].mean() < 0.08


@pytest.mark.parametrize("shape", [(64, 64), (64, 4), (130, 33)])
def test_a_membrane_through_one_level_is_flat_however_large_the_hole(shape):
    known = np.ones(shape, bool)
    known[shape[0] // 5 : -shape[0] // 5, 1:-1] = False
    for rim in (known, known & (np.arange(shape[1]) < 1)):
        surface = membrane(np.full((*shape, 3), 0.5, np.float32), rim, ~rim)
        assert np.allclose(surface[~rim], 0.5, atol=1e-3)
