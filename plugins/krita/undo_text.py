"""The step that brought a group is called "Decompose Layers", not "Add Layer", in the menus and in the history.

Krita's scripts cannot name a step of the history, so the texts of the menu entries are changed wherever such a step is
the next to be undone or redone, and the list in Krita's docker of the history is drawn with the name. Knows nothing
of jobs.
"""

from dataclasses import dataclass
from typing import Any, Callable, List, Optional

from krita import Document, Krita
from plugins.shared.language import tr

from .canvas import find, is_open
from .hidden_sources import history_list, step_name, steps_done
from .qt import QtCore, QtWidgets

__all__ = ["UndoText"]

_SETTLED_MS = 1000
"""After a move in the history Krita's layers are in step with it by then."""


@dataclass(eq=False)
class _Step:
    """number: of the step in the document's history, from 1.   group: the unique id of what it brought.

    undone: whether it was last seen undone; another step may then have taken its number.
    name: what Krita calls it, once it lists it.
    """

    document: Document
    number: int
    group: str
    undone: bool = False
    name: str = ""

    def is_done(self) -> bool:
        return find(self.document, self.group) is not None


class UndoText:
    """The steps of all documents that brought a group."""

    def __init__(self) -> None:
        self._steps: List[_Step] = []
        self._watched: List[Any] = []
        self._names: Any = None

    def add(self, document: Document, group: str, before: Optional[int]) -> None:
        """Name the step that brought the group. before: `steps_done` just before it; None = unknown: no name."""
        if before is None:
            return
        self._steps = [step for step in self._steps if is_open(step.document)]
        self._steps.append(_Step(document, before + 1, group))
        for name in ("edit_undo", "edit_redo"):
            action = Krita.instance().action(name)
            if action is not None and action not in self._watched:
                action.changed.connect(self._update_soon)
                self._watched.append(action)
        self._name_in_history()
        for moment in (0, _SETTLED_MS):
            QtCore.QTimer.singleShot(moment, self.update)

    def _name_in_history(self) -> None:
        shown = history_list()
        if shown is not None and shown.itemDelegate() is not self._names:
            self._names = _HistoryNames(self.name_of, shown)
            shown.setItemDelegate(self._names)

    def name_of(self, number: int, name: str) -> str:
        """What to call a step of the active document's history that Krita calls `name`."""
        document = Krita.instance().activeDocument()
        ours = any((s.number, s.name) == (number, name) and s.document == document for s in self._steps)
        return tr("Decompose Layers") if ours else name

    def _update_soon(self) -> None:
        self.update()
        QtCore.QTimer.singleShot(_SETTLED_MS, self._drop_replaced)

    def _drop_replaced(self) -> None:
        """Forget steps that were undone and whose place another one has taken since."""
        document = Krita.instance().activeDocument()
        done = None if document is None else steps_done(document)
        if done is None:
            return
        here = [step for step in self._steps if step.document == document]
        for step in here:
            if step.is_done():
                step.undone = False
            elif step.number > done:
                step.undone = True
            elif step.undone:
                self._steps.remove(step)

    def update(self) -> None:
        """Change the texts where the next step to be undone or redone is one of ours."""
        document = Krita.instance().activeDocument()
        done = None if document is None else steps_done(document)
        if document is None or done is None:
            return
        for step in self._steps:
            if step.document == document and is_open(document):
                # Noted at once, since another step may take its place before the layers are looked at, but only once
                # it was listed: a busy Krita lists a step later than its group is there.
                step.undone = step.undone or (bool(step.name) and step.number > done)
                if step.number == done and step.is_done():
                    step.name = step.name or step_name(done)
                    _rename("edit_undo", done)
                elif step.number == done + 1 and not step.is_done():
                    _rename("edit_redo", done + 1)


class _HistoryNames(QtWidgets.QStyledItemDelegate):
    """Draws the history's lines; `name_of(step, name)` says what to call the one that Krita calls `name`."""

    def __init__(self, name_of: Callable[[int, str], str], parent: Any) -> None:
        super().__init__(parent)
        self._name_of = name_of

    def initStyleOption(self, option: Any, index: Any) -> None:
        super().initStyleOption(option, index)
        option.text = self._name_of(index.row(), option.text)


def _rename(action_name: str, step: int) -> None:
    action, name = Krita.instance().action(action_name), step_name(step)
    if action is not None and name and name in action.text():
        action.setText(action.text().replace(name, tr("Decompose Layers")))
