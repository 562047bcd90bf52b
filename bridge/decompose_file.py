"""One picture file taken apart into one layered file: read, decompose, write, report.

What `decompose` does with each picture, in this process or in one of a batch. Values in, values out; prints nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import BridgeError
from .plan import Task

if TYPE_CHECKING:
    from model.types import Composite, Decomposition, Options, Request, Tick

__all__ = ["FileJob", "Report", "decompose_file"]


@dataclass(frozen=True)
class FileJob:
    """One picture, where its layers go, and everything that affects them.

    hint, selection: mask files.   overlay: the file of the known overlay.
    region: x, y, width, height in pixels; only inside it may pixels change.
    daemon: "auto", "always" or "never".
    shared: the file of the overlay that a group of pictures shares (`shared_file`); then no engine is asked.
    """

    task: Task
    options: Options
    hint: str | None = None
    selection: str | None = None
    region: tuple[int, int, int, int] | None = None
    compact: bool = False
    overwrite: bool = False
    daemon: str = "auto"
    overlay: str | None = None
    shared: str | None = None


@dataclass(frozen=True)
class Report:
    """What is told about one picture that went well: a line for a person, an object for a program."""

    line: str
    as_json: dict[str, Any]
    outputs: tuple[Path, ...]


def decompose_file(job: FileJob, tick: Tick, import_seconds: float = 0.0) -> Report:
    """Do it. tick: progress and cancellation, with the stages "read" and "write" around the engine's own.

    Raises BridgeError and the model's errors; then nothing was written.
    """
    from . import formats

    task = job.task
    began = time.perf_counter()
    formats.check_target(task.target, overwrite=job.overwrite, form=task.form)  # before the work, not after it
    tick("read", 0, 1)
    composite = formats.read_composite(task.source)
    request = _request(composite, job)
    tick("read", 1, 1)
    read_seconds = time.perf_counter() - began
    decompositions = _take_off(request, tick, job.shared) if job.shared else _decompose(request, tick, job.daemon)
    write_began = time.perf_counter()
    notes = list(composite.notes)
    tick("write", 0, 1)
    outputs = formats.write(
        decompositions,
        task.target,
        compact=job.compact,
        overwrite=job.overwrite,
        form=task.form,
        merged=composite.pixels,  # what the stack would give, without stacking it
        tell=notes.append,
    )
    tick("write", 1, 1)
    seconds = dict(decompositions[0].provenance.seconds)
    seconds["import"] = import_seconds
    seconds["load"] = seconds.get("load", 0.0) + read_seconds
    seconds["finish"] = sum(d.provenance.seconds.get("finish", 0.0) for d in decompositions)
    seconds["write"] = time.perf_counter() - write_began
    return _report(task, decompositions, outputs, notes, seconds)


def _decompose(request: Request, tick: Tick, daemon: str) -> list[Decomposition]:
    """In the daemon or in this process: the layers are the same."""
    from .wire.discovery import home_folder, read_runtime

    if daemon == "always" or (daemon == "auto" and read_runtime(home_folder()) is not None):
        from . import remote

        client = remote.running_daemon("decompose", start=daemon == "always")
        if client is not None:
            with client:
                return remote.decompose(client, request, tick)
    from model.decompose import decompose

    return decompose(request, tick)


def _take_off(request: Request, tick: Tick, shared: str) -> list[Decomposition]:
    from model.shared_overlay import take_off

    from .shared_file import read_shared

    return [take_off(request, read_shared(shared), tick)]


def _request(composite: Composite, job: FileJob) -> Request:
    import numpy as np

    from model.types import Request

    from . import formats

    selection = formats.read_mask(job.selection) if job.selection else None
    hint = formats.read_mask(job.hint) if job.hint else None
    if job.region is not None:
        x, y, width, height = job.region
        inside = np.zeros(composite.pixels.shape[:2], np.uint8)
        inside[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)] = 255
        if not inside.any():
            w, h = composite.size
            region = ",".join(map(str, job.region))
            raise BridgeError(f"--region {region} lies outside the picture ({w} x {h}): choose one inside it")
        if selection is not None and selection.shape == inside.shape:
            inside = np.minimum(inside, selection)
        selection = inside if selection is None or selection.shape == inside.shape else selection
    overlay = formats.read_overlay(job.overlay) if job.overlay else None
    return Request(composite, job.options, selection, hint, overlay)


def _report(
    task: Task,
    decompositions: Sequence[Decomposition],
    outputs: Sequence[Path],
    notes: Sequence[str],
    seconds: dict[str, float],
) -> Report:
    best = decompositions[0].provenance
    total = sum(seconds.values())
    names = ("import", "load", "network", "finish", "write")
    rounded = {name: round(seconds.get(name, 0.0), 4) for name in names}
    is_found = best.coverage > 0
    told = {
        "input": str(task.source),
        "outputs": [str(path) for path in outputs],
        "engine": best.engine,
        "blend": best.blend and str(best.blend),
        "kind": str(best.kind) if best.kind and is_found else None,
        "confidence": round(best.confidence, 4),
        "coverage": round(best.coverage, 6),
        "recomposition_error": best.recomposition_error,
        "candidates": len(decompositions),
        "notes": list(notes),
        "seconds": {**rounded, "total": round(total, 4)},
    }
    where = outputs[0] if len(outputs) == 1 else task.target
    lines = [f"note: {note}" for note in notes]
    if not is_found:
        found = "nothing found, the background is the picture"
    else:
        kind = f"{best.kind}, " if best.kind else ""
        found = f"{kind}blend {best.blend}, foreground on {best.coverage:.1%} of the picture"
    error = f"recomposition error {best.recomposition_error}"
    lines.append(f"{task.source} -> {where}: {found}, {error}, {total:.1f} s ({best.engine})")
    return Report("\n".join(lines), told, tuple(outputs))
