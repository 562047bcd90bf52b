"""From an ONNX file to one of MNN: checked against ONNX Runtime, and kept for the next start.

The file lies in `__pycache__` beside the graph, as numba keeps what it compiles, or in the user's cache where that
folder cannot be written to. It is named by the digests of both files and by MNN's version, so another graph, another
version or a damaged file is converted anew. A process of its own converts: the converter prints to standard output.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from ..errors import ModelError

__all__ = ["TOLERANCE", "ConversionError", "converted"]

TOLERANCE = 5e-3
"""Largest difference allowed from ONNX Runtime, relative to one more than the value; a picture is 0..1."""

SHAPE = (96, 128)
"""Of the picture that is compared."""

SECONDS = 120
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class ConversionError(ModelError):
    """MNN cannot compute the graph, or computes something else."""


def converted(graph: Path) -> Path:
    """The MNN file of the ONNX file `graph`, made where there is none yet. Raises ConversionError."""
    digest = hashlib.sha256(graph.read_bytes()).hexdigest()[:12]
    stem = f"{graph.stem}-{digest}-mnn{version('MNN')}"
    for folder in _folders(graph):
        for kept in folder.glob(f"{stem}-*.mnn"):
            if kept.stem.rpartition("-")[2] == _digest(kept):
                return kept
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place) / "draft.mnn"
        _convert(graph, draft)
        return _keep(draft, graph, stem)


def _folders(graph: Path) -> Iterator[Path]:
    yield graph.parent / "__pycache__"
    yield user_cache_path("diffdecompose", appauthor=False) / "networks"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _convert(graph: Path, draft: Path) -> None:
    command = [sys.executable, "-m", f"{__package__}.conversion", str(graph), str(draft)]
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=SECONDS, creationflags=_NO_WINDOW, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ConversionError(f"MNN's converter did not end: {problem}") from problem
    if done.returncode or not draft.is_file():
        said = (done.stderr.decode(errors="replace").strip().splitlines() or [f"code {done.returncode}"])[-1]
        raise ConversionError(f"MNN's converter failed: {said}")


def _keep(draft: Path, graph: Path, stem: str) -> Path:
    """`draft` under its name in the first folder that can be written to; older files of this graph there go."""
    name = f"{stem}-{_digest(draft)}.mnn"
    for folder in _folders(graph):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for older in folder.glob(f"{graph.stem}-*.mnn"):
                if not older.name.startswith(stem):  # another process may have made the same a moment ago
                    older.unlink(missing_ok=True)
            part = folder / f"{name}.{os.getpid()}"
            part.write_bytes(draft.read_bytes())
            return part.replace(folder / name)
        except OSError:
            continue
    return draft.rename(_for_this_process() / name)


@cache
def _for_this_process() -> Path:
    """A folder that goes with the process."""
    held = tempfile.TemporaryDirectory(prefix="diffdecompose-")
    _held.append(held)
    return Path(held.name)


_held: list[tempfile.TemporaryDirectory[str]] = []


def _largest_difference(graph: Path, draft: Path) -> float:
    from .mnn import MnnSession
    from .onnx_runtime import OnnxRuntimeSession

    reference, other = OnnxRuntimeSession(graph, 1), MnnSession(draft, 1)
    random = np.random.default_rng(0)
    feeds = {name: random.random(_sizes(shape), np.float32) for name, shape in reference.shapes.items()}
    expected, found = reference.run(feeds), other.run(feeds)
    return max(float((np.abs(found[name] - e) / (1 + np.abs(e))).max()) for name, e in expected.items())


def _sizes(shape: tuple[int | str, ...]) -> tuple[int, ...]:
    """One sample, of SHAPE where it is a picture."""
    sizes = tuple(size if isinstance(size, int) else 1 for size in shape)
    return (*sizes[:2], *SHAPE) if len(shape) == 4 else sizes


def _main() -> None:
    graph, draft = Path(sys.argv[1]), Path(sys.argv[2])
    import _tools

    _tools.mnnconvert(
        ["mnnconvert", "-f", "ONNX", "--modelFile", str(graph), "--MNNModel", str(draft), "--bizCode", "x"]
    )
    difference = _largest_difference(graph, draft)
    if not difference <= TOLERANCE:
        sys.exit(f"it differs by {difference:.2g} from ONNX Runtime")


if __name__ == "__main__":
    _main()
