"""The layers panel and undo: what an artist does with the stack."""

import numpy as np
import pytest
from PyQt6.QtCore import QModelIndex, QPoint, Qt
from PyQt6.QtWidgets import QLineEdit

from model.types import BlendType
from ui.panels.rows import eye_of


def names(document):
    return [entry.layer.name for entry in document.entries]


def row_rect(hands, row):
    panel = hands.controller.layers
    return panel.list.visualRect(panel.rows.index(row))


def measured(hands, error):
    hands.wait(lambda: hands.controller.layers.inspector.error == error)


def test_a_click_on_the_eye_hides_the_layer_and_the_error_says_by_how_much(hands):
    document = hands.layered()
    measured(hands, 0)
    assert hands.controller.layers.inspector.number.text() == "0"
    hands.click(hands.controller.layers.list.viewport(), eye_of(row_rect(hands, 0)).center())
    assert [e.layer.visible for e in document.entries] == [True, False]
    z = document.composite.pixels.astype(int)
    measured(hands, int((z - z // 3)[8:24, 8:40].max()))
    hands.press("Ctrl+Z")
    assert [e.layer.visible for e in document.entries] == [True, True]
    measured(hands, 0)


def test_alt_and_a_click_on_the_eye_shows_the_layer_alone(hands):
    document = hands.layered()
    at = eye_of(row_rect(hands, 0)).center()
    hands.click(hands.controller.layers.list.viewport(), at, Qt.KeyboardModifier.AltModifier)
    assert document.display.solo == document.entries[1].key
    hands.click(hands.controller.layers.list.viewport(), at, Qt.KeyboardModifier.AltModifier)
    assert document.display.solo == 0


def test_a_dragged_opacity_is_one_step_back(hands):
    document = hands.layered()
    for percent in (90, 70, 40):
        hands.controller.layers.opacity.setValue(percent)
    assert document.entries[1].layer.opacity == pytest.approx(0.4)
    assert hands.controller.layers.percent.value() == 40
    hands.press("Ctrl+Z")
    assert document.entries[1].layer.opacity == 1
    assert hands.controller.layers.opacity.value() == 100
    hands.press("Ctrl+Shift+Z")
    assert document.entries[1].layer.opacity == pytest.approx(0.4)


def test_blend_type_order_and_deletion_are_undone_one_by_one(hands):
    document = hands.layered()
    blend = hands.controller.layers.blend
    blend.setCurrentIndex(blend.findData("screen"))
    blend.activated.emit(blend.currentIndex())
    assert document.entries[1].layer.blend == BlendType.SCREEN
    hands.press("Ctrl+PgDown")
    assert names(document) == ["Foreground", "Background"]
    hands.press("Del")
    assert names(document) == ["Background"]
    hands.press("Del")
    assert names(document) == ["Background"], "the last layer stays"
    for _ in range(3):
        hands.press("Ctrl+Z")
    assert names(document) == ["Background", "Foreground"]
    assert document.entries[1].layer.blend == BlendType.NORMAL


def test_a_row_dropped_elsewhere_moves_the_layer(hands):
    document = hands.layered()
    rows = hands.controller.layers.rows
    held = rows.mimeData([rows.index(0)])
    rows.dropMimeData(held, Qt.DropAction.MoveAction, 2, 0, QModelIndex())
    assert names(document) == ["Foreground", "Background"]


def test_a_layer_is_renamed_in_its_row(hands):
    document = hands.layered()
    hands.press("F2")
    editor = hands.controller.layers.list.findChild(QLineEdit)
    editor.selectAll()
    hands.qtbot.keyClicks(editor, "Mist")
    hands.qtbot.keyClick(editor, Qt.Key.Key_Return)
    hands.wait(lambda: names(document) == ["Background", "Mist"])
    assert document.unsaved


def test_keys_walk_through_layers_and_v_hides(hands):
    document = hands.layered()
    hands.press("PgDown")
    assert document.active == document.entries[0].key
    assert hands.controller.layers.list.currentIndex().row() == 1
    hands.press("V")
    assert not document.entries[0].layer.visible
    hands.press("PgUp")
    assert document.active == document.entries[1].key


def test_candidates_flip_in_place_with_arrow_keys_and_edits_stay_with_theirs(hands):
    document = hands.layered(candidates=3)
    strip = hands.controller.candidates
    assert hands.window.docks["candidates"].isVisible()
    hands.controller.layers.opacity.setValue(50)
    hands.qtbot.keyClick(hands.canvas, Qt.Key.Key_Right)
    assert document.candidate == 1
    assert document.entries[1].layer.opacity == 1
    assert strip.currentRow() == 1
    hands.qtbot.keyClick(hands.canvas, Qt.Key.Key_Left)
    assert document.entries[1].layer.opacity == 0.5
    hands.qtbot.keyClick(hands.canvas, Qt.Key.Key_Left)
    assert document.candidate == 2
    hands.press("Ctrl+Z")
    assert document.candidate == 0, "flipping is one step back"
    hands.press("Ctrl+Z")
    assert document.entries[1].layer.opacity == 1


def test_a_click_on_the_star_keeps_a_favourite(hands):
    from ui.panels.candidates import star_of

    document = hands.layered(candidates=3)
    strip = hands.controller.candidates
    cell = strip.visualItemRect(strip.item(1))
    hands.click(strip.viewport(), star_of(cell).center())
    assert [view.favourite for view in document.candidates] == [False, True, False]
    assert document.candidate == 0, "the star does not choose"
    hands.click(strip.viewport(), QPoint(cell.center().x(), cell.bottom() - 30))
    assert document.candidate == 1
    hands.press("F")
    assert not document.candidates[1].favourite


def test_the_histogram_is_of_the_chosen_layer_and_its_alpha(hands):
    document = hands.layered()
    shown = hands.controller.layers.inspector.histogram
    measured(hands, 0)
    covered = 16 * 32
    assert shown._counts[3][[0, 255]].tolist() == [96 * 64 - covered, covered]
    assert shown._counts[:3].sum() == 3 * covered, "colours only where the layer is"
    hands.press("PgDown")
    measured(hands, 0)
    counts = np.bincount(document.entries[0].layer.pixels[..., 0].ravel(), minlength=256)
    np.testing.assert_array_equal(shown._counts[0], counts)


def test_undo_has_no_end(hands):
    document = hands.layered()
    for number in range(400):
        document.change("step", document.active, name=f"name {number}")
    for _ in range(400):
        document.undo.undo()
    assert names(document) == ["Background", "Foreground"]


def test_each_picture_has_its_own_undo(hands):
    first = hands.layered()
    hands.controller.layers.opacity.setValue(30)
    second = hands.layered()
    assert not hands.window.named["undo"].isEnabled()
    hands.press("Ctrl+Tab")
    assert hands.document is first
    hands.press("Ctrl+Z")
    assert first.entries[1].layer.opacity == 1
    assert second.entries[1].layer.opacity == 1


def test_taking_a_picture_apart_again_can_be_undone_with_all_that_was_done_before(hands):
    document = hands.layered()
    hands.controller.layers.opacity.setValue(60)
    before = document.entries
    hands.again(document)
    assert document.entries[1].layer.opacity == 1
    assert len(document.candidates) == 2
    hands.press("Ctrl+Z")
    assert document.entries == before
    assert len(document.candidates) == 1
    hands.press("Ctrl+Z")
    assert document.entries[1].layer.opacity == 1
