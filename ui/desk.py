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
from PyQt6.QtWidgets import QApplication, QFileDialog, QMessageBox

from . import icons, settings, theme
from .background import Background
from .canvas.compose import merged, visible_layers
from .jobs import Jobs, Reopened
from .language import tr
from .notices import Notice
from .opening import Opener, file_filter
from .palette import Palette
from .panels.candidates import CandidateStrip
from .panels.history import HistoryPanel
from .panels.inspector import Inspector
from .panels.layers import LayersPanel
from .panels.options import OptionsPanel
from .pictures import image_of_pixels
from .preferences import Preferences
from .recovery import Recovery
from .saving import Saver, save_filters
from .session import Document, Mode
from .welcome import Example, Welcome
from .window import MainWindow
from .words import Trouble

__all__ = ["Desk"]

log = logging.getLogger(__name__)
RIGHT, LEFT, BOTTOM = (
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)


class Desk(QObject):
    """Everything around one window."""

    def __init__(self, window: MainWindow, chosen: settings.Settings) -> None:
        super().__init__(window)
        self.window, self.session, self.settings = window, window.session, chosen
        self.background = Background()
        self.jobs = Jobs(self.background)
        self.opener = Opener(self.session, self.background)
        self.saver = Saver(self.background)
        self.recovery = Recovery(self.session, self.background, self.jobs)
        self._leaving = False
        self._build_panels()
        self._connect()
        self._apply_settings()
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
        window.add_dock("options", tr("Decompose"), self.options, RIGHT)
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
            method = getattr(self, f"do_{name}", None)
            if method is not None:
                action.triggered.connect(lambda _, method=method: method())
        window.dropped.connect(self._dropped)
        window.tabs.tabCloseRequested.connect(lambda n: self._close(window.tabs.tabData(n)))
        window.status.service_clicked.connect(self._tell_service)
        window.canvas.flip.connect(self._flip)
        window.may_close = self._may_close
        self.session.active_changed.connect(self._activated)
        self.session.opened.connect(self._opened)
        self.opener.failed.connect(window.notices.trouble)
        self.opener.opened.connect(self._file_opened)
        self.saver.failed.connect(window.notices.trouble)
        self.saver.noted.connect(window.notices.good)
        self.saver.saved.connect(self._saved)
        self.options.wanted.connect(self.do_decompose)
        self.options.unwanted.connect(self.do_cancel)
        self.options.changed.connect(self._remember_options)
        jobs.engines_changed.connect(self._engines_changed)
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
        self.welcome.open.connect(self.do_open)

    def begin(self, files: list[Path]) -> None:
        """The window is there: open what was named, ask the daemon, offer what was left unsaved."""
        self.opener.open(files)
        self.jobs.ask_engines()
        try:
            offers = self.recovery.offers()
        except OSError as problem:
            log.warning("unsaved work could not be looked for: %s", problem)
            return
        if offers:
            names = ", ".join(record.title for record in offers[:3]) + ("…" if len(offers) > 3 else "")
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
            self.recovery.restore(record, self.window.notices.trouble, lambda path: self.opener.open([path]))

    # Documents

    @property
    def document(self) -> Document | None:
        return self.session.active

    def _opened(self, document: Document) -> None:
        document.candidates_changed.connect(self._show_candidates)

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
            self._show_recent()

    def _take_example(self, example: Example) -> None:
        self.opener.open([example.path], example.options)

    def _dropped(self, data: Any) -> None:
        if not self.opener.take(data):
            self.window.notices.trouble(Trouble(tr("That cannot be opened."), tr("Drop a picture or its file.")))

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

    # File

    def do_open(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self.window, tr("Open"), self.settings.folder, file_filter())
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
        folder = document.path.parent if document.path else Path(self.settings.folder or Path.home())
        start = document.saved_to or folder / f"{Path(document.title).stem}.psd"
        told, line = QFileDialog.getSaveFileName(self.window, tr("Save"), str(start), ";;".join(filters))
        if not told:
            return None
        path, ending = Path(told), filters.get(line, ".psd")
        if ending and path.suffix.lower() not in {one for one in filters.values() if one}:
            path = path.with_name(path.name + ending)
        elif not ending and path.suffix:
            path = path.with_suffix("")
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
        if not document.entries or document.display.mode == Mode.ORIGINAL:
            self._to_clipboard(document.composite.pixels)
        else:
            self._to_clipboard(merged(layers, document.size, document.composite.pixels.dtype))

    def _to_clipboard(self, pixels: Any) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setImage(image_of_pixels(pixels))
            self.window.notices.good(tr("Copied."))

    def do_close(self) -> None:
        if self.document is not None:
            self._close(self.document)

    def _close(self, document: Document) -> None:
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

    # Edit

    def do_forget_area(self) -> None:
        if self.document is not None:
            self.document.set_area(None)

    def do_preferences(self) -> None:
        dialog = Preferences(self.window, self.settings)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def accepted() -> None:
            self.settings = dialog.settings()
            self._keep_settings()
            self._apply_settings()

        dialog.accepted.connect(accepted)
        dialog.open()

    # Decompose

    def do_decompose(self) -> None:
        if self.document is not None:
            self.jobs.start(self.document, self.options.options(), self.options.area_meaning)

    def do_decompose_all(self) -> None:
        for document in self.session.documents:
            if not document.entries:
                self.jobs.start(document, self.options.options(), self.options.area_meaning)

    def do_cancel(self) -> None:
        if self.document is not None:
            self.jobs.cancel(self.document)

    def _finished(self, document: Document) -> None:
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

    def _job_failed(self, document: Document, trouble: Trouble) -> None:
        name = f"{document.title}: " if len(self.session.documents) > 1 else ""
        self.window.notices.trouble(replace(trouble, what=name + trouble.what))

    def _engines_changed(self) -> None:
        jobs = self.jobs
        self.options.show_engines(jobs.engines, jobs.trouble)
        if jobs.trouble is not None:
            self.window.status.service.setText(tr("Service: not reached"))
        else:
            loaded = [engine.name for engine in jobs.engines if engine.state == "loaded"]
            text = tr("in memory: {names}").format(names=", ".join(loaded)) if loaded else tr("ready")
            self.window.status.service.setText(tr("Service: {state}").format(state=text))
        for note in jobs.notices:
            self.window.notices.show(Notice(note, level="warn"))
        jobs.notices = ()

    def _tell_service(self) -> None:
        if self.jobs.trouble is not None:
            self.window.notices.trouble(self.jobs.trouble)
        self.jobs.ask_engines()

    def _remember_options(self) -> None:
        self._set(**self.options.remembered())

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
            self.document.set_favourite(index, not self.document.candidates[index].favourite)

    def do_next_candidate(self) -> None:
        self._flip(1)

    def do_previous_candidate(self) -> None:
        self._flip(-1)

    def do_favourite(self) -> None:
        if self.document is not None and self.document.candidates:
            self._star(self.document.candidate)

    # View

    def do_zoom_in(self) -> None:
        self.window.canvas.zoom_step(1)

    def do_zoom_out(self) -> None:
        self.window.canvas.zoom_step(-1)

    def do_fit(self) -> None:
        self.window.canvas.fit()

    def do_actual(self) -> None:
        self.window.canvas.set_zoom(1.0)

    def do_swap(self) -> None:
        document = self.document
        if document is not None:
            document.show_as(mode=Mode.BACKGROUND if document.display.mode == Mode.ORIGINAL else Mode.ORIGINAL)

    def do_solo(self) -> None:
        document = self.document
        if document is not None:
            solo = 0 if document.display.solo else document.active
            document.show_as(solo=solo, alpha=document.display.alpha and bool(solo), mode=Mode.LAYERS)

    def do_alpha(self) -> None:
        document = self.document
        if document is not None:
            alpha = not document.display.alpha
            document.show_as(alpha=alpha, solo=document.active if alpha else 0, mode=Mode.LAYERS)

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

    # Layers

    def do_next_layer(self) -> None:
        self._step_layer(1)

    def do_previous_layer(self) -> None:
        self._step_layer(-1)

    def _step_layer(self, step: int) -> None:
        document = self.document
        if document is None or not document.entries:
            return
        keys = [entry.key for entry in document.entries]
        place = keys.index(document.active) if document.active in keys else 0
        document.set_active(keys[max(0, min(len(keys) - 1, place + step))])
        if document.display.solo:
            document.show_as(solo=document.active)

    def do_toggle_layer(self) -> None:
        document = self.document
        entry = document.entry(document.active) if document else None
        if document is not None and entry is not None:
            document.change(tr("Show or Hide Layer"), entry.key, visible=not entry.layer.visible)

    def do_raise_layer(self) -> None:
        self._move_layer(1)

    def do_lower_layer(self) -> None:
        self._move_layer(-1)

    def _move_layer(self, step: int) -> None:
        document = self.document
        entry = document.entry(document.active) if document else None
        if document is None or entry is None:
            return
        entries = list(document.entries)
        place = entries.index(entry)
        if 0 <= place + step < len(entries):
            entries.insert(place + step, entries.pop(place))
            document.edit(tr("Move Layer"), entries)

    def do_rename_layer(self) -> None:
        self.layers.rename()

    def do_delete_layer(self) -> None:
        document = self.document
        if document is not None and len(document.entries) > 1:
            document.edit(tr("Delete Layer"), [e for e in document.entries if e.key != document.active])

    # Pictures

    def do_next_picture(self) -> None:
        self._step_picture(1)

    def do_previous_picture(self) -> None:
        self._step_picture(-1)

    def _step_picture(self, step: int) -> None:
        count = self.window.tabs.count()
        if count:
            self.window.tabs.setCurrentIndex((self.window.tabs.currentIndex() + step) % count)

    # History

    def _history_shown(self) -> bool:
        return self.window.docks["history_dock"].isVisible()

    def _list_past(self) -> None:
        self.jobs.list_past(self.history.show_past, self.window.notices.trouble)

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

        self.jobs.reopen(job, 0, done, self.window.notices.trouble)

    def _forget_jobs(self, jobs: list[str]) -> None:
        self.jobs.forget(jobs, lambda _: self._list_past(), self.window.notices.trouble)

    # Settings and the end

    def _set(self, **changes: Any) -> None:
        self.settings = replace(self.settings, **changes)

    def _keep_settings(self) -> None:
        try:
            settings.save(self.settings)
        except OSError as problem:
            log.warning("the settings were not saved: %s", problem)

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
                self.window.notices.trouble(
                    Trouble(tr("The screen's colour profile cannot be read."), tr("Choose another in Preferences."))
                )
        self.window.canvas.set_screen_profile(profile)

    def _may_close(self) -> bool:
        """Whether the window may close now; asks where something would be lost."""
        unsaved = [d for d in self.session.documents if d.unsaved or d.working]
        if self._leaving or not unsaved:
            self._end(keep=self._leaving)
            return True
        box = QMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Question)
        names = ", ".join(document.title for document in unsaved[:4])
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
                self._leaving = True
                if clicked is drop:
                    for document in unsaved:
                        document.set_saved(None)
                        self.jobs.cancel(document)
                self.window.close()

        box.finished.connect(lambda _: answered())
        box.open()
        return False

    def _end(self, keep: bool) -> None:
        geometry, layout = self.window.place_and_layout()
        self._set(geometry=geometry, layout=layout)
        self._keep_settings()
        if keep:
            self.recovery.keep_all()
        else:
            self.recovery.drop_all()
        self.background.close()
