"""Which blend types are plausible."""

import numpy as np
import pytest

from model.nano import layout
from model.nano.candidates import PHYSICAL, blend_probabilities, plausible_blends
from model.nano.config import NanoConfig
from model.nano.network import NetworkOutput
from model.types import BlendType, Kind

ADD_OR_MULTIPLY = NetworkOutput(
    np.zeros((layout.OUTPUT_CHANNELS, 2, 2), np.float32),
    np.array([{BlendType.ADD: 0.8, BlendType.MULTIPLY: 0.1}.get(b, 0.05) for b in layout.BLENDS], np.float32),
    np.zeros(layout.NO_KIND + 1, np.float32),
)


@pytest.mark.parametrize("kind", PHYSICAL)
def test_a_kind_lies_over_a_picture_only_as_it_can(kind: Kind) -> None:
    found = plausible_blends(ADD_OR_MULTIPLY, None, None, kind, NanoConfig())
    assert {blend for blend, _ in found} <= PHYSICAL[kind]
    assert sum(likely for _, likely in found) == pytest.approx(1, abs=0.05)


def test_of_a_mark_every_type_is_plausible() -> None:
    assert plausible_blends(ADD_OR_MULTIPLY, None, None, Kind.WATERMARK, NanoConfig())[0][0] is BlendType.ADD
    assert len(plausible_blends(ADD_OR_MULTIPLY, None, None, None, NanoConfig())) == 4


def test_the_user_may_say_otherwise() -> None:
    assert plausible_blends(ADD_OR_MULTIPLY, None, BlendType.ADD, Kind.XRAY, NanoConfig()) == [(BlendType.ADD, 1.0)]


def test_blend_types_keep_their_order_and_add_up() -> None:
    odds = blend_probabilities({}, np.array([0.7, 0.2, 0.1, 0.0]), None, None)
    assert np.all(np.diff(odds) < 0)
    assert odds.sum() == pytest.approx(1)
