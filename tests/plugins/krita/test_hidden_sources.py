"""A source that its group would show twice is hidden exactly as long as the step that brought the group is done."""

from typing import Any

import numpy as np
import pytest

from tests.plugins.krita.pretend import Document, Node


@pytest.fixture
def scene(krita):
    """A document with a photo and a group above it, brought by step 1, which hides it."""
    from plugins.krita.hidden_sources import HiddenSources

    document: Any = Document(10, 10, "picture.kra")
    photo = document.add("photo", np.zeros((10, 10, 4), np.uint8))
    krita.window.addView(document)
    group = Node("group", "grouplayer", document.space)
    document.root.addChildNode(group, photo)
    krita.move_to(1)
    hidden = HiddenSources()
    hidden.hide(document, group.uniqueId().toString(), (photo.uniqueId().toString(),), before=0)
    return krita, document, photo, group, hidden


def test_it_is_shown_when_the_step_is_undone_and_hidden_when_it_is_redone(scene, qtbot):
    krita, document, photo, group, _ = scene
    assert not photo.visible()
    group.remove()
    krita.move_to(0)
    qtbot.waitUntil(photo.visible)
    document.root.addChildNode(group, photo)
    krita.move_to(1)
    qtbot.waitUntil(lambda: not photo.visible())


def test_a_group_that_was_merged_or_deleted_leaves_it_hidden(scene):
    krita, _, photo, group, hidden = scene
    group.remove()
    krita.move_to(2)
    hidden.update()
    assert not photo.visible()


def test_undoing_both_the_merging_and_the_step_shows_it(scene):
    krita, _, photo, group, hidden = scene
    group.remove()
    krita.move_to(2)
    hidden.update()
    krita.move_to(0)
    hidden.update()
    assert photo.visible()


def test_a_layer_shown_by_hand_stays_shown(scene):
    krita, _, photo, _, hidden = scene
    photo.setVisible(True)
    krita.move_to(1)
    hidden.update()
    assert photo.visible()


def test_nothing_is_touched_in_a_document_that_is_closed(scene):
    _, document, photo, group, hidden = scene
    group.remove()
    document.close()
    hidden.update()
    assert not photo.visible()


def test_a_step_that_krita_lists_only_later_is_known_all_the_same(scene, qtbot):
    krita, document, photo, group, _ = scene
    from plugins.krita.hidden_sources import HiddenSources, steps_done

    krita.move_to(0)
    late = HiddenSources()
    late.hide(document, group.uniqueId().toString(), (photo.uniqueId().toString(),), steps_done(document))
    krita.move_to(1)
    late.update()
    group.remove()
    krita.move_to(0)
    late.update()
    assert photo.visible()
