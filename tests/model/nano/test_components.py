"""What of the scene went with the letters is dropped; letters stay, wherever they lie."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from model.nano import layout
from model.nano.components import (
    filter_components,
    filter_global_components,
    filter_native_components,
    select_ink,
)
from model.nano.config import NanoConfig
from model.nano.network import NetworkOutput
from model.nano.passes import GlobalPrediction
from model.types import BlendType, Composite, Estimate, Request

CONFIG = NanoConfig()
HEIGHT, WIDTH = 320, 480
INK, OPACITY = np.array([0.95, 0.95, 0.9], np.float32), 0.6
LAMPS = {
    (60, 260): (0.2, 0.2, 0.7),
    (180, 270): (0.8, 0.6, 0.1),
    (300, 262): (0.1, 0.5, 0.3),
    (420, 268): (0.7, 0.1, 0.2),
}


def scene(seed: int = 0) -> np.ndarray:
    """Darker to the left, with lamps, each of a colour of its own."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.random((7, 10, 3), np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 0.1, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 2)
    return (0.1 + 0.5 * coarse + fine).clip(0.05, 0.7)


def letters() -> np.ndarray:
    """bool h x w."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.putText(mask, "S t o n e", (20, 150), cv2.FONT_HERSHEY_SIMPLEX, 3.0, 1, 14)
    return mask > 0


def lamps(picture: np.ndarray) -> np.ndarray:
    """Draws them; where they lie, bool h x w."""
    where = np.zeros((HEIGHT, WIDTH), np.uint8)
    rng = np.random.default_rng(3)
    for place, colour in LAMPS.items():
        spot = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.circle(spot, place, 14, 1, -1)
        texture = np.array(colour) + rng.normal(0, 0.05, picture.shape)
        picture[spot > 0] = texture[spot > 0].clip(0, 1)
        where |= spot
    return where > 0


def marked(picture: np.ndarray, ink: np.ndarray = INK) -> np.ndarray:
    return np.where(letters()[..., None], (1 - OPACITY) * picture + OPACITY * ink, picture).astype(np.float32)


def share(kept: np.ndarray, where: np.ndarray) -> float:
    return float(kept[where].mean())


def test_lamps_are_dropped_and_letters_stay() -> None:
    picture = scene()
    wrong = lamps(picture)
    found = filter_components(marked(picture), letters() | wrong, CONFIG)
    assert found is not None
    assert found.component_mask is not None
    assert share(found.component_mask, wrong) < 0.05
    assert share(found.component_mask, letters()) > 0.999
    assert found.likelihood.likelihood_ratio > 3
    assert np.allclose(found.likelihood.transmission, 1 - OPACITY, atol=0.05)
    assert np.allclose(found.likelihood.emission, OPACITY * INK, atol=0.05)


def test_what_a_person_points_at_stays() -> None:
    """A stroke through one letter and one lamp: that lamp stays, the others go."""
    picture = scene()
    wrong = lamps(picture)
    pointed_at = np.zeros((HEIGHT, WIDTH), bool)
    pointed_at[100:160, 20:60] = True
    pointed_at[270 - 5 : 270 + 5, 180 - 5 : 180 + 5] = True
    found = filter_components(marked(picture), letters() | wrong, CONFIG, pointed_at)
    assert found is not None
    assert found.component_mask is not None
    there = np.zeros_like(wrong)
    there[250:290, 160:200] = True
    assert share(found.component_mask, wrong & there) > 0.999
    assert share(found.component_mask, wrong & ~there) < 0.05
    assert share(found.component_mask, letters()) > 0.999


def test_letters_that_hardly_show_stay() -> None:
    """Pale ink over a pale part of the scene takes no step there, and none is asked for."""
    picture = scene()
    picture[:, WIDTH // 2 :] = 0.3 * picture[:, WIDTH // 2 :] + 0.7 * INK
    found = filter_components(marked(picture), letters(), CONFIG)
    assert found is not None
    assert found.component_mask is None or share(found.component_mask, letters()) > 0.999


def test_where_every_piece_has_an_ink_of_its_own_nothing_is_dropped() -> None:
    picture = scene()
    count, labels = cv2.connectedComponents(letters().astype(np.uint8))
    inks = np.random.default_rng(1).uniform(0, 1, (count, 3)).astype(np.float32)
    found = filter_components(marked(picture, inks[np.asarray(labels, np.int32)]), letters(), CONFIG)
    assert found is None or found.component_mask is None or found.likelihood.likelihood_ratio >= 3


@pytest.mark.parametrize("value", [False, True])
def test_without_an_edge_nothing_is_said(value: bool) -> None:
    assert filter_components(scene(), np.full((HEIGHT, WIDTH), value), CONFIG) is None


def test_a_global_pass_keeps_what_its_edge_bears_out() -> None:
    picture = scene()
    wrong = lamps(picture)
    z = marked(picture)
    layer = np.zeros((layout.OUTPUT_CHANNELS, HEIGHT, WIDTH), np.float32)
    seen = letters() | wrong
    layer[layout.EMISSION], layer[layout.OPACITY], layer[layout.PRESENCE] = 0.5 * seen, 0.6 * seen, seen
    planes = np.zeros((layout.PICTURE_CHANNELS, HEIGHT, WIDTH), np.float32)
    planes[layout.PICTURE] = z.transpose(2, 0, 1) - 0.5
    whole = GlobalPrediction(
        NetworkOutput(layer, np.full(4, 0.25, np.float32), np.full(9, 1 / 9, np.float32)),
        planes,
        (1.0, 1.0),
        CONFIG.marks.gates,
    )
    filtered = filter_global_components(whole, CONFIG)
    assert filtered is not None
    less = whole.with_component_mask(filtered.component_mask)
    assert less.output.presence[wrong].max() < 0.3
    assert less.output.presence[letters()].min() == 1
    assert whole.output.presence[wrong].min() == 1, "the first prediction stays what it was"
    assert whole.with_component_mask(None) is whole


def test_what_native_tiles_alone_saw_is_held_against_its_edge_too() -> None:
    """In a picture too large for the fit, over a box that is not the whole of it."""
    picture = scene()
    wrong = lamps(picture)
    z = cv2.resize(marked(picture), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    seen = cv2.resize((letters() | wrong).astype(np.float32), None, fx=4, fy=4)[: 4 * 290, 20:].astype(np.float16)
    box = (20, 0, 4 * WIDTH - 20, 4 * 290)
    each = seen[..., None] * np.ones(3, np.float16)
    mark = Estimate(0.5 * each, 1 - 0.6 * each, 0.6 * seen, BlendType.NORMAL, 0.9, box)
    request = Request(Composite((z.clip(0, 1) * 255).round().astype(np.uint8)))
    kept = filter_native_components(request, mark, CONFIG)
    at = cv2.resize(wrong.astype(np.uint8), None, fx=4, fy=4)[: 4 * 290, 20:] > 0
    drawn = cv2.resize(letters().astype(np.uint8), None, fx=4, fy=4)[: 4 * 290, 20:] > 0
    assert kept.box == box
    assert kept.alpha[at].mean() < 0.03
    assert kept.transmission[at].mean() > 0.97
    assert np.array_equal(kept.alpha[drawn], mark.alpha[drawn])
    clean = replace(mark, emission=mark.emission * 0, transmission=mark.transmission * 0 + 1, alpha=mark.alpha * 0)
    assert filter_native_components(request, clean, CONFIG) is clean


def layer_of(outline: np.ndarray) -> Estimate:
    alpha = np.where(outline, OPACITY, 0).astype(np.float16)
    planes = np.repeat(alpha[..., None], 3, axis=2)
    return Estimate(planes, 1 - planes, alpha, BlendType.NORMAL, 0.8, (0, 0, WIDTH, HEIGHT))


def test_a_stroke_on_one_letter_selects_every_letter_of_its_ink() -> None:
    picture = scene()
    wrong = lamps(picture)
    z = np.rint(marked(picture) * 255).astype(np.uint8)
    hint = np.zeros((HEIGHT, WIDTH), np.uint8)
    hint[:, : WIDTH // 5] = 255 * letters()[:, : WIDTH // 5]
    selected = select_ink(Request(Composite(z), hint=hint), layer_of(letters() | wrong), CONFIG)
    assert selected is not None
    assert share(selected.alpha > 0.5, letters()) > 0.99
    assert share(selected.alpha > 0.1, wrong) < 0.05


def test_strokes_on_things_of_many_colours_are_on_no_mark_of_one_ink() -> None:
    """Their answer must not reach beyond the strokes' neighbourhood."""
    picture = scene()
    wrong = lamps(picture)
    hint = np.zeros((HEIGHT, WIDTH), np.uint8)
    hint[264:276] = 255
    z = np.rint(picture * 255).astype(np.uint8)
    assert select_ink(Request(Composite(z), hint=hint), layer_of(wrong), CONFIG) is None
