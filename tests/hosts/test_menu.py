"""The entries are where artists look for them, and one click gives the group. Screenshots stay in out/hosts."""

import json
import time

import cv2
import numpy as np

from tests.hosts.conftest import ENGINE, difference, picture
from tests.hosts.stage import SHORTCUT, wait_for

RUN = "Decompose Layers..."
DIALOG_READY = "dialog() is not None and 'running' in dialog().findChildren(QLabel)[-1].text()"


def foggy() -> np.ndarray:
    """A picture with a veil that the embedded engines know: contrast lost towards a light gray."""
    clear = picture(480, 320, seed=3).astype(np.float64)
    y = np.linspace(0.85, 0.25, 320)[:, None, None]
    out = clear.copy()
    out[..., :3] = (1 - y) * clear[..., :3] + y * 225
    return np.rint(out).astype(np.uint8)


def test_kritas_own_menu_has_the_entries(krita):
    krita.open(picture())
    krita.to_front()
    krita.ask("open_menu()")
    time.sleep(0.5)
    krita.photograph("menu")
    krita.ask("close_menu()")
    assert [text for text in krita.ask("list(menu_texts())") if "ecompos" in text] == [
        RUN,
        "Decompose Layers Again",
        "Decomposition: Next Candidate",
        "Decomposition: Previous Candidate",
        "Export Decomposition as PSD or ORA...",
    ]


def test_in_krita_the_entry_and_the_dialog_lead_to_the_group(krita):
    original = foggy()
    key = krita.open(original)
    krita.to_front()
    krita.ask(
        "app.writeSetting('diffdecompose', 'choice', choice)", choice=json.dumps({"engine": ENGINE, "kind": "fog"})
    )
    krita.ask("menu_texts()['Decompose Layers...'].trigger()")
    krita.program.wait_until(DIALOG_READY)
    krita.photograph("dialog")
    # Engines that are still being looked at come first; the entry that tells of the others has no engine behind it.
    krita.program.wait_until("not dialog()._boxes['engine'].itemData(dialog()._boxes['engine'].count() - 1)", 60)
    krita.ask("tell_of_more()")
    krita.program.wait_until("messages()", 10)
    time.sleep(0.5)
    krita.photograph("more-engines")
    (more,) = krita.ask("messages()")
    for part in ("qwen-layered", "57.7 GB", "Apache-2.0", "diffdecompose engines install qwen-layered"):
        assert part in more[1]
    krita.ask("quiet()")
    krita.ask("next(b for b in dialog().findChildren(QPushButton) if b.text().replace('&', '') == 'Decompose').click()")
    wait_for(lambda: krita.groups(key), 60)
    krita.at_rest()
    time.sleep(1)
    krita.photograph("layers")
    assert difference(krita.flat(key, original), original) == 0
    assert krita.ask("active(key)", key=key) == krita.groups(key)[-1][0]
    assert krita.ask("top(key).collapsed()", key=key) is False
    assert krita.groups(key)[-1][4][1][0].startswith("Fog")
    assert krita.ask("undo_text()").replace("&", "").endswith("Decompose Layers")


def test_in_krita_what_needs_a_result_can_be_chosen_once_there_is_one_and_undo_names_the_step(krita):
    key = krita.open(picture())
    entries = "[app.action('diffdecompose_' + name).isEnabled() for name in ('next', 'export')]"
    assert krita.ask(entries) == [False, False]
    krita.decompose(key, candidates=2, blend="normal")
    krita.program.wait_until(entries + " == [True, True]", 10)
    krita.program.wait_until("undo_text().replace('&', '').endswith('Decompose Layers')", 10)
    krita.photograph("undo")
    krita.undo(key)
    krita.program.wait_until("app.action('edit_redo').text().replace('&', '').endswith('Decompose Layers')", 10)
    krita.open(picture(seed=2))
    krita.program.wait_until(entries + " == [False, False]", 10)


def test_kritas_history_calls_the_step_decompose_layers_and_other_steps_as_krita_does(krita):
    key = krita.open(picture())
    krita.decompose(key, blend="normal")
    krita.to_front()
    krita.program.wait_until("history()[-1] == 'Decompose Layers'", 10)
    krita.ask("app.action('add_new_paint_layer').trigger()")
    krita.program.wait_until("len(history()) > 2 and history()[-2:] == ['Decompose Layers', 'Add Layer']", 10)
    krita.photograph("history")
    krita.undo(key)
    krita.undo(key)
    krita.ask("app.action('add_new_paint_layer').trigger()")
    krita.program.wait_until("'Decompose Layers' not in history()", 10)
    krita.ask("next(d for d in app.dockers() if d.objectName() == 'History').hide()")


def test_in_krita_group_and_progress_have_the_name_of_the_file(krita):
    path = krita.stage.place / "holiday.png"
    assert cv2.imwrite(str(path), picture()[..., [2, 1, 0]])
    key = krita.reopen(path)
    krita.start(key, prompt="slow", blend="normal")
    krita.program.wait_until("rows() == 1")
    assert "holiday.png" in krita.ask("panel_texts()")
    wait_for(lambda: krita.groups(key), 60)
    krita.at_rest()
    assert krita.groups(key)[0][0] == "holiday.png: layers"


def test_in_gimp_the_group_has_the_name_of_the_file(gimp):
    key = gimp.open(picture())
    gimp.decompose(key, blend="normal")
    assert gimp.groups(key)[0][0] == "Untitled: layers"
    named = gimp.open(picture())
    # Opened from the menu a picture knows its file; one that a script loads does not.
    gimp.ask("images[key].set_file(Gio.File.new_for_path('/tmp/holiday.xcf'))", key=named)
    gimp.decompose(named, blend="normal")
    assert gimp.groups(named)[0][0] == "holiday.xcf: layers"


def test_gimps_entry_cannot_be_taken_for_its_own_decompose(gimp):
    gimp.open(picture())
    label = "Gimp.get_pdb().lookup_procedure({!r}).get_menu_label()"
    ours, own = (gimp.ask(label.format(f"plug-in-decompose{rest}")) for rest in ("-layers", ""))
    assert own.replace("_", "").startswith("Decompose")
    assert ours.replace("_", "") == "Decompose Layers: Foreground and Background..."


def test_a_shortcut_chosen_in_kritas_settings_starts_a_run(krita):
    original = picture()
    key = krita.open(original)
    name, stroke = SHORTCUT
    assert krita.ask("app.action(name).shortcut().toString()", name=name) == stroke
    krita.ask("app.writeSetting('diffdecompose', 'choice', choice)", choice=json.dumps({"engine": "flux"}))
    krita.to_front()
    krita.stage.pointer("key", stroke.lower())
    wait_for(lambda: krita.groups(key), 60)
    krita.at_rest()
    assert difference(krita.flat(key, original), original) == 0


def test_gimps_own_menu_has_the_entry_and_the_dialog_leads_to_the_group(gimp):
    original = foggy()
    key = gimp.open(original)
    gimp.remember(engine=ENGINE, kind="fog")
    gimp.to_front()
    gimp.stage.pointer("key", "alt+l")
    time.sleep(1)
    gimp.photograph("menu")
    gimp.stage.pointer("key", "Escape", "Escape")
    dialog = gimp.open_dialog()
    time.sleep(2)
    gimp.photograph("dialog")
    gimp.stage.pointer("key", "alt+m")
    wait_for(lambda: gimp.stage.windows("^More engines$"), 10)
    time.sleep(0.5)
    gimp.photograph("more-engines")
    gimp.stage.pointer("key", "Escape")
    time.sleep(0.5)
    gimp.stage.pointer("windowactivate", "--sync", dialog, "key", "Return")
    wait_for(lambda: gimp.groups(key), 60)
    time.sleep(1)
    gimp.photograph("layers")
    assert difference(gimp.flat(key, original), original) == 0
    group = gimp.groups(key)[0]
    assert gimp.ask("active(key)", key=key) == group[0]
    assert gimp.ask("images[key].get_layers()[0].get_expanded()", key=key)
    assert group[4][1][0].startswith("Fog")
