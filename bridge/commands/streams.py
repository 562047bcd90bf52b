"""`-` in place of a file name: the picture comes on standard input, the result goes to standard output.

Decoders and writers need to seek, so both pass through a temporary file.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BridgeError

__all__ = ["STREAM", "is_stream", "streamed"]

STREAM = "-"


def is_stream(word: str | None) -> bool:
    return word == STREAM


@contextmanager
def streamed(inputs: list[str], output: str, form: str | None) -> Iterator[tuple[list[str], str]]:
    """The inputs and the output with temporary files in place of "-"; the result is copied out in the end.

    form: what standard output gets, PSD where None. Raises BridgeError where "-" stands beside other pictures, or a
    folder of layers is to go into a stream.
    """
    if STREAM not in inputs and output != STREAM:
        yield inputs, output
        return
    if len(inputs) > 1:
        raise BridgeError("- stands for one picture: name no other beside it")
    if form == "folder" and output == STREAM:
        raise BridgeError("a folder of layers cannot go to standard output: choose --format psd, ora or a flat one")
    with tempfile.TemporaryDirectory(prefix="diffdecompose-") as folder:
        if inputs[0] == STREAM:
            source = Path(folder) / "stdin"
            with open(source, "wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
            inputs = [str(source)]
        target = Path(folder) / f"stdout.{form or 'psd'}" if output == STREAM else None
        yield inputs, output if target is None else str(target)
        if target is not None and target.exists():
            with open(target, "rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
