"""A dialog offers what can run; of the others it tells what they need. The real engines behave as it says."""

import numpy as np
import pytest

from bridge.engine_info import engine_info
from bridge.wire import EngineInfo
from model.engines import ENGINES, EngineState, load
from model.types import Composite, Options, Request
from plugins.shared import engines

KNOWN = {
    "nano": EngineInfo("nano", "loaded"),
    "classic": EngineInfo("classic", "loading"),
    "flux": EngineInfo("flux", "unavailable", "no weights at X: put the model folder there"),
}


def _no_progress(stage, step, steps, preview=None):
    pass


def test_only_what_can_run_is_offered():
    assert engines.offered(KNOWN, "flux") == ("nano", "classic")


@pytest.mark.parametrize(("last", "names"), [("nano", ("nano", "classic")), ("flux", ("nano", "classic", "flux"))])
def test_until_the_service_answers_what_is_included_and_the_last_choice_are_offered(last, names):
    assert engines.offered({}, last) == names


@pytest.mark.parametrize("name", [name for name in ENGINES if name not in ("nano", "classic")])
def test_every_engine_that_needs_more_is_told_with_size_licence_needs_and_one_command(name):
    told = engine_info(EngineState(name, "about", False, "no weights at X: put them there"))
    (text,) = engines.more_engines([told])
    for part in (
        name,
        "needs a download",
        " GB. Licence: ",
        "Needs an NVIDIA graphics card with at least",
        "What is missing: no weights at X",
        f"type in a terminal:\n    diffdecompose engines install {name}",
    ):
        assert part in text
    assert "put them there" not in text, "one advice is enough"
    assert engines.fetch_commands([told, KNOWN["nano"]]) == told.command


def test_an_older_service_tells_no_sizes_and_the_rest_is_told_all_the_same():
    (text,) = engines.more_engines(KNOWN.values())
    assert text.splitlines() == [
        "flux (needs a download)",
        "DiffDecompose, the method of the paper, on FLUX.1 [dev].",
        "What is missing: no weights at X: put the model folder there",
    ]
    assert engines.fetch_commands(KNOWN.values()) == ""


def test_the_engine_that_is_said_to_give_one_candidate_gives_one():
    names = [name for name in ENGINES if engines.single_candidate(name)]
    assert names == ["classic"]
    picture = Composite(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    request = Request(picture, Options(engine="classic", candidates=3))
    assert len(load("classic").estimate(request, _no_progress)) == 1


def test_with_a_known_overlay_every_engine_gives_one_candidate():
    assert engines.single_candidate("nano", "file:/logo.png") == "With a known overlay there is one candidate."
