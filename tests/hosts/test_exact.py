"""The flattened result is the picture, in both programs, at each depth, in each profile, for each blend type."""

import re

import numpy as np
import pytest

from tests.hosts.conftest import difference, picture

BLENDS = ("normal", "multiply", "screen", "add")


@pytest.mark.parametrize("wide", [False, True], ids=["srgb", "wide"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16], ids=["8bit", "16bit"])
def test_the_layers_stacked_are_the_picture(host, dtype, wide):
    original = picture(dtype=dtype)
    found = {}
    for blend in BLENDS:
        key = host.open(original, wide=wide)
        assert difference(host.flat(key, original), original) == 0
        host.decompose(key, blend=blend)
        name, mode, visible, opacity, layers = host.groups(key)[0]
        assert name.endswith(": layers")
        assert (mode, visible, opacity) == ("normal", True, 1.0)
        assert [layer[1] for layer in layers] == ["normal", blend]
        assert layers[0][0] == "Background"
        assert re.fullmatch(r"Foreground \(\d+ %\)", layers[1][0]), "the tests' engine names no kind"
        found[blend] = difference(host.flat(key, original), original)
        host.close_all()
    assert found == dict.fromkeys(BLENDS, 0)
