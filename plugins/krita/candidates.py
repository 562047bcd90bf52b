"""The groups that are in documents, and switching between the candidates of one decomposition.

Another candidate is fetched only when it is chosen. It gets a group of its own above the one it replaces, in one
undo step; the replaced group is hidden and stays as the artist left it.
"""

from dataclasses import dataclass, field
from typing import Dict, List, Optional

from krita import Document
from plugins.shared import run as jobs
from plugins.shared import words
from plugins.shared.language import tr

from . import canvas
from .hidden_sources import HiddenSources, steps_done

__all__ = ["Decomposed", "Decompositions"]


@dataclass(eq=False)
class Decomposed:
    """One decomposition in a document, without pixels.

    shown: the number of the candidate that is seen.   groups, found: by a candidate's number the unique id of its
    group, and the line that says what it is.
    """

    source: canvas.Source
    result: jobs.JobResult
    shown: int = 0
    groups: Dict[int, str] = field(default_factory=dict)
    found: Dict[int, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Which candidate is shown, and what it is."""
        place = tr("Candidate {number} of {count}.").format(number=self.shown + 1, count=self.result.count)
        return f"{place} {self.found[self.shown]}"

    def neighbour(self, step: int) -> int:
        """The number of the next (1) or previous (-1) candidate, round and round."""
        return (self.shown + step) % self.result.count


class Decompositions:
    """What the plugin has put into documents that are open."""

    def __init__(self, hidden_sources: HiddenSources) -> None:
        self._hidden_sources = hidden_sources
        self._all: List[Decomposed] = []

    def add(self, source: canvas.Source, result: jobs.JobResult, group: str) -> None:
        self._all = [d for d in self._all if canvas.is_open(d.source.document)]
        line = words.found(result.candidate)
        self._all.append(Decomposed(source.without_pixels(), result.without_pixels(), 0, {0: group}, {0: line}))

    def current(self, document: Document) -> Optional[Decomposed]:
        """The decomposition that the active layer belongs to, or else the latest in the document."""
        here = [d for d in self._all if canvas.is_open(d.source.document) and d.source.document == document]
        node = document.activeNode()
        while node is not None:
            for decomposed in here:
                if node.uniqueId().toString() in decomposed.groups.values():
                    return decomposed
            node = node.parentNode()
        return here[-1] if here else None

    def switch(self, decomposed: Decomposed, index: int) -> bool:
        """Show a candidate whose group is already in the document; False where it has to be fetched."""
        document = decomposed.source.document
        wanted = canvas.find(document, decomposed.groups.get(index, ""))
        if wanted is None:
            return False
        for number, unique_id in decomposed.groups.items():
            node = canvas.find(document, unique_id)
            if node is not None:
                node.setVisible(number == index)
        decomposed.shown = index
        return True

    def insert(self, decomposed: Decomposed, result: jobs.JobResult) -> canvas.Steps[None]:
        """Put a fetched candidate above the shown one, in steps for `step_through`."""
        source = decomposed.source
        scratch, group = yield from canvas.build(source, result.candidate)
        before = canvas.find(source.document, decomposed.groups[decomposed.shown])
        if before is None:  # removed or undone meanwhile: nothing to replace
            yield from canvas.discard(scratch)
            return
        canvas.copy_compositing(group, before)
        clone = group.clone()
        yield None
        steps = steps_done(source.document)
        canvas.place(source.document, clone, before)
        placed = clone.uniqueId().toString()
        index = result.candidate.index
        self._hidden_sources.hide(source.document, placed, (before.uniqueId().toString(),), steps)
        decomposed.groups[index] = placed
        decomposed.found[index] = words.found(result.candidate)
        decomposed.shown = index
        yield None
        yield from canvas.discard(scratch)
        yield from canvas.activate(source.document, placed)
