"""What can be opened, and what is said of what cannot."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PyQt6.QtWidgets import QApplication, QFileDialog

from bridge.formats import encode_flat, read_composite, write
from model.types import Decomposition, Layer, Provenance
from model.types import Options as ModelOptions
from ui import settings

TRUTH = Provenance("nano", ModelOptions(), 0, None, None, 1.0, 0.1, 0)


def saved(path, pixels):
    """A file of the kind its ending says."""
    if path.suffix in (".psd", ".ora"):
        write(Decomposition((pixels.shape[1], pixels.shape[0]), (Layer("Background", pixels),), TRUTH), path)
    elif path.suffix == ".avif":
        Image.fromarray(pixels).save(path, quality=100, subsampling="4:4:4")
    elif path.suffix == ".kra":  # what Krita puts beside its own layers for other programs
        merged = io.BytesIO()
        encode_flat(pixels, "PNG", merged)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/x-krita")
            archive.writestr("maindoc.xml", '<IMAGE colorspacename="RGBA"/>')
            archive.writestr("mergedimage.png", merged.getvalue())
    else:
        form = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP", ".tif": "TIFF"}[path.suffix]
        held = io.BytesIO()
        encode_flat(pixels, form, held)
        path.write_bytes(held.getvalue())
    return path


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif", "avif", "psd", "ora", "kra"])
def test_each_kind_of_file_opens(hands, scene, tmp_path, ending):
    hands.open(saved(tmp_path / f"a picture.{ending}", scene()))
    assert hands.document.size == (96, 64)
    assert hands.window.tabs.tabText(0) == f"a picture.{ending}"
    assert np.abs(hands.document.composite.pixels.astype(int) - scene()).mean() < 3
    assert hands.window.stage.currentWidget() is hands.canvas


def test_the_dialog_opens_all_that_is_chosen_in_it(hands, scene, tmp_path, monkeypatch):
    paths = [saved(tmp_path / f"{n}.png", scene(seed=n)) for n in range(2)]
    asked = []

    def ask(*words):
        asked.append(words)
        return [str(path) for path in paths], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", ask)
    hands.press("Ctrl+O", hands.window)
    hands.wait(lambda: hands.window.tabs.count() == 2)
    assert all(f"*.{ending}" in asked[0][-1] for ending in ("png", "jpg", "webp", "tif", "avif", "psd", "ora", "kra"))


def test_layers_of_a_psd_come_with_it(hands, scene, tmp_path):
    z = scene()
    cover = np.dstack([z, np.where(np.arange(96) < 40, 255, 0)[None].repeat(64, 0)]).astype(np.uint8)
    layers = (Layer("Background", z // 2), Layer("Mist", cover))
    write(Decomposition((96, 64), layers, TRUTH), tmp_path / "two.psd")
    hands.open(tmp_path / "two.psd")
    hands.wait(lambda: [e.layer.name for e in hands.document.entries] == ["Background", "Mist"])
    assert not hands.document.unsaved


def test_a_camera_picture_stands_upright(hands, scene, tmp_path):
    image = Image.fromarray(scene())
    exif = image.getexif()
    exif[274] = 6  # turned by a quarter
    image.save(tmp_path / "camera.jpg", exif=exif)
    hands.open(tmp_path / "camera.jpg")
    assert hands.document.size == (64, 96)


def test_files_are_dropped_on_the_window_as_tabs_and_remembered(hands, scene, tmp_path):
    paths = [saved(tmp_path / f"{n}.png", scene(seed=n)) for n in range(3)]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    held = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), *held)
    QApplication.sendEvent(hands.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(hands.window, QDropEvent(QPointF(300, 300), *held))
    hands.wait(lambda: hands.window.tabs.count() == 3)
    hands.press("Ctrl+Tab")
    assert sorted(hands.controller.settings.recent) == sorted(str(path) for path in paths)
    assert len(hands.window.recent_menu.actions()) == 3
    for _ in range(3):
        hands.press("Ctrl+W")
    assert hands.document is None
    assert hands.window.stage.currentWidget() is hands.controller.welcome


def test_a_file_that_is_open_is_shown_and_not_opened_twice(hands, scene, tmp_path):
    first, second = (saved(tmp_path / f"{n}.png", scene(seed=n)) for n in range(2))
    hands.open(first, second)
    hands.controller.opener.open([first])
    assert hands.document.path == first
    assert hands.window.tabs.count() == 2


def test_a_picture_is_pasted(hands, scene):
    z = np.ascontiguousarray(scene())
    image = QImage(z.tobytes(), 96, 64, 96 * 3, QImage.Format.Format_RGB888).copy()
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    clipboard.setImage(image)
    hands.press("Ctrl+V", hands.window)
    hands.wait(lambda: hands.document is not None)
    np.testing.assert_array_equal(hands.document.composite.pixels, z)
    clipboard.setText("no picture")
    hands.press("Ctrl+V")
    assert "no picture on the clipboard" in hands.notices()


def test_bad_files_are_a_message_each_and_the_others_open(hands, scene, tmp_path):
    good = saved(tmp_path / "good.png", scene())
    cut = tmp_path / "cut.png"
    cut.write_bytes(good.read_bytes()[:300])
    hostile = tmp_path / "bomb.png"
    hostile.write_bytes(good.read_bytes()[:16] + b"\x7f\xff\xff\xff" * 2 + good.read_bytes()[24:])
    empty = tmp_path / "empty.psd"
    empty.touch()
    hands.controller.opener.open([cut, hostile, empty, tmp_path / "none.png", good])
    hands.wait(lambda: hands.document is not None and len(hands.window.notices.texts) == 4)
    told = hands.notices()
    assert "cut.png: it is damaged or cut off" in told
    for name in ("bomb.png", "empty.psd", "none.png"):
        assert name in told
    assert "Traceback" not in told
    assert hands.window.tabs.count() == 1


def test_the_pixels_opened_are_those_of_the_file_in_16_bits(hands, scene, tmp_path):
    z = scene(dtype=np.uint16)
    hands.open(saved(tmp_path / "deep.png", z))
    np.testing.assert_array_equal(hands.document.composite.pixels, z)
    assert "16 bit" in hands.window.status.facts.text()
    assert read_composite(tmp_path / "deep.png").depth == 16


def test_the_first_page_shows_recent_files_that_still_exist(make_hands, scene, tmp_path, home):
    there = saved(tmp_path / "there.png", scene())
    hands = make_hands(settings.Settings(recent=(str(there), str(tmp_path / "gone.png"))))
    from PyQt6.QtWidgets import QPushButton

    buttons = [b for b in hands.controller.welcome.findChildren(QPushButton) if b.toolTip()]
    assert [b.text() for b in buttons] == ["there.png"]
    hands.click(buttons[0], buttons[0].rect().center())
    hands.wait(lambda: hands.document is not None)
    assert hands.document.path == there
