"""What is open, apart from widgets: documents, their layers and candidates, undo, signals of change.

A `Document` is one picture. Its layers are `Entry` values, bottom to top; replacing an entry is cheap because pixels
are shared. Pixels change in two ways only: `set_entries` (another stack) and `patch` (a rectangle of one layer, in
place; what the correction brushes do). Knows nothing of widgets, threads or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, QRect, pyqtSignal
from PyQt6.QtGui import QUndoGroup, QUndoStack

from bridge.wire import Options, Preview
from model.types import Composite

from .entries import CandidateView, Entry, new_key
from .undo import ApplyJobResult, ChooseCandidate, EditEntries, JobResult

__all__ = ["Display", "Document", "Mode", "Session"]


class Mode(StrEnum):
    """What the canvas shows."""

    LAYERS = "layers"
    """The layers, stacked."""
    ORIGINAL = "original"
    """The picture that came in."""
    BACKGROUND = "background"
    """The lowest layer alone: what was behind."""
    SPLIT = "split"
    """Left of a line the original, right of it the layers as shown; the background while none is hidden."""
    DIFFERENCE = "difference"
    """|recomposed - original| times a gain."""


@dataclass(frozen=True)
class Display:
    """How the canvas shows a document. solo: the key of the only layer shown, 0 = all; alpha: show its alpha as gray.

    gain: factor of the difference view.   split: where the line stands, 0..1 of the picture's width.
    """

    mode: Mode = Mode.LAYERS
    solo: int = 0
    alpha: bool = False
    gain: int = 10
    split: float = 0.5


class Document(QObject):
    """One picture: composite, layers, candidates, how it is shown, undo."""

    entries_changed = pyqtSignal()
    """Another stack: layers came, went, moved, or changed opacity, blend type, name, visibility."""
    pixels_changed = pyqtSignal(QRect)
    """Pixels inside this rectangle of the picture changed in place."""
    display_changed = pyqtSignal()
    candidates_changed = pyqtSignal()
    phase_changed = pyqtSignal()
    """A job began or ended."""
    progress_changed = pyqtSignal()
    active_changed = pyqtSignal()
    area_changed = pyqtSignal()
    title_changed = pyqtSignal()

    def __init__(self, composite: Composite, title: str, path: Path | None = None) -> None:
        super().__init__()
        self.key = new_key()
        self.composite = composite
        self.title = title
        self.path = path
        self.opened_layered = False
        """The file at `path` holds these layers: saving over it loses no picture."""
        self.saved_to: Path | None = None
        self.undo = QUndoStack(self)
        self.undo.cleanChanged.connect(self._clean_changed)
        self.job = ""
        """Of the layers that are there."""
        self.pending = ""
        """Of the job that runs."""
        self.notes: tuple[str, ...] = composite.notes
        self.options = Options()
        self.working = False
        self.stage = ""
        self.share: float | None = None
        self.left: float | None = None
        self.preview: Preview | None = None
        self.candidates: tuple[CandidateView, ...] = ()
        self.candidate = 0
        self.wanted = 0
        self.area: np.ndarray | None = None
        self.touched = False
        self._display = Display()
        self._entries: tuple[Entry, ...] = ()
        self._active = 0
        self._unsaved = False

    # Layers

    @property
    def size(self) -> tuple[int, int]:
        """Width, height in pixels."""
        return self.composite.size

    @property
    def rect(self) -> QRect:
        return QRect(0, 0, *self.size)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Bottom to top; empty before a decomposition."""
        return self._entries

    def entry(self, key: int) -> Entry | None:
        return next((entry for entry in self._entries if entry.key == key), None)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show another stack. Not undoable by itself: `EditEntries` wraps it."""
        self._entries = tuple(entries)
        if self.candidates:
            self.candidates[self.candidate].entries = self._entries
        if self._display.solo and self.entry(self._display.solo) is None:
            self.show_as(solo=0, alpha=False)
        if self.entry(self._active) is None:
            self._active = self._entries[-1].key if self._entries else 0
            self.active_changed.emit()
        self.entries_changed.emit()

    def edit(self, text: str, entries: Sequence[Entry], merge: str = "") -> None:
        """Change the stack with one undo step. merge: steps with the same word join (a slider that is dragged)."""
        self.undo.push(EditEntries(self, text, tuple(entries), merge))

    def change(self, text: str, key: int, merge: str = "", **changes: Any) -> None:
        """Change fields of one layer with one undo step."""
        now = tuple(one.having(**changes) if one.key == key else one for one in self._entries)
        self.edit(text, now, merge and f"{merge} {key}")

    def patch(self, key: int, x: int, y: int, pixels: np.ndarray) -> None:
        """Write `pixels` (h x w x C of the layer's own) into layer `key` at (x, y) of the picture, in place.

        What lies outside the layer is dropped. Emits `pixels_changed`; undo is the caller's.
        """
        entry = self.entry(key)
        if entry is None:
            return
        layer = entry.layer
        left, top = x - layer.offset[0], y - layer.offset[1]
        height, width = layer.pixels.shape[:2]
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + pixels.shape[1], width), min(top + pixels.shape[0], height)
        if x0 >= x1 or y0 >= y1:
            return
        layer.pixels[y0:y1, x0:x1] = pixels[y0 - top : y1 - top, x0 - left : x1 - left]
        self.touched = True
        self.pixels_changed.emit(QRect(x0 + layer.offset[0], y0 + layer.offset[1], x1 - x0, y1 - y0))

    @property
    def active(self) -> int:
        """The key of the layer chosen in the panel, 0 = none."""
        return self._active

    def set_active(self, key: int) -> None:
        if key != self._active:
            self._active = key
            self.active_changed.emit()

    # How it is shown

    @property
    def display(self) -> Display:
        return self._display

    def show_as(self, **changes: Any) -> None:
        """Replace fields of `display`."""
        display = replace(self._display, **changes)
        if display != self._display:
            self._display = display
            self.display_changed.emit()

    # Candidates

    def set_candidates(
        self, job: str, candidates: Sequence[CandidateView], entries: Sequence[Entry], index: int = 0
    ) -> None:
        """A job ended: its answers, and the layers of one of them. Undo brings back what was there before."""
        found = JobResult(job, tuple(candidates), index)
        self._unsaved = True
        if self._entries:
            self.undo.push(ApplyJobResult(self, found, entries))
        else:
            self.take(found, entries)
        self.title_changed.emit()

    def take(self, answer: JobResult, entries: Sequence[Entry]) -> None:
        """What `set_candidates` and its undo do."""
        self.job, self.candidates = answer.job, answer.candidates
        self.candidate = self.wanted = answer.index
        self.set_entries(entries)
        self.candidates_changed.emit()

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Layers that an earlier viewer left unsaved."""
        self._unsaved = True
        self.set_entries(entries)
        self.title_changed.emit()

    def choose(self, index: int) -> None:
        """Show another candidate whose layers were fetched. Edits stay with the candidate they were made on."""
        entries = self.candidates[index].entries
        if entries is None or index == self.candidate:
            return
        self.undo.push(ChooseCandidate(self, index))

    def put_candidate(self, index: int) -> None:
        """What `choose` and its undo do."""
        self.candidate = self.wanted = index
        self.set_entries(self.candidates[index].entries or ())
        self.candidates_changed.emit()

    def set_favourite(self, index: int, favourite: bool) -> None:
        self.candidates[index].favourite = favourite
        self.candidates_changed.emit()

    # Work and saving

    def set_working(self, working: bool) -> None:
        """A job of this document began or ended."""
        self.stage, self.share, self.left, self.preview = "", None, None, None
        self.working = working
        self.phase_changed.emit()
        self.progress_changed.emit()

    def set_progress(self, stage: str, share: float | None, left: float | None, preview: Preview | None = None) -> None:
        """share: 0..1 of the stage; left: seconds; None = not known."""
        self.stage, self.share, self.left = stage, share, left
        self.preview = preview or self.preview
        self.progress_changed.emit()

    def set_area(self, area: np.ndarray | None) -> None:
        """The marked area: uint8 H x W, or None."""
        self.area = area
        self.area_changed.emit()

    @property
    def unsaved(self) -> bool:
        """Whether closing loses something: layers that no file holds."""
        return bool(self._entries) and (self._unsaved or not self.undo.isClean())

    def _clean_changed(self, _: bool) -> None:
        # A method and no lambda: the stack says it once more while it is destroyed, and a method is let go by then.
        self.title_changed.emit()

    def set_saved(self, path: Path | None) -> None:
        """The layers as they are now are in a file (or are not wanted)."""
        self.saved_to = path
        self._unsaved = False
        self.undo.setClean()
        self.title_changed.emit()


class Session(QObject):
    """The open documents, in the order of their tabs, and the active one."""

    opened = pyqtSignal(object)
    closed = pyqtSignal(object)
    active_changed = pyqtSignal(object)
    """The active Document, or None."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = QUndoGroup(self)
        self._documents: list[Document] = []
        self._active: Document | None = None

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(self._documents)

    @property
    def active(self) -> Document | None:
        return self._active

    def add(self, document: Document) -> None:
        """Open a document and make it the active one."""
        self._documents.append(document)
        self.undo.addStack(document.undo)
        self.opened.emit(document)
        self.activate(document)

    def close(self, document: Document) -> None:
        place = self._documents.index(document)
        self._documents.remove(document)
        self.undo.removeStack(document.undo)
        if document is self._active:
            near = self._documents[min(place, len(self._documents) - 1)] if self._documents else None
            self.activate(near)
        self.closed.emit(document)

    def activate(self, document: Document | None) -> None:
        if document is self._active:
            return
        self._active = document
        self.undo.setActiveStack(document.undo if document else None)
        self.active_changed.emit(document)
