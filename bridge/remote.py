"""`model.decompose.decompose`, done by the daemon: the same request in, the same decompositions out.

For the command line and scripts that hold numpy arrays. Knows nothing of how messages travel.
"""

from __future__ import annotations

import contextlib

import numpy as np

from model.errors import EngineUnavailable, InvalidRequest, ModelError, OutOfMemory
from model.types import Composite, Decomposition, Layer, Request, Tick

from .convert import model_layer, preview_pixels, provenance, wire_mask, wire_options, wire_picture
from .errors import BridgeError
from .installation import installation
from .wire import (
    Candidate,
    Client,
    DaemonUnavailable,
    JobCancelled,
    JobFailed,
    WireError,
    new_job_id,
)
from .wire.discovery import home_folder, private_folder, read_install, read_runtime, write_private

__all__ = ["decompose", "running_daemon"]

_ERRORS: dict[str, type[ModelError]] = {
    "bad_request": InvalidRequest,
    "bad_pixels": InvalidRequest,
    "too_large": InvalidRequest,
    "unknown_engine": InvalidRequest,
    "engine_unavailable": EngineUnavailable,
    "out_of_memory": OutOfMemory,
}


def running_daemon(name: str, start: bool = False) -> Client | None:
    """A client of the daemon that runs; None where none does, or with `start` a new one. Raises BridgeError."""
    if start:
        try:
            folder = private_folder(home_folder())
            if read_install(folder) is None:  # this installation is as good as any
                write_private(folder / "install.json", installation())
            return Client.connect(name)
        except WireError as problem:
            raise BridgeError(str(problem)) from None
    if read_runtime(home_folder()) is None:
        return None
    try:
        return Client.connect(name, autostart=False)
    except (DaemonUnavailable, JobFailed):  # it just ended, or speaks another protocol: work without it
        return None


def decompose(client: Client, request: Request, tick: Tick, title: str = "") -> list[Decomposition]:
    """Have the daemon take `request` apart; nothing of it stays there.

    `tick` may raise to cancel, as in the model. Raises the model's errors, and BridgeError where the service fails.
    """
    job = new_job_id()
    raised: list[BaseException] = []

    def progress(message) -> None:
        try:
            tick(message.stage, message.step, message.steps, preview_pixels(message.preview))
        except BaseException as problem:
            raised.append(problem)

    try:
        done = client.decompose(
            wire_picture(request.composite),
            wire_options(request.options),
            selection=wire_mask(request.selection),
            hint=wire_mask(request.hint),
            overlay=None if request.overlay is None else wire_picture(Composite(request.overlay)),
            title=title[:300],
            job=job,
            progress=progress,
            cancelled=lambda: bool(raised),
        )
        depth = "u8" if request.composite.depth == 8 else "u16"
        fetched = [client.fetch(job, number, depth=depth) for number in range(len(done.candidates))]
        seconds = {time.stage: time.seconds for time in done.seconds if time.stage != "total"}
        answers = [_decomposition(request, candidate, seconds) for candidate in fetched]
    except JobCancelled:
        raise (
            raised[0]
            if raised
            else BridgeError("the job was cancelled by another client of the service: run the command again to do it")
        ) from None
    except JobFailed as problem:
        raise _ERRORS.get(problem.code, BridgeError)(str(problem)) from None
    except WireError as problem:
        raise BridgeError(str(problem)) from None
    finally:  # also on Ctrl-C: the daemon should not work for nobody
        with contextlib.suppress(WireError):
            client.forget(job)
    return answers


def _decomposition(request: Request, candidate: Candidate, seconds: dict[str, float]) -> Decomposition:
    composite, info = request.composite, candidate.info
    dtype = composite.pixels.dtype

    def layer(number: int, stored) -> Layer:
        pixels = np.frombuffer(stored.data, dtype).reshape(stored.height, stored.width, 4)
        if number == 0 and composite.pixels.shape[2] == 3:
            pixels = pixels[..., :3]
        return model_layer(stored, pixels)

    layers = tuple(layer(number, stored) for number, stored in enumerate(candidate.layers))
    record = provenance(info, request.options, seconds)
    return Decomposition(composite.size, layers, record, composite.icc, composite.dpi, composite.metadata)
