"""A graph as MNN computes it: convolutions of 3 x 3 by Winograd's algorithm (arXiv 1509.09308).

On one AVX2 core a pass of `marks` at 768 x 1024 takes 1.2 s where ONNX Runtime takes 1.8.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np

from ..errors import OutOfMemory

__all__ = ["MnnSession", "import_quietly", "release_memory"]

_OUT_OF_MEMORY = 1
"""MNN's ErrorCode OUT_OF_MEMORY."""

FIRST_SIZE = (512, 512)
"""Height and width for which MNN chooses its algorithms. It keeps those of the first size that a session has: without
one of our own an answer would depend, by up to 1e-3, on which picture the process saw first."""

_lock = threading.Lock()
"""One network runs at a time; each uses all threads that it was given."""

_loaded: WeakSet[MnnSession] = WeakSet()


def release_memory() -> None:
    """Unload every session. Each loads again when it runs, which takes 0.1 to 0.3 s."""
    with _lock:
        for session in list(_loaded):
            session.unload()


def import_quietly(name: str) -> Any:
    """A module of MNN, which prints what the processor can do to standard output, where a picture may be written."""
    import importlib

    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output
        return importlib.import_module(name)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        return importlib.import_module(name)
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _cores() -> int:
    """Physical cores that this process may use."""
    import psutil

    try:
        physical = psutil.cpu_count(logical=False)
    except OSError:  # a bare chroot has no /proc
        physical = None
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(filter(None, (physical, usable)), default=1)


def _first_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One sample, of FIRST_SIZE where it is a picture. shape: channels second, as the graph has it."""
    return (1, shape[1], *FIRST_SIZE) if len(shape) == 4 else (1, *shape[1:])


class _TensorMemory:
    """Lets an array over a tensor's memory keep the tensor."""

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor
        self.__array_interface__ = tensor.getNumpyData().__array_interface__


class MnnSession:
    """`session.Session` over a file of MNN (`conversion`). threads: 0: as many as there are cores."""

    def __init__(self, graph: Path, threads: int = 0) -> None:
        self._graph, self._threads = graph, threads or _cores()
        self._mnn = import_quietly("MNN")
        self._interpreter: Any = None
        self._session: Any = None
        with _lock:
            self._load()
            self._outputs = list(self._interpreter.getSessionOutputAll(self._session))
            self._inputs = frozenset(self._interpreter.getSessionInputAll(self._session))

    def _load(self) -> None:
        # Sessions with a runtime in common would use a third less memory, but one that grows takes the others' away.
        options = {"backend": "CPU", "numThread": self._threads, "precision": "normal"}
        self._interpreter = self._mnn.Interpreter(str(self._graph))
        self._session = self._interpreter.createSession(options)
        inputs = self._interpreter.getSessionInputAll(self._session)
        self._fit_to({name: _first_shape(tuple(tensor.getShape())) for name, tensor in inputs.items()})
        _loaded.add(self)

    def unload(self) -> None:
        """Called with the lock held."""
        self._session = self._interpreter = None
        _loaded.discard(self)

    @property
    def inputs(self) -> frozenset[str]:
        return self._inputs

    def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Raises OutOfMemory."""
        with _lock:
            if self._session is None:
                self._load()
            self._fit_to({name: value.shape for name, value in feeds.items()})
            for name, value in feeds.items():
                self._tensor(name).getNumpyData()[...] = value  # a view of the session's own memory
            self._checked(self._interpreter.runSession(self._session))
            return {name: self._fetched(name) for name in self._outputs}

    def _fit_to(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        changed = {name: shape for name, shape in shapes.items() if tuple(self._tensor(name).getShape()) != shape}
        for name, shape in changed.items():
            self._interpreter.resizeTensor(self._tensor(name), shape)
        if changed:
            self._interpreter.resizeSession(self._session)

    def _tensor(self, name: str) -> Any:
        return self._interpreter.getSessionInput(self._session, name)

    def _fetched(self, name: str) -> np.ndarray:
        output = self._interpreter.getSessionOutput(self._session, name)
        host = self._mnn.Tensor(
            tuple(output.getShape()), self._mnn.Halide_Type_Float, self._mnn.Tensor_DimensionType_Caffe
        )
        output.copyToHostTensor(host)
        return np.asarray(_TensorMemory(host))

    def _checked(self, code: int) -> None:
        if code == _OUT_OF_MEMORY:
            raise OutOfMemory("the network needs more memory: close other programs, or choose quality 'fast'")
        if code:
            raise RuntimeError(f"MNN ended with code {code}")
