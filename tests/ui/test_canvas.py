"""The canvas: what is seen is exact, follows the pointer, and is renewed where pixels change."""

import threading
from math import floor

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, QRect, Qt
from PyQt6.QtGui import QColor, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PyQt6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from bridge.formats.colour import srgb_profile
from model.blending import recompose
from model.types import BlendType, Composite, Decomposition, Layer
from ui.canvas import compose
from ui.canvas.tiles import Place, display_transform, image_of
from ui.entries import Entry
from ui.session import Document, Mode


def layered(z, entries, **display):
    document = Document(Composite(z), "z")
    document.set_entries(entries)
    document.show_as(**display)
    return document


def random_layers(rng, width, height, dtype):
    top = np.iinfo(dtype).max
    ground = rng.integers(0, top + 1, (height, width, 3), dtype)
    cover = rng.integers(0, top + 1, (height // 2, width // 2, 4), dtype)
    glow = rng.integers(0, top + 1, (height, width, 4), dtype)
    return (
        Entry(Layer("Background", ground)),
        Entry(Layer("cover", cover, (width // 3, -3))),
        Entry(Layer("glow", glow, blend=BlendType.SCREEN, opacity=0.5)),
    )


def colour_at(canvas, x, y):
    """The colour of the screen in the middle of a picture pixel."""
    middle = canvas.to_view().map(QPointF(x + 0.5, y + 0.5))
    point = QPoint(floor(middle.x()), floor(middle.y()))
    return QColor(canvas.grab(QRect(point, point)).toImage().pixel(0, 0)).getRgb()[:3]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("step", [1, 2, 4])
def test_any_rectangle_at_any_step_is_the_stack_that_the_house_computes(dtype, step):
    entries = random_layers(np.random.default_rng(1), 61, 47, dtype)
    document = layered(np.zeros((47, 61, 3), dtype), entries)
    whole = recompose(Decomposition((61, 47), tuple(e.layer for e in entries), provenance=None))  # type: ignore[arg-type]
    (recipe,) = compose.recipes_of(document)
    for x, y, w, h in ((0, 0, 61, 47), (16, 8, 20, 30), (32, 32, 29, 15)):
        seen = compose.pixels_of(recipe, (x, y, w, h), step)
        np.testing.assert_array_equal(seen, whole[y : y + h : step, x : x + w : step])


def test_a_reduced_view_is_the_mean_of_the_exact_pixels():
    entries = random_layers(np.random.default_rng(2), 64, 48, np.uint8)
    (recipe,) = compose.recipes_of(layered(np.zeros((48, 64, 3), np.uint8), entries))
    exact = compose.pixels_of(recipe, (0, 0, 64, 48)).astype(float)
    means = exact.reshape(12, 4, 16, 4, 3).mean(axis=(1, 3))
    assert np.abs(compose.reduced(recipe, (0, 0, 64, 48), 4) - means).max() <= 0.5


def test_the_difference_view_shows_one_wrong_pixel_however_small_it_is_seen():
    z = np.full((256, 256, 3), 100, np.uint8)
    ground = z.copy()
    ground[200, 17, 1] += 1
    document = layered(z, [Entry(Layer("Background", ground))], mode=Mode.DIFFERENCE, gain=40)
    (recipe,) = compose.recipes_of(document)
    small = compose.reduced(recipe, (0, 0, 256, 256), 64)
    assert small.shape == (4, 4, 3)
    assert small[3, 0].tolist() == [0, 40, 0]
    assert int(small.sum()) == 40
    assert compose.recomposition_error(document) == 1


def test_a_picture_of_one_pixel_and_a_very_long_one_are_shown(hands):
    hands.show(np.array([[[10, 200, 30]]], np.uint8), "one")
    hands.settle()
    assert colour_at(hands.canvas, 0, 0) == (10, 200, 30)
    long = np.zeros((100, 30000, 3), np.uint8)
    long[:, ::3000] = 255
    hands.show(long, "long")
    hands.settle()
    hands.canvas.set_zoom(1.0)
    hands.settle()
    x = int(hands.canvas.to_picture(QPointF(hands.canvas.width() / 2, 0)).x()) // 3000 * 3000
    hands.canvas.pan(hands.canvas.width() / 2 - hands.canvas.to_view().map(QPointF(x, 0)).x(), 0)
    hands.settle()
    assert colour_at(hands.canvas, x, 50) == (255, 255, 255)
    assert colour_at(hands.canvas, x + 2, 50) == (0, 0, 0)


def test_the_wheel_zooms_to_the_pointer_and_the_middle_button_pans(hands, scene):
    hands.show(scene(400, 300))
    canvas = hands.canvas
    at = QPointF(200, 150)
    before = canvas.to_picture(at)
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    zoom = canvas.zoom
    QApplication.sendEvent(canvas, wheel)
    assert canvas.zoom == pytest.approx(zoom * 1.25**2)
    moved = canvas.to_picture(at) - before
    assert abs(moved.x()) + abs(moved.y()) < 1.5
    start = canvas.to_picture(QPointF(300, 200))
    hands.qtbot.mousePress(canvas, Qt.MouseButton.MiddleButton, pos=QPoint(300, 200))
    hands.qtbot.mouseMove(canvas, QPoint(330, 180))
    hands.qtbot.mouseRelease(canvas, Qt.MouseButton.MiddleButton, pos=QPoint(330, 180))
    dragged = canvas.to_picture(QPointF(330, 180)) - start
    assert abs(dragged.x()) + abs(dragged.y()) < 1.5


@pytest.mark.parametrize("factor", [1.5, 0.6])
def test_a_pinch_on_a_touchpad_zooms_to_the_pointer(hands, scene, factor):
    hands.show(scene(400, 300))
    canvas = hands.canvas
    hands.press("1")
    at = QPointF(210.5, 160.25)
    before = canvas.to_picture(at)
    touchpad = QPointingDevice.primaryPointingDevice()
    where = QPointF(canvas.mapToGlobal(at.toPoint()))
    zoomed = Qt.NativeGestureType.ZoomNativeGesture
    step = QNativeGestureEvent(zoomed, touchpad, 2, at, at, where, factor - 1, QPointF())
    QApplication.sendEvent(canvas, step)
    assert canvas.zoom == pytest.approx(factor)
    moved = canvas.to_picture(at) - before
    assert abs(moved.x()) + abs(moved.y()) < 1.5


def test_two_fingers_on_a_screen_zoom_and_drag_what_is_between_them(hands, scene):
    hands.show(scene(400, 300))
    canvas = hands.canvas
    hands.press("1")
    start, end = QPointF(240, 180), QPointF(260, 172)
    before = canvas.to_picture(start)
    pinch = QPinchGesture()
    pinch.setLastCenterPoint(canvas.mapToGlobal(start))
    pinch.setCenterPoint(canvas.mapToGlobal(end))
    pinch.setScaleFactor(2.0)
    QApplication.sendEvent(canvas, QGestureEvent([pinch]))
    assert canvas.zoom == pytest.approx(2)
    moved = canvas.to_picture(end) - before
    assert abs(moved.x()) + abs(moved.y()) < 1.5, "what was between the fingers is still between them"


def test_space_pans_whatever_tool_is_active_and_keys_fit_and_show_100_percent(hands, scene):
    hands.show(scene(900, 700))
    canvas = hands.canvas
    hands.press("M")
    hands.press("1")
    assert canvas.zoom == 1.0
    start = canvas.to_picture(QPointF(100, 100))
    hands.qtbot.keyPress(canvas, Qt.Key.Key_Space)
    hands.qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    hands.qtbot.mouseMove(canvas, QPoint(60, 90))
    hands.qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 90))
    hands.qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert hands.document.area is None
    dragged = canvas.to_picture(QPointF(60, 90)) - start
    assert abs(dragged.x()) + abs(dragged.y()) < 1.5
    hands.press("+")
    assert canvas.zoom == 1.5
    hands.press("0")
    assert canvas.zoom < 1.0


def test_what_is_patched_is_shown_again_and_nothing_else(hands):
    document = hands.layered()
    hands.press("F7")
    hands.settle()
    canvas = hands.canvas
    before = colour_at(canvas, 80, 50)
    patch = np.zeros((4, 4, 3), np.uint8)
    patch[..., 0] = 250
    document.patch(document.entries[0].key, 60, 40, patch)
    hands.settle()
    assert colour_at(canvas, 61, 41) == (250, 0, 0)
    assert colour_at(canvas, 80, 50) == before
    assert colour_at(canvas, 59, 41) != (250, 0, 0)


def test_the_split_line_is_dragged_and_divides_original_and_background(hands):
    document = hands.layered()
    hands.press("F5")
    hands.settle()
    canvas = hands.canvas
    line = QPoint(round(canvas.split_line()), 40)
    hands.qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=line)
    hands.qtbot.mouseMove(canvas, QPoint(4, 40))
    hands.qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(4, 40))
    assert document.display.split < 0.01
    hands.settle()
    z = document.composite.pixels
    assert colour_at(canvas, 20, 12) == tuple(int(v) for v in z[12, 20] // 3)
    document.show_as(split=1.0)
    hands.settle()
    assert colour_at(canvas, 20, 12) == tuple(int(v) for v in z[12, 20])


def test_no_layer_is_composited_in_the_windows_thread(hands, monkeypatch):
    seen = set()
    composited = compose.pixels_of

    def noted(*words):
        seen.add(threading.current_thread())
        return composited(*words)

    monkeypatch.setattr(compose, "pixels_of", noted)
    hands.layered()
    hands.settle()
    assert seen
    assert threading.main_thread() not in seen


def test_the_gain_of_the_difference_is_set_at_the_foot(hands):
    document = hands.layered()
    z = document.composite.pixels
    document.patch(document.entries[0].key, 60, 40, z[40:41, 60:61] + np.uint8(2))
    hands.press("F9")
    hands.window.status.gain.setValue(50)
    hands.settle()
    assert colour_at(hands.canvas, 60, 40) == (100, 100, 100)
    assert colour_at(hands.canvas, 61, 40) == (0, 0, 0)


def test_solo_shows_a_layer_over_a_checkerboard_and_alpha_as_gray(hands):
    hands.layered()
    hands.press("S")
    hands.settle()
    look = hands.canvas.look
    checks = {look.light.getRgb()[:3], look.dark.getRgb()[:3]}
    assert colour_at(hands.canvas, 70, 50) in checks
    hands.press("A")
    hands.settle()
    assert colour_at(hands.canvas, 70, 50) == (0, 0, 0)
    assert colour_at(hands.canvas, 20, 12) == (255, 255, 255)


def test_the_pixel_grid_appears_past_800_percent(hands):
    hands.show(np.full((40, 40, 3), 255, np.uint8))
    canvas = hands.canvas
    for zoom, grid in ((7.0, False), (9.0, True)):
        canvas.set_zoom(zoom)
        hands.settle()
        corner = canvas.to_view().map(QPointF(20, 20)).toPoint()
        line = QColor(canvas.grab(QRect(corner, corner)).toImage().pixel(0, 0)).lightness()
        assert (line < 250) == grid


def test_colours_are_managed_from_the_documents_profile_to_the_screen():
    from PyQt6.QtGui import QColorSpace

    wide = bytes(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data())
    pixels = np.full((1, 1, 3), (200, 100, 50), np.uint8)
    plain = QColor(image_of(pixels, display_transform(srgb_profile())).pixel(0, 0)).getRgb()[:3]
    shown = QColor(image_of(pixels, display_transform(wide)).pixel(0, 0)).getRgb()[:3]
    assert max(abs(a - b) for a, b in zip(plain, (200, 100, 50), strict=True)) <= 1
    assert shown[0] > 205  # P3's red is redder than sRGB can say with 200
    assert display_transform(b"not a profile").isIdentity()


def test_marking_a_rectangle_adds_and_takes_away(hands, scene):
    document = hands.show(scene(200, 150))
    canvas = hands.canvas
    hands.press("M")

    def drag(a, b, modifiers=Qt.KeyboardModifier.NoModifier):
        first, last = (canvas.to_view().map(QPointF(*p)).toPoint() for p in (a, b))
        hands.qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, modifiers, first)
        hands.qtbot.mouseMove(canvas, last)
        hands.qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, modifiers, last)

    drag((10, 10), (30, 30))
    assert document.area is not None
    assert document.area[20, 20] == 255
    assert document.area[40, 40] == 0
    drag((35, 35), (60, 60), Qt.KeyboardModifier.ShiftModifier)
    drag((12, 12), (20, 20), Qt.KeyboardModifier.AltModifier)
    assert [int(document.area[at]) for at in ((15, 15), (25, 25), (45, 45))] == [0, 255, 255]
    hands.press("Ctrl+Shift+A")
    assert document.area is None


def test_tiles_cover_the_picture_and_end_at_its_edge():
    assert Place(0, 1, 0).rect((300, 100)) == (256, 0, 44, 100)
    assert Place(2, 0, 0).rect((5000, 3000)) == (0, 0, 1024, 1024)
