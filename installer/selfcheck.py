"""A small picture taken apart through the daemon of the new application, in a folder of its own: the proof it works."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

from .application import child_environment
from .environment import interpreter
from .errors import InstallFailed
from .manifest import Journal, remove

__all__ = ["check"]

_PATIENCE = 600.0
_SIZE = (96, 64)


def check(journal: Journal, app: Path) -> None:
    """Raises InstallFailed with the last line that the application printed."""
    place = journal.folder / "check"
    journal.note("tree", place)
    _bridge(app, place, "stop")  # of a call that was killed
    remove("tree", place)
    (place / "home").mkdir(parents=True)
    (place / "picture.png").write_bytes(_picture())
    words = ["decompose", str(place / "picture.png"), "-o", str(place / "layers.psd"), "--daemon", "always"]
    try:
        done = _bridge(app, place, *words)
        if done.returncode or not (place / "layers.psd").is_file():
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise InstallFailed(f"the self-check failed: {said[-1] if said else 'nothing was printed'}")
    except subprocess.TimeoutExpired:
        raise InstallFailed(f"the self-check took over {_PATIENCE:.0f} s: run again when less is running") from None
    finally:
        _bridge(app, place, "stop")
    remove("tree", place)
    journal.forget("tree", place)


def _bridge(app: Path, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # Not the user's folder: a check leaves nothing there, and a daemon that runs already proves nothing.
    # ONNX Runtime leaves a file in the cache folder, which is moved too.
    env = child_environment(DIFFDECOMPOSE_HOME=str(place / "home"), XDG_CACHE_HOME=str(place / "cache"))
    command = [str(interpreter(app)), "-P", "-m", "bridge", *words]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, stdin=subprocess.DEVNULL
    )


def _picture() -> bytes:
    """A PNG: a colour gradient under a white bar (https://www.w3.org/TR/png-3/)."""
    width, height = _SIZE
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            mark = 24 <= x < 72 and 24 <= y < 40
            rows += bytes((min(255, 2 * x + 60 * mark), min(255, 3 * y + 60 * mark), 90 + 60 * mark))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
