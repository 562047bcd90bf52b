"""Joins a document to its edit session: the live layers stand in the document's stack, each change is one undo step.

Begins with the first touch; begins anew where the stack became another (a candidate was chosen, a job ended).
Knows nothing of widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PyQt6.QtCore import QObject, QRect, pyqtSignal
from PyQt6.QtGui import QUndoCommand

from model.edit import EditSession
from model.types import BlendType, Layer

from ..entries import Entry
from ..language import tr
from ..session import Document
from .worker import EditWorker, Outcome

__all__ = ["DocumentEditor"]


class DocumentEditor(QObject):
    """One for each document that was ever corrected."""

    stepped = pyqtSignal()
    """Something was done, undone or redone."""
    measured = pyqtSignal(float)
    previewed = pyqtSignal(object, int, object)
    """See `EditWorker`."""
    failed = pyqtSignal(object)

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.document = document
        self._worker: EditWorker | None = None
        self._begun: _Begun | None = None
        self._unstepped = False
        """The live layers are there, and no undo step brought them yet."""

    def worker(self) -> EditWorker:
        """Ready to correct the active layer; puts the live layers into the document where they are not there yet."""
        begun = self._begun
        if self._worker is not None and begun is not None and self.document.entries is begun.before:
            _show_stack(self.document, begun.after)  # all strokes were undone: the session is as it began
            self._unstepped = True
        elif self._worker is None or not self._fits(self._worker.session):
            self._begin()
        assert self._worker is not None
        place = self._place()
        if self._worker.session.active != place:
            session = self._worker.session
            self._worker.call(lambda: setattr(session, "active", place))
        return self._worker

    def end_stroke(self, text: str) -> None:
        """One undo step, called `text`."""
        if self._worker is not None:
            self._push(self._worker.end_stroke(), text)

    def end_global_edit(self, text: str) -> None:
        """One undo step, called `text`."""
        if self._worker is not None:
            self._push(self._worker.end_global_edit(), text)

    def cancel_stroke(self) -> None:
        """As if the stroke had never begun."""
        if self._worker is not None:
            self._worker.cancel_stroke()
            if (begun := self._first()) is not None:
                _show_stack(self.document, begun.before)

    def _push(self, outcome: Outcome, text: str) -> None:
        assert self._worker is not None
        self.document.undo.push(_Step(self.document, self._worker, outcome, text, self._first()))

    def _first(self) -> _Begun | None:
        """What the first step of a session has to take back with it."""
        begun, first, self._unstepped = self._begun, self._unstepped, False
        return begun if first and begun is not None and self.document.entries is begun.after else None

    @property
    def blend(self) -> BlendType:
        """Of the layer that would be corrected."""
        return self.document.entries[self._place()].layer.blend if len(self.document.entries) > 1 else BlendType.NORMAL

    @property
    def idle(self) -> bool:
        return self._worker is None or self._worker.idle

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()

    def _place(self) -> int:
        """Of the active layer in the stack; the top one where the background is chosen."""
        keys = [entry.key for entry in self.document.entries]
        chosen = keys.index(self.document.active) if self.document.active in keys else 0
        return chosen or max(len(keys) - 1, 1)

    def _fits(self, session: EditSession) -> bool:
        entries, layers = self.document.entries, session.layers
        return len(entries) == len(layers) and all(
            entry.layer.pixels is layer.pixels and entry.layer.blend == layer.blend and entry.layer.opacity == 1
            for entry, layer in zip(entries, layers, strict=True)
        )

    def _begin(self) -> None:
        document = self.document
        session = EditSession(document.composite, [entry.layer for entry in document.entries])
        # New keys: tiles that are being drawn of the pixels before must not stand for these.
        entries = [
            Entry(replace(entry.layer, pixels=layer.pixels, offset=(0, 0), opacity=1.0))
            for entry, layer in zip(document.entries, session.layers, strict=False)
        ]
        if len(entries) == 1:
            entries.append(Entry(Layer(tr("Foreground"), session.layers[1].pixels)))
        self._begun = _Begun(document.entries, tuple(entries))
        self._unstepped = True
        _show_stack(document, self._begun.after)
        self._worker = worker = EditWorker(session)
        worker.changed.connect(lambda box: self._changed(box))
        worker.stepped.connect(self._stepped)
        worker.played.connect(self._played)
        worker.measured.connect(self.measured)
        worker.previewed.connect(self.previewed)
        worker.failed.connect(self.failed)

    def _changed(self, box: tuple[int, int, int, int]) -> None:
        self.document.touched = True
        self.document.pixels_changed.emit(QRect(*box))

    def _stepped(self, outcome: Outcome) -> None:
        """A step that changed nothing is none."""
        undo = self.document.undo
        last = undo.command(undo.index() - 1) if undo.index() else None
        if outcome.change is None and isinstance(last, _Step) and last.outcome is outcome:
            last.setObsolete(True)
            undo.undo()
        self._played()

    def _played(self) -> None:
        """The blend type may have changed with the pixels."""
        if self._worker is None:
            return
        layers, entries = self._worker.session.layers, self.document.entries
        if len(layers) == len(entries) and any(
            entry.layer.pixels is layer.pixels and entry.layer.blend != layer.blend
            for entry, layer in zip(entries, layers, strict=True)
        ):
            self.document.set_entries(
                [entry.having(blend=layer.blend) for entry, layer in zip(entries, layers, strict=True)]
            )
        self.stepped.emit()


@dataclass(frozen=True, eq=False)
class _Begun:
    """The stack before the session, and the session's live layers in its place."""

    before: tuple[Entry, ...]
    after: tuple[Entry, ...]


def _show_stack(document: Document, entries: tuple[Entry, ...]) -> None:
    """Put other entries of the same layers into the document; what was chosen and shown alone stays so."""
    new = {before.key: after.key for before, after in zip(document.entries, entries, strict=False)}
    active, display = document.active, document.display
    document.set_entries(entries)
    document.set_active(new.get(active, entries[-1].key))
    document.show_as(solo=new.get(display.solo, 0), alpha=display.alpha)


class _Step(QUndoCommand):
    """One edit. Skips the redo() that QUndoStack.push issues: the edit is already queued.

    begun: of the first step of a session, which brings the live layers and takes them away again.
    """

    def __init__(
        self, document: Document, worker: EditWorker, outcome: Outcome, text: str, begun: _Begun | None
    ) -> None:
        super().__init__(text)
        self.outcome = outcome
        self._document, self._worker, self._begun = document, worker, begun
        self._queued = True

    def redo(self) -> None:
        if not self._queued:
            if self._begun is not None:
                _show_stack(self._document, self._begun.after)
            self._worker.redo(self.outcome)
        self._queued = False

    def undo(self) -> None:
        self._worker.undo(self.outcome)
        if self._begun is not None:
            _show_stack(self._document, self._begun.before)
