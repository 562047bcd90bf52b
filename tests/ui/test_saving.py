"""Saving: exact, whole or not at all, and said."""

import resource
import signal
import stat

import cv2
import numpy as np
import pytest
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QMessageBox

from bridge.formats import read_composite, read_layers, walk


@pytest.mark.parametrize("ending", [".psd", ".ora"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_layers_are_saved_and_come_back_exactly(hands, scene, tmp_path, laid_out, ending, dtype):
    document = hands.layered(scene(dtype=dtype))
    path = tmp_path / f"out{ending}"
    assert document.unsaved
    hands.controller.saver.save(document, path)
    hands.wait(lambda: not document.unsaved)
    found = read_layers(path)
    for ours, theirs in zip(document.entries, walk(found.layers), strict=True):
        assert theirs.name == ours.layer.name
        size = document.size
        np.testing.assert_array_equal(laid_out(theirs, size), laid_out(ours.layer, size))
    np.testing.assert_array_equal(found.merged[..., :3], document.composite.pixels)
    assert path.name in hands.notices()


def test_the_preview_of_a_changed_stack_is_the_changed_stack(hands, tmp_path):
    document = hands.layered()
    document.change("hide", document.entries[1].key, visible=False)
    hands.controller.saver.save(document, tmp_path / "hidden.psd")
    hands.wait(lambda: document.saved_to is not None)
    shown = read_composite(tmp_path / "hidden.psd").pixels
    np.testing.assert_array_equal(shown, document.entries[0].layer.pixels)


def test_save_asks_once_for_a_name_and_then_saves_there(hands, tmp_path, monkeypatch):
    document = hands.layered()
    asked = []

    def ask(*args):
        asked.append(args)
        return str(tmp_path / "named"), "Photoshop document (*.psd)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    hands.press("Ctrl+S")
    hands.wait(lambda: document.saved_to == tmp_path / "named.psd")
    document.change("x", document.active, opacity=0.5)
    assert hands.window.tabs.tabText(0).startswith("•")
    hands.press("Ctrl+S")
    hands.wait(lambda: not document.unsaved)
    assert len(asked) == 1
    assert [layer.opacity for layer in walk(read_layers(tmp_path / "named.psd").layers)] == [
        1,
        pytest.approx(0.5, abs=0.01),
    ]


def test_a_name_that_the_dialog_did_not_ask_about_is_not_overwritten(hands, tmp_path, monkeypatch):
    hands.layered()
    (tmp_path / "held.psd").write_bytes(b"old")
    told = str(tmp_path / "held"), "Photoshop document (*.psd)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: told)
    hands.press("Ctrl+S")
    assert "held.psd exists already" in hands.notices()
    assert (tmp_path / "held.psd").read_bytes() == b"old"


def test_a_png_for_each_layer(hands, tmp_path, laid_out):
    document = hands.layered()
    hands.controller.saver.save(document, tmp_path / "folder")
    hands.wait(lambda: not document.unsaved)
    assert {p.name for p in (tmp_path / "folder").iterdir()} == {"background.png", "foreground.png", "manifest.json"}
    shown = read_composite(tmp_path / "folder" / "foreground.png").pixels
    np.testing.assert_array_equal(shown[..., :3], laid_out(document.entries[1].layer, document.size)[8:24, 8:40, :3])


def test_a_full_disk_leaves_the_old_file_and_says_what_to_do(hands, tmp_path, scene):
    document = hands.layered(scene(400, 300))
    path = tmp_path / "kept.psd"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        hands.controller.saver.save(document, path)
        hands.wait(lambda: hands.window.notices.texts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert "choose another folder" in hands.notices().lower()
    assert "Traceback" not in hands.notices()
    assert document.unsaved
    assert [p.name for p in tmp_path.iterdir() if "kept" in p.name] == ["kept.psd"]


def test_the_chosen_layer_is_copied_with_its_transparency(hands):
    document = hands.layered()
    hands.press("Ctrl+C")
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    image = clipboard.image()
    assert image.pixelColor(70, 50).alpha() == 0
    assert image.pixelColor(20, 12).getRgb()[:3] == tuple(int(v) for v in document.composite.pixels[12, 20])
    hands.press("Ctrl+Shift+C")
    there = tuple(int(v) for v in document.composite.pixels[50, 70])
    hands.wait(lambda: clipboard.image().pixelColor(70, 50).getRgb()[:3] == there)


@pytest.mark.parametrize(
    ("host", "keys", "ending"), [("krita", "Ctrl+Shift+K", ".ora"), ("gimp", "Ctrl+Shift+G", ".psd")]
)
def test_the_layers_are_sent_to_a_paint_program(hands, tmp_path, monkeypatch, host, keys, ending):
    told = tmp_path / "told"
    program = tmp_path / host
    program.write_text(f'#!/bin/sh\necho "$1" > {told}.part && mv {told}.part {told}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(f"DIFFDECOMPOSE_{host.upper()}", str(program))
    document = hands.layered()
    hands.press(keys)
    hands.wait(told.exists)
    sent = told.read_text().strip()
    assert sent.endswith(ending)
    np.testing.assert_array_equal(read_composite(sent).pixels, document.composite.pixels)
    assert document.unsaved, "what another program holds is not saved"


def test_a_paint_program_that_is_missing_is_named(hands, monkeypatch, tmp_path):
    monkeypatch.setenv("DIFFDECOMPOSE_KRITA", str(tmp_path / "nowhere"))
    hands.layered()
    hands.press("Ctrl+Shift+K")
    assert "Krita was not found" in hands.notices()


def answer(hands, button):
    """Click a button of the question that is open."""
    (box,) = [b for b in hands.window.findChildren(QMessageBox) if b.isVisible()]
    found = box.button(button) if isinstance(button, QMessageBox.StandardButton) else None
    if found is None:
        (found,) = [b for b in box.buttons() if b.text() == button]
    hands.click(found, found.rect().center())


def test_closing_an_unsaved_picture_asks(hands):
    hands.layered()
    hands.press("Ctrl+W")
    answer(hands, QMessageBox.StandardButton.Cancel)
    assert hands.document is not None
    hands.press("Ctrl+W")
    answer(hands, QMessageBox.StandardButton.Discard)
    assert hands.document is None


def test_closing_the_window_asks_once_for_all_that_is_unsaved(hands):
    hands.layered()
    hands.layered()
    hands.window.close()
    assert hands.window.isVisible()
    answer(hands, "Discard")
    assert not hands.window.isVisible()


def test_the_file_of_an_open_picture_is_never_replaced(hands, tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), np.full((40, 50, 3), 90, np.uint8))
    before = path.read_bytes()
    hands.controller.opener.open([path])
    hands.wait(lambda: any(d.path == path for d in hands.controller.session.documents))
    document = hands.layered()
    (tmp_path / "link.png").symlink_to(path)
    for target in (path, tmp_path / "link.png"):
        hands.controller.saver.save(document, target)
        hands.wait(lambda: "would be lost" in hands.notices())
        assert path.read_bytes() == before
    assert document.unsaved


def test_a_layered_file_is_saved_over_itself(hands, tmp_path):
    path = tmp_path / "layers.psd"
    hands.controller.saver.save(hands.layered(), path)
    hands.wait(path.exists)
    hands.controller.opener.open([path])
    hands.wait(lambda: any(d.path == path for d in hands.controller.session.documents))
    document = next(d for d in hands.controller.session.documents if d.path == path)
    document.change("x", document.entries[1].key, opacity=0.5)
    hands.controller.saver.save(document, path)
    hands.wait(lambda: document.saved_to == path)
    assert [layer.opacity for layer in walk(read_layers(path).layers)] == [1, pytest.approx(0.5, abs=0.01)]
