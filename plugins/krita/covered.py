"""Layers that are hidden while a group covers them, kept in step with undo and redo.

A group above a see-through layer would show it twice, so the layer has to be hidden. Krita's scripts cannot put
that into the undo step that adds the group; so it is not put into any: whenever the undo history moves, a layer
is hidden if the group that covers it is there and shown again if it is gone. Nothing else is ever touched, and a
layer that the artist shows by hand stays shown.
"""

from dataclasses import dataclass
from typing import Any, List, Tuple

from krita import Document, Krita

from .canvas import find, is_open
from .qt import QtCore

__all__ = ["CoveredLayers"]

_LOOKS_MS = (0, 50, 150, 400, 1000, 2500)


@dataclass(eq=False)
class _Cover:
    document: Document
    group: str
    layers: Tuple[str, ...]
    in_place: bool


class CoveredLayers:
    """Which layers are covered by which group. One for all documents."""

    def __init__(self) -> None:
        self._covers: List[_Cover] = []
        self._watched: List[Any] = []

    def cover(self, document: Document, group: str, layers: Tuple[str, ...]) -> None:
        """Hide the layers (unique ids) for as long as the group is in the document."""
        if not layers:
            return
        self._watch()
        self._covers.append(_Cover(document, group, layers, True))
        self._show(document, layers, False)

    def _watch(self) -> None:
        # The entry's text names the step, so it changes with every move in the history, from wherever it came.
        for name in ("edit_undo", "edit_redo"):
            action = Krita.instance().action(name)
            if action is not None and action not in self._watched:
                action.changed.connect(self._follow_soon)
                self._watched.append(action)

    def _follow_soon(self) -> None:
        # The text changes at once, the layers when Krita's own threads are done: look a few times.
        for moment in _LOOKS_MS:
            QtCore.QTimer.singleShot(moment, self.follow)

    def follow(self) -> None:
        """Bring every covered layer in step with its group."""
        self._covers = [cover for cover in self._covers if is_open(cover.document)]
        for cover in self._covers:
            in_place = find(cover.document, cover.group) is not None
            if in_place != cover.in_place:
                cover.in_place = in_place
                self._show(cover.document, cover.layers, not in_place)

    def _show(self, document: Document, layers: Tuple[str, ...], visible: bool) -> None:
        for unique_id in layers:
            node = find(document, unique_id)
            if node is not None:
                node.setVisible(visible)
