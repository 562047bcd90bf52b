"""Probabilities from what the networks saw."""

from pathlib import Path

import numpy as np
import pytest

from model.nano import detect, layout
from model.nano.config import Calibration, load_calibration, save_calibration
from model.nano.edge_likelihood import EdgeLikelihood
from model.nano.network import NetworkOutput
from model.types import VEIL_KINDS, Kind

FITTED = load_calibration()


def simulated(none: float, certain: float, fog: float = 0.0) -> NetworkOutput:
    """A look at 10,000 pixels with that probability of nothing, of fog, else of a mark, and that share certain."""
    layer = np.zeros((layout.OUTPUT_CHANNELS, 100, 100), np.float32)
    layer[layout.PRESENCE].flat[: round(certain * 10_000)] = 1
    kind = np.zeros(layout.NO_KIND + 1, np.float32)
    kind[layout.NO_KIND], kind[layout.KINDS.index("fog")] = none, fog
    kind[layout.KINDS.index("watermark")] = 1 - none - fog
    return NetworkOutput(layer, np.full(4, 0.25, np.float32), kind)


def edge(likelihood_ratio: float) -> EdgeLikelihood:
    return EdgeLikelihood(np.zeros(4), likelihood_ratio, np.zeros(3), np.ones(3))


def test_the_shipped_coefficients_find_more_in_what_looks_like_more() -> None:
    nothing, something = simulated(0.99, 0.0), simulated(0.02, 0.5, fog=0.97)
    assert detect.veil_probability(FITTED.veils, nothing, {Kind.FOG}) < 0.3
    assert detect.veil_probability(FITTED.veils, something, {Kind.FOG}) > 0.7
    assert detect.veil_probability(FITTED.veils, something, {Kind.FLARE}) < 0.3, "fog is no flare"
    assert detect.mark_probability(FITTED.marks, nothing, None) < 0.3
    assert detect.mark_probability(FITTED.marks, simulated(0.02, 0.5), edge(8.0)) > 0.7


def test_a_mark_whose_edge_nothing_explains_is_doubted() -> None:
    """On validation real marks are mostly above 2, what clean pictures are mistaken for mostly below 1.2. Since `marks`
    hears a text detector it knows more by itself, and the edge weighs a third of what it did."""
    seen = simulated(0.3, 0.01)
    assert (
        detect.mark_probability(FITTED.marks, seen, edge(0.2))
        < detect.mark_probability(FITTED.marks, seen, edge(6.0)) - 0.05
    )


def test_evidence_is_counted_in_powers_of_ten_of_the_picture() -> None:
    assert detect.mark_features(simulated(0.5, 0.01))[1] == pytest.approx(-2, abs=0.01)
    assert detect.mark_features(simulated(0.5, 0.0))[1] == pytest.approx(-5)


def test_a_kind_that_is_left_alone_is_not_detected_unasked() -> None:
    policy = {Kind.FLARE: "leave", Kind.GLASS: "classic"}
    assert Calibration((), (), (), (), policy=policy).automatic(VEIL_KINDS) == VEIL_KINDS - {Kind.FLARE}


def test_the_shipped_policy_detects_fog() -> None:
    assert Kind.FOG in FITTED.automatic(VEIL_KINDS)
    assert set(FITTED.policy.values()) <= {"classic", "leave"}


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_calibration(FITTED, tmp_path / "calibration.json")
    assert load_calibration(tmp_path / "calibration.json") == FITTED
