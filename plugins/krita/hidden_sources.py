"""Layers that are hidden while a group covers them, kept in step with undo and redo.

A group above a see-through layer would show it twice, so the layer has to be hidden. Krita's scripts cannot put
that into the undo step that adds the group, so it is made to behave as if it were part of it: the layer is shown when
that step is undone, and hidden when it is redone. A group that the artist deletes or merges goes by another step,
which changes nothing here. Nothing else is ever touched, and a layer that is shown by hand stays shown.
"""

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from krita import Document, Krita

from .canvas import find, is_open
from .qt import QtCore, QtWidgets

__all__ = ["HiddenSources", "history_list", "step_name", "steps_done"]

_CHECKS_MS = (0, 50, 150, 400, 1000, 2500, 6000, 15000)


@dataclass(eq=False)
class _Hidden:
    """before: how many steps of the document's history were done before the one that brought the group; or None."""

    document: Document
    group: str
    layers: Tuple[str, ...]
    before: Optional[int]
    in_place: bool = True

    def is_undone(self) -> bool:
        """Whether the group, which is gone, went by undoing the step that had brought it."""
        if self.before is None:
            return True
        done = steps_done(self.document)
        return done is not None and done <= self.before


class HiddenSources:
    """Which layers are hidden under which group. One for all documents."""

    def __init__(self) -> None:
        self._hidden: List[_Hidden] = []
        self._watched: List[Any] = []

    def hide(self, document: Document, group: str, layers: Tuple[str, ...], before: Optional[int]) -> None:
        """Hide the layers (unique ids) for as long as the group is in the document.

        before: `steps_done` just before the group was added. A busy Krita lists the step of the adding later than
        the group is there, so what it lists by now may be one short.
        """
        if not layers:
            return
        self._watch()
        self._hidden.append(_Hidden(document, group, layers, before))
        self._show(document, layers, False)

    def _watch(self) -> None:
        # The entry's text names the step, so it changes with every move in the history, from wherever it came.
        for name in ("edit_undo", "edit_redo"):
            action = Krita.instance().action(name)
            if action is not None and action not in self._watched:
                action.changed.connect(self._update_soon)
                self._watched.append(action)

    def _update_soon(self) -> None:
        # The text changes at once, the layers when Krita's own threads are done: check a few times.
        for moment in _CHECKS_MS:
            QtCore.QTimer.singleShot(moment, self.update)

    def update(self) -> None:
        """Bring every hidden layer in step with its group."""
        self._hidden = [entry for entry in self._hidden if is_open(entry.document)]
        for entry in self._hidden:
            in_place = find(entry.document, entry.group) is not None
            if in_place != entry.in_place and (in_place or entry.is_undone()):
                entry.in_place = in_place
                self._show(entry.document, entry.layers, not in_place)

    def _show(self, document: Document, layers: Tuple[str, ...], visible: bool) -> None:
        for unique_id in layers:
            node = find(document, unique_id)
            if node is not None:
                node.setVisible(visible)


def steps_done(document: Document) -> Optional[int]:
    """How many steps of the history of the active document are done; None for another or where unknown.

    Scripts have no call for that, but Krita's docker of the history has a list with one line more than it has steps,
    and the line of the latest is the current one.
    """
    if document != Krita.instance().activeDocument():
        return None
    history = history_list()
    return None if history is None else history.currentIndex().row()


def step_name(number: int) -> str:
    """What the history of the active document calls its step `number`, from 1; empty where it lists no such step."""
    history = history_list()
    if history is None or not 0 < number < history.model().rowCount():
        return ""
    return str(history.model().index(number, 0).data() or "")


def history_list() -> Any:
    """The list in Krita's docker of the history, or None."""
    for docker in Krita.instance().dockers():
        shown = docker.findChild(QtWidgets.QListView) if docker.objectName() == "History" else None
        if shown is not None and shown.model() is not None:
            return shown
    return None
