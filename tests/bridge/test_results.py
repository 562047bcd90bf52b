"""A result is written so that its folder can be moved at once, also where an open or mapped file could not be."""

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from bridge import results
from bridge.wire.messages import Decompose
from bridge.wire.parts import Options, Pixels
from model.decompose import decompose


def files_held() -> str:
    """Every file that this process has open or mapped."""
    held = Path("/proc/self/maps").read_text()
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            held += f"{os.readlink(handle)}\n"
    return held


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells")
def test_when_a_result_is_moved_none_of_its_files_is_open_or_mapped(tmp_path):
    y, x = np.mgrid[0:64, 0:96]
    clear = np.stack([2 * x, 3 * y, 255 - x - y], axis=-1)
    pixels = (0.5 * clear + 0.5 * 225).astype(np.uint8)
    folder, attempt = tmp_path / "job", tmp_path / "try-1"
    folder.mkdir()
    (folder / results.PICTURE).write_bytes(pixels.tobytes())
    message = Decompose("0" * 32, Pixels(1, pixels.size, 96, 64, 3), Options(engine="classic", kind="fog"))
    request = results.read_request(folder, message)
    answers = decompose(request)
    results.save(attempt, folder / results.PICTURE, request.composite, answers)
    assert str(folder / results.PICTURE) in files_held(), "the picture stays mapped while its job runs"
    assert len(list(attempt.iterdir())) >= 3
    assert str(attempt) not in files_held()
