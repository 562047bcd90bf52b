"""Which runtime computes a graph: MNN where it installs and computes the same, else ONNX Runtime."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

__all__ = ["Session", "open_fast_session", "open_reference_session", "release_memory"]

LOG = logging.getLogger("diffdecompose")


class Session(Protocol):
    """A loaded graph. Used by one thread at a time."""

    @property
    def inputs(self) -> frozenset[str]:
        """The names of the graph's inputs."""
        ...

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Every output by name, as arrays of their own. feeds: float32 by input, of any height and width."""
        ...


def open_reference_session(graph: Path, threads: int = 0) -> Session:
    """The ONNX file `graph` in ONNX Runtime, which computes what the exporter was checked against.

    threads : 0 lets the runtime choose.
    """
    from .onnx_runtime import OnnxRuntimeSession

    return OnnxRuntimeSession(graph, threads)


def open_fast_session(graph: Path, threads: int = 0) -> Session:
    """The ONNX file `graph` in the fastest runtime that computes it here, within `conversion.TOLERANCE`.

    threads : 0: as many as there are cores.
    """
    if find_spec("MNN") is not None:
        from .conversion import ConversionError, converted
        from .mnn import MnnSession

        try:
            return MnnSession(converted(graph), threads)
        except ConversionError as problem:
            LOG.warning("%s runs in ONNX Runtime, which takes longer: %s", graph.name, problem)
    return open_reference_session(graph, threads)


def release_memory() -> None:
    """Give back what loaded graphs hold between runs; those in MNN load again when they run, within 0.3 s.

    ONNX Runtime gives its memory back after every run.
    """
    if f"{__package__}.mnn" in sys.modules:
        from .mnn import release_memory

        release_memory()
