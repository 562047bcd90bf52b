"""Each failure says what happened and what to do; every text can be translated."""

import ast
from pathlib import Path

import pytest

from bridge.wire import DaemonUnavailable, EngineInfo, JobCancelled, JobFailed, blames_engine
from plugins.shared import choice, language, words
from ui.translations import build

PLUGINS = Path(__file__).parents[3] / "plugins"


@pytest.mark.parametrize(
    ("error", "what", "advice"),
    [
        (JobCancelled("cancelled", "the job was cancelled"), "Cancelled", "not changed"),
        (DaemonUnavailable("x", "y", code="not_installed"), "not installed", "diffdecompose serve"),
        (
            JobFailed("protocol_mismatch", "it speaks 2", "update the plugin"),
            "different versions",
            "Update the plugin.",
        ),
        (JobFailed("out_of_memory", "the memory did not suffice", ""), "The memory did not suffice.", "lower quality"),
        (JobFailed("queue_full", "256 jobs wait", "wait"), "256 jobs wait.", "Wait."),
        (MemoryError(), "not enough memory", "Close"),
        (KeyError("x"), "KeyError", "doctor --zip"),
    ],
)
def test_a_failure_says_what_happened_and_what_to_do(error, what, advice):
    failure = words.explain(error)
    assert what in failure.what
    assert advice in failure.advice
    assert "\n" not in failure.text


def test_the_last_log_lines_are_shown_where_the_service_does_not_start():
    failure = words.explain(DaemonUnavailable("the daemon ended", "look", ("line 1", "line 2")))
    assert failure.log_lines == ("line 1", "line 2")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (1, "almost done"), (7.4, "about 7 s left"), (43, "about 45 s left"), (200, "about 3 min left")],
)
def test_the_time_left_is_as_rough_as_it_is_known(seconds, text):
    assert words.time_left(seconds) == text


@pytest.mark.parametrize(
    ("state", "detail", "text"),
    [
        ("ready", "", "ready"),
        ("loaded", "", "in memory"),
        ("loading", "", "loading"),
        ("unavailable", "no weights at ...: put them there", "needs a download"),
        ("unavailable", "12 GB of memory are needed, 8 are there", "too little memory"),
        ("unavailable", "torch is missing", "not available"),
    ],
)
def test_an_engine_shows_its_state(state, detail, text):
    assert words.engine_label("flux", EngineInfo("flux", state, detail)) == f"flux ({text})"


def test_every_value_of_the_dialog_has_a_label():
    assert set(words.kind_labels()) == set(choice.KINDS)
    assert set(words.blend_labels()) == set(choice.BLENDS)
    assert set(words.quality_labels()) == set(choice.QUALITIES)
    assert set(words.area_labels()) == set(choice.AREAS)
    assert set(words.source_labels()) == set(choice.SOURCES)


def test_a_translation_beside_the_plugin_is_used(tmp_path):
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "diffdecompose.mo").write_bytes(build.compiled_for_gettext({"Cancel": "Abbrechen"}))
    try:
        language.use(["de"], tmp_path)
        assert language.tr("Cancel") == "Abbrechen"
        assert language.tr("Quality") == "Quality"
    finally:
        language.use([])


def test_texts_to_translate_are_literals_that_tools_can_collect():
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(
    ("chosen", "advice"),
    [
        ({}, ("Say what the foreground is", "select where the foreground is", "'The foreground is selected'")),
        ({"kind": "fog"}, ("Paint a hint", "'The foreground is selected'")),
        ({"area": "hint"}, ("Say what the foreground is",)),
        ({"kind": "fog", "area": "hint"}, ("another kind",)),
        ({"kind": "fog", "overlay": "file:/logo.png"}, ("another overlay", "or none")),
    ],
)
def test_where_nothing_is_found_the_next_step_is_one_that_was_not_taken(chosen, advice):
    failure = words.nothing_found(choice.Choice(**chosen))
    assert ("The overlay was not found" if "overlay" in chosen else "No layer was found") in failure.what
    assert all(part in failure.advice for part in advice)
    if "kind" in chosen:
        assert "Say what" not in failure.advice


def test_fewer_candidates_than_asked_for_are_said_plainly():
    assert words.missing_candidates(3, 1) == "You asked for 3 candidates; the engine found only 1."
    assert words.missing_candidates(3, 3) == ""


def test_only_an_engines_own_failure_takes_it_out_of_the_next_start():
    for code in ("engine_unavailable", "out_of_memory", "worker_died", "worker_stuck"):
        assert blames_engine(JobFailed(code, "", ""))
    assert not blames_engine(JobFailed("queue_full", "", ""))
    assert not blames_engine(JobCancelled("cancelled", ""))


def test_the_group_has_the_pictures_name_and_further_candidates_a_number():
    assert words.group_name("fog.jpg") == "fog.jpg: layers"
    assert words.group_name("fog.jpg", 2) == "fog.jpg: layers (3)"


def test_every_field_has_a_tooltip():
    assert set(words.field_tooltips()) == set(words.field_labels())
