"""What the bar of one picture says, and that it never goes back."""

from __future__ import annotations

import io
import re

from bridge.progress import Bar


def shown(stream: io.StringIO) -> list[tuple[str, int]]:
    """(description, per cent) of every line that was drawn."""
    return [(text, int(share)) for text, share in re.findall(r"(\S[^\r]*?)\s+(\d+)% \|", stream.getvalue())]


def test_the_bar_names_each_stage_in_words_and_never_goes_back():
    stream = io.StringIO()
    with Bar("photo.jpg", stream, enabled=True) as bar:
        bar._bar.mininterval = 0  # every change is drawn
        for stage, step, steps in (
            ("read", 0, 1), ("read", 1, 1), ("load", 0, 1), ("network", 0, 100), ("network", 40, 100),
            ("network", 70, 100), ("network", 0, 1), ("finish", 1, 2), ("finish", 2, 2), ("write", 0, 1),
            ("write", 1, 1),
        ):  # fmt: skip
            bar(stage, step, steps)
    lines = shown(stream)
    words = [text for text, _ in lines if ": " in text]
    told = list(dict.fromkeys(text.split(": ", 1)[1] for text in words))
    assert told == [
        "Reading the picture", "Loading the engine", "Looking for layers", "Solving at full size",
        "Writing the layered file",
    ]  # fmt: skip
    shares = [share for _, share in lines]
    assert shares == sorted(shares)
    assert shares[-1] == 100
