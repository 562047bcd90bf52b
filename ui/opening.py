"""Files, clipboard and dropped things become documents. Files are read in the background; a bad one is a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QMimeData, QObject, pyqtSignal
from PyQt6.QtGui import QImage

from bridge.formats import FormatError, LayeredDocument, read_composite, read_layers
from bridge.wire.labels import LAYERED_ENDINGS, READABLE_ENDINGS
from model.types import Layer

from .background import Background, Task
from .entries import Entry
from .language import tr
from .pictures import composite_of_image
from .session import Document, Session
from .words import explain

__all__ = ["Opener", "file_filter"]


def file_filter() -> str:
    """For a file dialog."""
    endings = " ".join(f"*.{one} *.{one.upper()}" for one in READABLE_ENDINGS)
    return f"{tr('Pictures')} ({endings});;{tr('All files')} (*)"


class Opener(QObject):
    """Adds documents to a session."""

    failed = pyqtSignal(object)
    """UserError."""
    opened = pyqtSignal(object, object)
    """A Document, and what was passed along with its path."""

    def __init__(self, session: Session, background: Background) -> None:
        super().__init__()
        self._session = session
        self._background = background

    def open(self, paths: Iterable[Path], along: Mapping[str, Any] | None = None) -> None:
        """Read files and add them in the order in which they are read. along: given on with `opened`."""
        for path in paths:
            held = next((d for d in self._session.documents if d.path == path and not along), None)
            if held is not None:
                self._session.activate(held)
            else:
                self._read(path, along)

    def _read(self, path: Path, along: Mapping[str, Any] | None) -> None:
        def work(task: Task) -> tuple[Any, LayeredDocument | None]:
            composite = read_composite(path, name=path.name)
            layers = _layers_of(path) if path.suffix.lower().lstrip(".") in LAYERED_ENDINGS else None
            return composite, layers

        def done(found: tuple[Any, LayeredDocument | None]) -> None:
            composite, layers = found
            document = Document(composite, path.name, path)
            self._session.add(document)
            if layers is not None:
                document.opened_layered = True
                document.set_entries([Entry(layer) for layer in layers.layers if isinstance(layer, Layer)])
            self.opened.emit(document, along)

        self._background.run(work, done, lambda error: self.failed.emit(explain(error)))

    def take(self, data: QMimeData | None) -> bool:
        """What was pasted or dropped: files or a picture. False where there is neither."""
        if data is None:
            return False
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self.open(paths)
            return True
        image = data.imageData() if data.hasImage() else None
        if not isinstance(image, QImage):
            image = QImage(image) if image is not None else QImage()
        if image.isNull():
            return False
        document = Document(composite_of_image(image), self._fresh_title())
        self._session.add(document)
        self.opened.emit(document, None)
        return True

    def _fresh_title(self) -> str:
        """A name that no open picture has."""
        held = {document.title for document in self._session.documents}
        names = (tr("Pasted picture {n}").format(n=n) for n in range(1, len(held) + 2))
        return next(name for name in names if name not in held)


def _layers_of(path: Path) -> LayeredDocument | None:
    """The layers of a file that holds nothing but plain layers over a background; else None: it is taken as flat."""
    try:
        found = read_layers(path)
    except FormatError:
        return None
    plain = all(isinstance(node, Layer) for node in found.layers)
    return found if plain and len(found.layers) > 1 and not found.notes else None
