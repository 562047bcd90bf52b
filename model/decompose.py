"""`decompose`: a picture in, exact layers out. Knows nothing of the insides of engines, of files or of processes."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread
from time import perf_counter

import numpy as np

from .types import Decomposition, Request, Tick

__all__ = ["decompose", "silent"]


def silent(stage: str, step: int, steps: int, preview: np.ndarray | None = None) -> None:
    """A tick that does nothing, for callers who want neither progress nor cancellation."""


def decompose(request: Request, tick: Tick = silent) -> list[Decomposition]:
    """Decompose `request.composite` into layers.

    Parameters
    ----------
    request : Request
        Where it has an overlay, that is searched for in place of the estimate of `options.engine`; the result is one
        decomposition.
    tick : Tick
        Called between steps, with the stages "load", "network" and "finish".

    Returns
    -------
    list of Decomposition
        At least one and at most `options.candidates`, best first. Each recomposes to the picture exactly; one without
        foregrounds means that nothing was found. `provenance.seconds` holds the durations of "load" (the engine; 0
        where it is loaded already), "network" (the estimates of all candidates together) and "finish" (this
        candidate).

    Raises
    ------
    InvalidRequest
        Where the engine cannot serve these options.
    EngineUnavailable
        Where the engine cannot run here.
    OutOfMemory
        Where the device has too little memory.
    Cancelled
        Where `tick` raises it.
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
        """Import the solver after the first prediction: it takes half a second, and the prediction uses all cores."""
        if preview is not None and solver.ident is None:
            solver.start()
        tick(stage, step, steps, preview)

    candidates = estimate(_over_matte(request), noticed)
    estimated = perf_counter()
    found = []
    for candidate in candidates:
        start = perf_counter()
        decomposition = finish(request, candidate, tick, config)
        found.append(
            decomposition.with_seconds(load=loaded - began, network=estimated - loaded, finish=perf_counter() - start)
        )
    return found


def _over_matte(request: Request) -> Request:
    """The request with its picture over an opaque matte, for the engines; itself where the picture is opaque."""
    from .imaging.matte import flatten, has_transparency, matte_level

    composite = request.composite
    if not has_transparency(composite.pixels):
        return request
    pixels = flatten(composite.pixels, matte_level(composite.pixels))
    return replace(request, composite=replace(composite, pixels=pixels))
