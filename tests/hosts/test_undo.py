"""One step back restores the document exactly, one step forth brings the layers back."""

import time

import pytest

from tests.hosts.conftest import difference, picture
from tests.hosts.stage import wait_for


@pytest.mark.parametrize("blend", ["normal", "add"])
def test_one_undo_restores_the_document_and_redo_brings_the_layers_back(host, blend):
    original = picture()
    key = host.open(original)
    before = host.tree(key)
    host.decompose(key, blend=blend)
    after = host.tree(key)
    assert len(after) == 2
    host.undo(key)
    assert host.tree(key) == before
    assert difference(host.flat(key, original), original) == 0
    host.redo(key)
    assert host.tree(key) == after
    assert difference(host.flat(key, original), original) == 0


def test_in_krita_a_see_through_source_is_hidden_as_if_in_the_same_step(krita):
    """Scripts cannot hide a layer in the step that adds the group: following the history has to do as much."""
    original = picture()
    original[:30, :, 3] = 100
    key = krita.open(original)
    before = krita.flat(key, original)
    krita.decompose(key, blend="normal")
    wait_for(lambda: krita.layer(key, "photo")[2] is False)
    decomposed = krita.tree(key)
    krita.ask("documents[key].setActiveNode(top(key)); app.action('flatten_layer').trigger()", key=key)
    wait_for(lambda: krita.tree(key)[-1][0].endswith(": layers Merged"))
    merged = krita.tree(key)
    moves = (
        (krita.undo, decomposed),
        (krita.undo, [["photo", "normal", True, 1.0, []]]),
        (krita.redo, decomposed),
        (krita.redo, merged),
    )
    for move, expected in ((lambda key: None, merged), *moves):
        move(key)
        wait_for(lambda expected=expected: krita.tree(key) == expected, 5)
        time.sleep(3)  # the plugin looks again for as long as Krita may take to move
        assert krita.tree(key) == expected
        assert difference(krita.flat(key, original), before) == 0


def test_another_candidate_is_one_step_and_the_first_comes_back(krita):
    original = picture()
    key = krita.open(original)
    krita.decompose(key, candidates=3, blend="normal")
    first = krita.pixels(key, "Foreground", original)
    krita.ask("press('diffdecompose_next')")
    wait_for(lambda: len(krita.groups(key)) == 2)
    krita.at_rest()
    wait_for(lambda: [group[2] for group in krita.groups(key)] == [False, True])
    second = krita.pixels(key, "Foreground", original)
    assert difference(first, second) > 10
    assert difference(krita.flat(key, original), original) == 0
    krita.ask("press('diffdecompose_previous')")
    wait_for(lambda: [group[2] for group in krita.groups(key)] == [True, False])
    krita.ask("press('diffdecompose_next')")
    wait_for(lambda: [group[2] for group in krita.groups(key)] == [False, True])
    krita.undo(key)
    wait_for(lambda: [group[2] for group in krita.groups(key)] == [True])
    assert difference(krita.flat(key, original), original) == 0


def test_further_candidates_come_to_gimp_as_hidden_groups(gimp):
    original = picture()
    key = gimp.open(original)
    gimp.decompose(key, candidates=3, blend="normal")
    assert [group[2] for group in gimp.groups(key)] == [False, False, True]
    assert difference(gimp.flat(key, original), original) == 0
    gimp.undo(key)
    assert gimp.tree(key) == [["photo", "normal", True, 1.0, []]]
