"""One run of a job: connect, hand the picture in, follow it, fetch the layers, export a file.

Everything here blocks, so it belongs in a thread or a process of its own. Knows nothing of either program:
pixels come as bytes, progress and cancellation are two functions.
"""

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Optional, Tuple

from bridge.wire import Candidate, Client, EngineInfo, Mask, Picture, Progress
from bridge.wire.files import replace_file

from .choice import Choice
from .language import tr
from .pixels import gray_of
from .words import missing_candidates

__all__ = ["JobInput", "JobResult", "NothingFound", "Report", "engines", "export", "fetch", "is_same_file", "run"]

Report = Callable[[str, Optional[float], Optional[float]], None]
"""report(stage, share, left): share 0..1 of the stage, None = not known; left: seconds to go, None = not known."""


class NothingFound(Exception):
    """The engine found no layer. The document is as it was."""


@dataclass(frozen=True, eq=False)
class JobInput:
    """What to take apart. picture: in the document's own depth and channel order, 2 (gray) or 4 channels.

    mask: the selection over the picture, one byte a pixel, or None; `choice.area` says what it means.
    opaque: the program wants layers that are not normal with full alpha; for pictures without see-through parts.
    overlay: the foreground itself, where it is known.
    client: the program's name in the service's log.   title: the document's name, for the job list.
    """

    picture: Picture
    choice: Choice
    mask: Optional[Mask]
    client: str
    title: str
    opaque: bool = False
    overlay: Optional[Picture] = None


@dataclass(frozen=True, eq=False)
class JobResult:
    """The best candidate, and what is needed to fetch the others. count: candidates in all.

    Layers have the channels of the input: 2 for gray, else 4.   notes: what the artist should know:
    fewer candidates than asked for, what was changed on the way in.
    """

    job_input: JobInput
    job: str
    candidate: Candidate
    count: int
    notes: Tuple[str, ...]

    def without_pixels(self) -> "JobResult":
        """The same without pixels: what is kept to fetch other candidates later."""
        job_input = replace(self.job_input, picture=replace(self.job_input.picture, data=b""), mask=None, overlay=None)
        return replace(self, job_input=job_input, candidate=replace(self.candidate, layers=()))


def engines(client_name: str) -> Tuple[EngineInfo, ...]:
    """The engines and their states; starts the service where none runs. Raises WireError."""
    with Client.connect(client_name) as client:
        return client.engines


def run(job_input: JobInput, report: Report, cancelled: Callable[[], bool]) -> JobResult:
    """Take the picture apart and fetch the best candidate. Raises WireError, NothingFound."""
    notes: Tuple[str, ...] = ()

    def show(progress: Progress) -> None:
        share = progress.step / progress.steps if progress.steps > 1 else None
        report(progress.stage, share, progress.left)

    def accepted(message) -> None:
        nonlocal notes
        notes = _shown_notes(job_input.picture, message.notes)
        if message.place > 1:
            report("queued", None, None)

    report("connect", None, None)
    with Client.connect(job_input.client) as client:
        report("upload", None, None)
        limits = job_input.choice.area == "selection"
        done = client.decompose(
            job_input.picture,
            job_input.choice.options(),
            title=job_input.title[:300],
            accepted=accepted,
            progress=show,
            cancelled=cancelled,
            selection=job_input.mask if limits else None,
            hint=None if limits else job_input.mask,
            overlay=job_input.overlay,
        )
        if not done.candidates or done.candidates[0].layers < 2:
            raise NothingFound
        report("fetch", None, None)
        candidate = _fetch(client, job_input, done.job, 0, cancelled)
    missing = missing_candidates(job_input.choice.candidates, len(done.candidates))
    notes = (missing, *notes) if missing else notes
    return JobResult(job_input, done.job, candidate, len(done.candidates), notes)


def _shown_notes(picture: Picture, notes: Tuple[str, ...]) -> Tuple[str, ...]:
    """What the artist should know of what was changed on the way in. Gray comes back as gray: nothing to know."""
    if picture.depth in ("f16", "f32"):
        return (tr("Float pictures are taken apart in 16 bits; values outside 0..1 were clipped."),)
    return () if picture.channels == 2 else notes


def fetch(result: JobResult, index: int, cancelled: Callable[[], bool]) -> JobResult:
    """Another candidate of the same job. Raises WireError (`unknown_job` where the service no longer keeps it)."""
    with Client.connect(result.job_input.client) as client:
        return replace(result, candidate=_fetch(client, result.job_input, result.job, index, cancelled))


def export(client_name: str, job: str, target: Path, cancelled: Callable[[], bool]) -> None:
    """Write a job as a layered file, `.ora` or else PSD: whole or not at all. Raises WireError, OSError."""
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    try:
        with os.fdopen(handle, "w+b") as sink, Client.connect(client_name) as client:
            kind = "ora" if target.suffix.lower() == ".ora" else "psd"
            client.export(job, sink, format=kind, cancelled=cancelled)
        replace_file(draft, target)
    except BaseException:
        os.unlink(draft)
        raise


def is_same_file(a: Path, b: Path) -> bool:
    """Whether both paths name one file, through links too; by name where one of them is not there."""
    try:
        return os.path.samefile(a, b)
    except OSError:
        return os.path.realpath(a) == os.path.realpath(b)


def _fetch(client: Client, job_input: JobInput, job: str, index: int, cancelled: Callable[[], bool]) -> Candidate:
    picture = job_input.picture
    candidate = client.fetch(
        job, index, depth=picture.depth, order=picture.order, opaque=job_input.opaque, cancelled=cancelled
    )
    if picture.channels == 2:
        gray = tuple(replace(layer, data=gray_of(layer.data, picture.depth)) for layer in candidate.layers)
        candidate = replace(candidate, layers=gray)
    return candidate
