"""What undo and redo do to a document: other layers, the answers of another job, another candidate.

Knows nothing of widgets or pixels; edits by brush have commands of their own (`ui.edit.editor`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PyQt6.QtGui import QUndoCommand

from .entries import CandidateView, Entry
from .language import tr

__all__ = ["ApplyJobResult", "ChooseCandidate", "EditEntries", "JobResult"]


@dataclass(frozen=True)
class JobResult:
    """What a document knows of its job."""

    job: str
    candidates: tuple[CandidateView, ...]
    index: int


class EditableDocument(Protocol):
    """What the commands need of `ui.session.Document`."""

    @property
    def job(self) -> str: ...
    @property
    def candidates(self) -> tuple[CandidateView, ...]: ...
    @property
    def candidate(self) -> int: ...
    @property
    def entries(self) -> tuple[Entry, ...]: ...
    def set_entries(self, entries: Sequence[Entry]) -> None: ...
    def take(self, answer: JobResult, entries: Sequence[Entry]) -> None: ...
    def put_candidate(self, index: int) -> None: ...


class EditEntries(QUndoCommand):
    """From one stack to another. Both share their pixels, so that a step costs next to nothing."""

    def __init__(self, document: EditableDocument, text: str, after: tuple[Entry, ...], merge: str = "") -> None:
        super().__init__(text)
        self._document, self._before, self._after, self._merge = document, document.entries, after, merge

    def id(self) -> int:
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand | None) -> bool:
        if not isinstance(other, EditEntries) or other._merge != self._merge:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        self._document.set_entries(self._after)

    def undo(self) -> None:
        self._document.set_entries(self._before)


class ApplyJobResult(QUndoCommand):
    """The answers of another job in the place of those that were there."""

    def __init__(self, document: EditableDocument, after: JobResult, entries: Sequence[Entry]) -> None:
        super().__init__(tr("Decompose"))
        self._document, self._after, self._entries = document, after, tuple(entries)
        self._before = JobResult(document.job, document.candidates, document.candidate)
        self._entries_before = document.entries

    def redo(self) -> None:
        self._document.take(self._after, self._entries)

    def undo(self) -> None:
        self._document.take(self._before, self._entries_before)


class ChooseCandidate(QUndoCommand):
    """From one candidate to another."""

    def __init__(self, document: EditableDocument, index: int) -> None:
        super().__init__(tr("Candidate {n}").format(n=index + 1))
        self._document, self._before, self._after = document, document.candidate, index

    def id(self) -> int:
        return 2

    def mergeWith(self, other: QUndoCommand | None) -> bool:
        # Flipping through candidates is one step back.
        if not isinstance(other, ChooseCandidate):
            return False
        self._after = other._after
        if self._after == self._before:
            self.setObsolete(True)
        return True

    def redo(self) -> None:
        self._document.put_candidate(self._after)

    def undo(self) -> None:
        self._document.put_candidate(self._before)
