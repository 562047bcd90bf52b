"""The correcting tool under real strokes, keys and sliders: after every one the layers stack to the picture."""

import json

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QPointingDevice, QTabletEvent
from PyQt6.QtWidgets import QApplication

from model.blending import stack
from model.types import BlendType
from ui.edit.panel import BrushMode
from ui.session import Mode

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(params=[np.uint8])
def controller(hands, scene, request):
    """A picture that was taken apart, under the correcting tool, with a brush of 20 pixels; 8 bit unless asked."""
    hands.layered(scene(dtype=request.param))
    hands.click(hands.window._toolbar.widgetForAction(hands.window.named["tool_correct"]))
    panel = tool(hands).panel()
    while panel.brush().radius > 10:
        hands.press("[")
    return hands


def tool(hands):
    return next(one for one in hands.window.tools if one.name == "correct")


def bench_done(hands):
    editor = tool(hands).editor()
    hands.wait(lambda: editor.idle)
    QApplication.processEvents()
    hands.wait(lambda: editor.idle)


def pixels(hands):
    return [entry.layer.pixels.copy() for entry in hands.document.entries]


def assert_exact(hands):
    layers = [entry.layer for entry in hands.document.entries]
    stacked = layers[0].pixels
    for layer in layers[1:]:
        x, y = layer.offset
        h, w = layer.pixels.shape[:2]
        stacked = stacked.copy()
        stacked[y : y + h, x : x + w] = stack(layer.pixels, stacked[y : y + h, x : x + w], layer.blend)
    np.testing.assert_array_equal(stacked, hands.document.composite.pixels)


def spot(hands, x, y):
    """A pixel of the picture in the canvas's coordinates."""
    return hands.canvas.to_view().map(QPointF(x + 0.2, y + 0.2)).toPoint()


def stroke(hands, *points):
    canvas, bot = hands.canvas, hands.qtbot
    bot.mouseMove(canvas, spot(hands, *points[0]))
    bot.mousePress(canvas, LEFT, pos=spot(hands, *points[0]))
    for point in points[1:]:
        bot.mouseMove(canvas, spot(hands, *point))
    bot.mouseRelease(canvas, LEFT, pos=spot(hands, *points[-1]))
    bench_done(hands)


@pytest.mark.parametrize(
    ("key", "act"),
    [
        ("G", BrushMode.FOREGROUND),
        ("E", BrushMode.BACKGROUND),
        (",", BrushMode.LESS),
        (".", BrushMode.MORE),
        ("T", BrushMode.MATCH),
    ],
)
def test_every_brush_leaves_layers_that_stack_to_the_picture_and_undoes(controller, key, act):
    controller.press(key)
    assert tool(controller).panel().act == act
    tool(controller).panel().follow.setChecked(False)
    before = pixels(controller)
    stroke(controller, (38, 20), (60, 30), (50, 10))
    assert_exact(controller)
    steps = controller.document.undo.count()
    assert steps in (0, 1)  # where a full alpha cannot be raised nothing changes
    after = pixels(controller)
    for _ in range(steps):
        controller.press("Ctrl+Z")
    bench_done(controller)
    assert_exact(controller)
    controller.document.undo.setIndex(0)
    bench_done(controller)
    assert [p.shape[:2] for p in pixels(controller)] == [(64, 96)] * 2
    np.testing.assert_array_equal(pixels(controller)[0], before[0])
    controller.document.undo.setIndex(steps)
    bench_done(controller)
    for now, then in zip(pixels(controller), after, strict=True):
        np.testing.assert_array_equal(now, then)


def test_background_brings_the_picture_back_under_the_brush(controller):
    controller.press("E")
    stroke(controller, (20, 16))
    background, foreground = pixels(controller)
    assert foreground[16, 20, 3] == 0
    np.testing.assert_array_equal(background[16, 20], controller.document.composite.pixels[16, 20])
    assert foreground[16, 38, 3] == 255


def test_the_tool_shows_the_background_and_goes_back_to_the_layers(controller):
    assert controller.document.display.mode == Mode.BACKGROUND
    controller.press("H")
    assert controller.document.display.mode == Mode.LAYERS


def test_a_pens_pressure_decides_how_much_comes(controller):
    panel = tool(controller).panel()
    controller.press("E")
    panel.follow.setChecked(False)
    device = QPointingDevice.primaryPointingDevice()
    at = QPointF(spot(controller, 20, 16))
    everywhere = (at, QPointF(controller.canvas.mapToGlobal(at.toPoint())), 0.4, 0.0, 0.0, 0.0, 0.0, 0.0)
    none = Qt.KeyboardModifier.NoModifier
    for kind in (QTabletEvent.Type.TabletPress, QTabletEvent.Type.TabletRelease):
        QApplication.sendEvent(controller.canvas, QTabletEvent(kind, device, *everywhere, none, LEFT, LEFT))
    bench_done(controller)
    assert 0 < pixels(controller)[1][16, 20, 3] < 255
    assert_exact(controller)


def test_brackets_change_the_size_and_braces_the_hardness(controller):
    panel = tool(controller).panel()
    size, hardness = panel.brush().radius, panel.brush().hardness
    controller.press("]")
    assert panel.brush().radius == pytest.approx(1.2 * size, rel=0.02)
    controller.press("{")
    assert panel.brush().hardness == pytest.approx(hardness - 0.1)


def test_alt_and_a_click_picks_the_colour_and_changes_nothing(controller):
    before = pixels(controller)
    controller.click(controller.canvas, spot(controller, 70, 40), Qt.KeyboardModifier.AltModifier)
    wanted = "#{:02x}{:02x}{:02x}".format(*controller.document.composite.pixels[40, 70])
    assert tool(controller).panel().colour.text() == wanted
    assert controller.document.undo.count() == 0
    np.testing.assert_array_equal(pixels(controller)[0], before[0])


def test_painting_foreground_in_a_picked_colour_raises_alpha_in_that_colour(controller):
    panel = tool(controller).panel()
    panel.set_colour((1.0, 1.0, 1.0))
    panel.opacity.setValue(30)
    panel.follow.setChecked(False)
    stroke(controller, (70, 40))
    _, foreground = pixels(controller)
    assert abs(int(foreground[40, 70, 3]) - 76) <= 3
    assert foreground[40, 70, :3].min() > 240
    assert_exact(controller)


def test_strength_scales_the_layer_and_is_one_step(controller):
    panel = tool(controller).panel()
    panel.strength.setSliderDown(True)
    for value in (150, 80, 50):
        panel.strength.setValue(value)
    panel.strength.setSliderDown(False)
    panel.strength.sliderReleased.emit()
    bench_done(controller)
    assert controller.document.undo.count() == 1
    assert abs(int(pixels(controller)[1][16, 20, 3]) - 128) <= 1
    assert panel.strength.value() == 100
    assert_exact(controller)


def test_the_blend_type_changes_the_layer_and_undo_changes_it_back(controller):
    box = tool(controller).panel().blend
    box.setCurrentIndex(box.findData("screen"))
    box.activated.emit(box.currentIndex())
    bench_done(controller)
    assert controller.document.entries[1].layer.blend == BlendType.SCREEN
    assert_exact(controller)
    controller.press("Ctrl+Z")
    bench_done(controller)
    assert controller.document.entries[1].layer.blend == BlendType.NORMAL
    assert box.currentData() == "normal"
    assert_exact(controller)


@pytest.mark.parametrize("controller", [np.uint8, np.uint16], indirect=True)
@pytest.mark.parametrize("blend", ["multiply", "screen", "add"])
def test_dabs_on_a_layer_of_any_blend_type_and_depth_are_exact_to_and_fro(controller, blend):
    panel = tool(controller).panel()
    panel.blend.setCurrentIndex(panel.blend.findData(blend))
    panel.blend.activated.emit(panel.blend.currentIndex())
    bench_done(controller)
    assert_exact(controller)
    states = [pixels(controller)]
    for key, spot in (("G", (60, 40)), (",", (60, 40)), ("E", (62, 44))):
        controller.press(key)
        panel.follow.setChecked(False)
        if key == "G":
            panel.set_colour((0.1, 0.1, 0.1) if blend == "multiply" else (0.9, 0.9, 0.9))
            panel.opacity.setValue(30)
        before = controller.document.undo.count()
        stroke(controller, spot)
        assert controller.document.entries[1].layer.blend == blend
        assert_exact(controller)
        if controller.document.undo.count() > before:
            states.append(pixels(controller))
    assert len(states) == 4, "every brush did something"
    for state in reversed(states[:-1]):
        controller.press("Ctrl+Z")
        bench_done(controller)
        assert_exact(controller)
        for now, then in zip(pixels(controller), state, strict=True):
            np.testing.assert_array_equal(now, then)
    for state in states[1:]:
        controller.press("Ctrl+Shift+Z")
        bench_done(controller)
        for now, then in zip(pixels(controller), state, strict=True):
            np.testing.assert_array_equal(now, then)


def test_undo_that_comes_before_a_stroke_is_solved_waits_for_it(controller):
    """Keys are quicker than the thread: what is asked for later is done later."""
    panel = tool(controller).panel()
    controller.press("E")
    panel.follow.setChecked(False)
    before = pixels(controller)
    for x in (14, 22, 30):
        controller.qtbot.mousePress(controller.canvas, LEFT, pos=spot(controller, x, 16))
        controller.qtbot.mouseRelease(controller.canvas, LEFT, pos=spot(controller, x, 16))
        controller.press("Ctrl+Z")
        controller.press("Ctrl+Z" if x == 22 else "Ctrl+Shift+Z")
    bench_done(controller)
    assert_exact(controller)
    controller.document.undo.setIndex(0)
    bench_done(controller)
    np.testing.assert_array_equal(pixels(controller)[0], before[0])


def test_escape_takes_a_stroke_back(controller):
    controller.press("E")
    before = pixels(controller)
    controller.qtbot.mousePress(controller.canvas, LEFT, pos=spot(controller, 20, 16))
    controller.press("Esc")
    controller.qtbot.mouseRelease(controller.canvas, LEFT, pos=spot(controller, 20, 16))
    bench_done(controller)
    np.testing.assert_array_equal(pixels(controller)[0], before[0])
    assert controller.document.undo.count() == 0


def test_the_first_stroke_is_one_undo_step_and_can_be_redone_and_painted_over(controller):
    before = pixels(controller)
    controller.press("E")
    stroke(controller, (20, 16))
    assert controller.document.undo.count() == 1
    after = pixels(controller)
    for _ in range(2):
        controller.press("Ctrl+Z")
        bench_done(controller)
        assert not controller.document.undo.canUndo()
        for now, then in zip(pixels(controller), before, strict=True):
            np.testing.assert_array_equal(now, then)
        controller.press("Ctrl+Shift+Z")
        bench_done(controller)
        for now, then in zip(pixels(controller), after, strict=True):
            np.testing.assert_array_equal(now, then)
    controller.press("Ctrl+Z")
    stroke(controller, (30, 16))
    assert controller.document.undo.count() == 1
    assert pixels(controller)[1][16, 20, 3] == 255
    assert pixels(controller)[1][16, 30, 3] == 0
    assert_exact(controller)


def test_a_marked_area_limits_the_brush(controller):
    before = pixels(controller)
    area = np.zeros((64, 96), np.uint8)
    area[:, 20:] = 255
    controller.document.set_area(area)
    controller.press("E")
    tool(controller).panel().follow.setChecked(False)
    stroke(controller, (12, 16), (36, 16))
    after = pixels(controller)
    for now, then in zip(after, before, strict=True):
        np.testing.assert_array_equal(now[:, :20], then[:, :20])
    assert not after[1][16, 20:36, 3].any()
    assert_exact(controller)


def test_the_canvas_shows_the_stroke_when_it_is_done(controller):
    controller.settle()
    before = controller.canvas.grab().toImage().pixelColor(spot(controller, 20, 16))
    controller.press("E")
    stroke(controller, (20, 16))
    controller.qtbot.mouseMove(controller.canvas, QPoint(2, 2))
    controller.settle()
    after = controller.canvas.grab().toImage().pixelColor(spot(controller, 20, 16))
    assert after.red() > before.red() + 30


def test_a_slider_that_is_dragged_shows_what_comes_before_it_is_done(controller):
    panel, shown = tool(controller).panel(), []
    tool(controller).editor().previewed.connect(lambda box, step, pixels: shown.append(pixels))
    panel.strength.setSliderDown(True)
    panel.strength.setValue(40)
    controller.wait(lambda: shown)
    panel.strength.setSliderDown(False)
    panel.strength.sliderReleased.emit()
    bench_done(controller)
    np.testing.assert_array_equal(shown[0], pixels(controller)[0])
    assert shown[-1] is None


def test_what_was_corrected_is_saved_cropped_exact_and_says_so(controller, tmp_path):
    controller.press("E")
    stroke(controller, (20, 16), (24, 16))
    path = tmp_path / "layers"
    controller.controller.saver.save(controller.document, path)
    controller.wait(lambda: (path / "manifest.json").exists())
    told = json.loads((path / "manifest.json").read_text("utf-8"))
    assert told["corrected"] is True
    assert (told["layers"][1]["x"], told["layers"][1]["y"]) != (0, 0)
    assert_exact(controller)


def test_a_correction_goes_with_its_document(controller):
    controller.press("E")
    stroke(controller, (20, 16))
    editor = tool(controller).editor()
    worker = editor.worker()
    controller.window.session.close(controller.document)
    worker.begin_stroke(tool(controller).panel().edit(), tool(controller).panel().brush())
    assert worker.idle  # nothing is done any more
    assert tool(controller).editor() is None
