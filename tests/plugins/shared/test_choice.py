"""What was chosen becomes the options of a job, and survives being written down by any version."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire import Options
from model.engines import ENGINES
from model.types import BlendType, Kind, Quality
from plugins.shared import choice as choices
from plugins.shared.choice import Choice


def test_automatic_leaves_the_decision_to_the_engine():
    assert Choice().options() == Options(engine="nano", blend=None, kind=None, quality="normal")


def test_each_field_that_affects_the_result_reaches_the_options():
    chosen = Choice("classic", "multiply", "xray", " the stamp ", "merged", "hint", 3, "best")
    assert chosen.options() == Options(
        engine="classic", blend="multiply", kind="xray", prompt="the stamp", candidates=3, quality="best"
    )


def test_the_dialog_offers_exactly_what_the_model_knows():
    assert set(choices.BLENDS) == {"auto", *map(str, BlendType)}
    assert set(choices.KINDS) == {"auto", *map(str, Kind)}
    assert tuple(map(str, Quality)) == choices.QUALITIES
    assert set(choices.ENGINES) == set(ENGINES)


def test_a_choice_comes_back_as_it_was_written():
    chosen = Choice("flux", "add", "flare", "sun", "layer", "selection", 8, "fast", "file:/a/logo.png")
    assert Choice.from_text(chosen.to_text()) == chosen


@pytest.mark.parametrize(
    "text",
    ["", "not json", "[]", "null", '{"engine": 3, "candidates": 99}', '{"candidates": true, "area": "moon"}'],
)
def test_what_cannot_be_understood_takes_its_default(text):
    assert Choice.from_text(text) == Choice()


def test_a_newer_version_may_know_more_fields():
    text = json.dumps({"blend": "screen", "sparkle": 7, "quality": "ultra"})
    assert Choice.from_text(text) == Choice(blend="screen")


@given(st.text(max_size=60))
def test_no_text_breaks_the_dialog(text):
    assert isinstance(Choice.from_text(text), Choice)
