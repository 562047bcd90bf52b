"""The judge of whole answers is fitted on good and bad ones, and its numbers survive the calibration file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.evaluate.calibrate.judge import Judged, fit_judge, fit_nothing, separations
from model.evaluate.calibrate.variations import varied
from model.nano.config import load_calibration, save_calibration
from model.nano.judge import FEATURES, PresenceProbabilities, answer_probability, nothing_features, nothing_probability

CLIPPED = FEATURES.index("clipped")


def answers(n: int) -> list[Judged]:
    """Answers that are worse the more they clip; a tenth of the clipped ones help all the same."""
    rng, found = np.random.default_rng(0), []
    for _ in range(n):
        features = rng.normal(size=len(FEATURES))
        wrong = features[CLIPPED] > 0 and rng.random() > 0.1
        found.append(Judged(features, rng.random(), np.zeros(4), 1.4 if wrong else 0.6, False))
    return found


def test_the_judge_learns_what_bad_answers_have_in_common() -> None:
    judge = fit_judge(answers(400))
    good, bad = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    good[CLIPPED], bad[CLIPPED] = -1.5, 1.5
    assert answer_probability(judge, good) > 0.8
    assert answer_probability(judge, bad) < 0.25


def test_a_judge_is_held_against_the_confidence_that_the_engine_has_without_it() -> None:
    judged, confidence = separations(answers(300))
    assert judged > 0.85
    assert confidence == pytest.approx(0.5, abs=0.1), "it was drawn at random"
    told = [replace(a, features=np.zeros(len(FEATURES)), confidence=float(a.ratio < 1)) for a in answers(300)]
    judged, confidence = separations(told)
    assert judged == pytest.approx(0.5, abs=0.1)
    assert confidence == 1


def test_a_feature_beyond_what_was_seen_counts_as_the_most_that_was() -> None:
    judge = fit_judge(answers(400))
    far, farther = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    far[CLIPPED], farther[CLIPPED] = 5, 500
    assert answer_probability(judge, far) == answer_probability(judge, farther)


def test_a_picture_where_networks_see_something_is_less_surely_clean() -> None:
    rng, missed = np.random.default_rng(1), []
    for _ in range(300):
        p = rng.uniform(0.02, 0.7, 3)
        clean = bool(rng.random() > p.max())
        missed.append(Judged(None, 0.5, nothing_features(PresenceProbabilities(*p)), 1.0, clean))
    coefficients = fit_nothing(missed)
    sure, unsure = (nothing_probability(coefficients, PresenceProbabilities(p, p, p)) for p in (0.03, 0.6))
    assert sure > 0.7 > 0.6 > unsure


def test_the_numbers_survive_the_calibration_file(tmp_path: Path) -> None:
    fitted = replace(load_calibration(), judge=fit_judge(answers(100)), nothing=(1.0, 0.5, 0.25, 0.125, -1.0))
    save_calibration(fitted, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == fitted


@pytest.mark.parametrize("seed", range(12))
def test_a_variation_changes_composite_and_background_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    smooth = np.repeat(np.linspace(20, 230, 64, dtype=np.uint8)[:, None, None], 3, axis=2).repeat(64, axis=1)
    one, other = varied(rng, smooth, smooth.copy())
    assert one.shape == other.shape == smooth.shape
    assert one.dtype == other.dtype == np.uint8
    assert np.abs(one.astype(int) - other).mean() < 4
