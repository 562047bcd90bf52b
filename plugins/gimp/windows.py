"""The two windows: the options with the state of the service, and the progress of one job with Cancel.

Knows nothing of images. Each waits in GTK's own loop; what blocks runs in a thread and is asked for news.
"""

import threading
from typing import Any, Callable, List, Optional, Tuple

from gi.repository import Gimp, GimpUi, GLib, Gtk

from bridge.wire import EngineInfo, WireError
from plugins.shared import words
from plugins.shared.choice import Choice
from plugins.shared.engines import can_run, more_engines
from plugins.shared.language import tr
from plugins.shared.progress import OverallProgress
from plugins.shared.run import Report, engines

__all__ = ["run_with_progress", "show_options"]

_TICK_MS = 50


def show_options(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, has_selection: bool) -> bool:
    """Show the dialog of the options; False where it was cancelled. `config` holds what was chosen."""
    if not has_selection:
        config.set_property("area", "all")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, tr("Decompose Layers"))
    dialog.set_ok_label(tr("_Decompose"))
    dialog.fill(["source", "kind", "blend", "prompt", "area", "engine", "quality", "candidates"])
    pages = dialog.get_widget_for_response(Gtk.ResponseType.HELP)
    if pages is not None:
        pages.hide()  # there is no manual that GIMP could open
    dialog.set_sensitive("area", has_selection, None, None, False)
    service = _Service(dialog, procedure, config)
    threading.Thread(target=service.query, daemon=True).start()
    accepted = dialog.run()
    service.closed.set()
    dialog.destroy()
    return accepted


class _Service:
    """The foot of the dialog: the state of the service, and a button that tells of the engines that cannot run."""

    def __init__(self, dialog: GimpUi.ProcedureDialog, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> None:
        self.closed = threading.Event()
        self._dialog = dialog
        self._config = config
        self._choice = Gimp.param_spec_choice_get_choice(procedure.find_argument("engine"))
        self._state = Gtk.Label(label=tr("Asking the service..."), xalign=0.0, wrap=True, max_width_chars=60)
        self._more = Gtk.Button(label=tr("More engines..."), halign=Gtk.Align.START)
        self._texts: List[str] = []
        self._more.connect("clicked", self._tell_of_more)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin_top=6, margin_bottom=6)
        box.add(self._state)
        box.add(self._more)
        box.show()
        self._state.show()
        dialog.get_content_area().pack_end(box, False, False, 0)

    def query(self) -> None:
        """Ask the service; in a thread of its own."""
        try:
            known: Tuple[EngineInfo, ...] = engines("gimp")
        except WireError as error:
            failure = words.explain(error)
            text = "\n".join((failure.text, *failure.log_lines))
            GLib.idle_add(lambda: None if self.closed.is_set() else self._state.set_text(text))
            return
        GLib.idle_add(lambda: None if self.closed.is_set() else self._show(known))

    def _show(self, known: Tuple[EngineInfo, ...]) -> None:
        """Only what can run can be chosen; an engine of the last time that cannot is replaced by the default."""
        text = [tr("The service is running.")]
        for engine in known:
            self._choice.set_sensitive(engine.name, can_run(engine))
            if not can_run(engine) and self._config.get_property("engine") == engine.name:
                self._config.set_property("engine", Choice().engine)
                text.append(tr("{engine} cannot run: {reason}").format(engine=engine.name, reason=engine.detail))
        self._state.set_text(" ".join(text))
        self._texts = more_engines(known)
        self._more.set_visible(bool(self._texts))

    def _tell_of_more(self, *_: object) -> None:
        about = Gtk.MessageDialog(
            transient_for=self._dialog,
            modal=True,
            buttons=Gtk.ButtonsType.CLOSE,
            text=tr("These engines cannot run on this computer as it is."),
            secondary_text="\n\n".join(self._texts),
        )
        about.run()
        about.destroy()


def run_with_progress(
    title: str, work: Callable[[Report, Callable[[], bool]], Any], parent: Optional[int] = None
) -> Any:
    """Do `work(report, cancelled)` in a thread behind a window with a bar and Cancel. Returns its value or raises."""
    window = _Progress(title)
    outcome = []

    def work_in_thread() -> None:
        try:
            outcome.append((work(window.report, window.stop.is_set), None))
        except BaseException as error:  # it is raised again in the main thread
            outcome.append((None, error))

    thread = threading.Thread(target=work_in_thread, daemon=True)
    thread.start()
    GLib.timeout_add(_TICK_MS, lambda: window.show_news() if thread.is_alive() else Gtk.main_quit())
    Gtk.main()
    window.destroy()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


class _Progress:
    """`report` may be called from any thread; `show_news` puts the latest report on the screen."""

    def __init__(self, title: str) -> None:
        self.stop = threading.Event()
        self._news: Tuple[str, Optional[float], Optional[float]] = ("connect", None, None)
        self._progress = OverallProgress()
        self._stage = Gtk.Label(xalign=0.0)
        self._left = Gtk.Label(xalign=1.0)
        self._bar = Gtk.ProgressBar()
        self._button = Gtk.Button(label=tr("Cancel"), halign=Gtk.Align.END)
        self._button.connect("clicked", self._press)
        heading = Gtk.Label(xalign=0.0, ellipsize=3)
        heading.set_markup(f"<b>{GLib.markup_escape_text(title)}</b>")
        grid = Gtk.Grid(column_spacing=12, row_spacing=6, margin=12)
        grid.attach(heading, 0, 0, 2, 1)
        grid.attach(self._bar, 0, 1, 2, 1)
        grid.attach(self._stage, 0, 2, 1, 1)
        grid.attach(self._left, 1, 2, 1, 1)
        grid.attach(self._button, 1, 3, 1, 1)
        self._bar.set_hexpand(True)
        self._stage.set_hexpand(True)
        self._window = Gtk.Window(title=tr("Decompose Layers"), default_width=420, resizable=False)
        self._window.set_position(Gtk.WindowPosition.CENTER)
        self._window.connect("delete-event", self._press)
        self._window.add(grid)
        self._window.show_all()
        self.show_news()

    def report(self, stage: str, share: Optional[float], left: Optional[float]) -> None:
        self._news = (stage, share, left)

    def show_news(self) -> bool:
        stage, share, left = self._news
        share = self._progress.update(stage, share)
        self._stage.set_text(tr("Cancelling") if self.stop.is_set() else words.stage_label(stage))
        self._left.set_text(words.time_left(left))
        if share is None:
            self._bar.pulse()
        else:
            self._bar.set_fraction(share)
        return True

    def _press(self, *_: object) -> bool:
        self.stop.set()
        self._button.set_sensitive(False)
        return True

    def destroy(self) -> None:
        self._window.destroy()
