"""The edge of a mark tells its blend type, as far as types differ there."""

import cv2
import numpy as np
import pytest

from model.blending import emission_transmission
from model.nano import layout
from model.nano.candidates import plausible_blends
from model.nano.config import EdgeConfig, NanoConfig
from model.nano.detect import edge_likelihood_of
from model.nano.edge_likelihood import EdgeLikelihood, measure_edge, sample_edge
from model.nano.network import NetworkOutput
from model.nano.passes import GlobalPrediction
from model.types import BlendType

HEIGHT, WIDTH = 240, 360
INK = np.array([0.85, 0.3, 0.2], np.float32)


def scene(seed=0):
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.random((7, 10, 3), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 0.1, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2)
    return (0.15 + 0.5 * coarse + fine).clip(0.05, 0.8)


def outline():
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(mask, "Stone", (20, 150), cv2.FONT_HERSHEY_SIMPLEX, 4.0, 255, 16, cv2.LINE_AA)
    return mask.astype(np.float32) / 255


def marked(blend, opacity=0.6, ink=INK):
    """(picture, emission, opacity as 1 - transmission)."""
    alpha = opacity * outline()[..., None]
    light, let = emission_transmission(alpha, np.broadcast_to(ink, (HEIGHT, WIDTH, 3)), blend)
    return (light + let * scene()).astype(np.float32).clip(0, 1), light, 1 - let


def evidence(picture: np.ndarray, outline: np.ndarray) -> EdgeLikelihood | None:
    edge = sample_edge(picture, outline, EdgeConfig())
    return None if edge is None else measure_edge(edge)


@pytest.mark.parametrize(
    ("blend", "ink"),
    [
        (BlendType.NORMAL, INK),
        (BlendType.NORMAL, np.array([0.5, 0.5, 0.5])),
        (BlendType.SCREEN, INK),
        (BlendType.MULTIPLY, INK),
        (BlendType.ADD, INK * 0.3),
    ],
)
def test_the_type_that_made_the_mark_explains_its_edge_best(blend, ink):
    found = evidence(marked(blend, ink=ink)[0], outline() > 0.5)
    assert found is not None
    assert layout.BLENDS[int(found.types.argmax())] == blend
    assert found.types.max() == 0
    assert np.sort(found.types)[-2] < -0.2


def test_white_is_screened_as_it_is_painted():
    """Normal white and screened white are one and the same."""
    found = evidence(marked(BlendType.NORMAL, ink=np.ones(3, np.float32))[0], outline() > 0.5)
    assert found is not None
    odds = dict(zip(layout.BLENDS, found.types, strict=True))
    assert min(odds[BlendType.NORMAL], odds[BlendType.SCREEN]) > -0.2
    assert max(odds[BlendType.MULTIPLY], odds[BlendType.ADD]) < -0.5


@pytest.mark.parametrize("outline", [np.zeros((HEIGHT, WIDTH), bool), np.ones((HEIGHT, WIDTH), bool)])
def test_without_an_edge_nothing_is_said(outline):
    assert evidence(scene(), outline) is None


def test_an_edge_of_the_scene_is_explained_worse_than_that_of_a_mark():
    """What lies inside another scene's outline has a colour of its own at every place."""
    inside = outline()[..., None]
    thing = evidence((inside * scene(3) + (1 - inside) * scene()).astype(np.float32), outline() > 0.5)
    mark = evidence(marked(BlendType.NORMAL)[0], outline() > 0.5)
    assert thing is not None
    assert mark is not None
    assert mark.likelihood_ratio > thing.likelihood_ratio + 1


def test_a_clear_edge_overrules_an_undecided_network():
    """It takes added light for a normal layer, with 0.5 to 0.4."""
    picture, light, opaque = marked(BlendType.ADD, ink=INK * 0.5)
    layer = np.zeros((10, HEIGHT, WIDTH), np.float32)
    layer[layout.EMISSION], layer[layout.OPACITY], layer[layout.PRESENCE] = (
        light.transpose(2, 0, 1),
        opaque.transpose(2, 0, 1),
        outline() > 0,
    )
    head = np.full(4, 0.05, np.float32)
    head[layout.BLENDS.index(BlendType.NORMAL)], head[layout.BLENDS.index(BlendType.ADD)] = 0.5, 0.4
    planes = np.zeros((layout.PICTURE_CHANNELS, HEIGHT, WIDTH), np.float32)
    planes[layout.PICTURE] = picture.transpose(2, 0, 1) - 0.5
    whole = GlobalPrediction(
        NetworkOutput(layer, head, np.full(9, 1 / 9, np.float32)), planes, (1.0, 1.0), NanoConfig().marks.gates
    )
    edge = edge_likelihood_of(whole, NanoConfig())
    assert edge is not None
    assert plausible_blends(whole.output, edge, None, None, NanoConfig())[0][0] == BlendType.ADD
    assert plausible_blends(whole.output, None, None, None, NanoConfig())[0][0] == BlendType.NORMAL
    assert plausible_blends(whole.output, edge, BlendType.SCREEN, None, NanoConfig()) == [(BlendType.SCREEN, 1.0)]
