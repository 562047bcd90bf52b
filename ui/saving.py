"""Layers into files, into Krita and into GIMP. Files are written in the background, whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from bridge.convert import model_options, provenance
from bridge.formats import FormatError, InputFiles, write
from model.edit import trim
from model.types import Decomposition, Options, Provenance

from . import hosts
from .background import Background, Task
from .canvas.compose import merged, recomposition_error, visible_layers
from .language import tr
from .session import Document, Session
from .settings import viewer_folder
from .words import UserError, explain

__all__ = ["Saver", "decomposition_of", "save_filters"]

KEEP = 7 * 86400
"""Seconds that files handed to a host are kept."""


def save_filters() -> dict[str, str]:
    """Line of the dialog: ending; "" is a folder of PNGs."""
    return {
        f"{tr('Photoshop document')} (*.psd)": ".psd",
        f"{tr('OpenRaster')} (*.ora)": ".ora",
        f"{tr('Folder with a PNG for each layer')} (*)": "",
        f"{tr('Background alone, PNG')} (*.png)": ".png",
        f"{tr('Background alone, TIFF')} (*.tif)": ".tif",
    }


class Saver(QObject):
    """Saves documents of a session."""

    saved = pyqtSignal(object, object)
    """Document and Path."""
    failed = pyqtSignal(object)
    noted = pyqtSignal(str)

    def __init__(self, session: Session, background: Background) -> None:
        super().__init__()
        self._session = session
        self._background = background

    def save(self, document: Document, path: Path, then: Callable[[], Any] | None = None) -> None:
        """Write to `path` by its ending, over what is there. then: called when it is there.

        A picture that is open is never replaced, but for this document's own file where that already held layers.
        """
        opened = self._session.documents
        sources = InputFiles(d.path for d in opened if d.path and not (d is document and d.opened_layered))
        replaced = sources.replaced_by(path, folder=path.suffix == "")
        if replaced is not None:
            self.failed.emit(
                UserError(
                    tr("{name} is the file of an open picture and would be lost.").format(name=replaced.name),
                    tr("Save under another name."),
                )
            )
            return
        step = document.undo.index()
        layered = path.suffix.lower() in (".psd", ".psb", ".ora", "")

        def done(_: object) -> None:
            if layered and document.undo.index() == step:
                document.set_saved(path)
            self.saved.emit(document, path)
            if then is not None:
                then()

        self._background.run(_writing(document, path), done, self._failed, lambda note: self.noted.emit(str(note)))

    def send(self, document: Document, host: str) -> None:
        """Open the layers in Krita (as ORA) or GIMP (as PSD, which it reads more faithfully)."""
        program = hosts.find(host)
        if program is None:
            name = hosts.HOSTS[host]
            self.failed.emit(
                UserError(
                    tr("{host} was not found on this computer.").format(host=name),
                    tr("Install it, or save the layers as a file and open that."),
                )
            )
            return
        try:
            folder = _handoff_folder()
        except OSError as error:
            self._failed(error)
            return
        stem = "".join(c if c.isalnum() or c in "-_ " else "_" for c in Path(document.title).stem)[:60] or "layers"
        path = folder / f"{stem}-{time.time_ns() // 10**6 % 10**9}{'.ora' if host == 'krita' else '.psd'}"

        def done(_: object) -> None:
            if hosts.launch(program, path):
                self.noted.emit(tr("{host} opens the layers.").format(host=hosts.HOSTS[host]))
            else:
                self.failed.emit(
                    UserError(tr("{program} did not start.").format(program=program), tr("Start it once by hand."))
                )

        self._background.run(_writing(document, path), done, self._failed)

    def _failed(self, error: Exception) -> None:
        self.failed.emit(explain(error))


def _writing(document: Document, path: Path) -> Callable[[Task], None]:
    decomposition = decomposition_of(document)

    def work(task: Task) -> None:
        exact = recomposition_error(document, task.cancelled) == 0
        whole = (
            document.composite.pixels if exact else merged(visible_layers(document), document.size, _dtype(document))
        )
        write(decomposition, path, overwrite=True, merged=whole, tell=task.report)

    return work


def _dtype(document: Document) -> np.dtype:
    return document.composite.pixels.dtype


def decomposition_of(document: Document) -> Decomposition:
    """The layers as they stand, for `bridge.formats`. Raises FormatError where there are none."""
    if not document.entries:
        raise FormatError(tr("there are no layers to save: decompose the picture first"))
    composite = document.composite
    background, *above = (entry.layer for entry in document.entries)
    layers = (background, *(trim(layer) for layer in above))  # corrected layers are as large as the picture
    return Decomposition(document.size, layers, _provenance(document), composite.icc, composite.dpi, composite.metadata)


def _provenance(document: Document) -> Provenance:
    info = document.candidates[document.candidate].info if document.candidates else None
    if info is None:
        return Provenance("", Options(), 0, None, None, 0.0, 0.0, 0)
    return provenance(info, model_options(document.options), corrected=document.touched)


def _handoff_folder() -> Path:
    folder = viewer_folder() / "handoff"
    folder.mkdir(mode=0o700, exist_ok=True)
    for old in folder.iterdir():
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > KEEP:
                old.unlink()
    return folder
