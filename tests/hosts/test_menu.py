"""The entries are where artists look for them, and one click gives the group. Screenshots stay in out/hosts."""

import json
import time

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
    krita.ask("next(b for b in dialog().findChildren(QPushButton) if b.text().replace('&', '') == 'Decompose').click()")
    wait_for(lambda: krita.groups(key), 60)
    krita.at_rest()
    time.sleep(1)
    krita.photograph("layers")
    assert difference(krita.flat(key, original), original) == 0
    assert krita.ask("active(key)", key=key) == "photo"


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
    gimp.open_dialog()
    time.sleep(1)
    gimp.photograph("dialog")
    gimp.stage.pointer("key", "Return")
    wait_for(lambda: gimp.groups(key), 60)
    time.sleep(1)
    gimp.photograph("layers")
    assert difference(gimp.flat(key, original), original) == 0
