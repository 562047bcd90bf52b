"""Joins a document to its correction: the live layers stand in the document's stack, each change is one undo step.

Begins with the first touch; begins anew where the stack became another (a candidate was chosen, a job ended).
Knows nothing of widgets.
"""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QObject, QRect, pyqtSignal
from PyQt6.QtGui import QUndoCommand

from bridge.correct import Correction
from bridge.formats import BlendType, Layer

from ..language import tr
from ..session import Document, Entry
from .bench import Bench, Outcome

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

    def end_stroke(self, text: str) -> None:
        """One undo step, called `text`."""
        if self._bench is not None:
            self.document.undo.push(_Step(self._bench, self._bench.end_stroke(), text))

    def end_sweep(self, text: str) -> None:
        """One undo step, called `text`."""
        if self._bench is not None:
            self.document.undo.push(_Step(self._bench, self._bench.end_sweep(), text))

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
        # New keys: tiles that are being drawn of the pixels before must not stand for these.
        entries = [
            Entry(replace(entry.layer, pixels=layer.pixels, offset=(0, 0), opacity=1.0))
            for entry, layer in zip(document.entries, correction.layers, strict=False)
        ]
        new = {before.key: after.key for before, after in zip(document.entries, entries, strict=True)}
        active, display = document.active, document.display
        if len(entries) == 1:
            entries.append(Entry(Layer(tr("Foreground"), correction.layers[1].pixels)))
        document.edit(tr("Begin Correcting"), entries)
        document.set_active(new.get(active, entries[-1].key))
        document.show_as(solo=new.get(display.solo, 0), alpha=display.alpha)
        self._bench = bench = Bench(correction)
        bench.changed.connect(lambda box: self._changed(box))
        bench.stepped.connect(self._stepped)
        bench.played.connect(self._played)
        bench.measured.connect(self.measured)
        bench.previewed.connect(self.previewed)
        bench.failed.connect(self.failed)

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
    """One correction. It was asked for when it is pushed, and done before anything that is asked for later."""

    def __init__(self, bench: Bench, outcome: Outcome, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome
        self._bench = bench
        self._asked = True

    def redo(self) -> None:
        if not self._asked:
            self._bench.redo(self.outcome)
        self._asked = False

    def undo(self) -> None:
        self._bench.undo(self.outcome)
