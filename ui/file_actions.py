"""What the actions do with files, clipboard and hosts; and what happens to unsaved work when something closes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QMessageBox

from .background import Background
from .canvas.compose import merged, visible_layers
from .jobs import Jobs
from .language import tr
from .notices import Notice
from .opening import Opener, file_filter
from .pictures import image_of_pixels
from .recovery import Recovery
from .saving import Saver, save_filters
from .session import Document, Mode, Session
from .window import MainWindow
from .words import UserError

__all__ = ["FileActions"]

log = logging.getLogger(__name__)


class FileActions(QObject):
    """One method an action, `do_NAME`. folder: where the last picture was opened."""

    def __init__(
        self,
        window: MainWindow,
        background: Background,
        opener: Opener,
        saver: Saver,
        jobs: Jobs,
        recovery: Recovery,
        folder: str,
    ) -> None:
        super().__init__(window)
        self.window, self.opener, self.saver, self.jobs, self.recovery = window, opener, saver, jobs, recovery
        self.session: Session = window.session
        self.background = background
        self.folder = folder
        self.leaving = False
        """The artist said what becomes of unsaved work: the window may close."""
        saver.failed.connect(window.notices.error)
        saver.noted.connect(window.notices.good)
        saver.saved.connect(self._saved)
        opener.failed.connect(window.notices.error)
        window.dropped.connect(self._dropped)
        window.tabs.tabCloseRequested.connect(lambda n: self.close_document(window.tabs.tabData(n)))

    @property
    def document(self) -> Document | None:
        return self.session.active

    # Recovery

    def offer_kept(self) -> None:
        """Say what an earlier viewer left unsaved, and bring it back on a click."""
        try:
            offers = self.recovery.offers()
        except OSError as problem:
            log.warning("unsaved work could not be looked for: %s", problem)
            return
        if offers:
            names = _names([record.title for record in offers])
            self.window.notices.show(
                Notice(
                    tr("Unsaved work was kept: {names}").format(names=names),
                    tr("Close this message to leave it for later."),
                    "warn",
                    button=tr("Bring back"),
                    act=lambda: self._restore(offers),
                )
            )

    def _restore(self, offers: list[Any]) -> None:
        for record in offers:
            self.recovery.restore(record, self.window.notices.error, lambda path: self.opener.open([path]))

    def _dropped(self, data: Any) -> None:
        if not self.opener.take(data):
            self.window.notices.error(UserError(tr("That cannot be opened."), tr("Drop a picture or its file.")))

    # File

    def do_open(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self.window, tr("Open"), self.folder, file_filter())
        self.opener.open([Path(path) for path in paths])

    def do_paste(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is None or not self.opener.take(clipboard.mimeData()):
            self.window.notices.show(Notice(tr("There is no picture on the clipboard.")))

    def do_save(self) -> None:
        document = self.document
        if document is None:
            return
        if document.saved_to is None:
            self.do_save_as()
        else:
            self.saver.save(document, document.saved_to)

    def do_save_as(self) -> None:
        if self.document is not None and (path := self._ask_path(self.document)) is not None:
            self.saver.save(self.document, path)

    def _ask_path(self, document: Document) -> Path | None:
        filters = save_filters()
        folder = document.path.parent if document.path else Path(self.folder or Path.home())
        start = document.saved_to or folder / f"{Path(document.title).stem}.psd"
        chosen, line = QFileDialog.getSaveFileName(self.window, tr("Save"), str(start), ";;".join(filters))
        if not chosen:
            return None
        path, ending = Path(chosen), filters.get(line, ".psd")
        if ending and path.suffix.lower() not in {one for one in filters.values() if one}:
            path = path.with_name(path.name + ending)
        elif not ending and path.suffix:
            path = path.with_suffix("")
        if path != Path(chosen) and path.is_file():  # the dialog asked about another name
            self.window.notices.error(
                UserError(tr("{name} exists already.").format(name=path.name), tr("Save under another name."))
            )
            return None
        return path

    def _saved(self, document: Document, path: Path) -> None:
        self.window.notices.good(tr("Saved {name}.").format(name=path.name))

    def do_krita(self) -> None:
        if self.document is not None:
            self.saver.send(self.document, "krita")

    def do_gimp(self) -> None:
        if self.document is not None:
            self.saver.send(self.document, "gimp")

    def do_copy(self) -> None:
        document = self.document
        entry = document.entry(document.active) if document else None
        if entry is not None:
            self._to_clipboard(entry.layer.pixels)

    def do_copy_merged(self) -> None:
        document = self.document
        if document is None:
            return
        layers = visible_layers(document)
        if document.display.solo and (entry := document.entry(document.display.solo)) is not None:
            layers = (entry.layer,)
        pixels = document.composite.pixels
        if not document.entries or document.display.mode == Mode.ORIGINAL:
            self._to_clipboard(pixels)
            return
        self.background.run(lambda task: merged(layers, document.size, pixels.dtype), self._to_clipboard)

    def _to_clipboard(self, pixels: Any) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setImage(image_of_pixels(pixels))
            self.window.notices.good(tr("Copied."))

    def do_close(self) -> None:
        if self.document is not None:
            self.close_document(self.document)

    def close_document(self, document: Document) -> None:
        if not document.unsaved:
            self._really_close(document)
            return
        box = QMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(tr("{name} has layers that are not saved.").format(name=document.title))
        kinds = QMessageBox.StandardButton
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.setDefaultButton(kinds.Save)

        def answered(button: int) -> None:
            if button == kinds.Discard.value:
                self._really_close(document)
            elif button == kinds.Save.value:
                path = document.saved_to or self._ask_path(document)
                if path is not None:
                    self.saver.save(document, path, lambda: self._really_close(document))

        box.finished.connect(answered)
        box.open()

    def _really_close(self, document: Document) -> None:
        if document in self.session.documents:
            self.jobs.cancel(document)
            self.session.close(document)

    def do_quit(self) -> None:
        self.window.close()

    # The end

    def may_close(self) -> bool:
        """Whether the window may close now; asks where something would be lost."""
        unsaved = [d for d in self.session.documents if d.unsaved or d.working]
        if self.leaving or not unsaved:
            return True
        box = QMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Question)
        names = _names([document.title for document in unsaved])
        box.setText(tr("Not saved yet: {names}").format(names=names))
        box.setInformativeText(
            tr("Kept pictures are offered at the next start. What is being taken apart goes on by itself.")
        )
        keep = box.addButton(tr("Keep for Next Time"), QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(keep)

        def answered() -> None:
            clicked = box.clickedButton()
            if clicked is keep or clicked is drop:
                self.leaving = True
                if clicked is drop:
                    for document in unsaved:
                        document.set_saved(None)
                        self.jobs.cancel(document)
                self.window.close()

        box.finished.connect(lambda _: answered())
        box.open()
        return False


def _names(titles: list[str]) -> str:
    """The first few of them, each once."""
    once = list(dict.fromkeys(titles))
    return ", ".join(once[:4]) + ("…" if len(once) > 4 else "")
