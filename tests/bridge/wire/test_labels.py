"""The words for values that travel are one table a subject, and hold exactly the values that there are."""

import ast
import struct
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from bridge.formats import read_composite
from bridge.wire import CandidateInfo, EngineInfo, labels, parts
from model.types import BlendType, Kind, Quality
from ui import words as viewer_words
from ui.translations import build

ROOT = Path(__file__).parents[3]


def info(**changed) -> CandidateInfo:
    fields = {"kind": "watermark", "confidence": 0.8, "coverage": 0.02, **changed}
    return CandidateInfo("nano", "normal", recomposition_error=0, seed=0, layers=2, **fields)


@pytest.mark.parametrize(
    ("table", "literal", "enum"),
    [
        (labels.KINDS, parts.Kind, Kind),
        (labels.BLENDS, parts.Blend, BlendType),
        (labels.BLENDS_EXPLAINED, parts.Blend, BlendType),
        (labels.QUALITIES, parts.Quality, Quality),
    ],
)
def test_labels_wire_and_model_know_the_same_values_in_the_same_order(table, literal, enum):
    assert list(table) == list(get_args(literal)) == list(map(str, enum))


def test_each_kind_has_a_name_for_its_layer():
    assert list(labels.LAYER_NAMES) == [*labels.KINDS, None]


def test_each_state_of_an_engine_has_a_word():
    for state in get_args(parts.Availability):
        for detail in ("", "12 GB of memory are needed", "no weights"):
            assert labels.engine_state(EngineInfo("flux", state, detail), str)


def ticked(folder: Path) -> set[str]:
    """The literals that any `tick(...)` in a folder names as its stage."""
    calls = [
        node
        for path in folder.rglob("*.py")
        if "train" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tick" and node.args
    ]
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


def test_each_stage_that_a_job_goes_through_has_a_label_and_no_label_is_of_a_stage_that_is_not():
    stages = ticked(ROOT / "model") | ticked(ROOT / "bridge" / "worker")
    assert {"load", "text", "network", "finish", "save"} <= stages
    of_the_client = {"", "connect", "upload", "queued", "fetch", "insert", "export"}
    assert set(labels.STAGES) == stages | of_the_client


def test_a_stage_of_a_newer_service_is_shown_as_it_is_named():
    assert labels.stage("polish", str) == "Polish"


def test_viewer_and_plugins_show_the_same_words():
    from plugins.shared import words as plugin_words

    for stage in labels.STAGES:
        assert plugin_words.stage_label(stage) == viewer_words.stage_word(stage) == labels.STAGES[stage]
    assert viewer_words.kind_words() == {k: v for k, v in plugin_words.kind_labels().items() if k != "auto"}
    assert viewer_words.quality_words() == plugin_words.quality_labels()


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({}, "Watermark (2 %)"),
        ({"coverage": 0.004}, "Watermark (under 1 %)"),
        ({"kind": "fog", "coverage": 0.97}, "Fog"),
        ({"kind": "fog", "coverage": 0.6}, "Fog (60 %)"),
        ({"kind": None, "coverage": 0.3}, "Foreground (30 %)"),
    ],
)
def test_a_layer_is_called_what_it_is_with_its_share_where_that_is_not_all(changed, name):
    assert labels.layer_name(info(**changed), str) == name


def test_a_known_overlay_is_called_so():
    overlay = replace(info(kind=None), engine="overlay")
    assert labels.layer_name(overlay, str) == "Overlay (2 %)"
    assert labels.found(overlay, str).startswith("Found: Overlay, over 2 % of the picture")


@pytest.mark.parametrize(("value", "word"), [(1.0, "high"), (0.75, "high"), (0.5, "medium"), (0.1, "low")])
def test_confidence_is_a_word(value, word):
    found = labels.found(info(confidence=value), str)
    assert found == f"Found: Watermark or text, over 2 % of the picture; confidence: {word}."


def test_every_label_is_translated_for_the_viewer_and_for_the_plugins(tmp_path):
    from plugins.shared import language

    german = build.read(build.HERE / "viewer_de.ts")
    try:
        language.use(["de"])
        for table in labels.TABLES:
            for text in table.values():
                assert language.tr(text) == german[text]
        assert language.tr("Decompose Layers") == "Ebenen zerlegen"
    finally:
        language.use([])


def test_the_plugins_translations_are_up_to_date_and_whole():
    german = build.read(build.HERE / "viewer_de.ts")
    wanted = {text: german[text] for text in build.plugin_texts()}
    assert build.plugin_catalogue("de").read_bytes() == build.compiled_for_gettext(wanted), (
        "run python -m ui.translations.build"
    )
    magic, _, count = struct.unpack("<3I", build.plugin_catalogue("de").read_bytes()[:12])
    assert (magic, count) == (0x950412DE, len(wanted) + 1)


def test_the_viewers_file_dialog_offers_every_ending_that_the_reader_takes(tmp_path):
    from PIL import Image

    from ui.opening import file_filter

    for ending in labels.READABLE_ENDINGS:
        assert f"*.{ending} " in file_filter() or f"*.{ending})" in file_filter()
    for ending in ("jpe", "jfif"):  # the two that the viewer did not know
        Image.new("RGB", (4, 3)).save(tmp_path / f"a.{ending}", format="JPEG")
        assert read_composite(tmp_path / f"a.{ending}").size == (4, 3)
