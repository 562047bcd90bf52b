"""The one public verb: a picture in, exact layers out. Knows nothing of engines' insides, files or processes."""

from __future__ import annotations

from threading import Thread
from time import perf_counter

import numpy as np

from .types import Decomposition, Request, Tick

__all__ = ["decompose", "silent"]


def silent(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
    """A tick for callers who want neither progress nor cancellation."""


def decompose(request: Request, tick: Tick = silent) -> list[Decomposition]:
    """Take `request.composite` apart: up to `options.candidates` answers, best first, never none.

    Where `request.overlay` is given, it is looked for in place of `options.engine`; the answer is one.

    Every answer recomposes to the picture exactly. A decomposition without foregrounds says "nothing
    found". Stage times in `provenance.seconds`: "load" (the engine, 0 when it is already there), "network"
    (the estimate of all candidates together), "finish" (this candidate).
    Raises InvalidRequest, EngineUnavailable, OutOfMemory, and Cancelled through `tick`.
    """
    # Imported here so that choosing an engine, or listing them, does not wait for the kernels of `finish`.
    from .engines import load
    from .exact import ready
    from .finish import FinishConfig, finish

    began = perf_counter()
    tick("load", 0, 1)
    if request.overlay is None:
        estimate, config = load(request.options.engine).estimate, FinishConfig()
    else:
        from .overlay import KNOWN, match_overlay

        estimate, config = match_overlay, KNOWN
    loaded = perf_counter()
    solver = Thread(target=ready, daemon=True)

    def noticed(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
        """Half a second of importing compiled code: not beside the first look, which uses all cores, but after it."""
        if preview is not None and solver.ident is None:
            solver.start()
        tick(stage, step, steps, preview)

    candidates = estimate(request, noticed)
    estimated = perf_counter()
    answers = []
    for candidate in candidates:
        start = perf_counter()
        answer = finish(request, candidate, tick, config)
        answers.append(
            answer.with_seconds(load=loaded - began, network=estimated - loaded, finish=perf_counter() - start)
        )
    return answers
