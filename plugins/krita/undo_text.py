"""The menu says "Undo: Decompose Layers", not "Undo: Add Layer", for the step that brought a group.

Krita's scripts cannot name a step of the history, so the menu entries' texts are changed wherever such a step is the
next to be undone or redone. Krita's docker of the history keeps its own name for the step. Knows nothing of jobs.
"""

from dataclasses import dataclass
from typing import Any, List, Optional

from krita import Document, Krita
from plugins.shared.language import tr

from .canvas import find, is_open
from .hidden_sources import step_name, steps_done
from .qt import QtCore

__all__ = ["UndoText"]

_SETTLED_MS = 1000
"""After a move in the history Krita's layers are in step with it by then."""


@dataclass(eq=False)
class _Step:
    """number: of the step in the document's history, from 1.   group: the unique id of what it brought."""

    document: Document
    number: int
    group: str

    def is_done(self) -> bool:
        return find(self.document, self.group) is not None


class UndoText:
    """The steps of all documents that brought a group."""

    def __init__(self) -> None:
        self._steps: List[_Step] = []
        self._watched: List[Any] = []

    def add(self, document: Document, group: str, before: Optional[int]) -> None:
        """Name the step that brought the group. before: `steps_done` just before it; None = unknown: no name."""
        if before is None:
            return
        self._steps = [step for step in self._steps if is_open(step.document)]
        self._steps.append(_Step(document, before + 1, group))
        for name in ("edit_undo", "edit_redo"):
            action = Krita.instance().action(name)
            if action is not None and action not in self._watched:
                action.changed.connect(self.update)
                self._watched.append(action)
        for moment in (0, _SETTLED_MS):
            QtCore.QTimer.singleShot(moment, self.update)

    def update(self) -> None:
        """Change the texts where the next step to be undone or redone is one of ours."""
        document = Krita.instance().activeDocument()
        done = None if document is None else steps_done(document)
        if document is None or done is None:
            return
        for step in self._steps:
            if step.document == document and is_open(document):
                if step.number == done and step.is_done():
                    _rename("edit_undo", done)
                elif step.number == done + 1 and not step.is_done():
                    _rename("edit_redo", done + 1)


def _rename(action_name: str, step: int) -> None:
    action, name = Krita.instance().action(action_name), step_name(step)
    if action is not None and name and name in action.text():
        action.setText(action.text().replace(name, tr("Decompose Layers")))
