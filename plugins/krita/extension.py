"""The menu entries of the plugin and what they start. One extension serves all windows.

Knows who does what; how pixels are read, jobs run and groups inserted is in the modules beside it.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, List, Optional, Tuple

from krita import Document, Extension, Krita, Window
from plugins.shared import language, words
from plugins.shared import run as jobs
from plugins.shared.choice import Choice
from plugins.shared.language import tr
from plugins.shared.words import UserError

from . import canvas, overlay
from .candidates import Decomposed, Decompositions
from .dialog import Dialog
from .hidden_sources import HiddenSources
from .panel import Panel, show_error
from .qt import QtCore, QtWidgets
from .runs import JobThread, Run, step_through
from .undo_text import UndoText

__all__ = ["DecomposeLayers"]

_MENU = "tools/scripts"
_EXPORT = "diffdecompose_export"
_NEED_A_RESULT = ("diffdecompose_next", "diffdecompose_previous", _EXPORT)


class DecomposeLayers(Extension):
    """Krita makes one and asks it for its actions for each window."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self._hidden_sources = HiddenSources()
        self._decompositions = Decompositions(self._hidden_sources)
        self._undo_text = UndoText()
        self._entries: List[Tuple[str, Any]] = []
        self._running: List[Any] = []
        self._panel: Optional[Panel] = None

    def setup(self) -> None:
        language.use([name.replace("-", "_") for name in QtCore.QLocale().uiLanguages()])

    def createActions(self, window: Window) -> None:
        entries = (
            ("diffdecompose_run", tr("Decompose Layers..."), self.ask_and_run),
            ("diffdecompose_again", tr("Decompose Layers Again"), self.run_again),
            ("diffdecompose_next", tr("Decomposition: Next Candidate"), lambda: self.step_candidate(1)),
            ("diffdecompose_previous", tr("Decomposition: Previous Candidate"), lambda: self.step_candidate(-1)),
            (_EXPORT, tr("Export Decomposition as PSD or ORA..."), self.ask_and_export),
        )
        for name, text, do in entries:
            action = window.createAction(name, text, _MENU)
            action.triggered.connect(lambda *_, do=do: do())
            if name in _NEED_A_RESULT:
                entry = (name, action)
                self._entries.append(entry)
                action.changed.connect(self._enable_entries)  # Krita enables all entries with every change of layer
                action.destroyed.connect(lambda *_, entry=entry: self._entries.remove(entry))
        # The Window itself lives only for this call; its area of documents as long as the window on the screen.
        area = window.qwindow().findChild(QtWidgets.QMdiArea)
        area.subWindowActivated.connect(lambda _: QtCore.QTimer.singleShot(0, self._enable_entries))
        self._enable_entries()

    def _enable_entries(self) -> None:
        """The entries that need a decomposition can be chosen only where the active document has one."""
        document = Krita.instance().activeDocument()
        found = None if document is None else self._decompositions.current(document)
        several = found is not None and found.result.count > 1
        for name, action in self._entries:
            wanted = found is not None if name == _EXPORT else several
            if action.isEnabled() != wanted:
                action.setEnabled(wanted)

    # Decompose

    def ask_and_run(self) -> None:
        document = self._document()
        if document is None:
            return
        has_selection = document.selection() is not None
        dialog = Dialog(_window(), self._last_choice(), has_selection, overlay.layers(document))
        dialog.accepted.connect(lambda: self._start(document, dialog.choice()))
        dialog.open()

    def run_again(self) -> None:
        document = self._document()
        if document is not None:
            self._start(document, self._last_choice())

    def _start(self, document: Document, choice: Choice) -> None:
        self._remember(choice)
        try:
            source = canvas.read(document, choice)
            run = Run(source, choice, overlay.read(document, choice.overlay, source.node))
        except canvas.UnsupportedSource as unsuitable:
            self._show_error(UserError(str(unsuitable), ""))
            return
        row = self._shown_panel().add(run.source.title, run.job_thread.cancel)
        run.job_thread.reported.connect(row.report)
        run.finished.connect(lambda run: self._finished(run, row))
        self._running.append(run)
        run.start()

    def _finished(self, run: Run, row: Any) -> None:
        self._shown_panel().remove(row)
        self._let_go(run, run.job_thread)
        if run.engine_failed:
            self._remember(replace(run.choice, engine=Choice().engine))
        if run.error is not None:
            self._show_run_error(run, run.error)
            return
        if run.group is not None and run.result is not None:
            self._hidden_sources.hide(run.source.document, run.group, run.hidden, run.steps_before)
            self._undo_text.add(run.source.document, run.group, run.steps_before)
            self._decompositions.add(run.source, run.result, run.group)
            self._enable_entries()
        if run.note:
            _show_message(run.note)

    def _show_run_error(self, run: Run, error: UserError) -> None:
        """Where nothing was found, a button leads back to the options."""
        if run.found_nothing:
            show_error(_window(), error, tr("Options..."), self.ask_and_run)
        else:
            self._show_error(error)

    def _remember(self, choice: Choice) -> None:
        Krita.instance().writeSetting("diffdecompose", "choice", choice.to_text())

    def _last_choice(self) -> Choice:
        return Choice.from_text(Krita.instance().readSetting("diffdecompose", "choice", ""))

    # Candidates

    def step_candidate(self, step: int) -> None:
        """Show the next (1) or previous (-1) candidate."""
        decomposed = self._decomposed()
        if decomposed is None:
            return
        index = decomposed.neighbour(step)
        if decomposed.result.count == 1:
            _show_message(tr("There is only one candidate. Ask for more in Decompose Layers..."))
        elif self._decompositions.switch(decomposed, index):
            _show_message(decomposed.line)
        else:
            self._fetch(decomposed, index)

    def _fetch(self, decomposed: Decomposed, index: int) -> None:
        def inserted(error: Optional[Exception]) -> None:
            if error is not None:
                self._failed(error)
            elif decomposed.shown == index:
                _show_message(decomposed.line)

        def fetched(result: Any) -> None:
            step_through(self._decompositions.insert(decomposed, result), inserted)

        self._run_in_thread(
            decomposed.source.title, "fetch", lambda stop: jobs.fetch(decomposed.result, index, stop), fetched
        )

    # Export

    def ask_and_export(self) -> None:
        decomposed = self._decomposed()
        if decomposed is None:
            return
        dialog = QtWidgets.QFileDialog(_window(), tr("Export Decomposition"))
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Photoshop document (*.psd)"), tr("OpenRaster (*.ora)")])
        dialog.setDefaultSuffix("psd")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("ora" if "ora" in kind else "psd"))
        known = decomposed.source.document.fileName()
        dialog.setDirectory(str(Path(known).parent if known else _pictures()))
        dialog.selectFile(f"{Path(known or decomposed.source.title).stem}-layers")
        dialog.fileSelected.connect(lambda path: self.export(decomposed, Path(path)))
        dialog.open()

    def export(self, decomposed: Decomposed, target: Path) -> None:
        """Save all candidates of a decomposition as a layered file; never over the file of an open document."""
        opened = (document.fileName() for document in Krita.instance().documents())
        if any(jobs.is_same_file(target, Path(name)) for name in opened if name):
            what = tr("{name} is the file of an open document and would be lost.").format(name=target.name)
            self._show_error(UserError(what, tr("Export under another name.")))
            return
        job = decomposed.result.job
        self._run_in_thread(
            target.name,
            "export",
            lambda stop: jobs.export("krita", job, target, stop),
            lambda _: _show_message(tr("Saved {name}").format(name=target.name)),
        )

    # What the entries share

    def _run_in_thread(self, title: str, stage: str, work: Any, then: Any) -> None:
        """Do `work(cancelled)` in a thread with a row in the panel; `then` gets its value."""
        thread = JobThread(lambda report, cancelled: work(cancelled))
        row = self._shown_panel().add(title, thread.cancel)
        row.report(stage, None, None)

        def ended(outcome: Any) -> None:
            self._shown_panel().remove(row)
            self._let_go(thread, thread)
            if isinstance(outcome, Exception):
                self._failed(outcome)
            else:
                then(outcome)

        thread.ended.connect(ended)
        self._running.append(thread)
        thread.start()

    def _let_go(self, running: Any, thread: JobThread) -> None:
        thread.wait()  # it has emitted its last signal: this takes no time, but a running thread must not be dropped
        thread.ended.disconnect()
        self._running.remove(running)

    def _failed(self, error: Exception) -> None:
        self._show_error(words.explain(error))

    def _show_error(self, error: UserError) -> None:
        show_error(_window(), error)

    def _shown_panel(self) -> Panel:
        if self._panel is None:
            self._panel = Panel(_window())
        return self._panel

    def _document(self) -> Optional[Document]:
        document = Krita.instance().activeDocument()
        if document is None:
            self._show_error(UserError(tr("No picture is open."), tr("Open one first.")))
        return document

    def _decomposed(self) -> Optional[Decomposed]:
        document = self._document()
        found = None if document is None else self._decompositions.current(document)
        if document is not None and found is None:
            self._show_error(
                UserError(tr("Nothing was decomposed in this document."), tr("Use Decompose Layers... first."))
            )
        return found


def _window() -> Any:
    window = Krita.instance().activeWindow()
    return None if window is None else window.qwindow()


def _pictures() -> Path:
    """Where this person keeps pictures."""
    folder = Path(QtCore.QStandardPaths.writableLocation(QtCore.QStandardPaths.StandardLocation.PicturesLocation))
    return folder if folder.is_dir() else Path.home()


def _show_message(text: str) -> None:
    """A message over the canvas that goes by itself."""
    window = Krita.instance().activeWindow()
    view = None if window is None else window.activeView()
    if view is not None:
        view.showFloatingMessage(text, QtWidgets.QApplication.windowIcon(), 5000, 1)
