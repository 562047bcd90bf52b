"""A loose box round a faint mark: what the network takes for the whole content of the box is no answer.

A few strokes on a mark: they select the whole mark, also what lies far from them.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.classic.frame import find_frame
from model.decompose import decompose
from model.types import Composite, Request

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def lettered(name: str, at: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An example of 480 x 360 without and with faint white lettering, and a hint that is a loose box round it."""
    source = cv2.imread(str(EXAMPLES / name))
    assert source is not None
    clean = cv2.resize(cv2.cvtColor(source, cv2.COLOR_BGR2RGB), (480, 360), interpolation=cv2.INTER_AREA)
    letters, hint = np.zeros((2, 360, 480), np.uint8)
    cv2.putText(letters, "Olsen", at, cv2.FONT_HERSHEY_DUPLEX, 1.2, 255, 2, cv2.LINE_AA)
    alpha = 0.3 * letters[..., None].astype(np.float32) / 255
    x, y = at
    hint[max(0, y - 80) : y + 50, max(0, x - 50) : x + 180] = 255
    return clean, np.rint(clean * (1 - alpha) + 255 * alpha).astype(np.uint8), hint


@pytest.mark.parametrize(("name", "at", "limit"), [("fog.jpg", (94, 224), 1.05), ("shadow.jpg", (191, 215), 0.5)])
def test_the_scene_in_a_loose_box_is_not_taken_for_the_mark(name, at, limit):
    clean, marked, hint = lettered(name, at)
    background = decompose(Request(Composite(marked), hint=hint))[0].background.pixels

    def error(pixels):
        return float(np.sqrt(((pixels.astype(np.float32) - clean) ** 2).mean()))

    assert error(background) <= limit * error(marked)


def test_two_strokes_on_a_word_select_the_whole_mark_also_the_line_far_below():
    source = cv2.imread(str(EXAMPLES / "shadow.jpg"))
    assert source is not None
    clean = cv2.resize(cv2.cvtColor(source, cv2.COLOR_BGR2RGB), (640, 480), interpolation=cv2.INTER_AREA)
    letters, hint = np.zeros((2, 480, 640), np.uint8)
    cv2.putText(letters, "Olsen", (30, 120), cv2.FONT_HERSHEY_DUPLEX, 2.6, 255, 7, cv2.LINE_AA)
    cv2.putText(letters, "Pictures", (200, 400), cv2.FONT_HERSHEY_DUPLEX, 2.6, 255, 7, cv2.LINE_AA)
    alpha = 0.5 * letters[..., None].astype(np.float32) / 255
    marked = np.rint(clean * (1 - alpha) + 255 * alpha).astype(np.uint8)
    for start, end in (((40, 60), (120, 125)), ((130, 90), (230, 110))):
        cv2.line(hint, start, end, 255, 6)
    hint = cv2.bitwise_and(hint, letters)
    background = decompose(Request(Composite(marked), hint=hint))[0].background.pixels

    def error(pixels, rows):
        return float(np.sqrt(((pixels[rows].astype(np.float32) - clean[rows]) ** 2).mean()))

    for rows in (slice(0, 200), slice(300, 480)):
        assert error(background, rows) < 0.4 * error(marked, rows)


def test_strokes_over_a_scene_that_frames_nothing_are_answered():
    """No frame explains the contour better than the scene does: the search for a plate once had no answer to give."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    hint = np.zeros((60, 80), bool)
    hint[10:50, 10:70] = True
    found = find_frame(pixels.astype(np.float32) / 255, hint)
    assert found is None or found.gain > 0
