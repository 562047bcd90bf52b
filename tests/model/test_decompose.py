"""The public verb: exact layers, stage times, cancellation, and refusals in one line."""

from __future__ import annotations

import numpy as np
import pytest

from model.blending import recompose
from model.decompose import decompose
from model.errors import Cancelled, InvalidRequest
from model.types import Composite, Kind, Options, Request


@pytest.fixture
def picture() -> np.ndarray:
    rows, columns = np.mgrid[0:60, 0:80]
    return np.stack([rows * 4, columns * 3, (rows + columns) % 97], axis=-1).astype(np.uint8)


def asked(picture, **options):
    return Request(Composite(picture), Options(engine="classic", **options))


def test_the_layers_stacked_are_the_picture(picture):
    answers = decompose(asked(picture, kind=Kind.FOG))
    assert len(answers) == 1
    assert np.array_equal(recompose(answers[0]), picture)
    assert answers[0].provenance.recomposition_error == 0


def test_nothing_found_is_an_answer_with_a_background_alone(picture):
    answer = decompose(asked(picture, kind=Kind.GLASS))[0]
    assert answer.foregrounds == ()
    assert answer.provenance.coverage == 0
    assert np.array_equal(answer.background.pixels[..., :3], picture)


def test_every_stage_notes_its_seconds(picture):
    seconds = decompose(asked(picture))[0].provenance.seconds
    assert {"load", "network", "finish"} <= set(seconds)
    assert all(value >= 0 for value in seconds.values())


def test_progress_is_told_and_may_be_refused(picture):
    stages = []

    def tick(stage, step, steps, preview=None):
        stages.append(stage)
        assert 0 <= step <= steps
        if stage == "finish":
            raise Cancelled("stopped by the test")

    with pytest.raises(Cancelled):
        decompose(asked(picture, kind=Kind.FOG), tick)
    assert stages[0] == "load"
    assert "network" in stages


def test_an_unknown_engine_is_refused(picture):
    with pytest.raises(InvalidRequest, match="nano"):
        decompose(Request(Composite(picture), Options(engine="wishful")))
