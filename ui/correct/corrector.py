"""Joins a document to its correction: the live layers stand in the document's stack, each change is one undo step.

Begins with the first touch; begins anew where the stack became another (a candidate was chosen, a job ended).
Knows nothing of widgets.
"""

from __future__ import annotations

from PyQt6.QtCore import QObject, QRect, pyqtSignal
from PyQt6.QtGui import QUndoCommand

from bridge.correct import Change, Correction
from bridge.formats import BlendType, Layer

from ..language import tr
from ..session import Document, Entry
from .bench import Bench

__all__ = ["Corrector"]


class Corrector(QObject):
    """One for each document that was ever corrected."""

    stepped = pyqtSignal()
    """Something was done, undone or redone."""
    measured = pyqtSignal(float)
    previewed = pyqtSignal(object, int, object)
    """See `Bench`."""
    failed = pyqtSignal(object)

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.document = document
        self._bench: Bench | None = None
        self._keys: tuple[int, ...] = ()

    def bench(self) -> Bench:
        """Ready to correct the active layer; puts the live layers into the document where they are not there yet."""
        if self._bench is None or not self._fits(self._bench.correction):
            self._begin()
        assert self._bench is not None
        place = self._place()
        if self._bench.correction.active != place:
            correction = self._bench.correction
            self._bench.call(lambda: setattr(correction, "active", place))
        return self._bench

    @property
    def blend(self) -> BlendType:
        """Of the layer that would be corrected."""
        return self.document.entries[self._place()].layer.blend if len(self.document.entries) > 1 else BlendType.NORMAL

    @property
    def idle(self) -> bool:
        return self._bench is None or self._bench.idle

    def close(self) -> None:
        if self._bench is not None:
            self._bench.close()

    def _place(self) -> int:
        """Of the active layer in the stack; the top one where the background is chosen."""
        keys = [entry.key for entry in self.document.entries]
        chosen = keys.index(self.document.active) if self.document.active in keys else 0
        return chosen or max(len(keys) - 1, 1)

    def _fits(self, correction: Correction) -> bool:
        entries, layers = self.document.entries, correction.layers
        return len(entries) == len(layers) and all(
            entry.layer.pixels is layer.pixels and entry.layer.blend == layer.blend and entry.layer.opacity == 1
            for entry, layer in zip(entries, layers, strict=True)
        )

    def _begin(self) -> None:
        document = self.document
        correction = Correction(document.composite, [entry.layer for entry in document.entries])
        entries = [
            entry.having(pixels=layer.pixels, offset=(0, 0), opacity=1.0)
            for entry, layer in zip(document.entries, correction.layers, strict=False)
        ]
        if len(entries) == 1:
            entries.append(Entry(Layer(tr("Foreground"), correction.layers[1].pixels)))
        document.edit(tr("Begin Correcting"), entries)
        self._bench = bench = Bench(correction)
        bench.changed.connect(lambda box: self._changed(box))
        bench.stepped.connect(lambda change, text: document.undo.push(_Step(self, bench, change, text)))
        bench.played.connect(self._played)
        bench.measured.connect(self.measured)
        bench.previewed.connect(self.previewed)
        bench.failed.connect(self.failed)

    def _changed(self, box: tuple[int, int, int, int]) -> None:
        self.document.touched = True
        self.document.pixels_changed.emit(QRect(*box))

    def _played(self) -> None:
        """The blend type may have changed with the pixels."""
        if self._bench is None:
            return
        layers, entries = self._bench.correction.layers, self.document.entries
        if len(layers) == len(entries) and any(
            entry.layer.pixels is layer.pixels and entry.layer.blend != layer.blend
            for entry, layer in zip(entries, layers, strict=True)
        ):
            self.document.set_entries(
                [entry.having(blend=layer.blend) for entry, layer in zip(entries, layers, strict=True)]
            )
        self.stepped.emit()


class _Step(QUndoCommand):
    """One correction. It has been done when it is pushed."""

    def __init__(self, corrector: Corrector, bench: Bench, change: Change, text: str) -> None:
        super().__init__(text)
        self._corrector, self._bench, self._change = corrector, bench, change
        self._done = True

    def redo(self) -> None:
        if not self._done:
            self._bench.redo(self._change)
        else:
            self._corrector._played()
        self._done = False

    def undo(self) -> None:
        self._bench.undo(self._change)
