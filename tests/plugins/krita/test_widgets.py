"""The dialog and the panel, on the Qt of Krita 6."""

import pytest

from bridge.wire import DaemonUnavailable, EngineInfo, ModelInfo
from plugins.shared.choice import Choice
from plugins.shared.words import UserError

CHOSEN = Choice("classic", "screen", "fog", "the haze", "merged", "hint", 4, "best")
ENGINES = (
    EngineInfo("nano", "ready", "small"),
    EngineInfo("classic", "ready", "without training"),
    EngineInfo(
        "flux",
        "unavailable",
        "no weights at X",
        models=(ModelInfo("flux.1-dev", 33.7, "FLUX.1 [dev] Non-Commercial License", 4.5),),
        command="diffdecompose engines install flux --lora FILE",
    ),
)


@pytest.fixture
def dialogs(krita_module, monkeypatch, qtbot):
    from plugins.krita import dialog

    def make(choice, has_selection, reply, layers=()):
        def engines(name):
            if isinstance(reply, Exception):
                raise reply
            return reply

        monkeypatch.setattr(dialog, "engines", engines)
        made = dialog.Dialog(None, choice, has_selection, layers)
        qtbot.waitUntil(lambda: "Asking" not in made._state.text())
        return made

    return make


def test_the_dialog_shows_the_last_choice_and_gives_it_back(dialogs):
    assert dialogs(CHOSEN, True, ENGINES).choice() == CHOSEN


def test_without_a_selection_it_cannot_be_chosen(dialogs):
    dialog = dialogs(CHOSEN, False, ENGINES)
    assert dialog.choice().area == "all"
    assert not dialog._boxes["area"].isEnabled()


def test_the_dialog_lists_the_engines_that_can_run_with_their_state(dialogs):
    dialog = dialogs(Choice(), True, ENGINES)
    box = dialog._boxes["engine"]
    assert [box.itemText(row) for row in range(box.count())] == [
        "nano (ready)",
        "classic (ready)",
        "",
        "More engines...",
    ]
    assert dialog._state.text() == "The service is running."


def test_more_engines_are_listed_with_size_licence_and_needs_and_change_nothing(dialogs, qtbot):
    from PyQt6.QtWidgets import QApplication, QMessageBox

    dialog = dialogs(Choice("classic"), True, ENGINES)
    box = dialog._boxes["engine"]
    box.setCurrentIndex(box.count() - 1)
    box.activated.emit(box.count() - 1)
    about = next(child for child in dialog.findChildren(QMessageBox))
    text = about.informativeText()
    for part in ("flux", "33.7 GB", "FLUX.1 [dev] Non-Commercial License", "at least 5 GB", ENGINES[2].command):
        assert part in text
    assert "nano" not in text
    next(button for button in about.buttons() if button.text() == "Copy Commands").click()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == ENGINES[2].command
    assert dialog.choice().engine == "classic"


def test_an_engine_of_the_last_time_that_cannot_run_is_replaced_and_it_is_said_why(dialogs):
    dialog = dialogs(Choice("flux"), True, ENGINES)
    assert dialog.choice().engine == "nano"
    assert "flux cannot run: no weights at X" in dialog._state.text()


def test_where_an_engine_gives_one_candidate_it_is_said_before_the_start(dialogs):
    dialog = dialogs(Choice("classic", candidates=3), True, ENGINES)
    assert "classic gives one candidate" in dialog._state.text()
    assert not dialog._candidates.isEnabled()
    box = dialog._boxes["engine"]
    box.setCurrentIndex(box.findData("nano"))
    assert dialog._candidates.isEnabled()


def test_a_known_overlay_is_a_layer_or_a_file_and_means_one_candidate(dialogs, tmp_path):
    from PyQt6.QtWidgets import QFileDialog

    dialog = dialogs(Choice(), True, ENGINES, (("layer:{1}", "logo"),))
    box = dialog._boxes["overlay"]
    assert [box.itemText(row) for row in range(box.count())] == ["Not known", "From file...", "Layer: logo"]
    box.setCurrentIndex(2)
    assert dialog.choice().overlay == "layer:{1}"
    assert "With a known overlay there is one candidate." in dialog._state.text()
    assert not dialog._candidates.isEnabled()
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert dialog.choice().overlay == "layer:{1}", "until a file is chosen"
    logo = tmp_path / "stamp.png"
    logo.touch()
    box.findChild(QFileDialog).fileSelected.emit(str(logo))
    assert dialog.choice().overlay == f"file:{logo}"
    assert box.currentText() == "stamp.png"
    later = dialogs(dialog.choice(), True, ENGINES)
    assert later.choice().overlay == f"file:{logo}"
    logo.unlink()
    assert dialogs(dialog.choice(), True, ENGINES).choice().overlay == ""


def test_each_field_explains_itself(dialogs):
    dialog = dialogs(Choice(), True, ENGINES)
    assert "Multiply darkens" in dialog._boxes["blend"].toolTip()
    assert "the engine may find fewer" in dialog._candidates.toolTip()
    assert all(box.toolTip() for box in dialog._boxes.values())


def test_where_the_service_does_not_start_the_last_log_lines_are_shown(dialogs):
    dialog = dialogs(
        Choice(), True, DaemonUnavailable("the daemon ended", "run it by hand", ("Traceback", "ImportError"))
    )
    assert "Run it by hand" in dialog._state.text()
    assert dialog._log.toPlainText() == "Traceback\nImportError"
    assert not dialog._log.isHidden()


def test_closing_the_dialog_while_the_service_is_asked_does_no_harm(krita_module, monkeypatch, qtbot):
    import threading

    from plugins.krita import dialog

    gate = threading.Event()
    monkeypatch.setattr(dialog, "engines", lambda name: gate.wait(5) and ENGINES)
    made = dialog.Dialog(None, Choice(), True)
    made.open()
    query = made._query
    made.reject()
    with qtbot.waitSignal(query.finished):
        gate.set()


def test_a_row_tells_stage_share_and_time_and_its_cancel_works_once(krita_module, qtbot):
    from plugins.krita.panel import Panel

    pressed = []
    panel = Panel(None)
    qtbot.addWidget(panel)
    row = panel.add("photo.kra", lambda: pressed.append(1))
    row.report("connect", None, None)
    assert row._bar.maximum() == 0, "nothing is known yet"
    row.report("network", 0.25, 130.0)
    assert (row._stage.text(), row._left.text(), row._bar.value()) == ("Looking for layers", "about 2 min left", 288)
    row.report("network", 0.0, None)
    row.report("queued", None, None)
    assert row._bar.value() == 288, "the bar never goes back"
    row._button.click()
    row._button.click()
    assert pressed == [1]
    assert row._stage.text() == "Cancelling"
    panel.remove(row)
    assert not panel.isVisible()


def test_a_trouble_shows_what_happened_what_to_do_and_the_log(krita_module, qtbot):
    from plugins.krita.panel import show_error

    box = show_error(None, UserError("It ended.", "Start it.", ("line",)))
    qtbot.addWidget(box)
    assert (box.text(), box.informativeText(), box.detailedText()) == ("It ended.", "Start it.", "line")
    assert not box.isModal()


def test_an_engine_that_is_loading_is_asked_for_again_until_it_is_ready(dialogs, monkeypatch, qtbot):
    from plugins.krita import dialog

    monkeypatch.setattr(dialog, "LOADING", 30)
    made = dialogs(Choice(), True, (EngineInfo("nano", "loading", "small"),))
    assert made._boxes["engine"].itemText(0) == "nano (loading)"
    monkeypatch.setattr(dialog, "engines", lambda name: ENGINES)
    qtbot.waitUntil(lambda: made._boxes["engine"].itemText(0) == "nano (ready)")
    assert made._state.text() == "The service is running."
    assert not made._again.isActive()
