"""What the actions do: the window's buttons meet jobs, files, panels and settings. One method an action, `do_NAME`.

Everything slow is handed to `background`; what comes back is a signal. Knows nothing of how anything is drawn.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QSize, Qt
from PyQt6.QtGui import QAction, QGuiApplication
from PyQt6.QtWidgets import QApplication, QMessageBox

from . import icons, settings, theme
from .background import Background, Collector
from .edit import EditTool
from .file_actions import FileActions
from .jobs import Jobs, Reopened
from .language import tr
from .memory import free_memory
from .notices import Notice
from .opening import Opener
from .palette import Palette
from .panels.candidates import CandidateStrip
from .panels.history import HistoryPanel
from .panels.inspector import Inspector
from .panels.layers import LayersPanel
from .panels.options import OptionsPanel
from .preferences import Preferences
from .recovery import Recovery
from .saving import Saver
from .session import Document, Mode
from .view_actions import ViewActions
from .welcome import Example, Welcome
from .window import MainWindow
from .words import UserError, bytes_word, engine_state, explain

__all__ = ["Controller"]

log = logging.getLogger(__name__)
TITLE = 32
"""Height of a dock's title, widget units."""
RIGHT, LEFT, BOTTOM = (
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)


class Controller(QObject):
    """Everything around one window."""

    def __init__(self, window: MainWindow, chosen: settings.Settings) -> None:
        super().__init__(window)
        self.window, self.session, self.settings = window, window.session, chosen
        self._failed_engine = ""
        self.background = Background()
        self._collector = Collector()
        self.jobs = Jobs(self.background)
        self.opener = Opener(self.session, self.background)
        self.saver = Saver(self.session, self.background)
        self.recovery = Recovery(self.session, self.background, self.jobs)
        self._build_panels()
        self.file_actions = FileActions(
            window, self.background, self.opener, self.saver, self.jobs, self.recovery, chosen.folder
        )
        self.view_actions = ViewActions(window, self.layers)
        self._connect()
        self._apply_settings()
        if (hints := QGuiApplication.styleHints()) is not None:
            hints.colorSchemeChanged.connect(self._system_changed)
        self._show_recent()

    # Building

    def _build_panels(self) -> None:
        window = self.window
        self.welcome = Welcome()
        window.stage.addWidget(self.welcome)
        window.stage.setCurrentWidget(self.welcome)
        self.options = OptionsPanel()
        self.options.take_from(self.settings)
        self.layers = LayersPanel(Inspector(self.background), window.named)
        self.candidates = CandidateStrip()
        self.history = HistoryPanel()
        self.correct = EditTool()
        self.session.closed.connect(self.correct.forget)
        self.correct.failed.connect(lambda error: window.notices.error(explain(error)))
        window.add_tool(self.correct)
        window.add_dock("options", tr("Decompose"), self.options, RIGHT)
        self.options.grown.connect(self._fit_options)
        window.tabifyDockWidget(window.docks["options"], window.tool_dock)
        window.add_dock("layers_dock", tr("Layers"), self.layers, RIGHT)
        self._candidates_dock = window.add_dock("candidates", tr("Candidates"), self.candidates, BOTTOM)
        self._candidates_dock.hide()
        dock = window.add_dock("history_dock", tr("History"), self.history, LEFT)
        dock.hide()
        dock.visibilityChanged.connect(window.named["history"].setChecked)
        window.resizeDocks([dock], [260], Qt.Orientation.Horizontal)
        window.resizeDocks([window.docks["options"]], [300], Qt.Orientation.Horizontal)

    def _connect(self) -> None:
        window, jobs = self.window, self.jobs
        for name, action in window.named.items():
            for room in (self, self.file_actions, self.view_actions):
                if (method := getattr(room, f"do_{name}", None)) is not None:
                    action.triggered.connect(lambda _, method=method: method())
        window.status.service_clicked.connect(self._tell_service)
        window.canvas.flip.connect(self._flip)
        window.may_close = self._may_close
        self.session.active_changed.connect(self._activated)
        self.session.opened.connect(self._opened)
        self.opener.opened.connect(self._file_opened)
        self.options.wanted.connect(self.do_decompose)
        self.options.unwanted.connect(self.do_cancel)
        self.options.changed.connect(self._remember_options)
        jobs.engines_changed.connect(self._engines_changed)
        jobs.engine_failed.connect(self._engine_failed)
        jobs.finished.connect(self._finished)
        jobs.found_nothing.connect(self._found_nothing)
        jobs.failed.connect(self._job_failed)
        jobs.noted.connect(lambda _, note: window.notices.show(Notice(note)))
        self.candidates.chosen.connect(self._choose)
        self.candidates.starred.connect(self._star)
        self.history.wanted.connect(self._list_past)
        self.history.opened.connect(self._reopen)
        self.history.deleted.connect(self._forget_jobs)
        self.welcome.example.connect(self._take_example)
        self.welcome.recent.connect(lambda path: self.opener.open([Path(path)]))
        self.welcome.open.connect(self.file_actions.do_open)

    def _fit_options(self, height: int) -> None:
        self.window.fit_dock(self.window.docks["options"], height + TITLE)

    def begin(self, files: list[Path]) -> None:
        """The window is there: open what was named, ask the daemon, offer what was left unsaved."""
        self.opener.open(files)
        self.jobs.ask_engines()
        self.file_actions.offer_kept()

    # Documents

    @property
    def document(self) -> Document | None:
        return self.session.active

    def _opened(self, document: Document) -> None:
        document.candidates_changed.connect(self._show_candidates)
        document.show_as(gain=self.settings.gain)
        document.display_changed.connect(lambda: self._set(gain=document.display.gain))

    def _activated(self, document: Document | None) -> None:
        for panel in (self.options, self.layers, self.layers.inspector, self.candidates):
            panel.set_document(document)
        self._show_candidates()
        if document is None:
            self._show_recent()

    def _show_candidates(self) -> None:
        self._candidates_dock.setVisible(self.document is not None and len(self.document.candidates) > 1)

    def _file_opened(self, document: Document, along: Mapping[str, Any] | None) -> None:
        for note in document.composite.notes:
            self.window.notices.show(Notice(f"{document.title}: {note}"))
        if along is not None:
            document.path = None  # an example is not a file of the artist's
            self.options.choose(along)
            self.do_decompose()
        elif document.path is not None:
            self._set(recent=self.settings.with_recent(document.path), folder=str(document.path.parent))
            self.file_actions.folder = self.settings.folder
            self._show_recent()

    def _take_example(self, example: Example) -> None:
        self.opener.open([example.path], example.options)

    def _show_recent(self) -> None:
        menu = self.window.recent_menu
        menu.clear()
        for path in self.settings.recent:
            action = QAction(Path(path).name, menu)
            action.setToolTip(path)
            action.triggered.connect(lambda _, path=path: self.opener.open([Path(path)]))
            menu.addAction(action)
        menu.setEnabled(bool(self.settings.recent))
        self.welcome.show_recent(self.settings.recent)

    def do_preferences(self) -> None:
        dialog = Preferences(self.window, self.settings)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def accepted() -> None:
            chosen = dialog.settings()
            self._set(
                theme=chosen.theme,
                language=chosen.language,
                screen_profile=chosen.screen_profile,
                smooth=chosen.smooth,
            )
            self._apply_settings()

        dialog.accepted.connect(accepted)
        dialog.open()

    def do_history(self) -> None:
        self.window.docks["history_dock"].setVisible(self.window.named["history"].isChecked())

    def do_palette(self) -> None:
        Palette(self.window, self.window.named.values()).show_over(self.window)

    def do_welcome(self) -> None:
        stage = self.window.stage
        front = stage.currentWidget() is self.welcome and self.document is not None
        stage.setCurrentWidget(self.window.canvas if front else self.welcome)

    def do_about(self) -> None:
        box = QMessageBox(self.window)
        box.setWindowTitle(tr("About"))
        box.setIconPixmap(icons.application_icon().pixmap(QSize(64, 64)))
        box.setText(f"<b>DiffDecompose</b> {QApplication.applicationVersion()}")
        box.setInformativeText(
            tr("Takes flat pictures apart into exact, editable layers. Edit only what you have the right to edit.")
        )
        box.open()

    def do_next_picture(self) -> None:
        self._step_picture(1)

    def do_previous_picture(self) -> None:
        self._step_picture(-1)

    def _step_picture(self, step: int) -> None:
        count = self.window.tabs.count()
        if count:
            self.window.tabs.setCurrentIndex((self.window.tabs.currentIndex() + step) % count)

    # Decompose

    def do_decompose(self) -> None:
        if self.document is not None:
            self.jobs.start(
                self.document, self.options.options(), self.options.area_meaning, self.options.overlay.source()
            )

    def do_decompose_all(self) -> None:
        options, meaning, overlay = self.options.options(), self.options.area_meaning, self.options.overlay.source()
        for document in self.session.documents:
            if not document.entries:
                self.jobs.start(document, options, meaning, overlay)

    def do_cancel(self) -> None:
        if self.document is not None:
            self.jobs.cancel(self.document)

    def _finished(self, document: Document) -> None:
        if document.options.engine == self._failed_engine:
            self._failed_engine = ""
            self._remember_options()
        document.show_as(mode=Mode.SPLIT, solo=0, alpha=False)  # the stack alone would look as if nothing had happened
        if document is not self.document:
            self.window.notices.good(tr("{name} was taken apart.").format(name=document.title))
        if self._history_shown():
            self._list_past()

    def _found_nothing(self, document: Document) -> None:
        self.window.notices.show(
            Notice(
                tr("No layer was found in {name}.").format(name=document.title),
                tr("Choose what the foreground is, or mark where it is (M or L), then decompose again."),
                "warn",
            )
        )

    def _job_failed(self, document: Document, error: UserError) -> None:
        name = f"{document.title}: " if len(self.session.documents) > 1 else ""
        self.window.notices.error(replace(error, what=name + error.what))

    def _engines_changed(self) -> None:
        jobs = self.jobs
        self.options.show_engines(jobs.engines, jobs.error)
        if jobs.error is not None:
            self.window.status.service.setText(tr("Service: not reached"))
        else:
            loaded = [engine.name for engine in jobs.engines if engine.state == "loaded"]
            text = tr("in memory: {names}").format(names=", ".join(loaded)) if loaded else tr("ready")
            self.window.status.service.setText(tr("Service: {state}").format(state=text))
        lines = [f"{e.name}: {engine_state(e)}" + (f" ({e.device})" if e.device else "") for e in jobs.engines]
        if (free := free_memory()) is not None:
            lines.append(tr("Memory free: {size}").format(size=bytes_word(free)))
        self.window.status.service.setToolTip("\n".join(lines))
        for note in jobs.notices:
            self.window.notices.show(Notice(note, level="warn"))
        jobs.notices = ()

    def _tell_service(self) -> None:
        if self.jobs.error is not None:
            self.window.notices.error(self.jobs.error)
        self.jobs.ask_engines()

    def _engine_failed(self, name: str) -> None:
        """It stays chosen, so that other options can be tried, but the next start does not begin with it."""
        self._failed_engine = name
        self._remember_options()

    def _remember_options(self) -> None:
        values = self.options.remembered()
        if values["engine"] == self._failed_engine:
            values["engine"] = settings.Settings().engine
        self._set(**values)

    # Candidates

    def _choose(self, index: int) -> None:
        if self.document is not None:
            self.jobs.choose(self.document, index)

    def _flip(self, step: int) -> None:
        document = self.document
        if document is not None and document.candidates:
            self._choose((document.wanted + step) % len(document.candidates))

    def _star(self, index: int) -> None:
        if self.document is not None:
            self.jobs.set_favourite(self.document, index, not self.document.candidates[index].favourite)

    def do_next_candidate(self) -> None:
        self._flip(1)

    def do_previous_candidate(self) -> None:
        self._flip(-1)

    def do_favourite(self) -> None:
        if self.document is not None and self.document.candidates:
            self._star(self.document.candidate)

    # History

    def _history_shown(self) -> bool:
        return self.window.docks["history_dock"].isVisible()

    def _list_past(self) -> None:
        self.jobs.list_past(self.history.show_past, self.window.notices.error)

    def _reopen(self, job: str) -> None:
        held = next((d for d in self.session.documents if d.job == job), None)
        if held is not None:
            self.session.activate(held)
            return

        def done(reopened: Reopened) -> None:
            titles = {item.info.job: item.info.title for item in self.history.past}
            document = Document(reopened.composite, titles.get(job) or tr("Picture without a name"))
            self.session.add(document)
            self.jobs.adopt(document, reopened)
            document.set_saved(None)  # the service keeps it

        self.jobs.reopen(job, 0, done, self.window.notices.error)

    def _forget_jobs(self, jobs: list[str]) -> None:
        self.jobs.forget(jobs, lambda _: self._list_past(), self.window.notices.error)

    # Settings and the end

    def _set(self, **changes: Any) -> None:
        """Change settings and write them at once: a crash loses none."""
        before, self.settings = self.settings, replace(self.settings, **changes)
        if self.settings == before:
            return
        try:
            settings.save(self.settings)
        except OSError as problem:
            log.warning("the settings were not saved: %s", problem)

    def _system_changed(self) -> None:
        if self.settings.theme == "system":
            self._apply_settings()

    def _apply_settings(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        colours = theme.apply(application, self.settings.theme)
        self.window.show_colours(colours)
        self.window.canvas.smooth = self.settings.smooth
        profile = None
        if self.settings.screen_profile:
            try:
                profile = Path(self.settings.screen_profile).read_bytes()
            except OSError:
                self.window.notices.error(
                    UserError(tr("The screen's colour profile cannot be read."), tr("Choose another in Preferences."))
                )
        self.window.canvas.set_screen_profile(profile)

    def _may_close(self) -> bool:
        """Whether the window may close now; then everything is put away."""
        if not self.file_actions.may_close():
            return False
        geometry, layout = self.window.place_and_layout()
        self._set(geometry=geometry, layout=layout)
        self.recovery.keep_all()  # what was discarded counts as saved, so nothing is kept of it
        self.background.close()
        self._collector.close()
        return True
