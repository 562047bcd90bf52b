"""A whole run, from the menu entry to the group, on the Qt of Krita 6; the service is played by a function."""

import json
import threading

import numpy as np
import pytest

from bridge.wire import Candidate, JobFailed, Layer
from bridge.wire.parts import CandidateInfo
from tests.plugins.krita.pretend import CHANNELS, DTYPES, Document, Selection

INFO = CandidateInfo("nano", "add", "flare", 0.9, 0.2, 0, 0, 2)


def pixels(model="RGBA", depth="U8", height=30, width=40, seed=1):
    """Opaque noise."""
    high = 1 if depth.startswith("F") else np.iinfo(DTYPES[depth]).max
    out = (np.random.default_rng(seed).random((height, width, CHANNELS[model])) * high).astype(DTYPES[depth])
    out[..., -1] = high
    return out


def opened(krita, model="RGBA", depth="U8", at=(0, 0)):
    """A document with one layer, `photo`, in a window."""
    document = Document(100, 80, "picture.kra", model, depth)
    document.add("photo", pixels(model, depth), *at)
    krita.window.addView(document)
    return document


@pytest.fixture
def service(krita, monkeypatch):
    """Plays the service: `inputs` are what it was given, `gate` holds the answers back, `failure` is raised."""
    from plugins.krita import runs
    from plugins.shared.run import JobResult

    class Service:
        def __init__(self):
            self.inputs, self.gate, self.failure = [], threading.Event(), None
            self.gate.set()
            self.count, self.notes = 1, ()

        def run(self, job_input, report, cancelled):
            self.inputs.append(job_input)
            report("network", 0.5, 3.0)
            assert self.gate.wait(10)
            if self.failure is not None:
                raise self.failure
            picture = job_input.picture
            pixel = len(picture.data) // (picture.width * picture.height)
            below = Layer(
                "Background", picture.width, picture.height, bytearray(picture.data), 0, 0, "normal", 1.0, True
            )
            above = Layer("Flare", 5, 4, bytearray(range(20)) * pixel, 7, 6, "add", 1.0, True)
            layers = (below, above)
            candidate = Candidate("job", 0, picture.width, picture.height, layers, INFO, None, "u8", "bgra")
            return JobResult(job_input, "job", candidate, self.count, self.notes)

    playing = Service()
    monkeypatch.setattr(runs.jobs, "run", playing.run)
    return playing


def again(krita, **choice):
    krita.settings["choice"] = json.dumps(choice)
    krita.actions["diffdecompose_again"].trigger()


def at_rest(krita):
    return lambda: not krita.extension._running


def test_the_menu_entry_gives_a_group_above_the_layer(krita, service, qtbot):
    document = opened(krita, at=(20, 10))
    before = document.active
    document.path = "/pictures/fog.jpg"
    again(krita)
    qtbot.waitUntil(lambda: len(document.root.childNodes()) == 2 and not krita.extension._running)
    photo, group = document.root.childNodes()
    assert (photo, photo.visible()) == (before, True)
    assert group.name() == "fog.jpg: layers"
    assert (document.active, group.collapsed) == (group, False), "the new group is selected and unfolded"
    assert krita.window.said[-1] == "Found: Lens flare or light, over 20 % of the picture; confidence: high."
    background, flare = group.childNodes()
    assert (background.name(), background.blendingMode()) == ("Background", "normal")
    assert np.array_equal(background.pixels, photo.pixels)
    assert (background.x, background.y) == (20, 10)
    assert (flare.name(), flare.blendingMode(), flare.x, flare.y) == ("Lens flare (20 %)", "linear_dodge", 27, 16)
    assert flare.pixels.shape == (4, 5, 4)


@pytest.mark.parametrize(
    ("model", "depth", "expected"),
    [
        ("RGBA", "U8", ("u8", "bgra", 4)),
        ("RGBA", "U16", ("u16", "bgra", 4)),
        ("RGBA", "F16", ("f16", "rgba", 4)),
        ("RGBA", "F32", ("f32", "rgba", 4)),
        ("GRAYA", "U8", ("u8", "bgra", 2)),
        ("GRAYA", "U16", ("u16", "bgra", 2)),
    ],
)
def test_the_picture_is_sent_in_kritas_own_order_and_depth(krita, service, qtbot, model, depth, expected):
    document = opened(krita, model, depth)
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    picture = service.inputs[0].picture
    assert (picture.depth, picture.order, picture.channels) == expected
    assert bytes(picture.data) == document.root.childNodes()[0].pixels.tobytes()


def test_the_choice_and_the_selection_reach_the_job_input(krita, service, qtbot):
    document = opened(krita, at=(20, 10))
    document.chosen = Selection(np.full((10, 12), 200, np.uint8), 25, 15)
    again(krita, engine="classic", blend="add", area="selection", candidates=3, quality="best")
    qtbot.waitUntil(at_rest(krita))
    job_input = service.inputs[0]
    options = job_input.choice.options()
    assert (options.engine, options.blend, options.candidates, options.quality) == ("classic", "add", 3, "best")
    mask = np.frombuffer(bytes(job_input.mask.data), np.uint8).reshape(30, 40)
    assert mask[5:15, 5:17].min() == 200
    assert np.count_nonzero(mask) == 120


def test_only_of_an_opaque_picture_layers_are_wanted_with_full_alpha(krita, service, qtbot):
    document = opened(krita)
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    photo = document.root.childNodes()[0]
    document.setActiveNode(photo)
    photo.pixels = photo.pixels.copy()
    photo.pixels[3, 3, 3] = 254
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    assert [job_input.opaque for job_input in service.inputs] == [True, False]
    assert not photo.visible(), "a see-through layer would be seen twice"


def test_a_document_closed_meanwhile_gets_its_layers_in_a_new_one(krita, service, qtbot):
    document = opened(krita)
    service.gate.clear()
    again(krita)
    qtbot.waitUntil(lambda: bool(service.inputs))
    document.close()
    service.gate.set()
    qtbot.waitUntil(at_rest(krita))
    assert len(document.root.childNodes()) == 1
    assert [node.name() for node in krita.opened[-1].root.childNodes()] == ["picture.kra: layers"]
    assert krita.opened[-1].size == (100, 80)
    assert "closed meanwhile" in krita.window.said[-1]


def test_the_group_waits_for_a_stroke_that_is_being_painted(krita, service, qtbot):
    document = opened(krita)
    document.locked = True
    again(krita)
    qtbot.waitUntil(lambda: bool(service.inputs))
    qtbot.wait(100)
    assert len(document.root.childNodes()) == 1
    document.locked = False
    qtbot.waitUntil(lambda: len(document.root.childNodes()) == 2 and not krita.extension._running)


def test_a_failure_changes_nothing_and_is_told(krita, service, qtbot, monkeypatch):
    from plugins.krita import extension

    shown = []
    monkeypatch.setattr(extension, "show_error", lambda parent, error: shown.append(error))
    document = opened(krita)
    service.failure = JobFailed("out_of_memory", "the device ran out of memory", "choose quality 'fast'")
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    assert shown[0].text == "The device ran out of memory. Choose quality 'fast'."
    assert len(document.root.childNodes()) == 1


@pytest.mark.parametrize("model", ["CMYKA", "LABA", "XYZA"])
def test_a_colour_model_that_would_change_is_refused_with_the_way_out(krita, service, monkeypatch, model):
    from plugins.krita import extension

    shown = []
    monkeypatch.setattr(extension, "show_error", lambda parent, error: shown.append(error))
    document = Document(10, 10, "print", model)
    document.add("photo", np.zeros((10, 10, 4), np.uint8))
    krita.window.addView(document)
    again(krita)
    assert "Convert a copy" in shown[0].text
    assert service.inputs == []


@pytest.mark.parametrize(
    ("kind", "typed", "saved"),
    [(0, "photo-layers", "photo-layers.psd"), (1, "photo-layers", "photo-layers.ora"), (0, "mine.ora", "mine.ora")],
)
def test_the_file_takes_the_ending_that_was_typed_or_else_that_of_its_kind(
    krita, service, qtbot, monkeypatch, tmp_path, kind, typed, saved
):
    from PyQt6.QtWidgets import QApplication, QFileDialog

    shown = []
    monkeypatch.setattr(type(krita.extension), "export", lambda self, decomposed, target: shown.append(target))
    opened(krita)
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    krita.actions["diffdecompose_export"].trigger()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible())
    dialog.setDirectory(str(tmp_path))
    dialog.filterSelected.emit(dialog.nameFilters()[kind])
    dialog.selectFile(typed)
    dialog.accept()
    assert [path.name for path in shown] == [saved]


def test_an_export_never_replaces_the_file_of_an_open_document(krita, service, qtbot, monkeypatch, tmp_path):
    from plugins.krita import extension

    shown = []
    monkeypatch.setattr(extension, "show_error", lambda parent, error: shown.append(error.text))
    art = tmp_path / "art.psd"
    art.write_bytes(b"the artist's own")
    (tmp_path / "link.psd").symlink_to(art)
    document = opened(krita)
    document.path = str(art)
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    for target in (art, tmp_path / "link.psd"):
        krita.extension.export(krita.extension._decomposed(), target)
    assert [text.split()[0] for text in shown] == ["art.psd", "link.psd"]
    assert all("would be lost" in text for text in shown)
    assert art.read_bytes() == b"the artist's own"
    assert not krita.extension._running


def test_entries_that_need_a_result_are_insensitive_until_there_is_one(krita, service, qtbot):
    entries = [krita.actions[f"diffdecompose_{name}"] for name in ("next", "previous", "export")]
    document = opened(krita)
    assert [entry.isEnabled() for entry in entries] == [False, False, False]
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    assert [entry.isEnabled() for entry in entries] == [False, False, True], "one candidate: no other to show"
    service.count = 3
    document.setActiveNode(document.root.childNodes()[0])
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    assert [entry.isEnabled() for entry in entries] == [True, True, True]
    entries[0].setEnabled(True)
    opened(krita)
    qtbot.waitUntil(lambda: not entries[0].isEnabled())
    assert [entry.isEnabled() for entry in entries] == [False, False, False], "another document has none"
    entries[0].setEnabled(True)  # as Krita does with all entries whenever the active layer changes
    assert not entries[0].isEnabled()


def test_what_was_changed_or_is_missing_is_said_after_what_was_found(krita, service, qtbot):
    opened(krita)
    service.notes = ("You asked for 3 candidates; the engine found only 1.",)
    again(krita, candidates=3)
    qtbot.waitUntil(at_rest(krita))
    assert krita.window.said[-1].endswith("confidence: high. You asked for 3 candidates; the engine found only 1.")


def test_undo_and_redo_name_the_step_decompose_layers(krita, service, qtbot):
    document = opened(krita)
    krita.move_to(0)
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    undo, redo = krita.actions["edit_undo"], krita.actions["edit_redo"]
    undo.setText("&Undo: Add Layer")
    krita.move_to(1)
    assert undo.text() == "&Undo: Decompose Layers"
    group = document.root.childNodes()[1]
    group.remove()
    redo.setText("&Redo: Add Layer")
    krita.move_to(0)
    assert redo.text() == "&Redo: Decompose Layers"
    undo.setText("&Undo: Add Layer")
    krita.move_to(2)
    assert undo.text() == "&Undo: Add Layer", "another step keeps its own name"


def test_the_history_shows_the_steps_name_until_another_step_takes_its_place(krita, service, qtbot, monkeypatch):
    from PyQt6.QtWidgets import QStyleOptionViewItem

    from plugins.krita import undo_text

    def shown(row):
        option = QStyleOptionViewItem()
        krita.steps.itemDelegate().initStyleOption(option, krita.lines.index(row, 0))
        return option.text

    monkeypatch.setattr(undo_text, "_SETTLED_MS", 20)
    document = opened(krita)
    krita.move_to(0)
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    krita.move_to(2)
    krita.move_to(1)
    assert [shown(row) for row in range(3)] == ["<empty>", "Decompose Layers", "Add Layer"]
    group = document.root.childNodes()[1]
    group.remove()
    krita.move_to(2)
    qtbot.wait(100)
    assert shown(1) == "Decompose Layers", "the group was deleted by a later step"
    krita.move_to(0)
    qtbot.wait(100)
    assert shown(1) == "Decompose Layers", "it is undone, and could be redone"
    krita.move_to(1)
    qtbot.wait(100)
    assert shown(1) == "Add Layer", "another step came in its place"


def test_where_nothing_is_found_a_button_leads_back_to_the_options(krita, service, qtbot, monkeypatch):
    from PyQt6.QtWidgets import QMessageBox

    from plugins.shared.run import NothingFound

    asked = []
    monkeypatch.setattr(type(krita.extension), "ask_and_run", lambda self: asked.append(True))
    opened(krita)
    service.failure = NothingFound()
    again(krita)
    qtbot.waitUntil(at_rest(krita))
    box = krita.window.qwindow().findChild(QMessageBox)
    assert "No layer was found" in box.text()
    assert "Say what the foreground is" in box.informativeText()
    assert "select where the foreground is" in box.informativeText()
    next(button for button in box.buttons() if button.text() == "Options...").click()
    assert asked == [True]


def test_an_engine_that_failed_is_not_what_the_next_run_starts_with(krita, service, qtbot, monkeypatch):
    from plugins.krita import extension

    monkeypatch.setattr(extension, "show_error", lambda parent, error: None)
    opened(krita)
    service.failure = JobFailed("out_of_memory", "the device ran out of memory", "choose quality 'fast'")
    again(krita, engine="flux", kind="fog")
    qtbot.waitUntil(at_rest(krita))
    assert json.loads(krita.settings["choice"])["engine"] == "nano"
    assert json.loads(krita.settings["choice"])["kind"] == "fog"


def test_switching_candidates_says_which_one_is_shown_and_what_it_is(krita, service, qtbot, monkeypatch):
    from dataclasses import replace

    from plugins.krita import extension

    def fetch(result, index, cancelled):
        first = service.run(result.job_input, lambda *_: None, cancelled).candidate
        other = replace(first, index=index, info=replace(INFO, kind="fog", coverage=1.0, confidence=0.5))
        return replace(result, candidate=other)

    monkeypatch.setattr(extension.jobs, "fetch", fetch)
    document = opened(krita)
    service.count = 2
    again(krita, candidates=2)
    qtbot.waitUntil(at_rest(krita))
    krita.actions["diffdecompose_next"].trigger()
    second = "Candidate 2 of 2. Found: Fog or smoke, over 100 % of the picture; confidence: medium."
    qtbot.waitUntil(lambda: krita.window.said[-1] == second)
    group = document.root.childNodes()[-1]
    assert (group.name(), group.childNodes()[-1].name()) == ("picture.kra: layers (2)", "Fog")
    krita.actions["diffdecompose_previous"].trigger()
    assert krita.window.said[-1].startswith("Candidate 1 of 2. Found: Lens flare or light, over 20 %")
