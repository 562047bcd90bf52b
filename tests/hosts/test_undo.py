"""One step back restores the document exactly, one step forth brings the layers back."""

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
