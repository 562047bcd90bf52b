"""What the actions do that change only how the active document is looked at, or its stack: zoom, modes, layers."""

from __future__ import annotations

from PyQt6.QtCore import QObject

from .language import tr
from .panels.layers import LayersPanel
from .session import Document, Mode, Session
from .window import MainWindow

__all__ = ["ViewActions"]


class ViewActions(QObject):
    """One method an action, `do_NAME`."""

    def __init__(self, window: MainWindow, layers: LayersPanel) -> None:
        super().__init__(window)
        self.window, self.layers = window, layers
        self.session: Session = window.session

    @property
    def document(self) -> Document | None:
        return self.session.active

    def do_forget_area(self) -> None:
        if self.document is not None:
            self.document.set_area(None)

    # View

    def do_zoom_in(self) -> None:
        self.window.canvas.zoom_step(1)

    def do_zoom_out(self) -> None:
        self.window.canvas.zoom_step(-1)

    def do_fit(self) -> None:
        self.window.canvas.fit()

    def do_actual(self) -> None:
        self.window.canvas.set_zoom(1.0)

    def do_swap(self) -> None:
        document = self.document
        if document is not None:
            document.show_as(mode=Mode.BACKGROUND if document.display.mode == Mode.ORIGINAL else Mode.ORIGINAL)

    def do_solo(self) -> None:
        document = self.document
        if document is not None:
            solo = 0 if document.display.solo else document.active
            document.show_as(solo=solo, alpha=document.display.alpha and bool(solo), mode=Mode.LAYERS)

    def do_alpha(self) -> None:
        document = self.document
        if document is not None:
            alpha = not document.display.alpha
            document.show_as(alpha=alpha, solo=document.active if alpha else 0, mode=Mode.LAYERS)

    # Layers

    def do_next_layer(self) -> None:
        self._step_layer(1)

    def do_previous_layer(self) -> None:
        self._step_layer(-1)

    def _step_layer(self, step: int) -> None:
        document = self.document
        if document is None or not document.entries:
            return
        keys = [entry.key for entry in document.entries]
        place = keys.index(document.active) if document.active in keys else 0
        document.set_active(keys[max(0, min(len(keys) - 1, place + step))])
        if document.display.solo:
            document.show_as(solo=document.active)

    def do_toggle_layer(self) -> None:
        document = self.document
        entry = document.entry(document.active) if document else None
        if document is not None and entry is not None:
            document.change(tr("Show or Hide Layer"), entry.key, visible=not entry.layer.visible)

    def do_raise_layer(self) -> None:
        self._move_layer(1)

    def do_lower_layer(self) -> None:
        self._move_layer(-1)

    def _move_layer(self, step: int) -> None:
        document = self.document
        entry = document.entry(document.active) if document else None
        if document is None or entry is None:
            return
        entries = list(document.entries)
        place = entries.index(entry)
        if 0 <= place + step < len(entries):
            entries.insert(place + step, entries.pop(place))
            document.edit(tr("Move Layer"), entries)

    def do_rename_layer(self) -> None:
        self.layers.rename()

    def do_delete_layer(self) -> None:
        document = self.document
        if document is not None and len(document.entries) > 1:
            document.edit(tr("Delete Layer"), [e for e in document.entries if e.key != document.active])
