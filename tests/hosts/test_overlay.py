"""A known overlay, from a layer of the document or from a file, is found in the picture and taken off."""

import json
import time

import cv2
import numpy as np
import pytest

from benchmarks.overlay_pictures import Case, draw, logo_overlay
from model.types import BlendType
from tests.hosts.conftest import difference
from tests.hosts.stage import wait_for

PLACE = np.array([[0.6, 0, 50], [0, 0.6, 30]])


@pytest.fixture(scope="module")
def logo():
    return logo_overlay(np.random.default_rng(3), 120)


@pytest.fixture(scope="module")
def drawn(logo):
    """The photo alone, and with the logo at 0.5 of its opacity on it: RGBA, opaque."""
    ramp = np.linspace(40, 200, 200 * 150).reshape(150, 200).astype(np.uint8)
    photo = np.dstack([ramp, ramp[::-1], ramp[:, ::-1]])
    composite = draw(Case(0, "logo", logo, (PLACE,), 0.5, BlendType.NORMAL), photo).composite
    opaque = np.full((150, 200, 1), 255, np.uint8)
    return np.dstack([photo, opaque]), np.dstack([composite, opaque])


@pytest.mark.parametrize("source", ["layer", "file"])
def test_the_overlay_is_taken_off_and_the_stack_is_the_picture(host, logo, drawn, source):
    photo, composite = drawn
    key = host.open(composite)
    if source == "layer":
        host.overlay_layer(key, logo)
        chosen = host.chosen_layer(key)
    else:
        path = host.stage.place / "logo.png"
        assert cv2.imwrite(str(path), logo[..., [2, 1, 0, 3]])
        chosen = host.chosen_file(path)
    host.decompose(key, engine="nano", **chosen)
    (group,) = host.groups(key)
    assert [layer[0].split(" (")[0] for layer in group[4]] == ["Background", "Overlay"]
    assert difference(host.flat(key, composite), composite) == 0
    background = host.pixels(key, "Background", composite)
    left = np.abs(background[..., :3].astype(int) - photo[..., :3]).mean()
    unchanged = np.abs(composite[..., :3].astype(int) - photo[..., :3]).mean()
    assert left < 0.1 * unchanged, f"{left:.2f} of {unchanged:.2f} levels are left"


def test_an_overlay_that_is_not_in_the_picture_is_told(host, logo, drawn):
    photo, _ = drawn
    key = host.open(photo)
    host.overlay_layer(key, logo)
    message = host.failure(key, engine="nano", **host.chosen_layer(key))
    assert "overlay was not found" in message
    assert difference(host.flat(key, photo), photo) == 0


def test_the_layer_that_is_taken_apart_cannot_be_its_own_overlay(host, drawn):
    key = host.open(drawn[1])
    assert "would be taken apart" in host.failure(key, engine="nano", **host.chosen_layer(key))


def test_kritas_dialog_offers_the_layers_and_says_that_there_will_be_one_candidate(krita, logo, drawn):
    key = krita.open(drawn[1])
    krita.overlay_layer(key, logo)
    krita.to_front()
    choice = {"engine": "nano", "candidates": 3}
    krita.ask("app.writeSetting('diffdecompose', 'choice', choice)", choice=json.dumps(choice))
    krita.ask("app.action('diffdecompose_run').trigger()")
    krita.program.wait_until("dialog() is not None and len(dialog()._engines) > 0")
    box = "dialog()._boxes['overlay']"
    texts = krita.ask(f"[{box}.itemText(row) for row in range({box}.count())]")
    assert texts == ["Not known", "From file...", "Layer: on top"]
    krita.ask(f"{box}.setCurrentIndex(2)")
    assert "one candidate" in krita.ask("dialog()._state.text()")
    time.sleep(0.5)
    krita.photograph("overlay")
    krita.ask("dialog().accept()")
    wait_for(lambda: krita.groups(key), 60)
    krita.at_rest()
    assert difference(krita.flat(key, drawn[1]), drawn[1]) == 0


def test_gimps_dialog_says_that_there_will_be_one_candidate_and_a_choice_without_a_layer_is_told(gimp, drawn):
    key = gimp.open(drawn[1])
    gimp.remember(engine="nano", candidates=3, overlay="layer")
    gimp.open_dialog()
    time.sleep(2)
    gimp.photograph("overlay")  # to be looked at: "With a known overlay there is one candidate."
    gimp.stage.pointer("key", "Escape")
    gimp.at_rest()
    assert "No overlay was chosen" in gimp.failure(key, engine="nano", overlay="layer")
