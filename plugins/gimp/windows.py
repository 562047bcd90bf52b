"""The two windows: the options with the state of the service, and the progress of one job with Cancel.

Knows nothing of images. Each waits in GTK's own loop; what blocks runs in a thread and is asked for news.
"""

import threading
from enum import Enum
from typing import Any, Callable, List, Optional, Tuple

from gi.repository import Gdk, Gimp, GimpUi, GLib, Gtk

from bridge.wire import EngineInfo, WireError
from plugins.shared import words
from plugins.shared.choice import Choice
from plugins.shared.engines import can_run, fetch_commands, more_engines, single_candidate
from plugins.shared.language import tr
from plugins.shared.overlay import file_choice, layer_choice
from plugins.shared.progress import OverallProgress
from plugins.shared.run import Report, engines

__all__ = ["Answer", "overlay_choice", "run_with_progress", "show_options"]

_TICK_MS = 50
_COPY = 1
"""The answer of the button that copies."""


class Answer(Enum):
    """What the dialog of the options was left with."""

    RUN = 1
    OPEN_LAST = 2
    CANCEL = 3


def show_options(
    procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, has_selection: bool, has_result: bool
) -> Answer:
    """Show the dialog of the options. `config` holds what was chosen. has_result: whether there is one to open."""
    if not has_selection:
        config.set_property("area", "all")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, tr("Decompose Layers"))
    dialog.set_ok_label(tr("_Decompose"))
    dialog.fill(["source", "kind", "blend", "prompt", "area", "overlay", "overlay-layer", "overlay-file"])
    dialog.fill(["engine", "quality", "candidates"])
    pages = dialog.get_widget_for_response(Gtk.ResponseType.HELP)
    if pages is not None:
        pages.hide()  # there is no manual that GIMP could open
    dialog.set_sensitive("area", has_selection, None, None, False)
    service = _Service(dialog, procedure, config, has_result)
    threading.Thread(target=service.query, daemon=True).start()
    accepted = dialog.run()
    service.close()
    dialog.destroy()
    if service.opens_last:
        return Answer.OPEN_LAST
    return Answer.RUN if accepted else Answer.CANCEL


def overlay_choice(config: Gimp.ProcedureConfig) -> str:
    """`Choice.overlay` of a configuration."""
    chosen = config.get_property("overlay")
    layer, file = config.get_property("overlay-layer"), config.get_property("overlay-file")
    if chosen == "layer":
        return layer_choice("" if layer is None else str(layer.get_id()))
    if chosen == "file":
        return file_choice("" if file is None else file.get_path() or file.get_uri())
    return ""


class _Service:
    """The foot of the dialog: the state of the service, a button for the engines that cannot run, one for the result.

    opens_last: whether the last result is to be opened, instead of a new run.
    """

    def __init__(
        self,
        dialog: GimpUi.ProcedureDialog,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        has_result: bool,
    ) -> None:
        self.closed = threading.Event()
        self.opens_last = False
        self._dialog = dialog
        self._config = config
        self._choice = Gimp.param_spec_choice_get_choice(procedure.find_argument("engine"))
        self._state = Gtk.Label(label=tr("Asking the service..."), xalign=0.0, wrap=True, max_width_chars=60)
        self._more = Gtk.Button.new_with_mnemonic(tr("_More engines..."))
        self._texts: List[str] = []
        self._commands = ""
        self._told = ""
        self._more.connect("clicked", self._tell_of_more)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin_top=6, margin_bottom=6)
        last = Gtk.Button.new_with_mnemonic(tr("_Open Last Result"))
        last.set_tooltip_text(tr("All candidates of the last decomposition, as an image of its own"))
        last.set_sensitive(has_result)
        last.connect("clicked", self._open_last)
        buttons = Gtk.Box(spacing=6)
        buttons.add(last)
        buttons.add(self._more)
        box.add(self._state)
        box.add(buttons)
        for widget in (box, buttons, self._state, last):
            widget.show()
        dialog.get_content_area().pack_end(box, False, False, 0)
        self._watch = config.connect("notify", self._show_state)
        self._show_state()

    def close(self) -> None:
        """The dialog goes: nothing is shown any more."""
        self.closed.set()
        self._config.disconnect(self._watch)

    def query(self) -> None:
        """Ask the service; in a thread of its own."""
        try:
            known: Tuple[EngineInfo, ...] = engines("gimp")
        except WireError as error:
            failure = words.explain(error)
            text = "\n".join((failure.text, *failure.log_lines))
            GLib.idle_add(lambda: None if self.closed.is_set() else self._tell(text))
            return
        GLib.idle_add(lambda: None if self.closed.is_set() else self._show(known))

    def _tell(self, text: str) -> None:
        self._told = text
        self._show_state()

    def _show(self, known: Tuple[EngineInfo, ...]) -> None:
        """Only what can run can be chosen; an engine of the last time that cannot is replaced by the default."""
        text = [tr("The service is running.")]
        for engine in known:
            self._choice.set_sensitive(engine.name, can_run(engine))
            if not can_run(engine) and self._config.get_property("engine") == engine.name:
                self._config.set_property("engine", Choice().engine)
                text.append(tr("{engine} cannot run: {reason}").format(engine=engine.name, reason=engine.detail))
        self._told = " ".join(text)
        self._show_state()
        self._texts, self._commands = more_engines(known), fetch_commands(known)
        self._more.set_visible(bool(self._texts))

    def _show_state(self, *_: object) -> None:
        """What the service said, and where it is known before the start that there will be one candidate."""
        only_one = single_candidate(self._config.get_property("engine"), overlay_choice(self._config))
        chosen = self._config.get_property("overlay")
        for name, sensitive in (
            ("candidates", not only_one),
            ("overlay-layer", chosen == "layer"),
            ("overlay-file", chosen == "file"),
        ):
            self._dialog.set_sensitive(name, sensitive, None, None, False)
        self._state.set_text(" ".join(filter(None, (self._told or tr("Asking the service..."), only_one))))

    def _open_last(self, *_: object) -> None:
        self.opens_last = True
        self._dialog.response(Gtk.ResponseType.CANCEL)

    def _tell_of_more(self, *_: object) -> None:
        about = Gtk.MessageDialog(
            title=tr("More engines"),
            transient_for=self._dialog,
            modal=True,
            buttons=Gtk.ButtonsType.CLOSE,
            text=tr("These engines cannot run on this computer as it is."),
            secondary_text="\n\n".join(self._texts),
        )
        if self._commands:
            about.add_button(tr("Copy Commands"), _COPY)
        if about.run() == _COPY:
            clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
            clipboard.set_text(self._commands, -1)
            clipboard.store()
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
