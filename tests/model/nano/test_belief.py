"""Probabilities from what the networks saw."""

import numpy as np
import pytest

from model.nano import belief, layout
from model.nano.edges import Evidence
from model.nano.session import Look
from model.types import Kind


def look(none: float, certain: float, fog: float = 0.0) -> Look:
    """A look at 10,000 pixels with that probability of nothing, of fog, else of a mark, and that share certain."""
    layer = np.zeros((layout.OUTPUT_CHANNELS, 100, 100), np.float32)
    layer[9].flat[: round(certain * 10_000)] = 1
    kind = np.zeros(layout.NO_KIND + 1, np.float32)
    kind[layout.NO_KIND], kind[layout.KINDS.index("fog")] = none, fog
    kind[layout.KINDS.index("watermark")] = 1 - none - fog
    return Look(layer, np.full(4, 0.25, np.float32), kind)


def edge(likelihood_ratio: float) -> Evidence:
    return Evidence(np.zeros(4), likelihood_ratio, np.zeros(3), np.ones(3))


def test_the_shipped_coefficients_find_more_in_what_looks_like_more() -> None:
    nothing, something = look(0.99, 0.0), look(0.02, 0.5, fog=0.97)
    assert belief.veiled(nothing, {Kind.FOG}) < 0.3
    assert belief.veiled(something, {Kind.FOG}) > 0.7
    assert belief.veiled(something, {Kind.FLARE}) < 0.3, "fog is no flare"
    assert belief.marked(nothing, None) < 0.3
    assert belief.marked(look(0.02, 0.5), edge(8.0)) > 0.7


def test_a_mark_whose_edge_nothing_explains_is_doubted() -> None:
    """On validation real marks are mostly above 2, what clean pictures are mistaken for mostly below 1.2. Since `marks`
    hears a text detector it knows more by itself, and the edge weighs a third of what it did."""
    seen = look(0.3, 0.01)
    assert belief.marked(seen, edge(0.2)) < belief.marked(seen, edge(6.0)) - 0.05


def test_evidence_is_counted_in_powers_of_ten_of_the_picture() -> None:
    assert belief.mark_features(look(0.5, 0.01))[1] == pytest.approx(-2, abs=0.01)
    assert belief.mark_features(look(0.5, 0.0))[1] == pytest.approx(-5)


def test_blend_types_keep_their_order_and_add_up() -> None:
    odds = belief.type_odds(np.array([0.7, 0.2, 0.1, 0.0]))
    assert np.all(np.diff(odds) < 0)
    assert odds.sum() == pytest.approx(1)
