"""The layers and candidates of a document as values. Knows nothing of documents, undo or widgets."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.wire import CandidateInfo
from model.types import Layer

__all__ = ["CandidateView", "Entry", "new_key"]

_numbers = itertools.count(1)


def new_key() -> int:
    """A number, above 0, that no other entry or document of this process has."""
    return next(_numbers)


@dataclass(frozen=True, eq=False)
class Entry:
    """A layer in a document. key: stays the same when name, opacity, order or visibility change."""

    layer: Layer
    key: int = field(default_factory=new_key)

    def having(self, **changes: Any) -> Entry:
        """The same entry with fields of its layer replaced."""
        return replace(self, layer=replace(self.layer, **changes))


@dataclass(eq=False)
class CandidateView:
    """One answer of a job. entries: its layers as last edited, once fetched; dpi and profile are the document's."""

    index: int
    info: CandidateInfo
    favourite: bool = False
    entries: tuple[Entry, ...] | None = None
