"""The foreign sets: deterministic composites with their true layers, and pictures that hold nothing to find."""

from __future__ import annotations

import json

import numpy as np
import pytest

from model.errors import InvalidRequest
from model.evaluate import metrics
from model.evaluate.foreign.rows import ALBUMENTATIONS_ROWS, DRAWING_ROWS, FOREIGN_ROWS, foreign_triplets
from model.evaluate.outcome import Outcome
from model.evaluate.run import main
from model.evaluate.tables import calibration, summaries
from model.types import BlendType, Kind

CLEAN = ("photograph", "illustration", "screenshot")


@pytest.mark.parametrize("row", FOREIGN_ROWS)
def test_a_foreign_row_gives_the_same_pixels_for_the_same_seed_and_others_for_another(pack, row):
    one, again, other = ([*foreign_triplets(pack, "foreign", row, 2, 96, seed)] for seed in (1, 1, 2))
    assert [t.name for t in one] == [f"{row}-000", f"{row}-001"]
    assert all(np.array_equal(a.composite, b.composite) for a, b in zip(one, again, strict=True))
    if row != "photograph":
        assert not np.array_equal(one[0].composite, other[0].composite)


@pytest.mark.parametrize("row", [row for row in FOREIGN_ROWS if row not in CLEAN])
def test_the_true_layer_explains_the_composite(pack, row):
    left = []
    for made in foreign_triplets(pack, "foreign", row, 8, 96, 2):
        again = made.emission + made.transmission * (made.background / np.float32(255))
        assert metrics.rmse(made.composite, made.background) > 0.3, "there is something to take off"
        left.append(np.abs(again.clip(0, 1) * 255 - made.composite).mean())
        assert made.kind is not None
        assert 0 < made.alpha.max() <= 1
    assert min(left) < 0.3, "exact up to rounding where it is not compressed"
    assert max(left) < 10, "and up to JPEG where it is"


@pytest.mark.parametrize("row", CLEAN)
def test_a_clean_picture_is_its_own_truth(pack, row):
    (made,) = foreign_triplets(pack, "foreign", row, 1, 96, 1)
    assert np.array_equal(made.composite, made.background)
    assert made.kind is None
    assert made.blend is None


@pytest.mark.parametrize("row", ALBUMENTATIONS_ROWS)
def test_an_effect_of_albumentations_changes_the_photograph_and_is_the_same_every_time(pack, row):
    one, again = (next(foreign_triplets(pack, "albumentations", row, 1, 96, 5)) for _ in range(2))
    assert np.array_equal(one.composite, again.composite)
    assert metrics.rmse(one.composite, one.background) > 0.5
    explained = one.emission + one.transmission * (one.background / np.float32(255))
    assert np.abs(255 * explained - one.composite).max() < 1.5


def test_a_row_that_a_set_lacks_is_refused_by_name(pack):
    with pytest.raises(InvalidRequest, match="no row 'cell': choose among stamp"):
        next(foreign_triplets(pack, "foreign", "cell", 1, 96, 1))


def test_the_command_measures_a_foreign_set(pack, tmp_path):
    arguments = ["--set", "foreign", "--rows", "fog,screenshot", "--engines", "classic", "--no-baselines"]
    assert main([*arguments, "--data", str(pack), "--count", "2", "--short-side", "96", "--out", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "evaluation.json").read_text())
    assert report["description"]["set"] == "foreign"
    by_row = {s["row"]: s for s in report["summaries"]}
    assert by_row["fog"]["worse"] is not None
    assert by_row["fog"]["untouched"] is None
    assert by_row["screenshot"]["untouched"] is not None, "a picture without an overlay counts as left alone, or not"


def outcome(ratio: float | None, kind: Kind | None, blend: BlendType | None, confidence: float) -> Outcome:
    true = None if kind is None else "normal"
    return Outcome("row", "name", "nano", kind, 1.0, ratio, 40.0, 1.0, 1.0, blend=blend, true_blend=true,
                   confidence=confidence, coverage=0.0)  # fmt: skip


def test_harm_is_counted_in_two_degrees():
    (summary,) = summaries([outcome(r, Kind.FOG, BlendType.NORMAL, 1) for r in (0.5, 1.04, 1.2, 1.6)])
    assert (summary.worse, summary.much_worse) == (0.5, 0.25)


def test_confidence_is_held_against_whether_the_engine_helped():
    helped, harmed = (outcome(r, Kind.FOG, BlendType.NORMAL, 0.75) for r in (0.5, 1.2))
    left, missed = outcome(None, None, None, 0.75), outcome(1.0, Kind.FOG, None, 0.75)
    assert [o.right for o in (helped, harmed, left, missed)] == [True, False, True, False]
    assert calibration([helped, harmed, left, left])["nano"] == pytest.approx(0)


@pytest.mark.parametrize("row", DRAWING_ROWS)
def test_a_drawing_is_its_own_truth_and_the_same_every_time(pack, row):
    one, again = (next(foreign_triplets(pack, "drawings", row, 1, 120, 5)) for _ in range(2))
    np.testing.assert_array_equal(one.composite, again.composite)
    np.testing.assert_array_equal(one.composite, one.background)
    assert one.kind is None
    assert not one.alpha.any()
