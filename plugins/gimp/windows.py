"""The two windows: the options with the state of the service, and the progress of one job with Cancel.

Knows nothing of images. Each waits in GTK's own loop; what blocks runs in a thread and is asked for news.
"""

import threading
from typing import Any, Callable, Optional, Tuple

from gi.repository import Gimp, GimpUi, GLib, Gtk

from bridge.wire import EngineInfo, WireError
from plugins.shared import words
from plugins.shared.language import tr
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
    air = {"margin_top": 6, "margin_bottom": 6}
    state = Gtk.Label(label=tr("Asking the service..."), xalign=0.0, wrap=True, max_width_chars=60, **air)
    state.show()
    dialog.get_content_area().pack_end(state, False, False, 0)
    open_ = threading.Event()
    open_.set()

    def query_service() -> None:
        text = _state_text()
        GLib.idle_add(lambda: state.set_text(text) if open_.is_set() else None)

    threading.Thread(target=query_service, daemon=True).start()
    accepted = dialog.run()
    open_.clear()
    dialog.destroy()
    return accepted


def _state_text() -> str:
    """One line: the service and which engines can run; or what is wrong and the last log lines."""
    try:
        known: Tuple[EngineInfo, ...] = engines("gimp")
    except WireError as error:
        failure = words.explain(error)
        return "\n".join((failure.text, *failure.log_lines))
    listed = ", ".join(words.engine_label(engine.name, engine) for engine in known)
    return tr("The service is running. Engines: {engines}.").format(engines=listed)


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
