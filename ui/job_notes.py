"""What the viewer remembers of a job and the service does not keep: favourites, and what the file said of its picture.

    viewer/jobs/ID.json        goes with the job, at the latest some days after the service has dropped it

A note that is missing or damaged costs only what it held. Knows nothing of widgets or the service.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.wire.files import replace_file
from model.types import Composite, Metadata

from .settings import viewer_folder

__all__ = ["Note", "drop", "keep", "note_of", "prune", "read"]

log = logging.getLogger(__name__)
LONGEST = 9 * 24 * 3600
"""Seconds after which a note goes: the service keeps a job for a week."""


@dataclass(frozen=True)
class Note:
    """dpi, metadata: of the picture that was handed in.   favourites: numbers of candidates."""

    dpi: tuple[float, float] | None = None
    metadata: Metadata = field(default_factory=Metadata)
    favourites: tuple[int, ...] = ()

    def with_favourite(self, index: int, favourite: bool) -> Note:
        others = (one for one in self.favourites if one != index)
        return replace(self, favourites=tuple(sorted((*others, index) if favourite else others)))


def note_of(composite: Composite) -> Note:
    """The note of a job that begins."""
    return Note(composite.dpi, composite.metadata)


def keep(job: str, note: Note) -> None:
    """Write it, whole or not at all. What cannot be written is logged: the job matters more."""
    fields = {
        "dpi": note.dpi,
        "exif": _packed(note.metadata.exif),
        "xmp": _packed(note.metadata.xmp),
        "iptc": _packed(note.metadata.iptc),
        "text": note.metadata.text,
        "favourites": note.favourites,
    }
    try:
        path = _folder() / f"{job}.json"
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.write_text(json.dumps(fields), "utf-8")
        replace_file(draft, path)
    except OSError as problem:
        log.warning("what belongs to a job could not be noted: %s", problem)


def read(job: str) -> Note:
    """The note of a job; an empty one where there is none."""
    try:
        fields = json.loads((_folder() / f"{job}.json").read_text("utf-8"))
        dpi = fields["dpi"]
        return Note(
            None if dpi is None else (float(dpi[0]), float(dpi[1])),
            Metadata(
                _unpacked(fields["exif"]),
                _unpacked(fields["xmp"]),
                _unpacked(fields.get("iptc")),  # notes of earlier versions have neither this nor text
                tuple((str(keyword), str(text)) for keyword, text in fields.get("text", ())),
            ),
            tuple(int(one) for one in fields["favourites"]),
        )
    except FileNotFoundError:  # another program handed it in
        return Note()
    except (OSError, ValueError, TypeError, LookupError) as problem:
        log.warning("the note of a job cannot be read: %s", problem)
        return Note()


def drop(job: str) -> None:
    """The job was deleted."""
    try:
        (_folder() / f"{job}.json").unlink(missing_ok=True)
    except OSError as problem:
        log.warning("the note of a job could not be removed: %s", problem)


def prune() -> None:
    """Drop what is older than any job can be."""
    oldest = time.time() - LONGEST
    for path in _folder().iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except OSError:  # another viewer was quicker
            continue


def _folder() -> Path:
    folder = viewer_folder() / "jobs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _packed(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _unpacked(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
